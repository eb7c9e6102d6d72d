"""JSON Schemas of the files that rheostat reads and of what its commands print with ``--json``."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from rheostat.knowledge.claim import FactFileForm
from rheostat.knowledge.drug import DrugForm
from rheostat.knowledge.mechanism import MechanismFileForm
from rheostat.knowledge.observable import ObservableForm
from rheostat.knowledge.reference import ReferenceForm
from rheostat.knowledge.tumour import TumourForm
from rheostat.vocabulary.error import InputError
from rheostat.vocabulary.name import did_you_mean

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_FORMS: dict[str, type[BaseModel]] = {
    "claim": FactFileForm,
    "drug": DrugForm,
    "mechanism": MechanismFileForm,
    "observable": ObservableForm,
    "reference": ReferenceForm,
    "tumour": TumourForm,
}

Schema = dict[str, Any]


def _object(properties: Schema, description: str = "", *, closed: bool = False) -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "required": sorted(properties)}
    if description:
        schema["description"] = description
    if closed:
        schema["additionalProperties"] = False
    return schema


def _list(items: Schema, description: str = "") -> Schema:
    return {"type": "array", "items": items} | ({"description": description} if description else {})


def _text(description: str = "") -> Schema:
    return {"type": "string"} | ({"description": description} if description else {})


_NUMBER: Schema = {"type": ["number", "null"], "description": "null where it is not finite"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_INTERVAL = _object(
    {"median": _NUMBER, "p05": _NUMBER, "p95": _NUMBER}, "median and 5 to 95 % over the draws of the ensemble"
)
_NUMBERS = _list(_NUMBER)
_FILES: Schema = {"type": "object", "additionalProperties": _text(), "description": "kind of file -> path"}

_CHECK = {
    "summary": _object(
        {
            **{
                key: _COUNT
                for key in (
                    "facts", "reproduced", "contradicted", "undetermined", "not_computable",
                    "wired", "emergent", "emergent_reproduced",
                )
            },
            "model_direction": _NUMBER,
            "baseline_graph": _NUMBER,
            "acceptance": _NUMBER,
        }
    ),
    "facts": _list(
        _object(
            {
                "id": _text(),
                "kind": {"enum": ["wired", "emergent"]},
                "judge_only": {"type": "boolean"},
                "verdict": _text("reproduced, contradicted, undetermined or not_computable"),
                "direction": {"enum": ["right", "wrong", "none"]},
                "fraction": _NUMBER,
                "assertions": _list(
                    _object(
                        {
                            "fraction": _NUMBER,
                            "effect_median": _NUMBER,
                            "effect_p05": _NUMBER,
                            "effect_p95": _NUMBER,
                            "graph": {"enum": ["right", "wrong", "none"]},
                        }
                    )
                ),
                "missing": _list(_text()),
            }
        )
    ),
}  # fmt: skip
_RUN = {
    "readouts": {
        "type": "object",
        "description": "readout id -> course",
        "additionalProperties": _object(
            {
                "t_h": _NUMBERS,
                "median": _NUMBERS,
                "p05": _NUMBERS,
                "p95": _NUMBERS,
                "untreated": _NUMBERS,
                "unit": _text(),
            }
        ),
    },
    "files": _FILES,
}
_RANK = {
    "tumours": _list(
        _object(
            {
                "id": _text(),
                "alterations": _list(_text()),
                "ignored": _list({}, "alterations without effect in the model"),
                "treatments": _list(
                    _object(
                        {
                            "treatment": _text(),
                            "dose_policy": _text("free_caverage or in_vitro_middle"),
                            "score": _INTERVAL,
                            "selectivity": _INTERVAL,
                            "rank": {"type": "integer", "minimum": 1},
                            "reasons": _list(
                                _object({"id": _text(), "kind": _text(), "delta": _NUMBER, "source": {}})
                            ),
                        }
                    )
                ),
            }
        )
    )
}
_DOSE = {
    "doses": _NUMBERS,
    "unit": _text(),
    "metric": {"enum": ["gr", "viability"]},
    "gr50": _INTERVAL,
    "ic50": _INTERVAL,
    "emax": _INTERVAL,
    "hill": _INTERVAL,
}
# With metric gr a run reports gr50, with viability ic50; a command may report both.
_SIMULATE = {
    "columns": _list(_text(), "row, time, then the ids"),
    "rows": _list(_NUMBERS, "one a batch row and time; without -o"),
    "files": _FILES,
    "result": _list(_text(), "ok or the name of a result code, one a batch row"),
}
_OPTIONAL = {"dose": ("gr50", "ic50"), "run": ("files",), "simulate": ("rows", "files")}

_COMMANDS: dict[str, tuple[str, Schema]] = {
    "check": ("Scoreboard of a claims file", _CHECK),
    "demo": ("The main job on real tumours", {**_RANK, "files": _FILES}),
    "dose": ("Dose-response of a drug in a cell", _DOSE),
    "rank": ("Treatments ranked for tumours", _RANK),
    "run": ("One experiment", _RUN),
    "simulate": ("Courses of an SBML model", _SIMULATE),
}

#: Names that ``json_schema`` knows.
SCHEMAS: tuple[str, ...] = tuple(sorted([*_FORMS, *_COMMANDS]))


def json_schema(name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a file format or of a command's ``--json`` answer.

    Parameters
    ----------
    name : str
        One of ``SCHEMAS``.

    Raises
    ------
    InputError
        E115 for an unknown name.

    Examples
    --------
    >>> json_schema("claim")["title"]
    'Claims file'
    """
    if name in _FORMS:
        return _form_schema(name)
    if name in _COMMANDS:
        return _envelope(name)
    raise InputError.one(
        "E115", "", f"unknown schema '{name}'{did_you_mean(name, SCHEMAS)}", f"known: {', '.join(SCHEMAS)}"
    )


