"""The error of a name that the atlas or the network does not hold."""

from __future__ import annotations

from rheostat.vocabulary.error import InputError


class UnknownNameError(InputError):
    """Names that are not known; ``where`` of each issue is the name itself.

    A claim that needs one of them is *not computable*, which is why it is told apart from other bad input.

    Examples
    --------
    >>> UnknownNameError.one("E503", "TSC9", "unknown gene 'TSC9'").missing
    ('TSC9',)
    """

    @property
    def missing(self) -> tuple[str, ...]:
        """Missing names, each once, in the order found."""
        return tuple(dict.fromkeys(issue.where for issue in self.issues))
