"""Pictures of the influence graph: a block of biology with its neighbours, and all blocks together."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import networkx
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from rheostat.studies.influence import READOUTS, Influence, InfluenceMap, Node
from rheostat.studies.molecules import condense

_ACTIVATES, _INHIBITS, _GREY, _BOX = "#1a5fa8", "#b3261e", "#6b6b6b", "#fff8e6"
_WIDTH, _LINE, _GAP, _COLUMN = 2.3, 0.2, 0.32, 3.5
_STYLES: Final = ("svg", "png")
#: Most neighbours a side; the others are named in a line below the picture.
_MOST_NEIGHBOURS: Final = 14
_UNCHANGED: Final = frozenset({"GDP", "cytosol", "mRNA", "inactive", "empty", "internal"})


@dataclass
class _Box:
    """A molecule of the block, or a neighbour of it: its states, and where it is drawn."""

    name: str
    title: str
    lines: tuple[str, ...] = ()
    neighbour: bool = False
    column: int = 0
    x: float = 0.0
    y: float = 0.0
    links: list[str] = field(default_factory=list)

    @property
    def height(self) -> float:
        """Height of the box, in units of the picture."""
        return 0.34 + _LINE * len(self.lines)


@dataclass(frozen=True)
class _Link:
    source: str
    target: str
    sign: int


def write_pictures(graph: InfluenceMap, folder: Path, modules: Sequence[str]) -> list[Path]:
    """SVG and PNG of each of these blocks; returns the paths."""
    written: list[Path] = []
    for module in modules:
        written += _save(block_figure(graph, module), folder / module)
    return written


def write_overview(graph: InfluenceMap, folder: Path) -> list[Path]:
    """SVG and PNG of all blocks and how many influences run between them; returns the paths."""
    return _save(overview_figure(graph), folder / "overview")


def block_figure(graph: InfluenceMap, module: str) -> Figure:
    """One block: its molecules in boxes with their states; what acts on it left, what it acts on right.

    An arrow raises and a dashed bar lowers what the molecule does: the state that acts on others.
    """
    boxes, links, left_out = _content(graph, module)
    _place(boxes, links)
    top = max(box.y + box.height for box in boxes.values())
    right = max(box.x + _WIDTH for box in boxes.values())
    figure = Figure(figsize=(0.4 + right * 0.92, 1.1 + top * 0.92))
    axis = figure.add_axes((0.01, 0.01, 0.98, 0.98))
    axis.set_xlim(-0.2, right + 0.2)
    axis.set_ylim(top + 0.75, -0.75)
    axis.axis("off")
    axis.text(0.0, -0.42, graph.modules.get(module, module), fontsize=15, weight="bold", va="center")
    for box in boxes.values():
        _draw_box(axis, box)
    for link in links:
        _draw_link(axis, boxes[link.source], boxes[link.target], link.sign)
    legend = "arrow: raises the form that acts on others; dashed bar: lowers it; grey: other blocks"
    if left_out:
        legend += f"; not drawn: {', '.join(left_out)}"
    axis.text(0.0, top + 0.5, legend, fontsize=7, color=_GREY, va="center", wrap=True)
    return figure


def block_lines(graph: InfluenceMap, module: str) -> list[tuple[str, str, int]]:
    """Lines of the picture of a block: source, target and sign; neighbours begin with ``in:`` or ``out:``."""
    return [(link.source, link.target, link.sign) for link in _content(graph, module)[1]]


def overview_figure(graph: InfluenceMap) -> Figure:
    """All blocks in a circle; the wider a line, the more influences run that way."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for each in graph.influences:
        pair = graph.nodes[each.source].module, graph.nodes[each.target].module
        if READOUTS not in pair and pair[0] != pair[1]:
            counts[pair] += 1
    undirected = networkx.Graph()
    undirected.add_nodes_from(sorted(graph.modules))
    for (one, two), number in counts.items():
        undirected.add_edge(one, two, weight=1.0 / (1.0 + number))
    order = _ring(undirected)
    figure = Figure(figsize=(15.0, 10.0))
    axis = figure.add_axes((0.01, 0.01, 0.98, 0.98))
    axis.axis("off")
    axis.set_xlim(-2.0, 2.0)
    axis.set_ylim(-1.3, 1.3)
    angle = {name: math.pi / 2 - 2 * math.pi * place / len(order) for place, name in enumerate(order)}
    at = {name: (math.cos(turn), math.sin(turn)) for name, turn in angle.items()}
    for (one, two), number in sorted(counts.items(), key=lambda item: item[1]):
        axis.add_patch(
            FancyArrowPatch(
                at[one], at[two], arrowstyle="-|>", mutation_scale=9, shrinkA=6, shrinkB=6, alpha=0.55,
                connectionstyle="arc3,rad=0.12", color=_ACTIVATES, linewidth=0.4 + 0.55 * math.sqrt(number),
            )
        )  # fmt: skip
    for name, (x, y) in at.items():
        axis.plot([x], [y], "o", color="#222222", markersize=7)
        side = "left" if x > 0.05 else "right" if x < -0.05 else "center"
        title = _short(graph.modules[name], 42)
        axis.text(1.06 * x, 1.08 * y, title, ha=side, va="center", fontsize=9.5)
    axis.text(-1.97, 1.25, "The blocks of the network", fontsize=15, weight="bold", va="top")
    note = (
        f"{len(graph.nodes)} nodes, {len(graph.influences)} influences; width: influences between two blocks"
    )
    axis.text(-1.97, -1.27, note, fontsize=8, color=_GREY)
    return figure


