"""The table of a method's parameters, for the README, the generated documents and the command line."""

from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from methods.parameters import Called
from methods.params import Part
from methods.shape import parts


@dataclass(frozen=True, slots=True)
class Parameter:
    """A row of the table. `members`: what an identifier, or a word of a few, may be; `parts`: the rows of the objects it holds."""

    name: str
    type: str
    mandatory: bool
    description: str
    members: tuple[str, ...] = ()
    parts: tuple["Parameter", ...] = ()


@cache
def rows(part: type[Part]) -> tuple[Parameter, ...]:
    """The table of an object's members, in the order in which they are declared."""
    return tuple(_row(field.alias or name, field) for name, field in part.model_fields.items())


def _row(name: str, field: FieldInfo) -> Parameter:
    held = parts(field.annotation, Part)
    called = next((mark for mark in field.metadata if isinstance(mark, Called)), None) or _called(field.annotation)
    if called is None:
        called = Called("Set of objects" if _is_list(field.annotation) else "Object")
    inner = rows(held[0]) if held else ()
    return Parameter(name, called.name, field.is_required(), field.description or "", called.members, inner)


def _called(annotation: Any) -> Called | None:
    if get_origin(annotation) is Annotated:
        return next((mark for mark in get_args(annotation)[1:] if isinstance(mark, Called)), None)
    if get_origin(annotation) in (Union, UnionType):
        return next((found for found in map(_called, get_args(annotation)) if found), None)
    return None


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(_is_list(inner) for inner in get_args(annotation))
