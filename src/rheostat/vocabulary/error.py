"""The errors that rheostat raises.

RheostatError            everything we raise on purpose; carries its issues
+-- InputError           unreadable or wrong input              exit 2
+-- NumericalError       too many rows failed numerically       exit 3
+-- MissingPartError     an optional part is not installed      exit 4
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from rheostat.vocabulary.place import Place

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Issue:
    """One problem: its code, where it is, what was found and expected, and what to do.

    Parameters
    ----------
    code : str
        A key of ``rheostat.vocabulary.code.CODES``.
    where : str or Place
        ``file:line:column``, or what stands for it (a command line option, an arm); kept as text.
    message : str
        Which thing by its id, what was found, what was expected.
    remedy : str
        What the user can do.
    severity : {"error", "warning", "note"}

    Examples
    --------
    >>> str(Issue("E103", "a.yaml:2:1", "key 'id' is given twice", "delete one"))
    "a.yaml:2:1 E103 key 'id' is given twice; delete one"
    """

    code: str
    where: str
    message: str
    remedy: str = ""
    severity: Severity = "error"

    def __post_init__(self) -> None:
        if isinstance(self.where, Place):
            object.__setattr__(self, "where", str(self.where))

    def __str__(self) -> str:
        line = " ".join(part for part in (self.where, self.code, self.message) if part)
        return f"{line}; {self.remedy}" if self.remedy else line


class RheostatError(Exception):
    """Everything that rheostat raises on purpose; ``issues`` holds all problems found.

    Examples
    --------
    >>> RheostatError([Issue("E101", "a.yaml", "no such file")]).issues[0].code
    'E101'
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues: tuple[Issue, ...] = tuple(issues)
        super().__init__("\n".join(str(issue) for issue in self.issues))

    @classmethod
    def one(cls, code: str, where: str | Place, message: str, remedy: str = "") -> Self:
        """An error of a single issue.

        Examples
        --------
        >>> InputError.one("E101", "a.yaml", "no such file").exit_code
        2
        """
        return cls([Issue(code, str(where), message, remedy)])

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Issue, ...]]]:
        # Exceptions pickle their message by default; worker processes must hand back the issues.
        return type(self), (self.issues,)


class InputError(RheostatError):
    """Unreadable or wrong input."""

    exit_code: ClassVar[int] = 2


class NumericalError(RheostatError):
    """Too many rows of a batch failed numerically."""

    exit_code: ClassVar[int] = 3


class MissingPartError(RheostatError):
    """An optional part is missing; the remedy holds the install line."""

    exit_code: ClassVar[int] = 4