def _ring(graph: networkx.Graph) -> list[str]:
    """Order round the circle that puts blocks side by side that act on each other: greedy nearest next."""
    left = sorted(graph, key=lambda name: (-graph.degree(name), name))
    order = [left.pop(0)]
    while left:
        weights = {name: graph.get_edge_data(order[-1], name, {}).get("weight", 2.0) for name in left}
        following = min(left, key=lambda name: (weights[name], name))
        left.remove(following)
        order.append(following)
    return order


def _content(graph: InfluenceMap, module: str) -> tuple[dict[str, _Box], list[_Link], list[str]]:
    """Boxes and links of a block, and the names of neighbours that found no place."""
    own = [node for node in graph.nodes.values() if node.module == module and node.kind != "readout"]
    states: dict[str, list[Node]] = defaultdict(list)
    for node in own:
        states[_molecule(node)].append(node)
    boxes = {name: _Box(name, name, _state_lines(name, nodes)) for name, nodes in states.items()}
    answers = _answers(graph, {node.id for node in own})
    sides: dict[str, float] = defaultdict(float)
    for end in (end for pair in answers for end in pair if end not in boxes):
        sides[end] += 1.0
    titles = {_molecule(node): graph.modules.get(node.module, node.module) for node in graph.nodes.values()}
    for end in _chosen(sides):
        name = end.split(":", 1)[1]
        boxes[end] = _Box(end, name, (titles[name],), neighbour=True)
    links = [
        _Link(one, two, 1 if size > 0 else -1)
        for (one, two), size in answers.items()
        if one in boxes and two in boxes
    ]
    return boxes, links, sorted({end.split(":", 1)[1] for end in sides if end not in boxes})


