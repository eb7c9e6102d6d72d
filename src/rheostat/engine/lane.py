"""Eight rows side by side: a compiled-code value of ``WIDTH`` float64 lanes, and its operations.

The operations are numba intrinsics, for use inside compiled functions only; there a value of type ``LANES``
can be an argument, a result or a local of any function. Each operation is one LLVM vector instruction (or a
few), which the compiler turns into what the processor has: one AVX-512, two AVX2 or four NEON instructions.

A lane of a result depends on the same lane of the operands and on nothing else. No operation carries a
fast-math flag, so the compiler neither fuses nor reorders them and the bits do not depend on the code around;
``fma`` is fused where it is written, and only there.

Arrays of lanes are C-contiguous float64, shape (register, lane) with ``WIDTH`` columns. Their rows need no
alignment beyond that of a float64. Indices must not be negative: unlike NumPy's they do not count from the
end, are not checked, and a narrow one is widened without its sign, which costs nothing.

Numba's cache notices a change of a compiled function's own file only: after an edit here, the cached code of
its callers is stale until their files change too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic, models, register_model

WIDTH = 8
"""Lanes of a value. Eight and sixteen were equally fast, four took 1.4 times as long."""

_DOUBLE, _LONG = ir.DoubleType(), ir.IntType(64)
_VECTOR, _LONG_VECTOR = ir.VectorType(_DOUBLE, WIDTH), ir.VectorType(_LONG, WIDTH)
# What a float64 array guarantees. More would have to be promised by every caller that makes an array.
_ALIGNMENT = 8

# Bit patterns of 1, of the square root of 0.5 and of 2^52 as float64.
_BITS_OF_ONE, _BITS_OF_ROOT_HALF, _BITS_OF_TWO_TO_52 = 1023 << 52, 0x3FE6A09E667F3BCD, 1075 << 52


class LaneType(types.Type):  # type: ignore[misc]
    """Numba's type of ``WIDTH`` float64 lanes."""

    def __init__(self) -> None:
        super().__init__(name=f"lanes{WIDTH}")


LANES = LaneType()


@register_model(LaneType)
class _LaneModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, fe_type: Any) -> None:
        super().__init__(manager, fe_type, _VECTOR)


def _require_lanes(*given: Any) -> None:
    for one in given:
        if one != LANES:
            raise TypingError(f"expected a value of {WIDTH} lanes, not {one}; use splat for a number")


def _require_array(array: Any, dtype: Any, dimensions: int) -> None:
    fits = isinstance(array, types.Array) and (array.dtype, array.ndim) == (dtype, dimensions)
    if not fits or array.layout != "C":
        raise TypingError(f"expected a C-contiguous {dimensions}-D array of {dtype}, not {array}")


def _require_integers(*given: Any) -> None:
    for one in given:
        if not isinstance(one, types.Integer):
            raise TypingError(f"expected an integer, not {one}")


def _constant(value: float) -> Any:
    return ir.Constant(_VECTOR, [value] * WIDTH)


def _long_constant(value: int) -> Any:
    return ir.Constant(_LONG_VECTOR, [value] * WIDTH)


def _widen(builder: Any, index: Any) -> Any:
    """Index as 64 bit; it is not negative, and zero extension is free where sign extension is not."""
    return index if index.type == _LONG else builder.zext(index, _LONG)


def _row_pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    rows = builder.bitcast(data, _VECTOR.as_pointer())
    return builder.gep(rows, [_widen(builder, index)], inbounds=True)


def _load_row(builder: Any, pointer: Any) -> Any:
    row = builder.load(pointer)
    row.align = _ALIGNMENT
    return row


