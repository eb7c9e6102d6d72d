import pytest

from rheostat.vocabulary.name import did_you_mean, nearest


@pytest.mark.parametrize(
    ("word", "expected"),
    [("everolimu", "everolimus"), ("mcf7", "MCF-7"), ("HCT 116", "HCT116"), ("qqqq", None), ("", None)],
)
def test_nearest(word, expected):
    assert nearest(word, ["everolimus", "sirolimus", "MCF-7", "HCT116"]) == expected


def test_nothing_is_near_where_nothing_is_known():
    assert nearest("a", []) is None
    assert did_you_mean("a", []) == ""


def test_the_hint_can_be_appended_to_a_message():
    assert did_you_mean("sirolimuss", ["sirolimus"]) == "; did you mean 'sirolimus'?"
