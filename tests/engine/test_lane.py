"""Operations on lanes against NumPy, bit for bit."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from rheostat.engine import lane

SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 1e300, -1e-300, 5e-324, np.inf, -np.inf, np.nan]
PAIRS = np.array([(a, b) for a in SPECIAL for b in SPECIAL])
FIRST, SECOND = np.ascontiguousarray(PAIRS.T).reshape(2, -1, lane.WIDTH)
THIRD = np.roll(FIRST[::-1], 3, axis=1).copy()

UNARY = {
    "negate": np.negative,
    "absolute": np.abs,
    "square_root": np.sqrt,
    "floor": np.floor,
    "ceil": np.ceil,
}
BINARY = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    # The scalar engine's rule: a where they are equal, NaN where either is.
    "minimum": lambda a, b: np.where((a <= b) | np.isnan(a), a, b),
    "maximum": lambda a, b: np.where((a >= b) | np.isnan(a), a, b),
    "less": np.less,
    "less_equal": np.less_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "equal": np.equal,
    "not_equal": np.not_equal,
    "copy_sign": np.copysign,
}


def _same_bits(found: np.ndarray, expected: np.ndarray) -> bool:
    """Equal with the signs of zeros; any NaN equals any NaN."""
    both_nan = np.isnan(found) & np.isnan(expected)
    return bool(np.all(both_nan | ((found == expected) & (np.signbit(found) == np.signbit(expected)))))


@pytest.mark.parametrize("name", UNARY)
def test_operation_of_one_operand_is_numpys(name):
    operation = getattr(lane, name)

    @njit(error_model="numpy")
    def run(a, out):
        for row in range(a.shape[0]):
            lane.store(out, row, operation(lane.load(a, row)))

    out = np.empty_like(FIRST)
    run(FIRST, out)
    with np.errstate(invalid="ignore"):
        assert _same_bits(out, UNARY[name](FIRST))


@pytest.mark.parametrize("name", BINARY)
def test_operation_of_two_operands_is_numpys(name):
    operation = getattr(lane, name)

    @njit(error_model="numpy")
    def run(a, b, out):
        for row in range(a.shape[0]):
            lane.store(out, row, operation(lane.load(a, row), lane.load(b, row)))

    out = np.empty_like(FIRST)
    run(FIRST, SECOND, out)
    with np.errstate(all="ignore"):
        assert _same_bits(out, np.asarray(BINARY[name](FIRST, SECOND), dtype=float))


def test_select_takes_the_first_where_the_condition_is_nan_or_not_zero():
    @njit(error_model="numpy")
    def run(condition, a, b, out):
        for row in range(a.shape[0]):
            chosen = lane.select(lane.load(condition, row), lane.load(a, row), lane.load(b, row))
            lane.store(out, row, chosen)

    out = np.empty_like(FIRST)
    run(THIRD, FIRST, SECOND, out)
    assert _same_bits(out, np.where(THIRD != 0.0, FIRST, SECOND))


def test_only_fma_is_rounded_once():
    @njit(error_model="numpy")
    def run(a, b, c, out):
        x, y, z = lane.load(a, 0), lane.load(b, 0), lane.load(c, 0)
        lane.store(out, 0, lane.fma(x, y, z))
        lane.store(out, 1, lane.add(lane.multiply(x, y), z))

    a = np.full((1, lane.WIDTH), 1.0 + 2.0**-52)
    out = np.empty((2, lane.WIDTH))
    run(a, a, -(a * a), out)
    assert np.all(out[0] == 2.0**-104)
    assert np.all(out[1] == 0.0)


@pytest.mark.parametrize("integer", [np.int32, np.int64, np.uint32, np.uint64])
def test_rows_may_be_counted_in_any_integer(integer):
    @njit(error_model="numpy")
    def double_row(a, row):
        lane.store(a, row, lane.multiply(lane.load(a, row), lane.splat(2)))

    a = np.arange(4.0 * lane.WIDTH).reshape(4, lane.WIDTH)
    expected = a.copy()
    expected[3] *= 2.0
    double_row(a, integer(3))
    assert np.array_equal(a, expected)


def test_rows_need_no_more_alignment_than_a_number():
    @njit(error_model="numpy")
    def add_rows(a):
        lane.store(a, 1, lane.add(lane.load(a, 0), lane.load(a, 1)))

    memory = np.arange(3.0 * lane.WIDTH)
    for offset in range(lane.WIDTH):
        a = memory[offset : offset + 2 * lane.WIDTH].copy()
        shifted = memory.copy()[offset : offset + 2 * lane.WIDTH].reshape(2, lane.WIDTH)
        add_rows(shifted)
        assert np.array_equal(shifted[1], a[: lane.WIDTH] + a[lane.WIDTH :])


def test_any_nonzero_sees_each_lane_and_nan():
    @njit(error_model="numpy")
    def run(a):
        return lane.any_nonzero(lane.load(a, 0))

    a = np.zeros((1, lane.WIDTH))
    a[0, 1] = -0.0
    assert not run(a)
    for column in range(lane.WIDTH):
        for value in (1.0, np.nan, 5e-324):
            one = a.copy()
            one[0, column] = value
            assert run(one)


def test_extract_gives_the_number_of_a_lane():
    @njit(error_model="numpy")
    def run(a, column):
        return lane.extract(lane.load(a, 0), column)

    a = np.arange(float(lane.WIDTH)).reshape(1, lane.WIDTH)
    assert [run(a, column) for column in range(lane.WIDTH)] == list(a[0])


@pytest.mark.parametrize("inline", ["never", "always"])
def test_lanes_pass_through_functions(inline):
    @njit(error_model="numpy", inline=inline)
    def sum_and_difference(a, b):
        return lane.add(a, b), lane.subtract(a, b)

    @njit(error_model="numpy")
    def run(a, out):
        total = lane.splat(0.0)
        for row in range(a.shape[0]):
            total, difference = sum_and_difference(total, lane.load(a, row))
            lane.store(out, row, difference)
        lane.store(out, a.shape[0], total)

    a = np.arange(3.0 * lane.WIDTH).reshape(3, lane.WIDTH)
    out = np.empty((4, lane.WIDTH))
    run(a, out)
    before = np.vstack([np.zeros(lane.WIDTH), np.cumsum(a, axis=0)])
    assert np.array_equal(out, np.vstack([before[:-1] - a, before[-1]]))


@pytest.mark.parametrize("n", [0, 1, 6])
def test_sum_products_adds_weighted_rows(n):
    weighted_sum = lane.sum_products(n)

    @njit(error_model="numpy")
    def run(weights, row, values, first, stride, out):
        lane.store(out, 0, weighted_sum(weights, row, values, first, stride, lane.load(out, 0)))

    random = np.random.default_rng(4)
    weights, values = random.integers(-9, 9, (3, 7)) * 1.0, random.integers(-9, 9, (20, lane.WIDTH)) * 1.0
    out = np.ones((1, lane.WIDTH))
    run(weights, np.int32(2), values, 1, np.int64(3), out)
    # Whole numbers, so that the order of the sum does not matter.
    assert np.array_equal(out[0], 1.0 + weights[2, :n] @ values[1 : 1 + 3 * n : 3])


def test_polynomial_sums_powers():
    cubic = lane.polynomial(1.0, -2.0, 0.0, 4.0)

    @njit(error_model="numpy")
    def run(a, out):
        lane.store(out, 0, cubic(lane.load(a, 0)))

    a = np.arange(float(lane.WIDTH)).reshape(1, lane.WIDTH)
    out = np.empty_like(a)
    run(a, out)
    assert np.array_equal(out, 1.0 - 2.0 * a + 4.0 * a**3)


def test_exponent_and_significand_make_up_the_number():
    @njit(error_model="numpy")
    def run(a, out):
        for row in range(a.shape[0]):
            lane.store(out, 2 * row, lane.exponent(lane.load(a, row)))
            lane.store(out, 2 * row + 1, lane.significand(lane.load(a, row)))

    a = np.geomspace(3e-308, 1.7e308, 40 * lane.WIDTH).reshape(40, lane.WIDTH)
    out = np.empty((80, lane.WIDTH))
    run(a, out)
    exponent, significand = out[::2], out[1::2]
    assert np.array_equal(np.ldexp(significand, exponent.astype(int)), a)
    assert np.all((significand >= 0.5**0.5) & (significand < 2.0**0.5))


def test_fetch_add_gives_each_thread_its_own_numbers():
    @njit(nogil=True, error_model="numpy")
    def draw(counters, numbers):
        for place in range(numbers.shape[0]):
            numbers[place] = lane.fetch_add(counters, 1, 2)

    counters = np.array([7, 100, 7])
    numbers = np.empty((4, 5000), dtype=np.int64)
    draw(counters.copy(), numbers[0])
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda row: draw(counters, row), numbers))
    assert list(counters) == [7, 100 + 2 * numbers.size, 7]
    assert np.array_equal(np.sort(numbers, axis=None), np.arange(100, counters[1], 2))


def test_what_is_not_lanes_is_refused_by_name():
    @njit(error_model="numpy")
    def add_number(a):
        lane.store(a, 0, lane.add(lane.load(a, 0), 1.0))

    @njit(error_model="numpy")
    def copy_row(a, b):
        lane.store(b, 0, lane.load(a, 0))

    a = np.zeros((2, lane.WIDTH))
    with pytest.raises(TypingError, match="use splat"):
        add_number(a)
    with pytest.raises(TypingError, match="C-contiguous 2-D array of float64"):
        copy_row(a[:, ::-1], a)
    with pytest.raises(TypingError, match="C-contiguous 2-D array of float64"):
        copy_row(a.astype(np.float32), a)
    read_only = a.copy()
    read_only.flags.writeable = False
    copy_row(read_only, a)
    with pytest.raises(TypingError, match="read-only"):
        copy_row(a, read_only)


def test_a_second_process_finds_compiled_lanes_in_the_cache(tmp_path):
    (tmp_path / "cached.py").write_text(
        "import numpy as np\n"
        "from numba import njit\n"
        "from rheostat.engine.lane import WIDTH, load, splat, store, sum_products\n"
        "weighted_sum = sum_products(2)\n"
        "@njit(cache=True, nogil=True, error_model='numpy')\n"
        "def run(weights, values, out):\n"
        "    store(out, 0, weighted_sum(weights, 0, values, 0, 1, splat(1.0)))\n"
        "out = np.empty((1, WIDTH))\n"
        "run(np.array([[2.0, 3.0]]), np.ones((2, WIDTH)), out)\n"
        "print(out[0, 0], len(run.stats.cache_hits))\n"
    )
    source = str(Path(lane.__file__).parents[2])
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": source}
    command = [sys.executable, str(tmp_path / "cached.py")]
    found = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    ]
    assert found == [["6.0", "0"], ["6.0", "1"]]
