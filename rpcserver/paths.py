"""Where the methods are: path -> method, the verbs each answers, and the nearest path to one that is none."""

from difflib import get_close_matches

from ledger.errors import MethodNotAllowed, UnknownMethod
from methods import METHODS
from methods.method import Method

READ_VERBS = ("GET", "HEAD", "OPTIONS", "POST")
WRITE_VERBS = ("OPTIONS", "POST")
SHOWN = 100


def method_at(path: str) -> Method:
    """The method at a path without its slashes; the refusal names the nearest path there is."""
    method = METHODS.get(path)
    if method is None:
        near = get_close_matches(path[:SHOWN], METHODS, n=1)
        hint = f"did you mean {near[0]}?" if near else "the methods are listed in the README and at /openapi.json"
        raise UnknownMethod(f"there is no method {path[:SHOWN]!r}; {hint}")
    return method


def verbs(method: Method) -> str:
    """The verbs that a method answers, as the header Allow has them."""
    return ", ".join(WRITE_VERBS if method.writes else READ_VERBS)


def check_verb(path: str, method: Method, verb: str) -> None:
    """Refuse a verb that the method does not answer: reads answer GET and POST, all others POST alone."""
    if verb not in (WRITE_VERBS if method.writes else READ_VERBS):
        raise MethodNotAllowed(f"{path} does not answer {verb[:20]!r}; it answers {verbs(method)}", allow=verbs(method))
