"""What an answer looks like: names and types, for fields_set, the generated documents and the tests."""

from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, WithJsonSchema

T = TypeVar("T")


class Shape(BaseModel):
    """An answered object. Unset members are present with null."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Every name that fields_set may hold, in order: members, then dotted ones that reach into objects."""
        return _names(cls)


_ID = {"title": "id", "type": "string", "pattern": "^[0-9A-F]{32}$", "examples": ["7C5B8E9E5A8D1733EBFE75D89C10D8FC"]}
_DATE = {
    "title": "date",
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$",
    "examples": ["2014-05-21T16:12:29"],
}
Id = Annotated[str, WithJsonSchema(_ID)]
Date = Annotated[str, WithJsonSchema(_DATE)]
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]


@cache
def _names(shape: type[Shape]) -> tuple[str, ...]:
    own = tuple(shape.model_fields)
    inner = tuple(
        f"{name}.{dotted}"
        for name, field in shape.model_fields.items()
        for part in parts(field.annotation, Shape)
        for dotted in part.names()
    )
    return own + inner


def parts(annotation: Any, wanted: type[T]) -> tuple[type[T], ...]:
    """The classes of a kind that an annotation is made of, through `X | None` and `list[X]`."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return (annotation,) if issubclass(annotation, wanted) else ()
    if get_origin(annotation) in (list, tuple, Union, UnionType, Annotated):
        return tuple(part for inner in get_args(annotation) for part in parts(inner, wanted))
    return ()