_TITLES = {
    "claim": "Claims file",
    "drug": "Drug file",
    "mechanism": "Mechanism file",
    "observable": "Line of observables.tsv",
    "reference": "Line of references.tsv",
    "tumour": "Tumour file",
}


def _form_schema(name: str) -> Schema:
    schema = _FORMS[name].model_json_schema()
    return {"$schema": DIALECT, **schema, "title": _TITLES[name]}


def _envelope(name: str) -> Schema:
    title, data = _COMMANDS[name]
    data_schema = _object(data)
    data_schema["required"] = [key for key in data_schema["required"] if key not in _OPTIONAL.get(name, ())]
    issue = _object({"code": _text(), "where": _text(), "message": _text(), "remedy": _text()}, closed=True)
    provenance = _object(
        {
            "version": _text(),
            "model": _text("hash of the network"),
            "atlas": _text("hash of the atlas"),
            "ensemble": _text("prior or plausible"),
            "seed": {"type": "integer"},
        }
    )
    for key in ("model", "atlas", "ensemble", "seed"):
        provenance["properties"][key]["type"] = [provenance["properties"][key]["type"], "null"]
    # An answer of exit 2 to 4 has empty data, so keys are required of a good answer only.
    good = {
        "if": {"properties": {"ok": {"const": True}}},
        "then": {
            "properties": {
                "data": {"required": data_schema.pop("required")},
                "provenance": {"required": provenance.pop("required")},
            }
        },
    }
    envelope = _object(
        {
            "schema": {"const": f"rheostat.{name}/1"},
            "ok": {"type": "boolean"},
            "data": data_schema,
            "warnings": {"type": "array", "description": "texts or issues"},
            "errors": _list(issue),
            "provenance": provenance,
        }
    )
    described = f"What `rheostat {name} --json` writes to stdout."
    return {"$schema": DIALECT, "title": title, "description": described, **envelope, **good}
