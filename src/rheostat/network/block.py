"""One text block of a mechanism (its expressions or its reactions), read statement by statement.

libAntimony silently accepts much that is a mistake: a reaction without name, a second model after `end`, a
misspelt species, `k=1; k=2`. So a block may hold only the statements named here, each checked twice: by the
tokens of its text and, in ``check_with_antimony``, by what libAntimony made of it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import antimony

from rheostat.network.library import LIBRARY
from rheostat.vocabulary.error import Issue
from rheostat.vocabulary.name import did_you_mean
from rheostat.vocabulary.place import Place

#: Functions a formula may call beside the library.
BUILT_IN_FUNCTIONS: Final = frozenset({"exp", "ln", "log10", "sqrt", "abs", "min", "max", "piecewise", "pow"})

#: Words that Antimony, its formula reader or our own generated text takes for itself.
RESERVED: Final = frozenset(
    "DNA gene gamma at time pi avogadro species model module end in has is const var compartment exp "
    "function import unit formula operator reaction event after delete substanceOnly true false inf "
    "infinity nan notanumber exponentiale delay quotient rem implies ln log log10 sqrt abs min max "
    "floor ceil factorial root uniform normal poisson rateOf exponential bernoulli cauchy chisquare "
    "laplace rayleigh lognormal binomial substance extent volume area length time_unit piecewise pow "
    "sin cos tan and or not xor trigger priority persistent one one_kilocopy sboTerm identity "
    "description".split()
) | frozenset(LIBRARY)

_FORBIDDEN: Final = re.compile(
    r"(\*?\b(?:model|module|function|import|event|end|compartment|species|substanceOnly|unit|const|var|delete"
    r"|at|gene|DNA|operator|reaction)\b)"
)
_TOKEN: Final = re.compile(
    r"(?P<space>\s+)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<mark>[-+*/^(),<>=!&|]+?)|(?P<other>.)",
    re.ASCII,
)
_ID: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_REACTION: Final = re.compile(
    rf"\s*(?:(?P<name>{_ID})\s*:)?(?P<left>[^;:=<>]*?)(?P<arrow><?->|=>)"
    rf"(?P<right>[^;:=<>]*);(?P<rate>[^;]*);?\s*\Z"
)
_RULE: Final = re.compile(rf"\s*(?P<name>{_ID})\s*:=\s*(?P<formula>\S[^;]*)\Z")
_UNIT: Final = re.compile(rf"\s*(?P<name>{_ID})\s+has\s+(?P<unit>{_ID})\s*\Z")
_VALUE: Final = re.compile(rf"\s*(?P<name>{_ID})\s*(?P<sign>'?=)")
_SIDE_TERM: Final = re.compile(rf"\s*(?:(?P<count>\d+)\s*)?(?P<name>{_ID})\s*\Z")
_COMMENT: Final = re.compile(r"(?://|#).*\Z")


@dataclass(frozen=True)
class TextBlock:
    """A text block with the mechanism it belongs to and the place of its first character."""

    mechanism: str
    kind: str
    text: str
    file: str
    line: int
    column: int

    def place(self, row: int, offset: int = 0) -> Place:
        """Place of a character of the block: row and offset from 0."""
        return Place(self.file, self.line + max(row, 0), self.column + offset)


@dataclass(frozen=True)
class Symbol:
    """A word of a formula or a reaction side, and where it stands."""

    name: str
    place: Place


@dataclass(frozen=True)
class ReactionLine:
    """`name: reactants -> products; rate` of a block."""

    name: str
    reactants: tuple[str, ...]
    products: tuple[str, ...]
    rate: str
    mechanism: str
    place: Place
    text: str


@dataclass(frozen=True)
class RuleLine:
    """`variable := formula` of a block."""

    variable: str
    formula: str
    mechanism: str
    place: Place

    @property
    def words(self) -> frozenset[str]:
        """Every word of the formula, functions included."""
        return frozenset(re.findall(_ID, self.formula))


@dataclass(frozen=True)
class UnitLine:
    """`variable has unit` of a block."""

    variable: str
    unit: str
    place: Place


@dataclass
class BlockContent:
    """What was read from blocks: statements, used symbols and issues, in the order of the text."""

    reactions: list[ReactionLine] = field(default_factory=list)
    rules: list[RuleLine] = field(default_factory=list)
    units: list[UnitLine] = field(default_factory=list)
    used: list[Symbol] = field(default_factory=list)
    members: list[Symbol] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def read_block(block: TextBlock) -> BlockContent:
    """Statements of a block, with the issues that its text alone shows."""
    content = BlockContent()
    for row, raw in enumerate(block.text.splitlines()):
        bad = next((i for i, letter in enumerate(raw) if not letter.isascii()), None)
        if bad is not None:
            message = f"{_of(block)}: the character '{raw[bad]}' is not ASCII"
            content.issues.append(
                Issue("E221", str(block.place(row, bad)), message, "write it in plain letters")
            )
            continue
        # Blanks in place of the comment keep the columns.
        line = _COMMENT.sub("", raw)
        if line.strip():
            _read_line(block, row, line, content)
    return content


def _read_line(block: TextBlock, row: int, line: str, content: BlockContent) -> None:
    if "/*" in line or "*/" in line or '"' in line or "@" in line or "$" in line:
        _refuse(block, row, 0, line, content)
        return
    if "->" in line or "=>" in line:
        _read_reaction(block, row, line, content)
        return
    offset = 0
    for piece in line.split(";"):
        if piece.strip():
            _read_statement(block, row, offset, piece, content)
        offset += len(piece) + 1


def _read_statement(block: TextBlock, row: int, offset: int, piece: str, content: BlockContent) -> None:
    start = offset + len(piece) - len(piece.lstrip())
    place = block.place(row, start)
    if (unit := _UNIT.match(piece)) is not None:
        content.units.append(UnitLine(unit["name"], unit["unit"], place))
        return
    rule = _RULE.match(piece)
    if rule is None or _FORBIDDEN.fullmatch(rule["name"]):
        _refuse(block, row, start, piece, content)
        return
    if block.kind != "expressions":
        message = f"{_of(block)}: '{rule['name']} :=' stands among the reactions"
        content.issues.append(Issue("E222", str(place), message, "move it to `expressions:`"))
    content.rules.append(RuleLine(rule["name"], rule["formula"].strip(), block.mechanism, place))
    _read_formula(block, row, offset + rule.start("formula"), rule["formula"], content)


def _refuse(block: TextBlock, row: int, offset: int, text: str, content: BlockContent) -> None:
    place = str(block.place(row, offset))
    shown = text.strip()
    if (value := _VALUE.match(text)) is not None and not text[value.end() :].startswith(">"):
        message = f"{_of(block)}: '{shown}' sets a number inside a block"
        issue = Issue(
            "E223", place, message, f"declare {value['name']} under `parameters:`, with unit and source"
        )
    elif (word := _FORBIDDEN.match(shown)) is not None:
        message = f"{_of(block)}: '{word[1]}' inside a block; it would open or end another part of the model"
        issue = Issue("E224", place, message, "keep only reactions and expressions")
    else:
        message = f"{_of(block)}: '{shown}' is neither a reaction, an expression nor a unit"
        remedy = "write `name: A -> B; rate`, `x := formula` or `x has unit`"
        issue = Issue("E222", place, message, remedy)
    content.issues.append(issue)


def _read_reaction(block: TextBlock, row: int, line: str, content: BlockContent) -> None:
    match = _REACTION.match(line)
    start = len(line) - len(line.lstrip())
    place = block.place(row, start)
    if match is None or match["arrow"] == "<->" or not match["rate"].strip():
        message = f"{_of(block)}: '{line.strip()}' is not one reaction"
        content.issues.append(
            Issue("E222", str(place), message, "write `name: A + B -> C; rate`, one a line")
        )
        return
    if block.kind != "reactions":
        message = f"{_of(block)}: a reaction stands among the expressions"
        content.issues.append(Issue("E222", str(place), message, "move it to `reactions:`"))
    name = match["name"]
    if name is None:
        message = f"{_of(block)}: the reaction '{line.strip()}' has no name"
        content.issues.append(Issue("E225", str(place), message, "write `name: ` before it"))
        name = ""
    left = _read_side(block, row, match.start("left"), match["left"], content)
    right = _read_side(block, row, match.start("right"), match["right"], content)
    if not left and not right:
        message = f"{_of(block)}: the reaction '{name}' has neither reactant nor product"
        content.issues.append(Issue("E222", str(place), message, "name what is made or lost"))
    rate = match["rate"].strip()
    _read_formula(block, row, match.start("rate"), match["rate"], content)
    text = f"{match['left'].strip()} -> {match['right'].strip()}; {rate}"
    content.reactions.append(ReactionLine(name, left, right, rate, block.mechanism, place, text))


def _read_side(block: TextBlock, row: int, offset: int, side: str, content: BlockContent) -> tuple[str, ...]:
    if not side.strip():
        return ()
    names: list[str] = []
    for term in side.split("+"):
        match = _SIDE_TERM.match(term)
        if match is None:
            message = f"{_of(block)}: '{term.strip()}' is no reactant or product"
            place = block.place(row, offset)
            content.issues.append(Issue("E222", str(place), message, "write `A`, or `2 A` for two of them"))
        else:
            names.extend([match["name"]] * int(match["count"] or 1))
            content.members.append(Symbol(match["name"], block.place(row, offset + match.start("name"))))
        offset += len(term) + 1
    return tuple(names)


def _read_formula(block: TextBlock, row: int, offset: int, formula: str, content: BlockContent) -> None:
    tokens = [t for t in _TOKEN.finditer(formula) if t.lastgroup != "space"]
    calls = 0
    for index, token in enumerate(tokens):
        place = block.place(row, offset + token.start())
        if token.lastgroup == "number":
            if not (token.group().isdigit() and _is_exponent(tokens, index)):
                message = f"{_of(block)}: the number {token.group()} in '{formula.strip()}' has no unit"
                remedy = "use a declared parameter, or `one`; only whole exponents may be written out"
                content.issues.append(Issue("E226", str(place), message, remedy))
        elif token.lastgroup == "other":
            message = f"{_of(block)}: '{token.group()}' cannot stand in a formula"
            content.issues.append(
                Issue("E222", str(place), message, "write a formula of + - * / ^ and functions")
            )
        elif token.lastgroup == "word":
            called = index + 1 < len(tokens) and tokens[index + 1].group() == "("
            if called:
                calls += token.group() in LIBRARY
                _check_function(block, token.group(), place, content)
            else:
                content.used.append(Symbol(token.group(), place))
    if calls > 1:
        message = f"{_of(block)}: {calls} calls of library functions in '{formula.strip()}'"
        remedy = "give each its own expression; libSBML reports false unit errors otherwise"
        content.issues.append(Issue("E227", str(block.place(row, offset)), message, remedy))


def _check_function(block: TextBlock, name: str, place: Place, content: BlockContent) -> None:
    known = {*LIBRARY, *BUILT_IN_FUNCTIONS}
    if name not in known:
        message = f"{_of(block)}: unknown function '{name}'{did_you_mean(name, known)}"
        content.issues.append(Issue("E220", str(place), message, f"known: {', '.join(sorted(known))}"))


def _is_exponent(tokens: list[re.Match[str]], index: int) -> bool:
    before = [token.group() for token in tokens[max(0, index - 3) : index]]
    while before and before[-1] in ("-", "("):
        before.pop()
    return bool(before) and before[-1] == "^"


def _of(block: TextBlock) -> str:
    return f"{block.kind} of '{block.mechanism}'"


# libAntimony keeps the models it has read in one global registry.
ANTIMONY_LOCK: Final = threading.RLock()
_LINE: Final = re.compile(r"line (\d+):?\s*")


def check_with_antimony(
    block: TextBlock, prefix: str, known: Iterable[str], own: Mapping[str, int]
) -> list[Issue]:
    """Issues that libAntimony, reading the block alone, finds in it.

    Parameters
    ----------
    prefix : str
        Whole lines that come before the block: library functions, model head, units, declarations.
    known : iterable of str
        Symbols that the block may use or make.
    own : mapping
        Row (from 0) of every reaction that the block names.
    """
    lines = [_COMMENT.sub("", line) for line in block.text.splitlines()]
    text = prefix + "\n".join(lines) + "\nend\n"
    with ANTIMONY_LOCK:
        antimony.clearPreviousLoads()
        if antimony.loadAntimonyString(text) < 0:
            return [_antimony_issue(block, antimony.getLastError(), prefix.count("\n"), len(lines))]
        return _result_issues(block, set(known), own)


def _antimony_issue(block: TextBlock, error: str, prefix_lines: int, block_lines: int) -> Issue:
    match = _LINE.search(error)
    row = int(match[1]) - prefix_lines - 1 if match else 0
    message = " ".join((error[match.end() :] if match else error).split())
    # A fault at the very end is reported on the `end` that we put there.
    return Issue(
        "E228", str(block.place(min(row, block_lines - 1))), f"{_of(block)}: {message}", "correct the line"
    )


def _result_issues(block: TextBlock, known: set[str], own: Mapping[str, int]) -> list[Issue]:
    where = str(block.place(0))
    issues: list[Issue] = []
    modules = [
        name for name in antimony.getModuleNames() if name not in LIBRARY and not name.startswith("__")
    ]
    if len(modules) != 1:
        message = f"{_of(block)}: it holds more than one model ({', '.join(modules)})"
        return [Issue("E224", where, message, "keep only reactions and expressions")]
    module = modules[0]
    names = set(antimony.getReactionNames(module))
    for name in sorted(names ^ set(own)):
        fault = (
            "libAntimony does not see the reaction" if name in own else "reaction without a name of its own"
        )
        place = str(block.place(own.get(name, 0)))
        issues.append(
            Issue("E225", place, f"{_of(block)}: {fault} '{name}'", "give each reaction its own name")
        )
    if antimony.getNumEvents(module):
        issues.append(Issue("E224", where, f"{_of(block)}: it holds an event", "doses are set by the arms"))
    everything = set(antimony.getSymbolNamesOfType(module, _ALL_SYMBOLS))
    everything -= set(antimony.getSymbolNamesOfType(module, _ALL_UNITS))
    for name in sorted(everything - known - names):
        message = f"{_of(block)}: unknown symbol '{name}'{did_you_mean(name, known)}"
        issues.append(Issue("E220", where, message, "declare it or correct the name"))
    return issues


# libAntimony's codes for kinds of symbols.
_ALL_SYMBOLS: Final = 0
_ALL_UNITS: Final = 22
