"""How a caller names a thing: an object with exactly one member, in JSON (`{"number": "9"}`) or in a query (`number=9`)."""

import json
import re
from difflib import get_close_matches
from typing import NamedTuple, NoReturn

from identifiers.errors import IdentifierMissing, MultipleIdentifiers, NotAnIdentifier, UnknownMember, quoted
from identifiers.kinds import Kind

MAX_VALUE = 255
# 255 characters, each escaped as a surrogate pair, and the other members empty
_MAX_TEXT = 4096
# how alike a misspelling must be: "num" is near "number", "name" is not
_NEAR = 0.65
_INTEGERS = range(-(2**63), 2**63)
# every control character but tab and newline, and the halves of surrogate pairs, which no UTF-8 can carry
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Reference(NamedTuple):
    """One thing, named by one member of its kind; the value is as the caller spelled it."""

    kind: Kind
    member: str
    value: str


def from_object(kind: Kind, value: object, *, lenient: bool = False) -> Reference:
    """The reference in a JSON value. `lenient` ignores members that the kind does not have; null and "" count as not given."""
    if not isinstance(value, dict):
        _refuse_bare(kind, value)
    if len(value) == 1:
        ((member, given),) = value.items()
        if member in kind.members and type(given) is str and 0 < len(given) <= MAX_VALUE and given.isprintable():
            return Reference(kind, member, given)
    return _only_member(kind, value, lenient)


def from_text(kind: Kind, text: str, *, lenient: bool = False) -> Reference:
    """The reference in the value of a query parameter: `number=9` (split at the first `=`), or a JSON object as text."""
    member, equals, given = text.partition("=")
    if equals and member in kind.members and 0 < len(given) <= MAX_VALUE and given.isprintable():
        return Reference(kind, member, given)
    if text.lstrip().startswith("{"):
        return from_object(kind, _parsed(kind, text), lenient=lenient)
    if not text:
        raise IdentifierMissing(f"The value is empty; {_expected(kind)}, as in {_query_form(kind)}.")
    if not equals:
        raise NotAnIdentifier(f"{quoted(text)} does not say what it is; {_expected(kind)}, as in {_query_form(kind)}.")
    return _only_member(kind, {member: given}, lenient)


def _only_member(kind: Kind, members: dict[object, object], lenient: bool) -> Reference:
    """The same with all questions asked, in the order in which the answers help most."""
    if not lenient:
        _refuse_unknown(kind, members)
    # by equality of the value alone: 0 and false are given, and refused or read below
    given = [(name, members[name]) for name in kind.members if members.get(name) is not None and members[name] != ""]
    if not given:
        raise IdentifierMissing(f"{_said(kind, members)}; {_expected(kind)}, as in {_form(kind)}.")
    if len(given) > 1:
        names = _listed([name for name, _ in given], "and")
        raise MultipleIdentifiers(f"{names} are given together; {_expected(kind)}, as in {_form(kind)}.")
    ((member, value),) = given
    return Reference(kind, member, _text(kind, member, value))


def _text(kind: Kind, member: str, value: object) -> str:
    if isinstance(value, str):
        found = _UNSPEAKABLE.search(value)
        if found is None and len(value) <= MAX_VALUE:
            return value
        fault = f"has {len(value)} characters" if found is None else f"holds the character {quoted(found.group())}"
        raise NotAnIdentifier(f"{member} is {quoted(value)}, which {fault}; {_allowed(kind)}.")
    if isinstance(value, int) and not isinstance(value, bool):
        if value in _INTEGERS:
            return str(int(value))
        raise NotAnIdentifier(f"{member} is {quoted(value)}, more than the 64 that are read; {_allowed(kind)}.")
    raise NotAnIdentifier(f"{member} is {quoted(value)}; {_allowed(kind)}.")


def _parsed(kind: Kind, text: str) -> object:
    """The JSON object in a query parameter; a repeated member is refused, for no parser agrees with another about it."""
    if len(text) > _MAX_TEXT:
        raise NotAnIdentifier(f"{quoted(text)} has {len(text)} characters; {_expected(kind)}, as in {_query_form(kind)}.")
    try:
        return json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        fault = "repeats a member" if isinstance(error, _RepeatedMember) else "is no JSON object"
        expected = f"{_expected(kind)}, as in {_query_form(kind)} or {_form(kind)}"
        raise NotAnIdentifier(f"{quoted(text)} {fault}; {expected}.") from error


class _RepeatedMember(ValueError):
    pass


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _RepeatedMember
    return members


def _refuse_bare(kind: Kind, value: object) -> NoReturn:
    if value is None:
        raise IdentifierMissing(f"null names no {kind.words}; {_expected(kind)}, as in {_form(kind)}.")
    raise NotAnIdentifier(f"{quoted(value)} is no {kind.words} identifier; {_expected(kind)}, as in {_form(kind)}.")


def _refuse_unknown(kind: Kind, members: dict[object, object]) -> None:
    unknown = [name for name in members if name not in kind.members]
    if unknown:
        near = get_close_matches(str(unknown[0])[:MAX_VALUE].lower(), kind.members, n=1, cutoff=_NEAR)
        hint = f" (did you mean {near[0]}?)" if near else ""
        said = f"{quoted(unknown[0])} is no member of a {kind.words} identifier{hint}"
        raise UnknownMember(f"{said}; {_expected(kind)}, as in {_form(kind)}.")


def _said(kind: Kind, members: dict[object, object]) -> str:
    blank = [name for name in kind.members if name in members]
    if not blank:
        return "No member is given"
    return f"{_listed(blank, 'and')} {'is' if len(blank) == 1 else 'are'} empty"


def _expected(kind: Kind) -> str:
    return f"expected is exactly one of {_listed(kind.members, 'or')}"


def _allowed(kind: Kind) -> str:
    return f"expected is a text of at most {MAX_VALUE} characters without control characters, as in {_form(kind)}"


def _form(kind: Kind) -> str:
    return json.dumps(kind.example(), ensure_ascii=False)


def _query_form(kind: Kind) -> str:
    return "=".join(kind.sample)


def _listed(words: tuple[str, ...] | list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
