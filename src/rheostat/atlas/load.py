"""The atlas: everything that is known, read on demand from the shipped data and the user's overlays."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import Final, Protocol, TypeVar

import numpy as np
import platformdirs

from rheostat import __version__
from rheostat.atlas.ledger_loop import LedgerLoops, MemberRow, read_ledger_loops, read_loop_members
from rheostat.atlas.lookup import find_drug, find_observable, find_tumour
from rheostat.atlas.loop import Loop, read_loops
from rheostat.atlas.reading import Reading, choose_readings, network_under, read_readings
from rheostat.atlas.resolve import Target, arm_changes
from rheostat.atlas.table import read_classes, read_environment, read_forms, read_genes
from rheostat.knowledge.drug import Drug, read_drugs
from rheostat.knowledge.mechanism import MechanismSet, read_mechanisms
from rheostat.knowledge.observable import Observable, read_observables
from rheostat.knowledge.reference import Reference, read_references
from rheostat.knowledge.tumour import Tumour, read_tumours
from rheostat.network.assembled import Assembled, restore, store
from rheostat.network.formula import Formula
from rheostat.network.network import Network, SpeciesAgent
from rheostat.problem.arm import Arm, ArmChanges
from rheostat.problem.draw import Prior
from rheostat.problem.item import Item, parse_items
from rheostat.tumour.alteration import Form, alteration_effects
from rheostat.tumour.environment import Factor
from rheostat.tumour.gene import normalise_alteration
from rheostat.vocabulary.error import InputError, Issue

#: What the assembled network depends on.
_MODEL_FILES: Final = ("mechanisms/*.yaml", "observables.tsv", "references.tsv")
_SUFFIXES: Final = frozenset({".yaml", ".yml", ".tsv"})
#: Parts of an atlas that differ between readings; all others are shared.
_OF_READING: Final = frozenset({"chosen_readings", "network", "prior", "hash", "model_hash", "_target"})


@dataclass(frozen=True)
class Atlas:
    """The shipped data with the user's folders laid over it; every part is read when it is first asked for.

    Parameters
    ----------
    root : Path
        Folder of the data.
    overlays : tuple of Path
        Folders with ``mechanisms/``, ``drugs/``, ``tumours/``; what has the same id replaces ours, a later
        folder an earlier one.
    chosen_readings : tuple of str
        Readings other than the default (``otud7b:review``) that the network is put under; made by ``under``.
    """

    root: Path
    overlays: tuple[Path, ...] = ()
    chosen_readings: tuple[str, ...] = ()

    def under(self, variants: Sequence[str]) -> Atlas:
        """The same atlas under these readings, and the default of every other; files are not read again.

        Parameters
        ----------
        variants : sequence of str
            ``reading:value``, ``default`` or ``other``.

        Raises
        ------
        InputError
            E713 an unknown reading.  What the network lacks for one is told when the network is asked for.
        """
        chosen = choose_readings(variants, self.readings)
        if chosen == self.chosen_readings:
            return self
        other = replace(self, chosen_readings=chosen)
        vars(other).update({name: part for name, part in vars(self).items() if name not in _OF_READING})
        return other

    @cached_property
    def mechanisms(self) -> MechanismSet:
        """Compartments, species and mechanisms of all files."""
        result = read_mechanisms(_files(self.root, "mechanisms"))
        for overlay in self.overlays:
            result = read_mechanisms(_files(overlay, "mechanisms"), result)
        return result

    @cached_property
    def observables(self) -> dict[str, Observable]:
        """Readouts by id, in the order of the table."""
        return _by_id(read_observables(self.root / "observables.tsv"))

    @cached_property
    def references(self) -> dict[str, Reference]:
        """Papers by key."""
        return read_references(self.root / "references.tsv")

    @cached_property
    def forms(self) -> dict[str, tuple[Form, ...]]:
        """Forms of proteins by item text (``ca:AKT1``, ``mut:PIK3CA_H1047R``)."""
        return read_forms(self.root / "forms.tsv")

    @cached_property
    def environment(self) -> dict[str, Factor]:
        """Factors of the medium by id."""
        return read_environment(self.root / "environment.tsv")

    @cached_property
    def classes(self) -> dict[str, str]:
        """Item text of the drug and dose that stands for each class of drugs."""
        return read_classes(self.root / "classes.tsv")

    @cached_property
    def genes(self) -> dict[str, str]:
        """Symbol of each older gene name."""
        return read_genes(self.root / "genes.tsv")

    @cached_property
    def readings(self) -> dict[str, Reading]:
        """Values of the readings that can be switched, by ``reading:value``; an atlas may have none."""
        path = self.root / "readings.tsv"
        return read_readings(path) if path.exists() else {}

    @cached_property
    def contexts(self) -> tuple[str, ...]:
        """Names that ``context:`` may take."""
        return tuple(name.removeprefix("context:") for name in self.forms if name.startswith("context:"))

    @cached_property
    def drugs(self) -> dict[str, Drug]:
        """Drugs by id."""
        folders = (self.root, *self.overlays)
        return _by_id(drug for folder in folders for drug in read_drugs(_files(folder, "drugs")))

    @cached_property
    def tumours(self) -> dict[str, Tumour]:
        """Tumours, cell lines and cell programmes by id."""
        folders = (self.root, *self.overlays)
        return _by_id(tumour for folder in folders for tumour in read_tumours(_files(folder, "tumours")))

    @cached_property
    def loops(self) -> dict[str, Loop]:
        """Feedback loops by id."""
        return read_loops(self.root / "loops.yaml")

    @cached_property
    def ledger_loops(self) -> LedgerLoops:
        """Loops of the claims ledger as paths of signed edges between members."""
        return read_ledger_loops(self.root / "ledger_loops.yaml")

    @cached_property
    def loop_members(self) -> tuple[MemberRow, ...]:
        """What the members of the ledger's loops are in the network."""
        return read_loop_members(self.root / "loop_members.tsv")

    @cached_property
    def activities(self) -> dict[str, str]:
        """Agent of each expression that counts as the activity of a member of the ledger's loops."""
        return {row.what: row.state for row in self.loop_members if row.kind == "expression"}

    @cached_property
    def hash(self) -> str:
        """Hash of all data files and overlays and of the chosen readings, 32 hexadecimal digits."""
        folders = (self.root, *self.overlays)
        files = _hash((folder, path) for folder in folders for path in _data_files(folder))
        return _with_readings(files, self.chosen_readings)

    @cached_property
    def model_hash(self) -> str:
        """Hash of what the network is made of: files and chosen readings; drugs and tumours do not count."""
        return _with_readings(self._assembled_hash, self.chosen_readings)

    @cached_property
    def _assembled_hash(self) -> str:
        folders = (self.root, *self.overlays)
        return _hash(
            (folder, path)
            for folder in folders
            for pattern in _MODEL_FILES
            for path in sorted(folder.glob(pattern))
        )

    @cached_property
    def assembled(self) -> Assembled:
        """Antimony text, network and readouts, from the user's cache where these files were assembled before.

        Raises
        ------
        InputError
            Every problem of mechanisms and observables.
        """
        cache = _cache_file(self._assembled_hash)
        stored = _read_cache(cache)
        if stored is not None:
            return stored
        # Assembling needs libSBML and libAntimony, which take longer to load than the stored network.
        from rheostat.network.assemble import assemble

        made = assemble(self.mechanisms, self.references, tuple(self.observables.values()))
        _write_cache(cache, made)
        return made

    @cached_property
    def network(self) -> Network:
        """The reaction network of all mechanisms, under the chosen readings.

        Its SBML text keeps the values of the default readings.

        Raises
        ------
        UnknownNameError
            E514 a chosen reading sets a parameter that the network lacks.
        """
        return network_under(self.assembled.network, self.chosen_readings, self.readings)

    @cached_property
    def formulas(self) -> Mapping[str, Formula]:
        """Formula of each readout, library functions inlined."""
        return self.assembled.readouts

    @cached_property
    def agents(self) -> dict[str, SpeciesAgent]:
        """Who each species is."""
        return {
            species.id: SpeciesAgent(species.agent, species.shares, species.state or "")
            for species in self.mechanisms.species
        }

    @cached_property
    def prior(self) -> Prior:
        """Prior of all parameters and of the initial amounts above 0; generated constants are known."""
        network = self.network
        sigmas = {parameter.id: parameter.sigma for parameter in self.mechanisms.parameters}
        sigmas |= {species.id: species.sigma for species in self.mechanisms.species}
        present = [index for index, initial in enumerate(network.initial) if initial > 0]
        ids = (*network.parameters, *(network.species[index] for index in present))
        nominal = np.concatenate([network.values, network.initial[present]])
        return Prior(ids, nominal, np.array([sigmas.get(name, 0.0) for name in ids], dtype=np.float64))

    def drug(self, name: str) -> Drug:
        """Drug of an id, name or alias, whatever its case and punctuation.

        Raises
        ------
        UnknownNameError
            E501 with the nearest name.
        """
        return find_drug(name, self.drugs, self.classes)

    def tumour(self, name: str | Path) -> Tumour:
        """Tumour of an id, name, alias or CURIE, or of a path to a tumour file.

        Raises
        ------
        UnknownNameError
            E502 with the nearest name.
        InputError
            Problems of the user's own file.
        """
        return find_tumour(name, self.tumours)

    def observable(self, name: str) -> Observable:
        """Readout of an id.

        Raises
        ------
        UnknownNameError
            E506 with the nearest id.
        """
        return find_observable(name, self.observables)

    def changes(self, arm: Arm) -> ArmChanges:
        """Changes of the network by an arm: its cell, alterations, environment, drugs and cuts.

        Raises
        ------
        UnknownNameError
            E501 to E509; ``missing`` holds every name that is not known.
        InputError
            E3xx, E4xx: doses and levels that cannot be converted.
        """
        return arm_changes(arm, self._target)

    def effects(self, item: Item) -> tuple[tuple[str, int], ...]:
        """Where an alteration or a drug enters the influence graph, each with its sign; none for env and cut.

        Raises
        ------
        UnknownNameError
            As ``changes``.
        """
        if item.kind == "drug":
            return ((self.drug(item.what).handle, 1),)
        if item.kind in ("env", "cut", "context"):
            return ()
        return alteration_effects(self._target.current(item), self.forms, self.agents, self.network)

    def read_alterations(self, text: str | Sequence[str]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
        """Items of what users write for alterations, oncologists' spellings too, and notes on translations.

        Texts are separated by ``;`` or ``,`` or stand in a list.

        Raises
        ------
        InputError
            E4xx, all items together.
        """
        lines = [text] if isinstance(text, str) else list(text)
        parts = [part.strip() for line in lines for part in line.replace(",", ";").split(";") if part.strip()]
        translated = [normalise_alteration(part, self.genes) for part in parts]
        notes = tuple(note for _, note in translated if note is not None)
        return parse_items([item for item, _ in translated]), notes

    @cached_property
    def _target(self) -> Target:
        return Target(
            self.network,
            self.agents,
            {species.id: species.compartment for species in self.mechanisms.species},
            self.forms,
            self.environment,
            self.genes,
            frozenset(mechanism.id for mechanism in self.mechanisms.mechanisms),
            self.loops,
            self.drug,
            self.tumour,
        )


def load_atlas(overlays: Sequence[Path | str] = (), *, root: Path | str | None = None) -> Atlas:
    """The shipped atlas with the user's folders laid over it.

    Parameters
    ----------
    overlays : sequence of path
        Folders with ``mechanisms/``, ``drugs/`` and ``tumours/``, later ones over earlier ones.
    root : path, optional
        Another folder of data instead of the shipped one.

    Raises
    ------
    InputError
        E510 an overlay that is no folder or holds none of the three; all overlays together.
    """
    issues: list[Issue] = []
    for overlay in map(Path, overlays):
        kinds = ("mechanisms", "drugs", "tumours")
        if not overlay.is_dir():
            issues += InputError.one(
                "E510", str(overlay), "is no folder", "give a folder of your own data"
            ).issues
        elif not any((overlay / kind).is_dir() for kind in kinds):
            remedy = f"put your files into {', '.join(kind + '/' for kind in kinds)}"
            issues += InputError.one("E510", str(overlay), "holds no data of an atlas", remedy).issues
    if issues:
        raise InputError(issues)
    folder = Path(str(resources.files("rheostat.atlas") / "data")) if root is None else Path(root)
    return Atlas(folder, tuple(map(Path, overlays)))


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


_T = TypeVar("_T", bound=_HasId)


def _by_id(records: Iterable[_T]) -> dict[str, _T]:
    return {record.id: record for record in records}


def _files(folder: Path, kind: str) -> list[Path]:
    return sorted((folder / kind).glob("*.yaml"))


def _data_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())


def _hash(files: Iterable[tuple[Path, Path]]) -> str:
    digest = blake2b(digest_size=16)
    for folder, path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _with_readings(files: str, chosen: Sequence[str]) -> str:
    return blake2b(" ".join((files, *chosen)).encode(), digest_size=16).hexdigest() if chosen else files


def _cache_file(model_hash: str) -> Path:
    # The code that assembles counts as well as its version, so that a change of it is never served stale.
    package = Path(str(resources.files("rheostat")))
    code = _hash(
        (package, path) for name in ("network", "knowledge") for path in sorted((package / name).glob("*.py"))
    )
    return (
        platformdirs.user_cache_path("rheostat") / "network" / f"{model_hash}-{__version__}-{code[:8]}.json"
    )


def _read_cache(path: Path) -> Assembled | None:
    """What the cache holds; None where there is nothing that can be read."""
    try:
        return restore(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write_cache(path: Path, made: Assembled) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(store(made))
        Path(name).replace(path)
    except OSError:
        # A read-only home is fine: the network is assembled again next time.
        return