def _answers(graph: InfluenceMap, inside: set[str]) -> dict[tuple[str, str], float]:
    """How what each molecule does answers to each other one, for the pairs that touch these states.

    A molecule that two blocks share (a complex here, its activity there) does not answer to itself; the slope
    counts there.
    """
    outputs, molecules = _outputs(graph), condense(graph)
    rows = {name: row for row, name in enumerate(molecules.states)}
    columns = {name: column for column, name in enumerate(molecules.sources)}
    together: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes.values():
        if node.id in rows:
            together[_molecule(node)].append(node)
    pairs: dict[tuple[str, str], tuple[Node, Node]] = {}
    slopes: dict[tuple[str, str], float] = defaultdict(float)
    for each in graph.influences:
        source, target = graph.nodes[each.source], graph.nodes[each.target]
        if not each.exchange and target.kind != "readout" and inside & {source.id, target.id}:
            pair = (source.id, _end(target, inside, "out"))
            pairs.setdefault(pair, (source, target))
            slopes[pair] += each.slope
    answers: dict[tuple[str, str], float] = defaultdict(float)
    for pair, (source, target) in pairs.items():
        one, two = _end(source, inside, "in"), pair[1]
        if _molecule(source) == _molecule(target):
            if one != two:
                answers[one, two] += slopes[pair]
        elif one != two:
            answers[one, two] += sum(
                float(molecules.response[rows[state.id], columns[source.id]]) * _weight(state, outputs)
                for state in together[_molecule(target)]
            )
    return answers


def _outputs(graph: InfluenceMap) -> dict[str, float]:
    """How much each state of a molecule acts on other molecules, itself or through the molecule's activity.

    The state that acts most is what a reader takes for the active form; a line is drawn with its sign.
    """
    outputs: dict[str, float] = defaultdict(float)
    feeding: list[Influence] = []
    for each in graph.influences:
        source, target = graph.nodes[each.source], graph.nodes[each.target]
        if _molecule(source) == _molecule(target):
            if target.kind == "activity":
                feeding.append(each)
        elif not each.exchange and target.kind != "readout":
            outputs[each.source] += abs(each.slope)
    own = dict(outputs)
    for each in feeding:
        outputs[each.source] += each.slope * own.get(each.target, 0.0)
    return outputs


def _weight(node: Node, outputs: Mapping[str, float]) -> float:
    """Weight of a state in the sign of a line: its output, or where it has none a little if it is changed."""
    changed = bool(node.state) and node.state not in _UNCHANGED
    return outputs.get(node.id, 0.0) or (1e-12 if changed else 1e-15)


def _chosen(sides: Mapping[str, float]) -> list[str]:
    kept: list[str] = []
    for side in ("in:", "out:"):
        ends = sorted((end for end in sides if end.startswith(side)), key=lambda end: (-sides[end], end))
        kept += ends[:_MOST_NEIGHBOURS]
    return kept


def _end(node: Node, inside: Iterable[str], side: str) -> str:
    return _molecule(node) if node.id in inside else f"{side}:{_molecule(node)}"


def _molecule(node: Node) -> str:
    """Name of a box: the short form of an agent, or the input or drug itself."""
    if node.kind in ("input", "drug") or not node.symbols:
        return node.agent.removeprefix("env_")
    parts = [part.split("|")[0] + ("…" if "|" in part else "") for part in node.agent.split(".")]
    return ".".join(parts)


def _state_lines(name: str, nodes: Sequence[Node]) -> tuple[str, ...]:
    lines = [node.id if node.kind == "activity" else node.state for node in nodes if node.id != name]
    return tuple(dict.fromkeys(line for line in lines if line))[:7]


def _place(boxes: dict[str, _Box], links: Sequence[_Link]) -> None:
    """Columns from left to right, in each the order that keeps lines short (barycentre, both ways)."""
    own = networkx.DiGraph()
    own.add_nodes_from(name for name, box in boxes.items() if not box.neighbour)
    own.add_edges_from(
        (link.source, link.target) for link in links if link.source in own and link.target in own
    )
    groups = networkx.condensation(own)
    depth: dict[int, int] = {}
    for group in networkx.topological_sort(groups):
        depth[group] = 1 + max((depth[before] for before in groups.predecessors(group)), default=0)
    columns = _columns(groups, depth)
    last = 1 + max(columns.values(), default=0)
    for name, box in boxes.items():
        box.column = columns[name] if name in columns else 0 if name.startswith("in:") else last
    for link in links:
        boxes[link.source].links.append(link.target)
        boxes[link.target].links.append(link.source)
    by_column: dict[int, list[_Box]] = defaultdict(list)
    for box in boxes.values():
        by_column[box.column].append(box)
    used = sorted(by_column)
    for place, column in enumerate(used):
        _stack(by_column[column], place)
    for sweep in range(8):
        for column in used if sweep % 2 == 0 else reversed(used):
            stack = by_column[column]
            centre = {
                box.name: sum(boxes[other].y for other in box.links) / len(box.links) if box.links else box.y
                for box in stack
            }
            stack.sort(key=lambda box: (centre[box.name], box.name))
            _stack(stack, used.index(column))
    tallest = max(_total(stack) for stack in by_column.values())
    for stack in by_column.values():
        shift = (tallest - _total(stack)) / 2
        for box in stack:
            box.y += shift


