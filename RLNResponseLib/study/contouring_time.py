"""How long a reader has contoured: the time in which the editor was in use."""

from __future__ import annotations

from dataclasses import dataclass

IDLE_SECONDS = 60.0


@dataclass
class ContouringTime:
    """Adds up the seconds in which a reader works on one reading.

    Time runs from each sign of life (a stroke, a slice scrolled) until the next, but at most `idle_seconds` after the last
    one: who goes for lunch is not contouring. Times are seconds of any clock that does not go back.
    """

    seconds: float = 0.0
    idle_seconds: float = IDLE_SECONDS
    _last: float | None = None

    def sign_of_life(self, at: float) -> None:
        """The reader did something at `at`."""
        self._add(at)
        self._last = at

    def pause(self, at: float) -> None:
        """The editor is left at `at`; time runs again with the next sign of life."""
        self._add(at)
        self._last = None

    def minutes(self, at: float) -> float:
        """The minutes so far, seen at `at`."""
        return (self.seconds + self._running(at)) / 60

    def _add(self, at: float) -> None:
        self.seconds += self._running(at)

    def _running(self, at: float) -> float:
        return 0.0 if self._last is None else min(max(at - self._last, 0.0), self.idle_seconds)