def _broadcast(builder: Any, number: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(
        first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    )


def _call(builder: Any, name: str, *operands: Any) -> Any:
    """Call of an LLVM intrinsic whose operands and result are lanes."""
    signature = ir.FunctionType(_VECTOR, [_VECTOR] * len(operands))
    function = cgutils.get_or_insert_function(builder.module, signature, f"{name}.v{WIDTH}f64")
    return builder.call(function, operands)


def _is_nonzero(builder: Any, lanes: Any) -> Any:
    return builder.fcmp_unordered("!=", lanes, _constant(0.0))


def _unary(name: str, emit: Callable[[Any, Any], Any], summary: str) -> Any:
    def operation(typingctx: Any, a: Any) -> Any:
        _require_lanes(a)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return emit(builder, arguments[0])

        return LANES(a), generate

    operation.__name__, operation.__doc__ = name, summary
    return intrinsic(operation)


def _binary(name: str, emit: Callable[[Any, Any, Any], Any], summary: str) -> Any:
    def operation(typingctx: Any, a: Any, b: Any) -> Any:
        _require_lanes(a, b)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return emit(builder, arguments[0], arguments[1])

        return LANES(a, b), generate

    operation.__name__, operation.__doc__ = name, summary
    return intrinsic(operation)


def _comparison(name: str, operator: str, summary: str, *, with_nan: bool = False) -> Any:
    def emit(builder: Any, a: Any, b: Any) -> Any:
        compare = builder.fcmp_unordered if with_nan else builder.fcmp_ordered
        return builder.select(compare(operator, a, b), _constant(1.0), _constant(0.0))

    return _binary(name, emit, summary)


def _extreme(name: str, operator: str, summary: str) -> Any:
    def emit(builder: Any, a: Any, b: Any) -> Any:
        # A NaN of b is kept because it fails the comparison, a NaN of a because it is asked for.
        otherwise = builder.select(builder.fcmp_unordered("uno", a, a), a, b)
        return builder.select(builder.fcmp_ordered(operator, a, b), a, otherwise)

    return _binary(name, emit, summary)


@intrinsic
def load(typingctx: Any, array: Any, index: Any) -> Any:
    """Row ``index`` of an array (register, lane)."""
    _require_array(array, types.float64, 2)
    _require_integers(index)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _row_pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        return _load_row(builder, pointer)

    return LANES(array, index), generate


@intrinsic
def store(typingctx: Any, array: Any, index: Any, lanes: Any) -> Any:
    """Put ``lanes`` into row ``index`` of an array (register, lane)."""
    _require_array(array, types.float64, 2)
    _require_integers(index)
    _require_lanes(lanes)
    if not array.mutable:
        raise TypingError("cannot store lanes in a read-only array")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _row_pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        builder.store(arguments[2], pointer, align=_ALIGNMENT)
        return context.get_dummy_value()

    return types.void(array, index, lanes), generate


@intrinsic
def splat(typingctx: Any, number: Any) -> Any:
    """One number in every lane."""
    if not isinstance(number, types.Number | types.Boolean):
        raise TypingError(f"expected a number, not {number}")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _broadcast(builder, arguments[0])

    return LANES(types.float64), generate


@intrinsic
def extract(typingctx: Any, lanes: Any, lane: Any) -> Any:
    """The number in one lane, 0 to ``WIDTH - 1``."""
    _require_lanes(lanes)
    _require_integers(lane)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.extract_element(arguments[0], _widen(builder, arguments[1]))

    return types.float64(lanes, lane), generate


add = _binary("add", lambda builder, a, b: builder.fadd(a, b), "a + b.")
subtract = _binary("subtract", lambda builder, a, b: builder.fsub(a, b), "a - b.")
multiply = _binary("multiply", lambda builder, a, b: builder.fmul(a, b), "a * b.")
divide = _binary(
    "divide", lambda builder, a, b: builder.fdiv(a, b), "a / b; IEEE infinities and NaN at b = 0."
)
negate = _unary("negate", lambda builder, a: builder.fneg(a), "-a.")
absolute = _unary(
    "absolute", lambda builder, a: _call(builder, "llvm.fabs", a), "The size of a, without its sign."
)
square_root = _unary(
    "square_root", lambda builder, a: _call(builder, "llvm.sqrt", a), "Square root; NaN where a < 0."
)
floor = _unary("floor", lambda builder, a: _call(builder, "llvm.floor", a), "The largest whole number <= a.")
ceil = _unary("ceil", lambda builder, a: _call(builder, "llvm.ceil", a), "The smallest whole number >= a.")
minimum = _extreme("minimum", "<=", "The smaller of a and b; NaN where either is.")
maximum = _extreme("maximum", ">=", "The larger of a and b; NaN where either is.")
less = _comparison("less", "<", "1.0 where a < b, else 0.0.")
less_equal = _comparison("less_equal", "<=", "1.0 where a <= b, else 0.0.")
greater = _comparison("greater", ">", "1.0 where a > b, else 0.0.")
greater_equal = _comparison("greater_equal", ">=", "1.0 where a >= b, else 0.0.")
equal = _comparison("equal", "==", "1.0 where a == b, else 0.0.")
not_equal = _comparison("not_equal", "!=", "1.0 where a != b or either is NaN, else 0.0.", with_nan=True)
copy_sign = _binary(
    "copy_sign", lambda builder, a, b: _call(builder, "llvm.copysign", a, b), "The size of a, the sign of b."
)


@intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """a * b + c, rounded once."""
    _require_lanes(a, b, c)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _call(builder, "llvm.fma", *arguments)

    return LANES(a, b, c), generate


@intrinsic
def select(typingctx: Any, condition: Any, a: Any, b: Any) -> Any:
    """a where ``condition`` is not 0.0 (NaN is not), else b."""
    _require_lanes(condition, a, b)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(_is_nonzero(builder, arguments[0]), arguments[1], arguments[2])

    return LANES(condition, a, b), generate


@intrinsic
def any_nonzero(typingctx: Any, lanes: Any) -> Any:
    """Whether some lane is not 0.0 (NaN is not)."""
    _require_lanes(lanes)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.bitcast(_is_nonzero(builder, arguments[0]), ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(WIDTH), 0))

    return types.boolean(lanes), generate