def _columns(groups: networkx.DiGraph, depth: Mapping[int, int]) -> dict[str, int]:
    """Column of each molecule; those of one loop share a depth and are spread over two columns."""
    columns: dict[str, int] = {}
    for group, level in depth.items():
        for place, name in enumerate(sorted(groups.nodes[group]["members"])):
            columns[name] = 2 * level - 1 + (place % 2)
    crowded = max((list(columns.values()).count(column) for column in set(columns.values())), default=0)
    if crowded > 9:
        names = sorted(columns, key=lambda name: (columns[name], name))
        size = math.ceil(len(names) / math.ceil(len(names) / 8))
        columns = {name: 1 + place // size for place, name in enumerate(names)}
    return columns


def _total(stack: Sequence[_Box]) -> float:
    return sum(box.height + _GAP for box in stack) - _GAP


def _stack(stack: Sequence[_Box], place: int) -> None:
    y = 0.0
    for box in stack:
        box.x, box.y = place * _COLUMN, y
        y += box.height + _GAP


def _draw_box(axis: Axes, box: _Box) -> None:
    edge, face, colour = (_GREY, "#f1f1f1", _GREY) if box.neighbour else ("#222222", _BOX, "#111111")
    axis.add_patch(
        FancyBboxPatch(
            (box.x, box.y), _WIDTH, box.height, boxstyle="round,pad=0.02,rounding_size=0.08",
            facecolor=face, edgecolor=edge, linewidth=0.9, zorder=3,
        )
    )  # fmt: skip
    centre = box.x + _WIDTH / 2
    axis.text(
        centre, box.y + 0.17, _short(box.title, 24), ha="center", va="center", fontsize=8.2, zorder=4,
        weight="normal" if box.neighbour else "bold", color=colour,
    )  # fmt: skip
    for row, line in enumerate(box.lines):
        axis.text(
            centre, box.y + 0.4 + _LINE * row, _short(line, 32), ha="center", va="center", fontsize=6.3,
            color=colour, zorder=4, style="italic" if box.neighbour else "normal",
        )  # fmt: skip


def _draw_link(axis: Axes, one: _Box, two: _Box, sign: int) -> None:
    forward = two.x > one.x
    same = abs(two.x - one.x) < 1e-9
    start = (one.x + (_WIDTH if forward or same else 0.0), one.y + one.height / 2)
    end = (two.x + (0.0 if forward else _WIDTH), two.y + two.height / 2)
    bend = "arc3,rad=-0.35" if same else f"arc3,rad={0.06 if forward else -0.16}"
    style = "-|>" if sign > 0 else "|-|,widthA=0,widthB=0.32"
    axis.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle=style, mutation_scale=10, connectionstyle=bend, linewidth=0.85,
            linestyle="-" if sign > 0 else (0, (4, 2)), color=_ACTIVATES if sign > 0 else _INHIBITS,
            shrinkA=1.5, shrinkB=2.5, zorder=2, alpha=0.85,
        )
    )  # fmt: skip


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _save(figure: Figure, stem: Path) -> list[Path]:
    FigureCanvasAgg(figure)
    paths = [stem.with_suffix(f".{style}") for style in _STYLES]
    for path in paths:
        figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else None)
    return paths
