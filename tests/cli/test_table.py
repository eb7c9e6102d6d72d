"""Text tables."""

from rheostat.cli.table import interval, number, table
from rheostat.studies.interval import Interval


def test_wide_table_is_wrapped_to_80_columns() -> None:
    text = table(["id", "what it says"], [["akt", "word " * 60], ["a-very-long-name-indeed", "x"]])
    assert max(len(line) for line in text.splitlines()) <= 80
    assert text.count("word") == 60


def test_numbers_are_short_and_absent_ones_a_dash() -> None:
    assert [number(x) for x in (None, 0.0, 0.5, 1.23456, 12345.0, 0.00012)] == [
        "-", "0", "0.5", "1.23", "1.2e+04", "0.00012",
    ]  # fmt: skip


def test_negative_interval_is_not_read_as_a_difference() -> None:
    assert interval(Interval(-0.1, -0.2, 0.3)) == "-0.1 [-0.2 to 0.3]"
