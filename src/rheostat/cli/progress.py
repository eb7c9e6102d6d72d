"""Progress with the time left, on stderr, only where a terminal shows it."""

import sys
from time import monotonic
from types import TracebackType

_REDRAW_S = 0.2


class Progress:
    """Called with (done, total); draws one line and wipes it at the end."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._start = monotonic()
        self._drawn = 0.0
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown and self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __call__(self, done: int, total: int) -> None:
        """Draw the state, at most five times a second."""
        now = monotonic()
        if not self._shown or total <= 0 or now - self._drawn < _REDRAW_S:
            return
        self._drawn = now
        left = (now - self._start) / done * (total - done) if done else None
        tail = f", about {_duration(left)} left" if left is not None else ""
        sys.stderr.write(f"\r\x1b[K{self._label}: {100 * done // total} % ({done} of {total} rows){tail}")
        sys.stderr.flush()


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
