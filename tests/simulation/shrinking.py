"""The shortest story that still shows a finding: parts are left out as long as it is still there."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TypeVar

from tests.simulation.story import Act, Moment, Step, Story

T = TypeVar("T")
Shows = Callable[[Story], bool]


def shortest(story: Story, shows: Shows, seconds: float) -> Story:
    """A story from which nothing more can be left out, or what there is of it when the time is over."""
    until = monotonic() + seconds

    def still(tried: Story) -> bool:
        return monotonic() < until and shows(tried)

    length = -1
    while length != (length := _length(story)):
        story = _with_less(story, story.steps, partial(_of_steps, story), still)
        for place in range(len(story.steps)):
            story = _plainer(story, place, still)
    return story


def _of_steps(story: Story, steps: Sequence[Step]) -> Story:
    return replace(story, steps=steps)


def _length(story: Story) -> int:
    return sum(1 + (len(step.acts) if isinstance(step, Moment) else 0) for step in story.steps)


def _with_less(story: Story, parts: Sequence[T], made: Callable[[Sequence[T]], Story], still: Shows) -> Story:
    """The story with as few of these parts as will do: halves are left out first, then quarters, then smaller pieces."""
    size = len(parts) // 2
    while size and len(parts) > 1:
        start = 0
        while start < len(parts):
            fewer = [*parts[:start], *parts[start + size :]]
            if fewer and still(made(fewer)):
                parts, story = fewer, made(fewer)
            else:
                start += size
        size //= 2
    return story


def _plainer(story: Story, place: int, still: Shows) -> Story:
    """The story with less in one of its moments."""
    step = story.steps[place]
    if not isinstance(step, Moment):
        return story

    def made(acts: Sequence[Act]) -> Story:
        return _put(story, place, replace(step, acts=acts))

    story = _with_less(story, step.acts, made, still)
    for plainer in _simpler(story.steps[place]):
        tried = _put(story, place, plainer)
        if still(tried):
            story = tried
    return story


def _simpler(step: Step) -> Iterator[Moment]:
    assert isinstance(step, Moment)
    if step.trouble is not None:
        yield replace(step, trouble=None)
    if step.size != 1:
        yield replace(step, size=1)


def _put(story: Story, place: int, step: Step) -> Story:
    return replace(story, steps=[*story.steps[:place], step, *story.steps[place + 1 :]])
