"""Write docs/performance.md and its figures from what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from benchmarks import growth
from benchmarks.measurements import Measurements
from benchmarks.study import DEMO_DRAWS, FEW_DRAWS

DOCS = Path(__file__).resolve().parents[1] / "docs"
FIGURES = DOCS / "figures"
OURS = "rheostat"
ERRORS = (1e-4, 1e-6)
# Names of the curves that targets speak of, and the ratio wanted.
TARGETS = {"libRoadRunner": 60.0, "AMICI (solver alone)": 12.0, "scikit-SUNDAE": 40.0}

_PAGE = """# Performance

Written by `make bench` on {date}: {cpu}, {cpus} CPUs, Python {python}, {vector} vectors. One thread each and
CPU time unless it says otherwise. Compare ratios, not times: another machine has other times.

## Targets

{targets}

## Equal achieved error

The shipped network ({species} species, {reactions} reactions), {rows} rows: plausible draws, each from
its own steady state in rich medium, one of five doses at t = 0, 48 h, 50 outputs, all species. The error of
a row is the largest |y - reference| over times and species, divided by the species' largest value in that
row plus one copy a cell; that of a tool is the largest of the rows. The reference is LSODA at rtol 1e-12,
from which CVODE at rtol 1e-12 differs by {difference:.0e} at most. The tools take turns, times are medians
of {repeats} turns. Our engine gets the same rows {batches} times over, as one batch.

{ratios}

![Work and precision](figures/work_precision.svg)

{points}

How each was used:

{tools}

Milliseconds include neither loading the model nor setting parameters and initial states. `AMICI` is as called
from Python, `AMICI (solver alone)` is what it says that its solver took.{amici}

## The network has grown

{growth_text}

{growth}

## Where the time goes

At rtol {rtol:g} a row takes {steps:.0f} steps; a step of {lanes} rows takes {step:.1f} microseconds. Each
part was timed by itself, the output as the difference from runs without it; the rest are the sums of stages,
the error, the choice of steps and the bookkeeping of rows.

![Time split](figures/time_split.svg)

{split}

{operations} floating-point operations a step and row (a multiply-add counts two, output not counted) give
{rate:.1f} GFLOP/s, {fraction:.0%} of the {peak:.0f} GFLOP/s that independent multiply-adds on the same
{vector} vectors reach in the same process.

## Size

Synthetic stiff signalling networks (trees of phosphorylation cycles with binding), 64 rows with spread
parameters, rtol 1e-5. The time of a step grows with the number of reactions to the power {exponent:.2f}.

![Scaling](figures/scaling.svg)

{sizes}

A new model is everything from SBML text to tables; it needs no compiler.

## Batches, threads, memory

{batch_table}

Working memory is resident memory at its peak, less arguments and results. Two threads are {threads:.2f}
times as fast as one (wall time). A steady state takes {steady:.0f} microseconds, integrating to it
{integration:.0f}.

## What a user waits for

{trajectories:,} trajectories of 48 h after a dose, {readouts} readouts at {outputs} times, rtol 1e-6, take
{many:.1f} s on {cpus} CPUs; the process takes {gigabytes:.1f} GB at its peak, arguments and results included.

What `make demo` simulates (every drug and pair of drugs on three tumours and the rebound with loops cut,
{demo_draws} draws each) takes {demo:.1f} s. With {few_draws} draw each it takes {demo_few:.1f} s, and with
the reference integrator, LSODA row by row, {demo_lsoda:.0f} s.

## Start

