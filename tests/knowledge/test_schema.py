import json

import pytest

from rheostat.knowledge.schema import SCHEMAS, json_schema
from rheostat.vocabulary.error import InputError


def test_the_names_that_scripts_use_are_there():
    wanted = {
        "mechanism",
        "observable",
        "reference",
        "claim",
        "drug",
        "tumour",
        "run",
        "check",
        "rank",
        "dose",
        "demo",
    }
    assert wanted <= set(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_titled_json_schema(name):
    schema = json_schema(name)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["title"] and schema["description"]
    assert json.loads(json.dumps(schema)) == schema


def test_an_envelope_has_the_keys_of_the_contract():
    schema = json_schema("rank")
    assert set(schema["required"]) == {"schema", "ok", "data", "warnings", "errors", "provenance"}
    assert schema["properties"]["schema"] == {"const": "rheostat.rank/1"}
    treatment = schema["properties"]["data"]["properties"]["tumours"]["items"]["properties"]["treatments"][
        "items"
    ]
    assert set(treatment["required"]) == {
        "treatment",
        "dose_policy",
        "score",
        "selectivity",
        "rank",
        "reasons",
    }


def test_a_source_may_be_a_text_or_a_list():
    parameter = json_schema("mechanism")["$defs"]["ParameterForm"]["properties"]["source"]
    assert {"type": "string"} in parameter["anyOf"]


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(InputError, match="E115 unknown schema 'mechanisms'; did you mean 'mechanism'?"):
        json_schema("mechanisms")
