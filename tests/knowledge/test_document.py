import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rheostat.knowledge.document import parse_yaml, read_tsv, read_yaml, resolve_scalar
from rheostat.vocabulary.error import InputError


def issues_of(text):
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "f.yaml")
    return [(issue.code, issue.where) for issue in caught.value.issues]


@pytest.mark.parametrize(
    "text", ["NO", "on", "yes", "12:30", "0x10", "0o7", "1_000", "2020-01-01", "<<x", "=", "1/min"]
)
def test_traps_stay_texts(text):
    assert parse_yaml(f"a: {text}\n", "f").data == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e3", 1000.0), ("1e-3", 0.001), ("2.5e-12", 2.5e-12), (".5", 0.5), ("-3", -3), ("010", 10),
     ("true", True), ("null", None), ("~", None), ("", None)],
)  # fmt: skip
def test_numbers_and_words_of_yaml_1_2(text, value):
    found = parse_yaml(f"a: {text}\n", "f").data["a"]
    assert found == value
    assert type(found) is type(value)


def test_quotes_keep_a_text():
    assert parse_yaml("a: '1'\nb: \"true\"\n", "f").data == {"a": "1", "b": "true"}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_that_python_writes_is_read_back(value):
    assert resolve_scalar(repr(value)) == value


def test_places_of_values_keys_and_blocks():
    document = parse_yaml("a:\n- id: x\n  text: |\n    first\n    second\n- {id: y, b: 2}\n", "f.yaml")
    assert str(document.place("a", 0, "id")) == "f.yaml:2:7"
    assert str(document.key_place("a", 1, "b")) == "f.yaml:6:11"
    assert str(document.place("a", 1, "b")) == "f.yaml:6:14"
    assert document.text_line("a", 0, "text") == 4
    assert str(document.place("a", 0, "nothing", "there")) == "f.yaml:2:3"
    assert str(document.place("b")) == "f.yaml:1:1"


def test_all_duplicate_keys_are_reported_with_both_places():
    with pytest.raises(InputError) as caught:
        parse_yaml("a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n", "f.yaml")
    assert [(i.code, i.where) for i in caught.value.issues] == [
        ("E104", "f.yaml:3:1"),
        ("E104", "f.yaml:4:11"),
    ]
    assert "first at f.yaml:1:1" in caught.value.issues[0].message


def test_anchors_aliases_merges_and_tags_are_refused():
    assert issues_of("a: &x 1\nb: *x\nc: !!python/name:os.system\n") == [
        ("E105", "f.yaml:1:4"),
        ("E105", "f.yaml:2:4"),
        ("E105", "f.yaml:3:4"),
    ]
    assert issues_of("a:\n  <<: {b: 1}\n") == [("E105", "f.yaml:2:3")]


def test_a_bomb_of_aliases_is_refused_before_it_grows():
    bomb = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    assert {code for code, _ in issues_of(bomb)} == {"E105"}


def test_size_and_depth_are_limited():
    assert issues_of("[" + "1," * 200_001 + "]")[0][0] == "E106"
    assert issues_of("[" * 5000 + "]" * 5000)[0][0] == "E106"


@pytest.mark.parametrize(
    "text", ["a: [1, 2\nb: 3\n", "a: b: c\n", "a: 'x\n", "\ta: 1\n", "a: 1\n---\nb: 2\n", "a: \x07\n"]
)
def test_a_syntax_error_is_one_issue(text):
    (issue,) = issues_of(text)
    assert issue[0] == "E103"


def test_a_syntax_error_has_line_and_column():
    assert issues_of("a: 1\nb: c: d\n") == [("E103", "f.yaml:2:5")]


def test_a_syntax_error_says_which_letter_is_wrong():
    # libYAML, which reads what is right, does not say it.
    with pytest.raises(InputError, match="found character '@' that cannot start any token"):
        parse_yaml("a: @b\n", "f.yaml")


def test_a_tab_is_no_white_space_before_a_value():
    # libYAML would take it.
    assert issues_of("a: 1\nb:\t1\n") == [("E103", "f.yaml:2:3")]


@given(st.recursive(st.text("a1 :#-'\n\u00b5\u2028", max_size=6), lambda part: st.lists(part, max_size=3)))
def test_places_do_not_depend_on_which_reader_is_used(value):
    text = yaml.safe_dump({"a": value}, allow_unicode=True)
    # A tab in a comment makes the reader in Python read it.
    fast, slow = parse_yaml(text, "f"), parse_yaml(f"{text}#\t\n", "f")
    assert fast == slow
    assert fast.data == {"a": value}


def test_keys_are_words():
    assert issues_of("[a]: 1\n") == [("E114", "f.yaml:1:1")]
    assert parse_yaml("1: a\nNO: b\n", "f").data == {"1": "a", "NO": "b"}


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="E101"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="E101"):
        read_yaml(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("a: 1\nb: \u00b5M\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"latin.yaml:2:1 E102 byte 0xb5"):
        read_yaml(tmp_path / "latin.yaml")


def test_an_empty_file_and_windows_line_ends(tmp_path):
    assert parse_yaml("# nothing\n", "f").data is None
    (tmp_path / "w.yaml").write_bytes(b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\n")
    assert read_yaml(tmp_path / "w.yaml").data == {"a": "x\ny\n"}


def test_a_table_knows_the_place_of_each_cell(tmp_path):
    (tmp_path / "t.tsv").write_text("# note\nid\tvalue\n\nab\t3\n", encoding="utf-8")
    (row,) = read_tsv(tmp_path / "t.tsv", ["id", "value"])
    assert row.cells == {"id": "ab", "value": "3"}
    assert (row.place.line, row.place_of("value").column) == (4, 4)


def test_problems_of_a_table_are_reported_together(tmp_path):
    (tmp_path / "t.tsv").write_text("id\tvalu\n1\t2\t3\n4\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_tsv(tmp_path / "t.tsv", ["id", "value"])
    assert [issue.code for issue in caught.value.issues] == ["E110", "E110", "E111", "E111"]
    assert "did you mean 'value'?" in str(caught.value)
