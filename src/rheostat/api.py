"""The Python interface: the same names and defaults as the command line, ``import rheostat as rs``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.atlas.lookup import class_item
from rheostat.atlas.reading import DEFAULT, OTHER
from rheostat.inference.plausible import plausible_draws, prior_draws
from rheostat.knowledge.claim import Fact, read_fact_files, read_facts
from rheostat.problem.arm import Arm
from rheostat.problem.item import parse_items
from rheostat.studies import explain as explain_study
from rheostat.studies import rank as rank_study
from rheostat.studies.simulate import Draws
from rheostat.studies.simulate import simulate as simulate_arms
from rheostat.verdict.judge import judge
from rheostat.verdict.recorded import Moved, moved, read_recorded
from rheostat.verdict.scoreboard import Scoreboard
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean

if TYPE_CHECKING:
    from rheostat.studies.dose_response import DoseResponse
    from rheostat.studies.influence import InfluenceMap
    from rheostat.studies.ledger import LedgerCheck
    from rheostat.studies.loops import LoopSearch

ENSEMBLES = ("plausible", "prior")
DEFAULT_DRAWS = 64
DEFAULT_SEED = 1
DEFAULT_HOURS = 72.0
# A year: the course is kept at least once an hour for every draw, which a longer one has no memory for.
LONGEST_HOURS = 8760.0
DEFAULT_READOUTS = (
    "pAKT_S473", "pAKT_T308", "pS6K_T389", "p4EBP1_T37_46", "pERK",
    "protein_synthesis", "proliferation_rate", "death_rate", "gr",
)  # fmt: skip
Items = str | Sequence[str]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Cell:
    """A tumour, cell line or cell programme of the atlas (or a path to a file), with alterations on top.

    Examples
    --------
    >>> cell("MCF-7").alter("ko:TSC2").alterations
    ('ko:TSC2',)
    """

    name: str
    alterations: tuple[str, ...] = ()

    def alter(self, *items: str) -> Cell:
        """The same cell with more alterations (``ko:TSC2``, ``mut:PIK3CA_H1047R``)."""
        return replace(self, alterations=(*self.alterations, *items))

    def arm(self, id_: str | None = None, treat: Items = (), env: Items = (), cut: Items = ()) -> Arm:
        """Arm of this cell under an environment, a treatment and cuts.

        Raises
        ------
        InputError
            With every item that cannot be read.
        """
        altered = atlas().read_alterations(list(self.alterations))[0] if self.alterations else ()
        treated = [_with_class_dose(text) for text in listed(treat, "drug")]
        texts = [*listed(env, "env"), *treated, *listed(cut, "cut")]
        items = (*altered, *(parse_items(texts) if texts else ()))
        return Arm(id_ or " ".join([self.name, *(item.text for item in items)]), self.name, items)


def cell(name: str) -> Cell:
    """Cell of the atlas of that name, or of a path to a tumour file."""
    return Cell(name)


def atlas(*overlays: str) -> Atlas:
    """The shipped atlas with the user's folders laid over it, in that order.

    Raises
    ------
    InputError
        With every problem in the overlays' files.
    """
    return _atlas(tuple(str(overlay) for overlay in overlays))


@lru_cache(maxsize=4)
def _atlas(overlays: tuple[str, ...]) -> Atlas:
    return load_atlas(overlays)


def under(loaded: Atlas, variants: Sequence[str]) -> tuple[Atlas, tuple[str, ...]]:
    """The atlas under the chosen readings, and a note on each that ``other`` chose in vain.

    ``other`` means all that can be switched: a reading whose parameters the network lacks keeps its default
    and is told; one that is chosen by its name stays, and whatever is asked of it fails with that name.

    Raises
    ------
    InputError
        If a reading is unknown.
    """
    named = {one for one in variants if one not in (DEFAULT, OTHER)}
    chosen = loaded.under(variants).chosen_readings
    if OTHER not in variants:
        return loaded.under(chosen), ()
    network = loaded.under(()).network
    lacking = {one: loaded.readings[one].lacking(network) for one in chosen if one not in named}
    notes = tuple(
        f"{one} is not switched: the network lacks {', '.join(names)}"
        for one, names in lacking.items()
        if names
    )
    return loaded.under([one for one in chosen if not lacking.get(one)]), notes


def draws_of(
    loaded: Atlas,
    number: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    ensemble: str = "plausible",
    progress: Progress | None = None,
) -> Draws:
    """Draw numbers of an ensemble: ``plausible`` (meets the calibration targets) or ``prior``.

    Raises
    ------
    InputError
        If the ensemble is unknown or fewer than one draw is asked for.
    """
    if number < 1:
        raise InputError.one("E703", "--draws", f"{number} draws", "ask for at least 1")
    if ensemble == "plausible":
        return plausible_draws(loaded, number, seed, progress)
    if ensemble == "prior":
        return prior_draws(number, seed)
    hint = did_you_mean(ensemble, ENSEMBLES)
    raise InputError.one(
        "E704", "--ensemble", f"unknown ensemble {ensemble!r}{hint}", f"use one of {', '.join(ENSEMBLES)}"
    )


def grid(hours: float, times: Sequence[float] | None = None) -> list[float]:
    """Output times in h: those given, else a grid that is fine in the first hours.

    Raises
    ------
    InputError
        If the duration or a time is negative, not a number, or beyond a year.
    """
    if times:
        chosen = sorted(set(times))
    else:
        fixed = [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0, 36.0, 48.0, 72.0, 96.0, 120.0, 144.0, 168.0]
        chosen = sorted({*(t for t in fixed if t < hours), hours})
    if not all(0 <= t < float("inf") for t in chosen) or not 0 < hours < float("inf"):
        raise InputError.one(
            "E705", "--hours/--times", "a time is negative or not a number", "give hours >= 0"
        )
    if chosen[-1] > LONGEST_HOURS:
        raise InputError.one(
            "E705",
            "--hours/--times",
            f"{chosen[-1]:g} h is too long",
            f"give at most {LONGEST_HOURS:g} h (a year)",
        )
    return chosen


def simulate(
    cell: Cell | str,
    *,
    treat: Items = (),
    env: Items = (),
    cut: Items = (),
    hours: float = DEFAULT_HOURS,
    times: Sequence[float] | None = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    ensemble: str = "plausible",
    readouts: Sequence[str] | None = None,
    variants: Sequence[str] = (),
    overlays: Sequence[str] = (),
    progress: Progress | None = None,
) -> xarray.Dataset:
    """One experiment over the ensemble.

    Parameters
    ----------
    cell : Cell or str
    treat, env, cut : str or sequence of str
        Items of the common grammar; ``everolimus 20 nM`` does without ``drug:``.
    hours : float, h
    times : sequence of float, h, optional
    draws, seed, ensemble
        Which draws of the parameters.
    variants : sequence of str
        Readings other than the default, such as ``otud7b:review``.

    Returns
    -------
    xarray.Dataset
        ``value`` and ``untreated`` (condition, draw, time, readout), ``result`` (condition, draw).

    Raises
    ------
    InputError
        If a name, an item or a unit cannot be read.
    """
    loaded, _ = under(atlas(*overlays), variants)
    arm = _cell(cell).arm(treat=treat, env=env, cut=cut)
    ensemble_draws = draws_of(loaded, draws, seed, ensemble)
    return simulate_arms(
        loaded, [arm], grid(hours, times), ensemble_draws, readouts=readouts, progress=progress
    ).dataset


def dose(
    cell: Cell | str,
    drug: str,
    *,
    readout: str = "gr",
    treat: Items = (),
    env: Items = (),
    cut: Items = (),
    hours: float = DEFAULT_HOURS,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    ensemble: str = "plausible",
    variants: Sequence[str] = (),
    overlays: Sequence[str] = (),
    progress: Progress | None = None,
) -> DoseResponse:
    """Dose-response of a drug; see ``studies.dose_response.dose_response``.

    Raises
    ------
    InputError
        If a name or an item is unknown.
    """
    # It fits curves with SciPy's optimizer, which no other study needs to load.
    from rheostat.studies.dose_response import dose_response

    loaded, _ = under(atlas(*overlays), variants)
    arm = _cell(cell).arm(treat=treat, env=env, cut=cut)
    return dose_response(
        loaded,
        arm,
        drug,
        draws_of(loaded, draws, seed, ensemble),
        readout=readout,
        t_h=hours,
        progress=progress,
    )


def rank(
    *cells: Cell | str,
    treatments: Sequence[str] | None = None,
    env: Items = (),
    cut: Items = (),
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    ensemble: str = "plausible",
    explain_top: int | None = 3,
    variants: Sequence[str] = (),
    overlays: Sequence[str] = (),
    progress: Progress | None = None,
) -> rank_study.Ranking:
    """Treatments ranked for each cell; default: every drug of the atlas alone.

    Raises
    ------
    InputError
        If a name or an item is unknown.
    """
    loaded, _ = under(atlas(*overlays), variants)
    return rank_study.rank(
        loaded,
        [
            (chosen := _cell(each)).arm(" ".join([chosen.name, *chosen.alterations]), env=env, cut=cut)
            for each in cells
        ],
        list(treatments or loaded.drugs),
        draws_of(loaded, draws, seed, ensemble),
        explain_with=explain_study.loop_cuts(loaded),
        explain_top=explain_top,
        progress=progress,
    )


def explain(
    cell: Cell | str,
    readout: str,
    *,
    treat: Items = (),
    env: Items = (),
    hours: float = DEFAULT_HOURS,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    ensemble: str = "plausible",
    variants: Sequence[str] = (),
    overlays: Sequence[str] = (),
    progress: Progress | None = None,
) -> explain_study.Explanation:
    """What each loop of the atlas does to a readout: the loop is cut and the model run again.

    Raises
    ------
    InputError
        If a name or an item is unknown.
    """
    loaded, _ = under(atlas(*overlays), variants)
    arm = _cell(cell).arm(treat=treat, env=env)
    return explain_study.explain(
        loaded, arm, readout, hours, draws_of(loaded, draws, seed, ensemble), progress=progress
    )


def influence_map(cell: str = "reference", *, overlays: Sequence[str] = ()) -> InfluenceMap:
    """Which state acts on which, with sign, at the untreated steady state of a cell.

    Raises
    ------
    InputError
        If the cell is unknown.
    """
    from rheostat.studies import influence

    return influence.influence_map(atlas(*overlays), cell)


def loops(
    cell: str = "reference",
    *,
    level: str = "molecules",
    longest: int = 8,
    node: str | None = None,
    overlays: Sequence[str] = (),
) -> LoopSearch:
    """Feedback loops of the network in a cell; see ``studies.loops.find_loops``.

    Raises
    ------
    InputError
        If the cell, the level or the node is unknown.
    """
    # networkx takes long to load, and only these two need it.
    from rheostat.studies.loops import find_loops
    from rheostat.studies.molecules import condense

    return find_loops(condense(influence_map(cell, overlays=overlays)), level, longest, node)


def ledger_loops(cell: str = "reference", *, overlays: Sequence[str] = ()) -> LedgerCheck:
    """Which loops of the claims ledger the network holds; see ``studies.ledger.check_ledger``.

    Raises
    ------
    InputError
        If the cell is unknown.
    """
    from rheostat.studies.ledger import check_ledger
    from rheostat.studies.molecules import condense

    return check_ledger(atlas(*overlays), condense(influence_map(cell, overlays=overlays)))


def check(
    path: str | Path,
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    ensemble: str = "plausible",
    variants: Sequence[str] = (),
    overlays: Sequence[str] = (),
    progress: Progress | None = None,
) -> Scoreboard:
    """Scoreboard of a claims file.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    loaded, _ = under(atlas(*overlays), variants)
    facts, _ = facts_of(str(path), variants=variants)
    return judge(loaded, facts, draws_of(loaded, draws, seed, ensemble), progress)


