import pytest

from rheostat.knowledge.observable import COLUMNS, read_observables
from rheostat.vocabulary.error import InputError


def write(folder, *lines):
    path = folder / "observables.tsv"
    path.write_text(
        "\n".join(["\t".join(COLUMNS), *("\t".join(line) for line in lines)]) + "\n", encoding="utf-8"
    )
    return path


def test_a_line(tmp_path):
    line = ("PIP3", "PIP3/total", "0.15", "log-normal", "relative", "1", "the lipid")
    (found,) = read_observables(write(tmp_path, line))
    assert (found.id, found.formula, found.noise_formula, found.default_time_h) == (
        "PIP3",
        "PIP3/total",
        "0.15",
        1.0,
    )
    assert found.place.line == 2


def test_problems_are_reported_together(tmp_path):
    path = write(
        tmp_path,
        ("A", "a", "0.1", "lognormal", "relative", "1", "x"),
        ("A", "", "0.1", "normal", "relative", "soon", "x"),
        ("b-c", "a", "0.1", "normal", "1/h", "1", "x"),
    )
    with pytest.raises(InputError) as caught:
        read_observables(path)
    found = [(issue.code, issue.where.split(":", 1)[1]) for issue in caught.value.issues]
    assert sorted(found) == [
        ("E108", "3:3"), ("E109", "2:9"), ("E109", "3:24"), ("E112", "3:1"), ("E206", "4:1"),
    ]  # fmt: skip
    assert "did you mean 'log-normal'?" in str(caught.value)
