"""How a parameter is read that is a secret. Where it is declared it is marked `exclude=True, repr=False`, so that neither a
fingerprint nor a representation of a call's parameters holds it."""

from collections.abc import Callable

from pydantic_core import PydanticCustomError

from methods.values import TEXT_LIMIT, refused, text


def secret(limit: int = TEXT_LIMIT, *, least: int = 0) -> Callable[[object], str]:
    """Reads a text as `values.text` does; a refusal says nothing of what was sent but its length."""
    reads = text(limit, least=least)
    size = f"{least} to {limit}" if least else f"at most {limit}"

    def read(value: object) -> str:
        try:
            return reads(value)
        except PydanticCustomError:
            sent = f"a text of {len(value)} characters" if isinstance(value, str) else "no text"
            raise refused(f"{sent} was sent; expected is one of {size} characters without control characters.") from None

    return read
