"""Where a score divides lymph nodes, and where the published groups lie on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Cutoff:
    """Where the score divides lymph nodes: `score orientation value` is either true or false.

    Attributes
    ----------
    value
        Log-odds.
    orientation
        ">" or "<", strict: a score equal to the cutoff is not beyond it. With "<" low scores are the outcome's.
    group_when_true, group_when_false
        The group beyond the cutoff, and the other.
    meaning_when_true, meaning_when_false
        What these groups mean where their names can be misread ("longer local control" of "high"); "" where they
        cannot.
    """

    value: float
    orientation: Literal[">", "<"]
    group_when_true: str
    group_when_false: str
    meaning_when_true: str = ""
    meaning_when_false: str = ""

    def group(self, score: float) -> str:
        """The group of a score."""
        return self.group_when_true if self.is_beyond(score) else self.group_when_false

    def meaning(self, score: float) -> str:
        """What the group of a score means; "" where its name says it."""
        return self.meaning_when_true if self.is_beyond(score) else self.meaning_when_false

    @property
    def meanings(self) -> dict[str, str]:
        """What the groups mean by their names, of those whose names do not say it."""
        both = {self.group_when_true: self.meaning_when_true, self.group_when_false: self.meaning_when_false}
        return {group: words for group, words in both.items() if words}

    def said(self, score: float) -> str:
        """The group of a score as a person is told it: "high: longer local control"."""
        meaning = self.meaning(score)
        return f"{self.group(score)}: {meaning}" if meaning else self.group(score)

    @property
    def sign(self) -> Literal[1, -1]:
        """1 where high scores are the outcome's, −1 where low ones are: its log-odds are sign · score."""
        return 1 if self.orientation == ">" else -1

    def is_beyond(self, score: float) -> bool:
        """Whether a score belongs to `group_when_true`."""
        return self.sign * score > self.sign * self.value

    def is_above(self, score: float) -> bool:
        """Whether a score belongs to the group of high scores; one that equals the cutoff is not beyond it."""
        return self.is_beyond(score) == (self.sign == 1)


@dataclass(frozen=True, kw_only=True)
class GroupMean:
    """Mean and SD of the score in one published group.

    Attributes
    ----------
    set
        Such as "training".
    group
        Such as "responder".
    mean, sd
        Log-odds.
    """

    set: str
    group: str
    mean: float
    sd: float