def provenance(loaded: Atlas, draws: Draws | None = None) -> dict[str, Any]:
    """Version, model and atlas hash, ensemble, acceptance and seed: what every answer carries."""
    from rheostat import __version__

    known: dict[str, Any] = {"version": __version__, "model": loaded.model_hash, "atlas": loaded.hash}
    if draws is not None:
        known |= {"ensemble": draws.ensemble, "seed": draws.seed, "draws": len(draws.coordinate)}
        known["acceptance"] = draws.acceptance
    if loaded.chosen_readings:
        known["readings"] = list(loaded.chosen_readings)
    return known


def facts_of(
    path: str | None, ids: Sequence[str] = (), variants: Sequence[str] = ()
) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """Facts of a claims file (default: the shipped ones), only those ids, and those of other readings.

    A fact with a ``variant`` is judged only under that reading; ``default`` and ``other`` choose all.

    Returns
    -------
    facts, other : tuple of Fact
        Those to be judged, and those that are told under a reading that was not chosen.

    Raises
    ------
    InputError
        With every problem of the files, or if an id or a reading is unknown.
    """
    if path is None:
        folder = Path(str(resources.files("rheostat.atlas") / "data" / "facts"))
        facts = read_fact_files(sorted(folder.glob("*.yaml")))
    else:
        facts = read_facts(path)
    known = {fact.id for fact in facts}
    issues = [
        Issue(
            "E712", "--id", f"no fact is called {name!r}{did_you_mean(name, known)}", "use an id of the file"
        )
        for name in ids
        if name not in known
    ]
    if issues:
        raise InputError(issues)
    readings = atlas().readings
    chosen = atlas().under(variants).chosen_readings
    switched = {readings[one].reading for one in chosen}
    # What no table of readings knows is judged too: as not computable, with its name.
    others = {
        one.id
        for one in readings.values()
        if one.id not in chosen and (one.reading in switched or not one.is_default)
    }
    wanted = [fact for fact in facts if not ids or fact.id in ids]
    return (
        tuple(fact for fact in wanted if fact.variant not in others),
        tuple(fact for fact in wanted if fact.variant in others),
    )


