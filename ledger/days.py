"""Days and moments: a moment is the UTC text `YYYY-MM-DDTHH:MM:SS`, a day its first ten characters."""

from typing import overload

DAY = 10


def day(moment: str) -> str:
    """The day on which a moment lies."""
    return moment[:DAY]


@overload
def moment(said: str) -> str: ...
@overload
def moment(said: None) -> None: ...
def moment(said: str | None) -> str | None:
    """What was said as a moment: a plain day is its first second."""
    return f"{said}T00:00:00" if said is not None and len(said) == DAY else said


def rewritten(kept: str | None, said: str) -> str:
    """The moment that is written in place of the one that was kept: the same plain day again keeps its time."""
    return kept if kept is not None and said == day(kept) else moment(said)
