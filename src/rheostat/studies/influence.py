"""The influence graph: which state acts on which, with the sign of df/dx at a steady state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.compile import compile_kernel
from rheostat.engine.compiled import load_state, propagate, run_lines
from rheostat.engine.evaluate import layout_of, prepare
from rheostat.engine.kernel import Kernel
from rheostat.engine.trajectory import ResultCode
from rheostat.network.formula import Formula, symbols
from rheostat.network.network import Network, SpeciesAgent
from rheostat.problem.arm import Arm
from rheostat.problem.draw import sample
from rheostat.studies.course import Runner
from rheostat.studies.plan import REFERENCE_CELL, make_plan, observables_of
from rheostat.vocabulary.error import NumericalError

if TYPE_CHECKING:
    from rheostat.atlas.load import Atlas

Floats = NDArray[np.float64]
Signs = dict[str, dict[str, int]]

#: Smaller derivatives are rounding.
_ZERO: Final = 1e-12
READOUTS: Final = "readouts"


@dataclass(frozen=True)
class Node:
    """A state of a molecule, or what acts on states or is read from them.

    Parameters
    ----------
    id, label : str
    agent, symbols, state
        As ``SpeciesAgent``; an activity has the agent of the molecule that it belongs to.
    module : str
        Mechanism file (without ``.yaml``) that declares it.
    kind : str
        ``species``, ``activity`` (an expression such as the activity of a complex), ``drug``, ``input`` (a
        factor of the medium) or ``readout``.
    """

    id: str
    agent: str
    symbols: tuple[str, ...]
    state: str
    module: str
    kind: str


@dataclass(frozen=True)
class Influence:
    """``source`` acts on ``target``: the sign of its slope, and the mechanisms and papers that say so.

    Parameters
    ----------
    slope : float
        Derivative of the rate of change (of a readout or activity: of its value) to the source.
    exchange : bool
        Whether the source is itself turned over by the reactions that change the target.
    """

    source: str
    target: str
    slope: float
    mechanisms: tuple[str, ...]
    evidence: tuple[str, ...]
    exchange: bool

    @property
    def sign(self) -> int:
        """1 or -1."""
        return 1 if self.slope > 0 else -1


@dataclass(frozen=True, eq=False)
class InfluenceMap:
    """Nodes by id, influences, titles of modules by their name, and df/dx of the states.

    ``states`` are species and activities; an activity counts as a state that follows its formula at once, so
    its diagonal in ``jacobian`` (state, state) is -1. ``conversions`` are pairs of species of which one is
    made from the other alone, molecule by molecule.
    """

    cell: str
    nodes: Mapping[str, Node]
    influences: tuple[Influence, ...]
    modules: Mapping[str, str]
    states: tuple[str, ...]
    jacobian: Floats
    conversions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Slopes:
    """Derivatives by each node (species, then parameters) of rates, right sides and observables."""

    nodes: tuple[str, ...]
    rates: Floats
    species: Floats
    observables: Floats


def slopes_at(kernel: Kernel, species: Floats, parameters: Floats) -> Slopes:
    """Exact derivatives of a kernel without inputs.

    Parameters
    ----------
    species : (species,), kilocopy
    parameters : (parameter,)
    """
    registers = prepare(kernel, parameters)
    load_state(0.0, species, registers, layout_of(kernel), np.zeros(1), np.zeros((1, 0)))
    run_lines(registers, kernel.operations, int(kernel.stages[0]), len(kernel.operations))
    nodes = (*kernel.species, *kernel.parameters)
    tangents = np.zeros((kernel.register_count, len(nodes)))
    # Species and parameters are the first registers, in this order.
    np.fill_diagonal(tangents, 1.0)
    propagate(registers, kernel.operations, tangents)
    rates = tangents[kernel.rate_registers]
    return Slopes(nodes, rates, _stoichiometry(kernel) @ rates, tangents[kernel.observable_registers])


def signs_at(kernel: Kernel, species: Floats, parameters: Floats) -> tuple[Signs, Signs]:
    """Signs of df/dx, df/dp (from node to what it acts on) and of each observable's direct dependence.

    Parameters
    ----------
    kernel : Kernel
        Without inputs.
    species : (species,), kilocopy
    parameters : (parameter,)
    """
    found = slopes_at(kernel, species, parameters)
    influences: Signs = {node: {} for node in found.nodes}
    for target, row in zip(kernel.species, found.species, strict=True):
        for node, sign in _signs(found.nodes, row).items():
            if node != target:
                influences[node][target] = sign
    readouts = {
        name: _signs(found.nodes, row)
        for name, row in zip(kernel.observables, found.observables, strict=True)
    }
    return influences, readouts


def influence_map(
    atlas: Atlas, cell: str = REFERENCE_CELL, activities: Mapping[str, str] | None = None
) -> InfluenceMap:
    """Influence graph of the network at the untreated steady state of a cell, at nominal values.

    Parameters
    ----------
    cell : str
        A tumour, cell line or programme of the atlas, or the path of a tumour file.
    activities : expression -> agent, optional
        Expressions that become nodes of their own, so that what acts through them is seen to; default: the
        activities that the members of the ledger's loops name (``loop_members.tsv``). Those that the network
        lacks are left out.

    Raises
    ------
    UnknownNameError
        E502 unknown cell.
    NumericalError
        N190 no steady state.
    """
    if activities is None:
        activities = atlas.activities
    variables = {rule.variable for rule in atlas.network.rules}
    lifted = {name: agent for name, agent in activities.items() if name in variables}
    species, parameters = steady_state(atlas, cell)
    return _Builder(atlas, cell, lifted).built(species, parameters)


def steady_state(atlas: Atlas, cell: str) -> tuple[Floats, Floats]:
    """Species (kilocopy) and parameters at the untreated steady state of a cell, at nominal values.

    Raises
    ------
    UnknownNameError
        E502 unknown cell.
    NumericalError
        N190 no steady state.
    """
    arm = Arm("map", cell)
    plan = make_plan(atlas, [arm], [0.0], list(observables_of(atlas)), 1e-6, 1e-6)
    start = Runner(plan, sample(atlas.prior, 1, None)).start(atlas.changes(arm))
    if start.result[0] != ResultCode.ok:
        message = f"no steady state was found for '{cell}' at nominal values"
        raise NumericalError.one("N190", cell, message, "try another cell")
    return start.species[0], start.parameters[0]


def lift(network: Network, names: Iterable[str], values: Mapping[str, float]) -> Network:
    """The network with these rule variables as parameters of the given values."""
    chosen = tuple(names)
    return replace(
        network,
        rules=tuple(rule for rule in network.rules if rule.variable not in chosen),
        parameters=(*network.parameters, *chosen),
        values=np.concatenate([network.values, [values[name] for name in chosen]]),
    )


class _Builder:
    """Puts slopes, agents, modules, mechanisms and papers together."""

    def __init__(self, atlas: Atlas, cell: str, lifted: Mapping[str, str]) -> None:
        self._atlas = atlas
        self._cell = cell
        self._lifted = lifted
        self._rules = {rule.variable: rule for rule in atlas.network.rules}
        self._routes: dict[str, dict[str, frozenset[str]]] = {}
        self._papers = {
            mechanism.id: tuple(dict.fromkeys(key for each in mechanism.evidence for key in each.source))
            for mechanism in atlas.mechanisms.mechanisms
        }

    def built(self, species: Floats, parameters: Floats) -> InfluenceMap:
        network = self._atlas.network
        names = tuple(self._lifted)
        plain = compile_kernel(network, {name: ("id", name) for name in names})
        values = _observed(plain, species, parameters)
        formulas = {name: self._rules[name].formula for name in names}
        # A readout of the same name as an activity is that activity.
        formulas |= {name: each for name, each in self._atlas.formulas.items() if name not in formulas}
        network = lift(network, names, values)
        kernel = compile_kernel(network, formulas)
        lifted = np.concatenate([parameters, [values[name] for name in names]])
        slopes = slopes_at(kernel, species, lifted)
        nodes = self._nodes(kernel)
        influences = [*self._on_species(network, slopes, nodes), *self._on_formulas(formulas, slopes, nodes)]
        # The shares of mutant sites, which nothing changes, are no nodes.
        kept = [row for row, name in enumerate(network.species) if name in nodes]
        states = (*(network.species[row] for row in kept), *names)
        columns = [slopes.nodes.index(name) for name in states]
        on_species, on_activities = (
            slopes.species[kept][:, columns],
            slopes.observables[: len(names), columns],
        )
        jacobian = np.concatenate([on_species, on_activities])
        for row in range(len(kept), len(states)):
            jacobian[row, row] = -1.0
        # As many molecules after as before, all of one kind before: A -> B, or 2 ADP -> ATP + AMP.
        pairs = tuple(
            (next(iter(reaction.reactants)), product)
            for reaction in network.reactions
            if len(reaction.reactants) == 1
            and sum(reaction.reactants.values()) == sum(reaction.products.values())
            for product in reaction.products
        )
        return InfluenceMap(self._cell, nodes, tuple(influences), self._modules(), states, jacobian, pairs)

    def _modules(self) -> dict[str, str]:
        return {
            module_of(block.file): block.title or module_of(block.file).replace("_", " ")
            for block in self._atlas.mechanisms.blocks
        }

    def _nodes(self, kernel: Kernel) -> dict[str, Node]:
        mechanisms = {mechanism.id: mechanism for mechanism in self._atlas.mechanisms.mechanisms}
        handles = {drug.handle for drug in self._atlas.drugs.values()}
        drugs = handles | set(self._atlas.drugs)
        nodes = {}
        for one in self._atlas.mechanisms.species:
            kind = "drug" if one.id in drugs or one.agent in drugs else "species"
            agent = SpeciesAgent(one.agent)
            module = module_of(one.place.file)
            nodes[one.id] = Node(one.id, one.agent, agent.symbols, one.state or "", module, kind)
        for name, wanted in self._lifted.items():
            module = module_of(mechanisms[self._rules[name].mechanism].file)
            agent = SpeciesAgent(_agent_with(SpeciesAgent(wanted).symbols, nodes.values()) or wanted)
            nodes[name] = Node(name, agent.agent, agent.symbols, "activity", module, "activity")
        inputs = {factor.parameter for factor in self._atlas.environment.values() if factor.parameter}
        for mechanism in mechanisms.values():
            for parameter in mechanism.parameters:
                kind = "drug" if parameter.id in handles else "input" if parameter.id in inputs else ""
                if kind:
                    module = module_of(mechanism.file)
                    nodes[parameter.id] = Node(parameter.id, parameter.id, (), "", module, kind)
        for name in self._atlas.formulas:
            if name not in nodes:
                nodes[name] = Node(name, name, (), "", READOUTS, "readout")
        return nodes

    def _on_species(self, network: Network, slopes: Slopes, nodes: Mapping[str, Node]) -> list[Influence]:
        changing: dict[str, list[tuple[int, float]]] = {name: [] for name in network.species}
        for row, reaction in enumerate(network.reactions):
            for name in {*reaction.reactants, *reaction.products}:
                change = reaction.products.get(name, 0.0) - reaction.reactants.get(name, 0.0)
                changing[name].append((row, change))
        found = []
        for target, row in zip(network.species, slopes.species, strict=True):
            if target not in nodes:
                continue
            for column in np.flatnonzero(np.abs(row) > _ZERO):
                source = slopes.nodes[column]
                if source == target or source not in nodes:
                    continue
                slope = float(row[column])
                said: dict[str, None] = {}
                exchange = True
                for number, change in changing[target]:
                    if change * slopes.rates[number, column] * slope <= 0:
                        continue
                    reaction = network.reactions[number]
                    said |= dict.fromkeys([reaction.mechanism, *sorted(self._route(reaction.rate, source))])
                    exchange &= source in reaction.reactants or source in reaction.products
                found.append(self._influence(source, target, slope, said, exchange=exchange))
        return found

    def _on_formulas(
        self, formulas: Mapping[str, Formula], slopes: Slopes, nodes: Mapping[str, Node]
    ) -> list[Influence]:
        found = []
        for (name, formula), row in zip(formulas.items(), slopes.observables, strict=True):
            own = [self._rules[name].mechanism] if name in self._lifted else []
            for column in np.flatnonzero(np.abs(row) > _ZERO):
                source = slopes.nodes[column]
                if source in nodes and source != name:
                    said = dict.fromkeys([*own, *sorted(self._route(formula, source))])
                    found.append(self._influence(source, name, float(row[column]), said, exchange=False))
        return found

    def _influence(
        self, source: str, target: str, slope: float, said: Iterable[str], *, exchange: bool
    ) -> Influence:
        mechanisms = tuple(name for name in said if name)
        papers = dict.fromkeys(key for name in mechanisms for key in self._papers.get(name, ()))
        return Influence(source, target, slope, mechanisms, tuple(papers), exchange)

    def _route(self, formula: Formula, source: str) -> frozenset[str]:
        """Mechanisms of the rules through which a formula reads a symbol."""
        found: frozenset[str] = frozenset()
        for name in symbols(formula):
            if name in self._rules and name not in self._lifted:
                if name not in self._routes:
                    self._routes[name] = {}
                if source not in self._routes[name]:
                    reads = self._reads(self._rules[name].formula, source)
                    through = self._route(self._rules[name].formula, source) if reads else frozenset[str]()
                    self._routes[name][source] = through | {self._rules[name].mechanism} if reads else through
                found |= self._routes[name][source]
        return found

    def _reads(self, formula: Formula, source: str) -> bool:
        names = symbols(formula)
        return source in names or any(
            self._reads(self._rules[name].formula, source)
            for name in names
            if name in self._rules and name not in self._lifted
        )


def _agent_with(wanted: Sequence[str], nodes: Iterable[Node]) -> str:
    """The shortest agent of the species that names all these symbols; empty where none does."""
    agents = {node.agent for node in nodes if node.kind == "species" and set(wanted) <= set(node.symbols)}
    return min(agents, key=lambda agent: (len(SpeciesAgent(agent).symbols), agent), default="")


def module_of(file: str) -> str:
    """Module of a mechanism file: its name without the ending."""
    return Path(file).stem


def _observed(kernel: Kernel, species: Floats, parameters: Floats) -> dict[str, float]:
    registers = prepare(kernel, parameters)
    load_state(0.0, species, registers, layout_of(kernel), np.zeros(1), np.zeros((1, 0)))
    run_lines(registers, kernel.operations, int(kernel.stages[0]), len(kernel.operations))
    return {
        name: float(registers[register])
        for name, register in zip(kernel.observables, kernel.observable_registers, strict=True)
    }


def _stoichiometry(kernel: Kernel) -> Floats:
    dense = np.zeros((len(kernel.species), len(kernel.rate_registers)))
    for row in range(len(kernel.species)):
        entries = slice(kernel.stoichiometry_start[row], kernel.stoichiometry_start[row + 1])
        np.add.at(
            dense[row], kernel.stoichiometry_reaction[entries], kernel.stoichiometry_coefficient[entries]
        )
    return dense


def _signs(nodes: Sequence[str], slopes: Floats) -> dict[str, int]:
    large = (int(index) for index in np.flatnonzero(np.abs(slopes) > _ZERO))
    return {nodes[index]: 1 if slopes[index] > 0 else -1 for index in large}
