"""Judge facts against an ensemble."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.trajectory import ResultCode
from rheostat.knowledge.claim import Assertion, Fact, Side
from rheostat.knowledge.document import read_tsv
from rheostat.phenotype.readout import split_derived
from rheostat.problem.arm import Arm
from rheostat.problem.item import Item
from rheostat.studies.plan import GR, INHIBITION
from rheostat.studies.simulate import Draws, simulate
from rheostat.verdict.effect import direction, effect, half_maximal, holds
from rheostat.verdict.graph import InfluenceGraph
from rheostat.verdict.question import Need, Question, read_questions, side_needs, sweep_doses
from rheostat.verdict.scoreboard import Scoreboard
from rheostat.verdict.verdict import AssertionVerdict, Verdict, joined, word_of
from rheostat.vocabulary.error import InputError, Issue

if TYPE_CHECKING:
    from rheostat.atlas.load import Atlas

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
_ArmKey = tuple[str, tuple[Item, ...]]

#: Arms are simulated together with those that end about as late, h.
_HORIZONS: Final = (2.0, 24.0, 72.0, 168.0)


def judge(atlas: Atlas, facts: Sequence[Fact], draws: Draws, progress: Progress | None = None) -> Scoreboard:
    """Verdicts on facts, each under the readings of the atlas and its own ``variant``.

    Parameters
    ----------
    atlas : Atlas
    facts : sequence of Fact
    draws : Draws
    progress : callable, optional
        Called with rows done and rows in all.

    Raises
    ------
    InputError
        Items of the facts that cannot be read, all together.
    """
    groups = _groups(atlas, facts)
    only = judge_only_ids(atlas)
    total = sum(len(group.needs) for group in groups) * len(draws.coordinate)
    verdicts: dict[int, Verdict] = {}
    failed = rows = 0
    for group in groups:
        answers = _answer(group, draws, _shifted(progress, rows, total))
        graph = InfluenceGraph(group.atlas) if group.needs else None
        for place, question in group.questions.items():
            verdicts[place] = _verdict(question, answers, graph, only)
        failed, rows = failed + answers.failed_rows, rows + answers.rows
    ordered = tuple(verdicts[place] for place in sorted(verdicts))
    return Scoreboard(ordered, draws.acceptance, len(draws.coordinate), failed, rows)


def assertion_table(atlas: Atlas, facts: Sequence[Fact], draws: Draws) -> dict[str, NDArray[np.bool_]]:
    """Whether each assertion holds, fact id -> (assertion, draw).

    Raises
    ------
    InputError
        E522 a fact names what the atlas lacks; E4xx as ``judge``.
    """
    questions = read_questions(atlas, facts)
    lacking = [question for question in questions if question.missing]
    if lacking:
        names = "; ".join(f"{each.fact.id} needs {', '.join(each.missing)}" for each in lacking)
        raise InputError.one("E522", str(lacking[0].fact.place), names, "mend the file or the atlas")
    answers = _answer(_Group(atlas, dict(enumerate(questions))), draws, None)
    return {
        question.fact.id: np.array([_holds(question, each, answers) for each in question.assertions])
        for question in questions
    }


def judge_only_ids(atlas: Atlas) -> frozenset[str]:
    """Ids of facts that may only judge (``facts/split.tsv``)."""
    path = Path(atlas.root) / "facts" / "split.tsv"
    if not path.exists():
        return frozenset()
    rows = read_tsv(path, ("item", "group", "part"))
    return frozenset(row.cells["item"] for row in rows if row.cells["part"] == "judge")


@dataclass(frozen=True, eq=False)
class _Group:
    """Questions that are judged under the same readings, by their place among the facts."""

    atlas: Atlas
    questions: Mapping[int, Question]

    @cached_property
    def needs(self) -> dict[_ArmKey, list[Need]]:
        """What each distinct arm has to show."""
        needs: dict[_ArmKey, list[Need]] = {}
        for question in self.questions.values():
            for need in question.needs(self.atlas) if question.is_runnable else ():
                needs.setdefault(_key(need.arm), []).append(need)
        return needs


def _groups(atlas: Atlas, facts: Sequence[Fact]) -> list[_Group]:
    """Questions by the readings that they are judged under; what a reading lacks is missing from each.

    Raises
    ------
    InputError
        Items of the facts that cannot be read, of all readings together.
    """
    places: dict[str | None, list[int]] = {}
    for place, fact in enumerate(facts):
        places.setdefault(fact.variant, []).append(place)
    groups: dict[tuple[str, ...], _Group] = {}
    issues: list[Issue] = []
    for variant, members in places.items():
        under, lacking = _under(atlas, variant)
        try:
            questions = read_questions(under, [facts[place] for place in members])
        except InputError as error:
            issues += error.issues
            continue
        known = groups.get(under.chosen_readings, _Group(under, {}))
        found = {
            place: replace(question, missing=(*lacking, *question.missing))
            for place, question in zip(members, questions, strict=True)
        }
        groups[under.chosen_readings] = replace(known, questions={**known.questions, **found})
    if issues:
        raise InputError(issues)
    return list(groups.values())


def _under(atlas: Atlas, variant: str | None) -> tuple[Atlas, tuple[str, ...]]:
    """The atlas under a reading on top of its own, and what it lacks for that; then without the reading."""
    if variant is not None and variant not in atlas.readings:
        return atlas, (f"variant:{variant}",)
    chosen = atlas if variant is None else atlas.under((*atlas.chosen_readings, variant))
    own = chosen.chosen_readings if variant is None else (*chosen.chosen_readings, variant)
    network = atlas.assembled.network
    lacking = tuple(name for one in own for name in atlas.readings[one].lacking(network))
    if not lacking:
        return chosen, ()
    # Its other names are looked up in the default network all the same.
    return atlas.under(()), tuple(dict.fromkeys(lacking))


@dataclass
class _Answers:
    """Values of needs, (draw,), and result codes of arms."""

    atlas: Atlas
    numbers: tuple[int, ...]
    values: dict[tuple[_ArmKey, str, float], Floats] = field(default_factory=dict)
    codes: dict[_ArmKey, NDArray[np.int8]] = field(default_factory=dict)

    @property
    def draws(self) -> int:
        return len(self.numbers)

    @property
    def rows(self) -> int:
        return self.draws * len(self.codes)

    @property
    def failed_rows(self) -> int:
        return sum(int(np.count_nonzero(codes)) for codes in self.codes.values())

    def of(self, question: Question, side: Side) -> Floats:
        """Values of a side: of a readout, or the half-maximal dose in nM."""
        found = [self.values[_key(need.arm), need.readout, need.t_h] for need in self._needs(question, side)]
        if side.ic50 is None:
            return found[0]
        half = np.full(self.draws, 0.5) if side.readout == GR else 0.5 * found[-1]
        return half_maximal(sweep_doses(self.atlas, side.ic50), np.array(found[:-1]), half)

    def failed(self, question: Question) -> NDArray[np.bool_]:
        """Draws in which any arm of the question did not finish."""
        arms = {_key(need.arm) for side in question.sides for need in self._needs(question, side)}
        codes = [self.codes[arm] != ResultCode.ok for arm in arms]
        return np.any(codes, axis=0) if codes else np.zeros(self.draws, dtype=bool)

    def undefined(self, question: Question) -> NDArray[np.bool_]:
        """Draws in which a side is no number, such as the inhibition of cells that do not grow."""
        nan = [np.isnan(self.of(question, side)) for side in question.sides]
        return np.any(nan, axis=0) if nan else np.zeros(self.draws, dtype=bool)

    def _needs(self, question: Question, side: Side) -> list[Need]:
        return side_needs(self.atlas, question.arms, side)


def _key(arm: Arm) -> _ArmKey:
    return arm.cell, arm.items


def _answer(group: _Group, draws: Draws, progress: Progress | None) -> _Answers:
    """Simulate every distinct arm once, grouped by how long and how finely it has to be followed."""
    stages: dict[tuple[float, bool], list[_ArmKey]] = {}
    for key, wanted in group.needs.items():
        stages.setdefault((_horizon(wanted), _is_fine(wanted)), []).append(key)
    answers = _Answers(group.atlas, draws.coordinate)
    done = 0
    for stage in sorted(stages):
        _simulate_stage(group, stages[stage], draws, answers, _shifted(progress, done))
        done += len(stages[stage]) * answers.draws
    return answers


def _shifted(progress: Progress | None, done: int, total: int | None = None) -> Progress | None:
    if progress is None:
        return None
    return lambda now, all_: progress(done + now, all_ if total is None else total)


def _horizon(needs: Sequence[Need]) -> float:
    end = max(need.t_h for need in needs)
    return next((horizon for horizon in _HORIZONS if end <= horizon), end)


def _is_fine(needs: Sequence[Need]) -> bool:
    return any(need.readout in (GR, INHIBITION) or split_derived(need.readout)[0] for need in needs)


def _simulate_stage(
    group: _Group, keys: Sequence[_ArmKey], draws: Draws, answers: _Answers, progress: Progress | None
) -> None:
    needs = group.needs
    arms = [Arm(f"arm {number}", *key) for number, key in enumerate(keys)]
    times = sorted({need.t_h for key in keys for need in needs[key]})
    readouts = list(dict.fromkeys(need.readout for key in keys for need in needs[key]))
    result = simulate(group.atlas, arms, times, draws, readouts=readouts, progress=progress).dataset
    values, codes = result["value"].values, result["result"].values
    for number, key in enumerate(keys):
        answers.codes[key] = codes[number]
        for need in needs[key]:
            course = values[number, :, times.index(need.t_h), readouts.index(need.readout)]
            answers.values[key, need.readout, need.t_h] = course


def _holds(question: Question, assertion: Assertion, answers: _Answers) -> NDArray[np.bool_]:
    lhs = answers.of(question, assertion.lhs)
    rhs = None if assertion.rhs is None else answers.of(question, assertion.rhs)
    return holds(assertion, lhs, rhs) & ~answers.failed(question)


def _verdict(
    question: Question, answers: _Answers, graph: InfluenceGraph | None, only: frozenset[str]
) -> Verdict:
    fact = question.fact
    shown = Verdict(
        fact.id, fact.statement, "not_computable", judge_only=fact.id in only, variant=fact.variant
    )
    if fact.not_runnable is not None:
        return replace(shown, verdict="not_runnable", reason=fact.not_runnable)
    if question.missing:
        return replace(shown, missing=question.missing)
    failed = answers.failed(question) | answers.undefined(question)
    every = [_holds(question, assertion, answers) for assertion in question.assertions]
    judged = tuple(
        _judge_assertion(question, assertion, held, failed, answers, graph)
        for assertion, held in zip(question.assertions, every, strict=True)
    )
    fraction = float(np.mean(np.all(every, axis=0)))
    answer = joined(tuple(each.graph for each in judged))
    return replace(
        shown,
        verdict=word_of(fraction),
        kind="wired" if answer == "right" else "emergent",
        direction=joined(tuple(each.direction for each in judged)),
        graph=answer,
        fraction=fraction,
        assertions=judged,
        failed=tuple(answers.numbers[row] for row in np.flatnonzero(failed)),
    )


def _judge_assertion(
    question: Question,
    assertion: Assertion,
    held: NDArray[np.bool_],
    failed: NDArray[np.bool_],
    answers: _Answers,
    graph: InfluenceGraph | None,
) -> AssertionVerdict:
    lhs = answers.of(question, assertion.lhs)
    rhs = None if assertion.rhs is None else answers.of(question, assertion.rhs)
    effects = effect(assertion, lhs, rhs)[~failed]
    finite = effects[np.isfinite(effects)]
    low, middle, high = np.percentile(finite, [5.0, 50.0, 95.0]) if finite.size else (None, None, None)
    first = next(iter(question.arms.values()))
    sides = (assertion.lhs, assertion.rhs)
    arms = [question.arms[side.arm] if side is not None and side.arm else None for side in sides]
    return AssertionVerdict(
        fraction=float(np.mean(held)),
        effect_median=None if middle is None else float(middle),
        effect_p05=None if low is None else float(low),
        effect_p95=None if high is None else float(high),
        direction=direction(assertion, effects),
        graph="none"
        if arms[0] is None or graph is None
        else graph.answer(assertion, first, arms[0], arms[1]),
    )