| | seconds |
|---|---:|
| first result on a fresh machine (compiles the engine's loops, assembles the network) | {cold:.1f} |
| first result later, in a new process | {warm:.2f} |
| of which Python importing NumPy and numba | {bare:.2f} |

## What is missed, and why

- **Ratios to the peers.** On the first core, 85 species, libRoadRunner took 35 times as long as we, AMICI's
  solver alone 18 times, scikit-SUNDAE 41 times (2026-11-25, on this machine). libRoadRunner and LSODA, with
  dense matrices, grow faster than we with the network; solvers with sparse ones and compiled right sides grow
  as we do.
- **Share of the multiply-add rate.** The loops are bound by memory, not by arithmetic: nearly every operation
  loads its operands and stores its result, and a stage's values do not fit the first-level cache. Tried, with
  the gain in time of a run: loops without reference counts (1.6 x with 50 outputs), totals that give species
  away (1.2 x), absent species left out (1.1 x), entries in the order of use (1.04 x), step control by the
  last error alone (1.4 x). Without gain: sums filled up to whole chunks (0.9 x), joining more operations.
- **Steady state.** Continuation from the start took 26 microseconds, about 1/13 of integrating, but came to
  rest on states that are not stable (a Brusselator, the saddle of a toggle). Now rows are followed first.
- **First result on a fresh machine.** Compiling the loops takes half a minute, once for all models.
- **Two threads.** The machine is a shared one: runs gave between 1.5 and 1.9.

## Not in this run

COPASI and diffrax were tried once, on 2026-11-25, on the first of such rows, with the error of above:

| tool | ms a trajectory | largest error |
|---|---|---|
| COPASI 4.48 (LSODA, through its Python bindings), 16 rows | 6.4 | 8e-5 |
| diffrax 0.7.2 (Kvaerno5, float64, compiled, one thread), 8 rows | 105 | 3e-4 |
| | 235 | 4e-5 |
"""


def write_report(found: Measurements) -> None:
    """Write the page and the figures."""
    FIGURES.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"svg.hashsalt": "rheostat", "font.size": 9, "axes.spines.top": False,
                         "axes.spines.right": False, "figure.constrained_layout.use": True})  # fmt: skip
    for name, figure in (
        ("work_precision", _work_precision(found)), ("time_split", _time_split(found)),
        ("scaling", _scaling(found)),
    ):  # fmt: skip
        figure.savefig(FIGURES / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)
    (DOCS / "performance.md").write_text(_page(found), encoding="utf-8")


def _page(found: Measurements) -> str:
    return _PAGE.format(
        date=date.today().isoformat(),
        cpu=found.machine.cpu,
        cpus=found.machine.cpus,
        python=found.machine.python,
        vector=f"{found.vector_bits}-bit",
        targets=_targets(found),
        species=found.species,
        reactions=found.reactions,
        rows=found.rows,
        difference=found.reference_difference,
        repeats=found.repeats,
        batches=found.batch // found.rows,
        ratios=_ratios(found),
        points=_points(found),
        tools=_tools(found),
        amici=f" AMICI is left out: {found.amici_missing}." if found.amici_missing else "",
        growth_text=_growth_text(found),
        growth=_growth(found),
        rtol=found.rtol,
        steps=found.steps,
        lanes=found.lanes,
        step=found.step_microseconds,
        split=_split_table(found),
        operations=f"{found.step_operations:,}",
        rate=found.step_operations * found.lanes / found.step_microseconds / 1e3,
        fraction=found.peak_fraction,
        peak=found.fma_rate / 1e9,
        exponent=found.growth_exponent,
        sizes=_sizes(found),
        batch_table=_batches(found),
        threads=found.threads2,
        trajectories=found.study.trajectories,
        readouts=found.study.readouts,
        outputs=found.study.outputs,
        many=found.study.seconds,
        gigabytes=found.study.peak_gigabytes,
        demo_draws=DEMO_DRAWS,
        demo=found.study.demo_seconds,
        few_draws=FEW_DRAWS,
        demo_few=found.study.demo_few_seconds,
        demo_lsoda=found.study.demo_reference_seconds,
        steady=found.steady.microseconds,
        integration=found.steady.integration_microseconds,
        cold=found.start.cold_seconds,
        warm=found.start.warm_seconds,
        bare=found.start.python_seconds,
    )


def _targets(found: Measurements) -> str:
    rows = []
    for name, wanted in TARGETS.items():
        ratio = _ratio(found, name, ERRORS[0])
        measured = "not measured" if math.isnan(ratio) else f"{ratio:.1f} x"
        rows.append((f"{name}, equal error 1e-4", f">= {wanted:g} x", measured, ratio >= wanted))
    peak, cold, warm = found.peak_fraction, found.start.cold_seconds, found.start.warm_seconds
    share = found.steady.share
    load = next((size.new_model_seconds for size in found.sizes if size.species == 200), math.nan)
    growth = max(each.working_megabytes for each in found.batches) - found.batches[0].working_megabytes
    times = [each.milliseconds for each in found.batches]
    rows += [
        (f"share of the multiply-add rate, one thread, {found.vector_bits}-bit vectors", ">= 35 %",
         f"{peak:.0%}", peak >= 0.35),
        ("steady state over integrating to it", "<= 1/30", f"1/{1 / share:.0f}", share <= 1 / 30),
        ("first result on a fresh machine", "<= 20 s", f"{cold:.1f} s", cold <= 20),
        ("first result later", "<= 1 s", f"{warm:.2f} s", warm <= 1),
        ("new SBML model of 200 species", "<= 0.2 s", f"{load:.2f} s", load <= 0.2),
        ("time of a step by reactions, 50 to 800 species", "linear",
         f"power {found.growth_exponent:.2f}", found.growth_exponent <= 1.1),
        (f"time a trajectory, {found.batches[0].rows} to {found.batches[-1].rows} rows", "linear",
         f"{min(times):.3f} to {max(times):.3f} ms", max(times) <= 1.15 * min(times)),
        ("two threads", ">= 1.85 x", f"{found.threads2:.2f} x", found.threads2 >= 1.85),
        ("working memory by rows", "flat", f"{growth:+.1f} MB", growth <= 8.0),
    ]  # fmt: skip
    for problem, (digits, wanted) in found.stiff.items():
        rows.append(
            (f"correct digits of {problem} at rtol 1e-8", f">= {wanted:g}", f"{digits:.1f}", digits >= wanted)
        )
    lines = [(what, wanted, measured, "met" if met else "missed") for what, wanted, measured, met in rows]
    return _table(("target", "wanted", "measured", ""), lines)


def _ratio(found: Measurements, name: str, error: float, *, of_median: bool = False) -> float:
    """Time of a tool over ours at an achieved error; NaN where one of them does not reach it."""
    theirs, ours = found.curve(name), found.curve(OURS)
    if theirs is None or ours is None:
        return math.nan
    return theirs.milliseconds_at(error, of_median=of_median) / ours.milliseconds_at(
        error, of_median=of_median
    )


def _ratios(found: Measurements) -> str:
    lines = []
    for curve in found.curves:
        cells = [curve.name]
        for error in ERRORS:
            cells += [f"{curve.milliseconds_at(error):.3f}", f"{_ratio(found, curve.name, error):.1f}"]
        cells.append(f"{_ratio(found, curve.name, ERRORS[0], of_median=True):.1f}")
        lines.append(tuple(cells))
    heads = (
        "tool",
        "ms at 1e-4",
        "times ours",
        "ms at 1e-6",
        "times ours",
        "times ours where the median row has 1e-4",
    )
    return _table(heads, lines)


def _points(found: Measurements) -> str:
    lines = [
        (curve.name, f"{point.rtol:.0e}", f"{point.milliseconds:.3f}", f"{point.largest_error:.1e}",
         f"{point.median_error:.1e}", str(point.failures))
        for curve in found.curves for point in curve.points
        if math.isclose(math.log10(point.rtol) % 1.0, 0.0, abs_tol=1e-9)
    ]  # fmt: skip
    heads = ("tool", "rtol", "ms a trajectory", "largest error", "error of the median row", "rows failed")
    return _table(heads, lines)


def _tools(found: Measurements) -> str:
    lines = [
        (f"{tool.name} {tool.version}", tool.configuration, f"{tool.atol_share:g} rtol",
         f"{tool.load_seconds:.2f}") for tool in found.tools
    ]  # fmt: skip
    return _table(("tool", "how", "atol, kilocopy", "s to load the model"), lines)


def _growth_text(found: Measurements) -> str:
    first = found.growth[0].species
    lines = (
        f"The first core, {first} species, is kept in `benchmarks/data`. Both networks in the same run:",
        f"{growth.ROWS} plausible draws each, their steady states in rich medium, then the same drugs",
        f"for {growth.HOURS:.0f} h, {growth.OUTPUTS} outputs of all species, rtol {growth.RTOL:g}. Times are",
        f"wall time, the best of {growth.TURNS} runs of each in turn. LSODA is the",
        "engine's reference integrator, row by row, at the same tolerance, on the first",
        f"{growth.LSODA_ROWS} rows; from it at rtol {growth.REFERENCE_RTOL:g} the errors, as defined above,",
        "are taken.",
    )
    return "\n".join(lines)


def _growth(found: Measurements) -> str:
    first, shipped = found.growth
    lines = [
        (text, format(before, pattern), format(now, pattern), f"{now / before:.2f}")
        for text, before, now, pattern in (
            ("species", first.species, shipped.species, "d"),
            ("reactions", first.reactions, shipped.reactions, "d"),
            ("species of most rows, absent ones left out", first.present, shipped.present, "d"),
            ("states integrated, after conserved totals", first.states, shipped.states, "d"),
            ("entries of the factors", first.entries, shipped.entries, "d"),
            ("operations a step and row", first.operations, shipped.operations, ",d"),
            ("steps a trajectory", first.steps, shipped.steps, ".0f"),
            (f"microseconds a step of {found.lanes} rows", first.step_microseconds,
             shipped.step_microseconds, ".1f"),
            ("trajectories a second, one thread", first.a_second, shipped.a_second, ",.0f"),
            ("trajectories a second, two threads", first.a_second_on_two, shipped.a_second_on_two, ",.0f"),
            ("steady states a second, one thread", first.steady_a_second, shipped.steady_a_second, ",.0f"),
            ("largest error", first.largest_error, shipped.largest_error, ".1e"),
            ("error of the median row", first.median_error, shipped.median_error, ".1e"),
            ("trajectories a second, LSODA", first.lsoda_a_second, shipped.lsoda_a_second, ".1f"),
            ("one thread over LSODA", first.a_second / first.lsoda_a_second,
             shipped.a_second / shipped.lsoda_a_second, ".0f"),
        )
    ]  # fmt: skip
    return _table(("", "first core", "shipped", "shipped over first core"), lines)


def _split_table(found: Measurements) -> str:
    return _table(
        ("part", "times a step", "microseconds a step", "share"),
        [
            (name, str(times) if times else "", f"{taken:.2f}", f"{taken / found.step_microseconds:.0%}")
            for name, times, taken in _split(found)
        ],
    )


def _split(found: Measurements) -> list[tuple[str, int, float]]:
    parts = [(part.name, part.times, part.times * part.microseconds) for part in found.parts]
    parts.append(("50 outputs", 0, found.output_microseconds))
    rest = found.step_microseconds - sum(taken for _, _, taken in parts)
    return [*parts, ("the rest", 0, rest)]


def _sizes(found: Measurements) -> str:
    lines = [
        (str(size.species), str(size.reactions), f"{size.new_model_seconds:.3f}", f"{size.milliseconds:.3f}",
         f"{size.steps:.0f}", f"{1e6 * size.milliseconds / size.steps / size.reactions:.1f}")
        for size in found.sizes
    ]  # fmt: skip
    heads = (
        "species",
        "reactions",
        "s for a new model",
        "ms a trajectory",
        "steps",
        "ns a step and reaction",
    )
    return _table(heads, lines)


def _batches(found: Measurements) -> str:
    lines = [
        (str(each.rows), f"{each.milliseconds:.3f}", f"{each.working_megabytes:.1f}")
        for each in found.batches
    ]
    return _table(("rows", "ms a trajectory", "working memory, MB"), lines)


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = "|---" * len(heads) + "|"
    return "\n".join(
        ["| " + " | ".join(heads) + " |", rule, *("| " + " | ".join(line) + " |" for line in lines)]
    )


def _work_precision(found: Measurements) -> Figure:
    figure, (largest, middle) = plt.subplots(1, 2, figsize=(9.0, 3.8), sharey=True)
    for curve in found.curves:
        times = [point.milliseconds for point in curve.points]
        style = {"color": "black", "linewidth": 2} if curve.name == OURS else {"linewidth": 1}
        for axes, errors in (
            (largest, [point.largest_error for point in curve.points]),
            (middle, [point.median_error for point in curve.points]),
        ):
            axes.loglog(errors, times, marker="o", markersize=3, label=curve.name, **style)
    for axes, text in ((largest, "largest error of all rows"), (middle, "error of the median row")):
        axes.axvline(ERRORS[0], color="0.8", zorder=0)
        axes.set(xlabel=text)
        axes.invert_xaxis()
    largest.set(ylabel="ms a trajectory, one thread")
    handles, names = middle.get_legend_handles_labels()
    figure.legend(handles, names, frameon=False, ncols=6, loc="outside lower center")
    return figure


def _time_split(found: Measurements) -> Figure:
    figure, axes = plt.subplots(figsize=(6.0, 1.4))
    left = 0.0
    for name, _, taken in _split(found):
        axes.barh([0], [taken], left=left, label=name)
        left += taken
    axes.set(yticks=[], xlabel=f"microseconds of a step of {found.lanes} rows")
    axes.legend(frameon=False, ncols=5, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return figure


def _scaling(found: Measurements) -> Figure:
    figure, axes = plt.subplots(figsize=(6.0, 3.2))
    reactions = [size.reactions for size in found.sizes]
    times = [1e3 * size.milliseconds / size.steps for size in found.sizes]
    axes.loglog(reactions, times, marker="o", color="black", label="measured")
    axes.loglog(reactions, [times[-1] * each / reactions[-1] for each in reactions], "--", color="0.6",
                label="linear")  # fmt: skip
    axes.set(xlabel="reactions", ylabel="microseconds a step and row")
    axes.legend(frameon=False)
    return figure
