"""SBML models as they are: batches, what follows from a changed parameter, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

import rheostat as rs
from rheostat.network.sbml import to_sbml

DECAY = """
model m()
  compartment c = 2
  species A in c; A = 2*a0
  a0 = 1; k = 0.5
  r: A -> ; c*k*A
end
"""

PULSE = """
model pulse()
  compartment c = 1
  species A in c; A = 0
  t_on = 500; width = 0.5
  on := piecewise(1, time > t_on && time < t_on + width, 0)
  r: -> A; on
end
"""


@pytest.fixture
def decay(tmp_path: Path) -> Path:
    path = tmp_path / "decay.xml"
    path.write_text(to_sbml(DECAY), encoding="utf-8")
    return path


def test_batch_follows_each_row_and_its_initial_assignments(decay: Path) -> None:
    run = rs.load_sbml(decay).simulate({"k": [0.5, 1.0], "a0": [1.0, 3.0]}, times=[1.0, 2.0])
    assert run.results == ["ok", "ok"]
    expected = [[2 * np.exp(-0.5), 2 * np.exp(-1.0)], [6 * np.exp(-1.0), 6 * np.exp(-2.0)]]
    assert run.dataset["value"].sel(column="[A]").values == pytest.approx(np.array(expected), rel=1e-6)


def test_amount_is_concentration_times_volume(decay: Path) -> None:
    values = rs.load_sbml(decay).simulate(times=[0.0, 1.0], columns=["A", "[A]", "r", "c"]).dataset["value"]
    assert values.sel(column="A").values == pytest.approx(2 * values.sel(column="[A]").values)
    assert values.values[0, 0] == pytest.approx([4.0, 2.0, 2.0, 2.0])


def test_table_file_gives_the_same_as_the_mapping(decay: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.tsv"
    table.write_text("k\ta0\n0.5\t1\n1\t3\n", encoding="utf-8")
    model = rs.load_sbml(decay)
    there = model.simulate({"k": [0.5, 1.0], "a0": [1.0, 3.0]}, end=5.0).dataset["value"].values
    assert np.array_equal(model.simulate(table, end=5.0).dataset["value"].values, there)


@pytest.mark.parametrize(
    ("text", "says"),
    [("K\n1\n", "E714 'K' is nothing that can be set; did you mean 'k'"), ("k\nfast\n", "E109 'k' is no"),
     ("c\n1\n", "'c' sets a volume"), ("k\n1,2\n", "E111 2 cells"), ("k,k\n1,1\n", "E110")],
)  # fmt: skip
def test_a_bad_table_is_refused(decay: Path, tmp_path: Path, text: str, says: str) -> None:
    table = tmp_path / "table.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(rs.InputError, match=says):
        rs.load_sbml(decay).simulate(table, end=1.0)


@pytest.mark.parametrize(
    ("content", "says"),
    [("<!DOCTYPE sbml [<!ENTITY a 'b'>]><sbml/>", "DOCTYPE"), ("<a>" * 201 + "</a>" * 201, "200 deep"),
     ("<sbml>", "E251"), ("<sbml/>", "E251")],
)  # fmt: skip
def test_a_hostile_file_is_refused(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "hostile.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(rs.InputError, match=says):
        rs.load_sbml(path)


def test_functions_that_explode_are_refused(tmp_path: Path) -> None:
    functions = "\n".join(f"function f{i}(x)\n  f{i - 1}(x) + f{i - 1}(x)\nend" for i in range(1, 30))
    path = tmp_path / "bomb.xml"
    path.write_text(
        to_sbml(f"function f0(x)\n  x + 1\nend\n{functions}\nk = 1; y := f29(k)"), encoding="utf-8"
    )
    with pytest.raises(rs.InputError, match="E250"):
        rs.load_sbml(path)


def test_short_pulse_in_time_acts_on_a_system_at_rest(tmp_path: Path) -> None:
    path = tmp_path / "pulse.xml"
    path.write_text(to_sbml(PULSE), encoding="utf-8")
    run = rs.load_sbml(path).simulate({"t_on": [500.0, 700.0]}, times=[600.0, 1000.0], columns=["A"])
    assert run.dataset["value"].values[:, :, 0] == pytest.approx(np.array([[0.5, 0.5], [0.0, 0.5]]), rel=1e-4)


def test_a_batch_of_a_thousand_rows_tells_its_progress(decay: Path) -> None:
    rates = np.linspace(0.1, 2.0, 1000)
    seen: list[tuple[int, int]] = []
    run = rs.load_sbml(decay).simulate(
        {"k": rates}, times=[1.0], progress=lambda done, total: seen.append((done, total))
    )
    assert run.results == ["ok"] * 1000
    assert run.dataset["value"].values[:, 0, 0] == pytest.approx(2 * np.exp(-rates), rel=1e-6)
    assert seen == sorted(seen) and seen[-1] == (1000, 1000)


def test_a_row_is_the_same_alone_as_in_a_batch(tmp_path: Path) -> None:
    path = tmp_path / "model.xml"
    path.write_text(to_sbml(PULSE), encoding="utf-8")
    model, times = rs.load_sbml(path), [600.0, 1000.0]
    together = model.simulate({"t_on": [500.0, 700.0, 2000.0], "width": [0.5, 300.0, 1.0]}, times=times)
    for row, (start, width) in enumerate([(500.0, 0.5), (700.0, 300.0), (2000.0, 1.0)]):
        alone = model.simulate({"t_on": [start], "width": [width]}, times=times)
        assert np.array_equal(alone.dataset["value"].values[0], together.dataset["value"].values[row])
