"""What is absent from a row costs nothing and changes nothing."""

import numpy as np
import pytest

from rheostat.engine.absence import group_rows
from rheostat.engine.compile import compile_kernel
from rheostat.engine.integrate import integrate
from rheostat.engine.schedule import Restart, make_schedule
from rheostat.engine.trajectory import ResultCode

TIMES = np.array([0.0, 1.0, 5.0, 20.0])
# Two drugs that bind one target, which makes a product; the product's own inhibitor is made from it.
SPECIES = {"a": 0.0, "b": 0.0, "target": 2.0, "ta": 0.0, "tb": 0.0, "product": 0.0, "gene": 1.0}
REACTIONS = {
    "bind_a": "a + target -> ta; 0.7*a*target - 0.1*ta",
    "bind_b": "b + target -> tb; 0.2*b*target - 0.05*tb",
    "make": "-> product; k*target*gene",
    "lose": "product -> ; 0.3*product",
}


@pytest.fixture
def kernel(build_network):
    network = build_network(SPECIES, {"k": 1.0}, REACTIONS)
    return compile_kernel(network, {name: ("id", name) for name in (*SPECIES, "k")})


def _start(kernel, rows):
    initial = np.repeat(kernel.initial[None], len(rows), axis=0)
    for row, amounts in zip(initial, rows, strict=True):
        for name, amount in amounts.items():
            row[kernel.species.index(name)] = amount
    return np.repeat(kernel.values[None], len(rows), axis=0), initial


def _present(kernel, group):
    return {kernel.species[each] for each in group.present}


def test_drugs_that_are_not_given_and_lost_genes_are_left_out(kernel):
    _, initial = _start(kernel, [{"a": 1.0}, {}, {"b": 1.0}, {"a": 3.0}, {"gene": 0.0}])
    groups = group_rows(kernel, initial, make_schedule(5))
    assert [group.rows.tolist() for group in groups] == [[0, 3], [1], [2], [4]]
    assert _present(kernel, groups[0]) == set(SPECIES) - {"b", "tb"}
    assert _present(kernel, groups[1]) == {"target", "product", "gene"}
    # Without its gene nothing makes the product.
    assert _present(kernel, groups[3]) == {"target"}


def test_rows_agree_with_the_reference_whatever_is_absent(kernel):
    rows = [{"a": 1.0}, {}, {"b": 1.0}, {"a": 3.0, "b": 0.5}, {"gene": 0.0, "a": 1.0}]
    parameters, initial = _start(kernel, rows)
    found = integrate(kernel, parameters, initial, None, TIMES, rtol=1e-9, atol=1e-12)
    reference = integrate(kernel, parameters, initial, None, TIMES, rtol=1e-11, atol=1e-13, solver="lsoda")
    assert np.all(found.result == ResultCode.ok)
    np.testing.assert_allclose(found.observables, reference.observables, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(found.final, reference.final, rtol=1e-7, atol=1e-10)
    b = kernel.species.index("b")
    assert np.all(found.observables[0, :, b] == 0.0) and found.final[0, b] == 0.0


def test_a_drug_given_later_is_there(kernel):
    parameters, initial = _start(kernel, [{}, {}])
    late = Restart(5.0, np.array([kernel.species.index("a")]), np.array([[2.0], [2.0]]))
    found = integrate(kernel, parameters, initial, make_schedule(2, [late]), TIMES)
    bound = kernel.species.index("ta")
    assert np.all(found.observables[:, :2, bound] == 0.0) and np.all(found.observables[:, 3, bound] > 0.5)


def test_what_is_made_from_nothing_is_not_absent(build_network):
    network = build_network({"x": 0.0, "y": 0.0}, {}, {"m": "-> x; 1", "n": "x -> y; 0.1*x"})
    kernel = compile_kernel(network, {"y": ("id", "y")})
    (group,) = group_rows(kernel, np.zeros((3, 2)), make_schedule(3))
    assert len(group.present) == 2 and group.kernel is kernel


def test_a_row_has_the_same_bits_beside_rows_with_other_drugs(kernel):
    parameters, initial = _start(kernel, [{"a": 1.0}, {"b": 1.0}, {"a": 1.0, "b": 1.0}, {}])
    together = integrate(kernel, parameters, initial, None, TIMES)
    for row in range(4):
        alone = integrate(kernel, parameters[row : row + 1], initial[row : row + 1], None, TIMES)
        assert alone.observables.tobytes() == together.observables[row : row + 1].tobytes()
        assert alone.final.tobytes() == together.final[row : row + 1].tobytes()


def test_the_lowest_value_counts_what_is_absent(kernel):
    found = integrate(kernel, *_start(kernel, [{"a": 1.0}]), None, TIMES)
    assert found.minimum[0] == 0.0
