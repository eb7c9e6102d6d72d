"""The loops of the claims ledger, and what their members are in the network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from rheostat.knowledge.document import Document, read_tsv, read_yaml
from rheostat.knowledge.record import EmptyAsList, EmptyAsTable, Form, Text, check
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.place import Place

MEMBER_COLUMNS: Final = ("member", "kind", "what", "state", "sign", "note")
_KINDS: Final = ("agent", "expression", "id")
_ARROW: Final = re.compile(r"\s+(->|-\|)\s+")
_SIGNS: Final = {"->": 1, "-|": -1}


class LedgerLoopForm(Form):
    """One loop: paths of members, ``A -> B -| C``."""

    id: Text
    type: Literal["feedback", "feed-forward"]
    sign: Literal["negative", "positive", "incoherent", "coherent"]
    context: Text
    says: Text
    paths: Annotated[tuple[Text, ...], Field(min_length=1)]
    inferred: Annotated[tuple[Text, ...], EmptyAsList] = Field(
        default=(), description="edges that the review does not state"
    )
    claims: Annotated[tuple[Text, ...], EmptyAsList] = ()


class LedgerLoopFileForm(Form):
    """All loops that are looked for, and why the others are not."""

    schema_version: Literal[1] = 1
    loops: tuple[LedgerLoopForm, ...]
    not_here: Annotated[dict[str, Text], EmptyAsTable] = Field(default_factory=dict)


@dataclass(frozen=True)
class Edge:
    """A member acts on another with a sign, 1 or -1; ``inferred`` where the review does not say so."""

    source: str
    target: str
    sign: int
    inferred: bool = False

    def __str__(self) -> str:
        return f"{self.source} {'->' if self.sign > 0 else '-|'} {self.target}"


@dataclass(frozen=True)
class LedgerLoop:
    """A feedback (one path from a member to itself) or two feed-forward arms; see ``LedgerLoopForm``."""

    id: str
    type: str
    sign: str
    context: str
    says: str
    paths: tuple[tuple[Edge, ...], ...]
    claims: tuple[str, ...]
    place: Place

    @property
    def members(self) -> tuple[str, ...]:
        """Members of all paths, each once."""
        edges = [edge for path in self.paths for edge in path]
        return tuple(dict.fromkeys(name for edge in edges for name in (edge.source, edge.target)))


@dataclass(frozen=True)
class LedgerLoops:
    """Loops by id, and what the network lacks for those that are not looked for."""

    loops: Mapping[str, LedgerLoop]
    not_here: Mapping[str, str]


@dataclass(frozen=True)
class MemberRow:
    """One line of the table of members: in what the member is active (``sign`` 1) or inactive (-1)."""

    member: str
    kind: str
    what: str
    state: str
    sign: int
    place: Place

    def fits(self, id_: str, symbols: Iterable[str], state: str) -> bool:
        """Whether a species of this id, these HGNC symbols and this state is meant."""
        if self.kind != "agent":
            return id_ == self.what
        if not set(self.what.split(".")) <= set(symbols):
            return False
        return not state if self.state == "none" else fnmatchcase(state, self.state)


def read_ledger_loops(path: Path) -> LedgerLoops:
    """Loops of a file.

    Raises
    ------
    InputError
        E101 to E109: all problems of the file together, also a sign that the edges do not give.
    """
    document = read_yaml(path)
    form, issues = check(LedgerLoopFileForm, document)
    if form is None:
        raise InputError(issues)
    loops = {}
    for index, entry in enumerate(form.loops):
        place = document.place("loops", index)
        found = _loop(entry, place, issues, document, index)
        if found is not None:
            loops[entry.id] = found
    if issues:
        raise InputError(issues)
    return LedgerLoops(loops, form.not_here)


def read_loop_members(path: Path) -> tuple[MemberRow, ...]:
    """Lines of the table of members.

    Raises
    ------
    InputError
        E101, E102, E110, E111; E109 unknown kind or sign, of all lines together.
    """
    issues: list[Issue] = []
    rows = []
    for row in read_tsv(path, MEMBER_COLUMNS):
        cells = row.cells
        for column, known in (("kind", _KINDS), ("sign", ("+", "-"))):
            if cells[column] not in known:
                message = f"{column} '{cells[column]}' of member '{cells['member']}'"
                remedy = f"write one of {' '.join(known)}"
                issues.append(Issue("E109", str(row.place_of(column)), message, remedy))
        sign = 1 if cells["sign"] == "+" else -1
        rows.append(MemberRow(cells["member"], cells["kind"], cells["what"], cells["state"], sign, row.place))
    if issues:
        raise InputError(issues)
    return tuple(rows)


def parse_path(text: str) -> tuple[Edge, ...] | None:
    """Edges of ``A -> B -| C``; None where the text is something else.

    Examples
    --------
    >>> [str(edge) for edge in parse_path("A -> B -| C")]
    ['A -> B', 'B -| C']
    """
    parts = _ARROW.split(text.strip())
    members, arrows = parts[::2], parts[1::2]
    if not arrows or any(not name or " " in name for name in members):
        return None
    return tuple(
        Edge(source, target, _SIGNS[arrow])
        for (source, target), arrow in zip(pairwise(members), arrows, strict=True)
    )


def _loop(
    form: LedgerLoopForm, place: Place, issues: list[Issue], document: Document, index: int
) -> LedgerLoop | None:
    def refuse(message: str, remedy: str, *below: str | int) -> None:
        where = str(document.place("loops", index, *below))
        issues.append(Issue("E109", where, f"loop '{form.id}': {message}", remedy))

    inferred = {text.strip() for text in form.inferred}
    paths: list[tuple[Edge, ...]] = []
    for number, text in enumerate(form.paths):
        edges = parse_path(text)
        if edges is None:
            refuse(f"'{text}' is no path", "write A -> B -| C", "paths", number)
            return None
        marked = (Edge(edge.source, edge.target, edge.sign, str(edge) in inferred) for edge in edges)
        paths.append(tuple(marked))
    unknown = inferred - {str(edge) for path in paths for edge in path}
    if unknown:
        refuse(f"inferred: {', '.join(sorted(unknown))} is no edge of its paths", "correct it", "inferred")
    if form.type == "feedback" and any(path[0].source != path[-1].target for path in paths):
        refuse("a feedback ends where it starts", "close the path", "paths")
    given = sign_of(form.type, paths)
    if given != form.sign:
        refuse(f"its edges make it {given}, not {form.sign}", "correct the sign or an edge", "sign")
    return LedgerLoop(
        form.id, form.type, form.sign, form.context, form.says, tuple(paths), form.claims, place
    )


def sign_of(kind: str, paths: Iterable[Iterable[Edge]]) -> str:
    """What the signs of the edges make of a loop: negative or positive, incoherent or coherent."""
    signs = [product_of(path) for path in paths]
    if kind == "feedback":
        return "positive" if signs[0] > 0 else "negative"
    return "coherent" if len(set(signs)) == 1 else "incoherent"


def product_of(path: Iterable[Edge]) -> int:
    """Product of the signs of a path."""
    sign = 1
    for edge in path:
        sign *= edge.sign
    return sign
