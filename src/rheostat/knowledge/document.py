"""YAML and TSV files as plain data that know the place of every value.

Safe YAML only: no duplicate keys, aliases or tags. Plain scalars follow the YAML 1.2 core schema, so ``NO``,
``on``, ``12:30`` and ``0x10`` stay texts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean
from rheostat.vocabulary.place import Place

#: A larger file is an accident or an attack; ours have below 10,000 nodes.
NODE_LIMIT = 200_000
#: Deeper nesting would exhaust the stack of the recursive composer.
DEPTH_LIMIT = 100

# libYAML's reader, ten times as fast as the one in Python, where PyYAML was built with it.
_FAST: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# It takes tabs where YAML allows none and counts columns otherwise after a byte order mark.
_SLOW_LETTERS = frozenset("\t\ufeff")

Step = str | int
Steps = tuple[Step, ...]

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INFINITE = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}


@dataclass(frozen=True)
class Document:
    """Data of a YAML file and the place of each of its values.

    ``places`` maps a path such as ``("mechanisms", 3, "id")`` to the value's place, ``key_places`` to the
    place of the key; ``text_lines`` maps the path of a ``|`` block to the line of its first line of text.
    """

    file: str
    data: Any
    places: dict[Steps, Place]
    key_places: dict[Steps, Place]
    text_lines: dict[Steps, int]

    def place(self, *path: Step) -> Place:
        """Place of the value at a path, or of the nearest parent that exists."""
        return self._find(self.places, path)

    def key_place(self, *path: Step) -> Place:
        """Place of the key at a path; of the value where it has no key (list items)."""
        return self.key_places.get(path) or self.place(*path)

    def text_line(self, *path: Step) -> int:
        """Line (from 1) of the first line of a text, wherever its scalar starts."""
        return self.text_lines.get(path) or self.place(*path).line

    def _find(self, places: dict[Steps, Place], path: Steps) -> Place:
        for length in range(len(path), -1, -1):
            if path[:length] in places:
                return places[path[:length]]
        return Place(self.file, 1, 1)


@dataclass(frozen=True)
class Row:
    """One line of a table: its cells by column, and its place."""

    cells: dict[str, str]
    place: Place
    columns: dict[str, int]

    def place_of(self, column: str) -> Place:
        """Place of one cell."""
        return Place(self.place.file, self.place.line, self.columns.get(column, self.place.column))


def read_text(path: Path | str) -> str:
    """Text of a UTF-8 file.

    Raises
    ------
    InputError
        E101 unreadable, E102 not UTF-8.
    """
    file = str(path)
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError.one("E101", file, f"cannot be read: {reason}", "check the path") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError.one(
            "E102",
            Place(file, line, 1),
            f"byte 0x{content[error.start]:02x} is not UTF-8",
            "save the file as UTF-8",
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_yaml(path: Path | str) -> Document:
    """Document of a YAML file.

    Raises
    ------
    InputError
        E101 to E106 and E114, all duplicate keys, aliases and tags of the file together.
    """
    return parse_yaml(read_text(path), str(path))


def parse_yaml(text: str, file: str) -> Document:
    """Document of a YAML text; ``file`` is the name that places show.

    Raises
    ------
    InputError
        As ``read_yaml``.

    Examples
    --------
    >>> document = parse_yaml("answer: NO\\nvolume: 2.5e-12\\n", "a.yaml")
    >>> document.data
    {'answer': 'NO', 'volume': 2.5e-12}
    >>> str(document.place("volume"))
    'a.yaml:2:9'
    """
    if _SLOW_LETTERS.isdisjoint(text):
        try:
            return _parse(text, file, _FAST)
        except (InputError, UnicodeEncodeError):
            # The reader in Python tells more precisely what is wrong.
            pass
    return _parse(text, file, yaml.SafeLoader)


def _parse(text: str, file: str, loader: type[Any]) -> Document:
    _refuse_by_events(text, file, loader)
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        raise _syntax_error(error, file) from error
    builder = _Builder(file, text.split("\n"))
    data = None if node is None else builder.value(node, ())
    if builder.issues:
        raise InputError(builder.issues)
    return Document(file, data, builder.places, builder.key_places, builder.text_lines)


def _syntax_error(error: yaml.YAMLError, file: str) -> InputError:
    if isinstance(error, yaml.MarkedYAMLError):
        place = _place(file, error.problem_mark or error.context_mark)
        parts = [part for part in (error.context, error.problem) if part]
        message = ", ".join(parts)
    else:
        place = Place(file)
        message = str(error).splitlines()[0]
    return InputError.one("E103", place, f"YAML syntax: {message}", "check indentation, quotes and brackets")


def _place(file: str, mark: Any) -> Place:
    """Place of a mark of the YAML reader, which counts from 0."""
    return Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)


def _refuse_by_events(text: str, file: str, loader: type[Any]) -> None:
    """Refuse what must not be composed: aliases can expand without bound, depth exhausts the stack."""
    issues: list[Issue] = []
    nodes = depth = documents = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            place = _place(file, event.start_mark)
            if isinstance(event, yaml.NodeEvent):
                nodes += 1
                issues.extend(_issues_of_event(event, place))
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    issues.append(
                        Issue(
                            "E103", str(place), "YAML syntax: a second document starts here", "split the file"
                        )
                    )
            if nodes > NODE_LIMIT or depth > DEPTH_LIMIT:
                message = f"more than {NODE_LIMIT} YAML nodes or {DEPTH_LIMIT} levels"
                raise InputError([*issues, Issue("E106", str(place), message, "split the file")])
    except yaml.YAMLError as error:
        raise InputError([*issues, *_syntax_error(error, file).issues]) from error
    if issues:
        raise InputError(issues)


def _issues_of_event(event: yaml.NodeEvent, place: Place) -> list[Issue]:
    if isinstance(event, yaml.AliasEvent):
        return [
            Issue("E105", str(place), f"alias '*{event.anchor}'", "write the value out, or quote the text")
        ]
    found = []
    if event.anchor is not None:
        found.append(Issue("E105", str(place), f"anchor '&{event.anchor}'", "delete it, or quote the text"))
    tag = getattr(event, "tag", None)
    if tag is not None:
        found.append(Issue("E105", str(place), f"tag '{tag}'", "delete it, or quote the text"))
    return found


class _Builder:
    """Turns YAML nodes into plain data and notes the places."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self.file = file
        self.lines = lines
        self.places: dict[Steps, Place] = {}
        self.key_places: dict[Steps, Place] = {}
        self.text_lines: dict[Steps, int] = {}
        self.issues: list[Issue] = []

    def value(self, node: yaml.Node, path: Steps) -> Any:
        self.places[path] = self._place(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _place(self, node: yaml.Node) -> Place:
        return _place(self.file, node.start_mark)

    def _mapping(self, node: yaml.MappingNode, path: Steps) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in data:
                first = self.key_places[(*path, key)]
                self.issues.append(
                    Issue(
                        "E104",
                        str(self._place(key_node)),
                        f"key '{key}' is given twice, first at {first}",
                        "delete or rename one",
                    )
                )
                continue
            self.key_places[(*path, key)] = self._place(key_node)
            data[key] = self.value(value_node, (*path, key))
        return data

    def _key(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode) or not node.value:
            self.issues.append(
                Issue(
                    "E114", str(self._place(node)), "the key of a mapping is not a word", "quote or remove it"
                )
            )
            return None
        if node.value == "<<" and not node.style:
            self.issues.append(Issue("E105", str(self._place(node)), "merge key '<<'", "write the keys out"))
            return None
        return str(node.value)

    def _scalar(self, node: yaml.ScalarNode, path: Steps) -> Any:
        if node.style in ("|", ">"):
            # Blank lines before the text belong to it, so the text starts on the line after the indicator.
            self.text_lines[path] = node.start_mark.line + 2
            return node.value
        return node.value if node.style else resolve_scalar(node.value)


def resolve_scalar(text: str) -> Any:
    """Value of a plain YAML scalar in the core schema of YAML 1.2, less octal and hexadecimal numbers.

    Examples
    --------
    >>> [resolve_scalar(text) for text in ("1e-3", "NO", "12:30", "0x10", "7", "~", "1_000")]
    [0.001, 'NO', '12:30', '0x10', 7, None, '1_000']
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.match(text):
        # Python refuses to convert thousands of digits; such a text is no number of ours.
        return int(text) if len(text) <= 300 else text
    if _FLOAT.match(text):
        return float(text)
    return _INFINITE.get(text.lower(), text)


def read_tsv(path: Path | str, columns: Sequence[str], optional: Sequence[str] = ()) -> list[Row]:
    """Lines of a tab-separated table; empty lines and lines that start with ``#`` are skipped.

    Parameters
    ----------
    columns : sequence of str
        Columns that the header must have, in any order.
    optional : sequence of str
        Columns that it may have.

    Raises
    ------
    InputError
        E101, E102, E110 header, E111 number of cells; all of the file together.
    """
    file = str(path)
    lines = [
        (number, line)
        for number, line in enumerate(read_text(path).split("\n"), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise InputError.one(
            "E110", Place(file, 1, 1), "the table has no header line", f"add {', '.join(columns)}"
        )
    header_number, header_line = lines[0]
    header = [name.strip() for name in header_line.split("\t")]
    issues = _header_issues(header, columns, optional, Place(file, header_number, 1))
    rows = []
    for number, line in lines[1:]:
        cells = line.split("\t")
        if len(cells) != len(header):
            message = f"{len(cells)} cells where the header has {len(header)}"
            issues.append(
                Issue("E111", str(Place(file, number, 1)), message, "separate cells by single tabs")
            )
            continue
        starts: dict[str, int] = {}
        start = 1
        for name, cell in zip(header, cells, strict=True):
            starts[name] = start
            start += len(cell) + 1
        texts = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        rows.append(Row(texts, Place(file, number, 1), starts))
    if issues:
        raise InputError(issues)
    return rows


def _header_issues(
    header: Sequence[str], columns: Sequence[str], optional: Sequence[str], place: Place
) -> list[Issue]:
    issues = []
    known = [*columns, *optional]
    for column in columns:
        if column not in header:
            issues.append(
                Issue("E110", str(place), f"column '{column}' is missing", "add it to the header line")
            )
    for index, name in enumerate(header):
        if name not in known:
            hint = did_you_mean(name, [column for column in known if column not in header])
            remedy = f"known columns: {', '.join(known)}"
            issues.append(Issue("E110", str(place), f"unknown column '{name}'{hint}", remedy))
        elif name in header[:index]:
            issues.append(Issue("E110", str(place), f"column '{name}' is there twice", "delete one"))
    return issues
