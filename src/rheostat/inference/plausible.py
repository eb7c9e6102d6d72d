"""The plausible ensemble: the first prior draws that meet the calibration targets."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import platformdirs
from numpy.typing import NDArray

from rheostat.knowledge.claim import Fact, read_facts
from rheostat.studies.simulate import Draws
from rheostat.verdict.judge import assertion_table
from rheostat.verdict.question import read_questions, sweep_doses
from rheostat.vocabulary.error import NumericalError
from rheostat.vocabulary.place import Place

if TYPE_CHECKING:
    from rheostat.atlas.load import Atlas

Progress = Callable[[int, int], None]

#: The seed whose draws are shipped.
SHIPPED_SEED: Final = 1

#: Draws tried together, and how many at most: below 5 % acceptance the structure of a model is wrong, so a
#: hundred tries for each draw that is wanted are enough.
BATCH: Final = 64
TRIES_PER_DRAW: Final = 100
LEAST_TRIES: Final = 1024

# Where an assertion stands in its file says nothing about it.
NO_PLACE: Final = Place("")


@dataclass(frozen=True)
class Accepted:
    """Accepted draw numbers, rising, of the first ``tried`` draws."""

    numbers: tuple[int, ...]
    tried: int

    def first(self, n: int, seed: int) -> Draws:
        """The first n as an ensemble; the acceptance is that of all that were tried."""
        return Draws(self.numbers[:n], seed, "plausible", len(self.numbers) / self.tried)


@dataclass(frozen=True)
class TargetAcceptance:
    """One assertion of one target: share of prior draws that meet it, and whether nominal values do."""

    fact: str
    assertion: int
    share: float
    nominal: bool


def prior_draws(n: int, seed: int = SHIPPED_SEED) -> Draws:
    """The first n draws of the prior.

    Examples
    --------
    >>> prior_draws(3, 1).numbers
    (0, 1, 2)
    """
    return Draws(tuple(range(n)), seed, "prior")


def read_targets(atlas: Atlas) -> tuple[Fact, ...]:
    """Calibration targets of the atlas.

    Raises
    ------
    InputError
        Problems of ``targets.yaml``.
    """
    return read_facts(Path(atlas.root) / "targets.yaml")


def meets_targets(atlas: Atlas, seed: int, numbers: Sequence[int]) -> NDArray[np.bool_]:
    """Whether each draw meets all assertions of all targets, (draw,).

    Raises
    ------
    InputError
        E522 if the atlas cannot compute a target.
    """
    targets = read_targets(atlas)
    met = np.ones(len(numbers), dtype=bool)
    # A sweep of doses costs more than all else, so only draws that are still in get one.
    swept = [fact for fact in targets if _is_swept(fact)]
    for stage in ([fact for fact in targets if fact not in swept], swept):
        left = np.flatnonzero(met)
        if stage and left.size:
            draws = Draws(tuple(numbers[int(place)] for place in left), seed, "prior")
            table = assertion_table(atlas, stage, draws)
            met[left] = np.all(np.concatenate(list(table.values())), axis=0)
    return met


def _is_swept(fact: Fact) -> bool:
    return any(side is not None and side.ic50 for each in fact.assertions for side in (each.lhs, each.rhs))


def acceptance(atlas: Atlas, seed: int = SHIPPED_SEED, n: int = 200) -> tuple[TargetAcceptance, ...]:
    """Each target's assertions: the share of n raw prior draws that meet it, and the nominal answer.

    Raises
    ------
    InputError
        E522 if the atlas cannot compute a target.
    """
    targets = read_targets(atlas)
    drawn = assertion_table(atlas, targets, prior_draws(n, seed))
    nominal = assertion_table(atlas, targets, Draws(None, seed, "nominal"))
    return tuple(
        TargetAcceptance(fact, index, float(np.mean(row)), bool(nominal[fact][index, 0]))
        for fact, rows in drawn.items()
        for index, row in enumerate(rows)
    )


def plausible_draws(
    atlas: Atlas, n: int, seed: int = SHIPPED_SEED, progress: Progress | None = None
) -> Draws:
    """The first n prior draws that meet the targets.

    Read from the atlas for its shipped mechanisms and seed 1, else from the user's cache, else computed and
    cached.  A draw is a draw number: which are plausible is settled under the default readings, so that the
    same numbers stand under every reading and verdicts differ by the reading alone.

    Raises
    ------
    NumericalError
        N120 too few draws meet the targets.
    InputError
        E522 if the atlas cannot compute a target.
    """
    atlas = atlas.under(())
    key = ensemble_key(atlas)
    known = _read(Path(atlas.root) / "plausible.tsv", key, seed)
    if known is None or len(known.numbers) < n:
        cache = platformdirs.user_cache_path("rheostat") / "plausible" / f"{key}-{seed}.tsv"
        cached = _read(cache, key, seed)
        if cached is not None and (known is None or cached.tried > known.tried):
            known = cached
        if known is None or len(known.numbers) < n:
            known = _search(atlas, n, seed, known or Accepted((), 0), progress)
            _write_cache(cache, key, seed, known)
    return known.first(n, seed)


def write_plausible(atlas: Atlas, path: Path | str, n: int = 200, progress: Progress | None = None) -> Draws:
    """Compute the first n plausible draws of seed 1 afresh and write the table that the atlas ships.

    Raises
    ------
    NumericalError
        N120 too few draws meet the targets.
    """
    found = _search(atlas, n, SHIPPED_SEED, Accepted((), 0), progress)
    text = _as_text(ensemble_key(atlas), SHIPPED_SEED, found)
    Path(path).write_text(text, encoding="utf-8", newline="\n")
    return found.first(n, SHIPPED_SEED)


def ensemble_key(atlas: Atlas) -> str:
    """Hash of all that decides which draws are plausible: reactions, values, priors, readouts, targets.

    Sentences, references and the files of other drugs do not count, so that mending them leaves the shipped
    table valid.
    """
    network = atlas.network
    parts: list[object] = [network.species, network.initial.tolist()]
    parts += [network.parameters, network.values.tolist(), atlas.prior.ids, atlas.prior.sigma.tolist()]
    for reaction in network.reactions:
        sides = sorted(reaction.reactants.items()), sorted(reaction.products.items())
        parts.append((reaction.id, *sides, reaction.rate))
    parts += [(rule.variable, rule.formula) for rule in network.rules]
    for question in read_questions(atlas, read_targets(atlas)):
        parts += [(name, atlas.changes(arm)) for name, arm in sorted(question.arms.items())]
        parts += [replace(assertion, place=NO_PLACE) for assertion in question.assertions]
        for side in question.sides:
            parts.append(atlas.observables[side.readout].formula if side.readout in atlas.observables else "")
            parts.append([] if side.ic50 is None else sweep_doses(atlas, side.ic50).tolist())
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(repr(part).encode())
    return digest.hexdigest()


def _search(atlas: Atlas, n: int, seed: int, known: Accepted, progress: Progress | None) -> Accepted:
    numbers, tried = list(known.numbers), known.tried
    most = max(n * TRIES_PER_DRAW, LEAST_TRIES)
    while len(numbers) < n:
        if tried >= most:
            message = f"{len(numbers)} of {tried} prior draws meet the targets, {n} are wanted"
            remedy = "see which target fails with `rheostat atlas plausible`, or use --ensemble prior"
            raise NumericalError.one("N120", "targets.yaml", message, remedy)
        batch = range(tried, tried + BATCH)
        met = meets_targets(atlas, seed, batch)
        numbers += [number for number, good in zip(batch, met, strict=True) if good]
        tried += BATCH
        if progress is not None:
            progress(min(len(numbers), n), n)
    return Accepted(tuple(numbers), tried)


def _as_text(key: str, seed: int, found: Accepted) -> str:
    share = len(found.numbers) / found.tried
    head = f"# acceptance={share:.4f} tried={found.tried} model={key} seed={seed}"
    return "\n".join([head, "draw", *map(str, found.numbers)]) + "\n"


def _read(path: Path, key: str, seed: int) -> Accepted | None:
    """Accepted draws of a table; None where there is none, or it belongs to another model or seed."""
    try:
        head, column, *lines = path.read_text(encoding="utf-8").splitlines()
        known = dict(word.split("=", 1) for word in head.removeprefix("#").split())
        if column != "draw" or known["model"] != key or int(known["seed"]) != seed:
            return None
        return Accepted(tuple(map(int, lines)), int(known["tried"]))
    except (OSError, ValueError, KeyError):
        return None


def _write_cache(path: Path, key: str, seed: int, found: Accepted) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(_as_text(key, seed, found))
        Path(name).replace(path)
    except OSError:
        # A read-only home is fine: the draws are found again next time.
        return