def moved_verdicts(board: Scoreboard) -> tuple[Moved, ...]:
    """Facts of the shipped claims whose verdict is not the recorded one."""
    return moved(board, read_recorded(Path(str(resources.files("rheostat.atlas") / "data" / "verdicts.tsv"))))


def _with_class_dose(text: str) -> str:
    """A class without a dose (``drug:rapalog``, ``drug:rapalog@t0-24``) as the drug and dose it means."""
    kind, _, body = text.partition(":")
    what, *segments = body.split("@")
    if kind.strip().casefold() != "drug" or not all(one.strip().startswith("t") for one in segments):
        return text
    item = class_item(what, atlas().classes)
    return text if item is None else "@".join([item, *segments])


def _cell(given: Cell | str) -> Cell:
    return given if isinstance(given, Cell) else Cell(given)


def notes_on(alterations: Sequence[str]) -> tuple[str, ...]:
    """What was read from oncologists' spellings and old gene names, one note a translation.

    Raises
    ------
    InputError
        With every alteration that cannot be read.
    """
    return atlas().read_alterations(list(alterations))[1] if alterations else ()


def listed(items: Items, kind: str) -> list[str]:
    """Items joined by ``;`` as a list; those without a kind get ``kind`` (drug, env, cut)."""
    texts = [items] if isinstance(items, str) else list(items)
    parts = [part.strip() for text in texts for part in text.split(";")]
    return [part if ":" in part else f"{kind}:{part}" for part in parts if part]
