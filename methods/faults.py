"""The faults of a call's parameters: what the validator found, as codes and sentences, in the order of the parameter table."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from identifiers.errors import quoted
from ledger.errors import Fault, InvalidParameter, MandatoryParameterMissing, UnknownParameter
from methods.params import Params, Part
from methods.shape import parts
from methods.values import CANNOT_CLEAR

_EXPECTED: Mapping[str, str] = {"list_type": "a list", "model_type": "an object"}
_UNREADABLE_KEY = "string_unicode"
_SHOWN_NAMES = 40
_PATH_MAX = 255
MOST_FAULTS = 100
"""How many faults one answer lists; nobody reads more, and a body can hold a hundred thousand."""


def has_unreadable_key(error: ValidationError) -> bool:
    """Whether the validator gave up because of a member's name that UTF-8 cannot carry."""
    return any(detail["type"] == _UNREADABLE_KEY for detail in error.errors(include_url=False, include_context=False))


def readable(value: Any) -> Any:
    """The same value, every member's name in it spelled so that it can be shown."""
    if isinstance(value, dict):
        return {name.encode("utf-8", "backslashreplace").decode(): readable(member) for name, member in value.items()}
    return [readable(member) for member in value] if isinstance(value, list) else value


def faults_of(params: type[Params], error: ValidationError) -> tuple[Fault, ...]:
    """The faults that the validator found, in the order of the parameter table; those of unknown members come last."""
    names = list(names_of(params))
    found = sorted(error.errors(include_url=False), key=lambda detail: _position(names, detail))
    return tuple(_fault(params, detail) for detail in found[:MOST_FAULTS])


def names_of(part: type[Part]) -> dict[str, type[Part] | None]:
    """The members of an object as callers spell them, each with the class of the objects it holds, if it holds any."""
    return {field.alias or name: next(iter(parts(field.annotation, Part)), None) for name, field in part.model_fields.items()}


def _position(names: list[str], detail: ErrorDetails) -> int:
    first = detail["loc"][0]
    return names.index(str(first)) if first in names else len(names)


def _fault(params: type[Params], detail: ErrorDetails) -> Fault:
    path = _path(detail["loc"])
    kind, sent = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return Fault(path, UnknownParameter.code, _unknown(params, detail["loc"]))
    if kind == "missing":
        return Fault(path, MandatoryParameterMissing.code, f"{path} is mandatory and was not sent.")
    if kind == CANNOT_CLEAR:
        return Fault(path, InvalidParameter.code, f"{path}: {detail['ctx']['sentence']}")
    if sent is None and detail["loc"][-1] in _mandatory(_part_at(params, detail["loc"])):
        return Fault(path, MandatoryParameterMissing.code, f"{path} is mandatory; null was sent.")
    if "ctx" in detail and "sentence" in detail["ctx"]:
        return Fault(path, kind, f"{path}: {detail['ctx']['sentence']}")
    return Fault(path, InvalidParameter.code, f"{path}: {quoted(sent)} was sent; expected is {_EXPECTED.get(kind, detail['msg'])}.")


def _path(loc: tuple[int | str, ...]) -> str:
    """`items[0].quantity`."""
    path = ""
    for step in loc:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path if len(path) <= _PATH_MAX else f"{path[: _PATH_MAX - 1]}…"


def _part_at(params: type[Params], loc: tuple[int | str, ...]) -> type[Part]:
    """The class of the object that a member belongs to."""
    part: type[Part] = params
    for step in loc[:-1]:
        part = (names_of(part).get(step) if isinstance(step, str) else None) or part
    return part


def _mandatory(part: type[Part]) -> set[str | int]:
    return {field.alias or name for name, field in part.model_fields.items() if field.is_required()}


def _unknown(params: type[Params], loc: tuple[int | str, ...]) -> str:
    names = names_of(_part_at(params, loc))
    sent = str(loc[-1])
    near = get_close_matches(sent[:_SHOWN_NAMES].lower(), list(names), n=1)
    expected = f"did you mean {near[0]}?" if near else f"expected are {', '.join(names)}."
    return f"There is no parameter {quoted(sent)}; {expected}"