def _exponent_above(builder: Any, lanes: Any) -> Any:
    """Bits of a number whose exponent field is that of ``a * 2^0.5`` and whose fraction tells ``a``."""
    bits = builder.bitcast(lanes, _LONG_VECTOR)
    return builder.add(bits, _long_constant(_BITS_OF_ONE - _BITS_OF_ROOT_HALF))


def _emit_exponent(builder: Any, lanes: Any) -> Any:
    # The field becomes the last bits of 2^52 + field; only the newest processors convert integers.
    field = builder.lshr(_exponent_above(builder, lanes), _long_constant(52))
    whole = builder.bitcast(builder.or_(field, _long_constant(_BITS_OF_TWO_TO_52)), _VECTOR)
    return builder.fsub(whole, _constant(2.0**52 + 1023.0))


def _emit_significand(builder: Any, lanes: Any) -> Any:
    fraction = builder.and_(_exponent_above(builder, lanes), _long_constant((1 << 52) - 1))
    return builder.bitcast(builder.add(fraction, _long_constant(_BITS_OF_ROOT_HALF)), _VECTOR)


def _emit_from_exponent(builder: Any, lanes: Any) -> Any:
    return builder.bitcast(builder.shl(builder.bitcast(lanes, _LONG_VECTOR), _long_constant(52)), _VECTOR)


exponent = _unary(
    "exponent", _emit_exponent, "Whole e of a = m * 2^e, m from 0.5^0.5 to 2^0.5; a normal and > 0."
)
significand = _unary(
    "significand", _emit_significand, "The m of a = m * 2^e, from 0.5^0.5 to 2^0.5; a normal and > 0."
)
from_exponent = _unary(
    "from_exponent",
    _emit_from_exponent,
    "2^(f - 1023), 0 for f = 0; f, at most 2046, is the last 12 bits of a.",
)


@cache
def polynomial(*coefficients: float) -> Any:
    """Intrinsic ``f(x)`` = sum of ``coefficients[k] * x^k``, by Horner's rule, each step one ``fma``.

    Bind the result to a global name; ``sum_products`` says why.
    """

    def emit(builder: Any, x: Any) -> Any:
        total = _constant(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = _call(builder, "llvm.fma", total, x, _constant(coefficient))
        return total

    return _unary("polynomial", emit, "Polynomial of lanes with fixed coefficients.")


@intrinsic
def fetch_add(typingctx: Any, counters: Any, index: Any, amount: Any) -> Any:
    """Add ``amount`` to an element of an int64 vector in one step of all threads; the value before.

    Threads draw numbers from a counter with it. Nothing else is ordered by it (LLVM's ``monotonic``).
    """
    _require_array(counters, types.int64, 1)
    _require_integers(index, amount)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        pointer = builder.gep(data, [_widen(builder, arguments[1])], inbounds=True)
        return builder.atomic_rmw("add", pointer, arguments[2], "monotonic")

    return types.int64(counters, index, types.int64), generate


@cache
def sum_products(n: int) -> Any:
    """Intrinsic for a weighted sum of ``n`` rows, straight-line code.

        f(weights, row, values, first, stride, start)
            = start + sum over j < n of weights[row, j] * values[first + j * stride]

    ``weights`` is a C-contiguous float64 array, shape (row, at least n), ``values`` is (register, lane). The
    terms are added in the order of j, each with one ``fma``.

    Bind the result to a global name of the module that uses it: numba's cache on disk cannot tell one
    intrinsic in a closure from another and would compile anew in every process.
    """

    @intrinsic
    def weighted_sum(
        typingctx: Any, weights: Any, row: Any, values: Any, first: Any, stride: Any, start: Any
    ) -> Any:
        _require_array(weights, types.float64, 2)
        _require_array(values, types.float64, 2)
        _require_integers(row, first, stride)
        _require_lanes(start)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            table = context.make_array(signature.args[0])(context, builder, arguments[0])
            width = builder.extract_value(table.shape, 1)
            offset = builder.mul(_widen(builder, arguments[1]), width)
            weight = builder.gep(table.data, [offset], inbounds=True)
            index, step = _widen(builder, arguments[3]), _widen(builder, arguments[4])
            total = arguments[5]
            for j in range(n):
                place = builder.gep(weight, [ir.Constant(_LONG, j)], inbounds=True)
                factor = _broadcast(builder, builder.load(place))
                pointer = _row_pointer(context, builder, signature.args[2], arguments[2], index)
                total = _call(builder, "llvm.fma", factor, _load_row(builder, pointer), total)
                index = builder.add(index, step)
            return total

        return LANES(weights, row, values, first, stride, start), generate

    return weighted_sum
