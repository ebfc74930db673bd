"""Everything that can be asked for, in one list: no path, verb or method is there that nobody wrote down, and who needs no token is
named."""

import re
from collections.abc import Iterator

import pytest
from starlette.routing import Route

from methods import METHODS
from rpcserver.app import Application, create_app
from rpcserver.dispatch import Dispatch
from rpcserver.page import Page
from rpcserver.rest import Resource
from rpcserver.settings import Settings
from tests.live import ROOT
from tests.native import BOTH, Native
from tests.premises import Premises
from tests.rpcserver.world import SECRET

pytestmark = pytest.mark.one_engine

PAGE, NATIVE, ANYTHING, SLASH, PREFLIGHT = "page", "native", "nothing there", "to the slash", "preflight"
WALDUR = """\
/api/ HIDDEN GET HEAD OPTIONS
/api/payments/ HIDDEN GET POST HEAD OPTIONS
/api/payments/{uuid}/ HIDDEN GET PUT PATCH DELETE HEAD OPTIONS
/api/payments/{uuid}/link_to_invoice/ HIDDEN POST OPTIONS
/api/payments/{uuid}/unlink_from_invoice/ HIDDEN POST OPTIONS
/api/payment-profiles/ HIDDEN GET POST HEAD OPTIONS
/api/payment-profiles/{uuid}/ HIDDEN GET PUT PATCH HEAD OPTIONS
/api/payment-profiles/{uuid}/enable/ HIDDEN POST OPTIONS
/api/invoices/ HIDDEN GET HEAD OPTIONS
/api/invoices/{uuid}/ HIDDEN GET HEAD OPTIONS
/api/invoices/{uuid}/paid/ HIDDEN POST OPTIONS
/api/customers/ HIDDEN GET HEAD OPTIONS
/api/customers/{uuid}/ HIDDEN GET HEAD OPTIONS
/api/users/me/ HIDDEN GET HEAD OPTIONS
/api/users/{uuid}/ HIDDEN GET HEAD OPTIONS
/api/version/ HIDDEN GET HEAD OPTIONS
/api/configuration/ OPEN GET HEAD
/api/media/{uuid}/ HIDDEN GET HEAD OPTIONS
/api-auth/password/ OPEN POST
/api-auth/logout/ HIDDEN POST OPTIONS"""
OTHERS = """\
/qbench/api/v1/payment HIDDEN GET POST HEAD
/qbench/api/v1/payment/{payment_id} HIDDEN GET PUT DELETE HEAD
/qbench/api/v1/payment/{payment_id}/apply HIDDEN POST
/qbench/api/v1/payment/{payment_id}/invoice/{invoice_id} HIDDEN POST DELETE
/qbench/api/v1/customer HIDDEN GET POST HEAD
/qbench/api/v1/customer/{customer_id} HIDDEN GET PUT HEAD
/qbench/api/v1/invoice HIDDEN GET HEAD
/qbench/api/v1/invoice/{invoice_id} HIDDEN GET HEAD
/qbench/oauth2/v1/token OPEN POST
/api/v2/payments HIDDEN GET POST HEAD
/api/v2/payments/ HIDDEN GET POST HEAD
/api/v2/payments/{id} HIDDEN GET PATCH DELETE HEAD
/api/v2/payments/{id}/ HIDDEN GET PATCH DELETE HEAD"""
PAGES = ("/health", "/health/live", "/health/ready", "/openapi.json", "/postman/collection.json", "/postman/environment.json")
PREFIXES = ("/api", "/api-auth", "/qbench", "/api/v2")
PUBLIC = ("login", "authentication/token", "authentication/web_api_key/token")
"""The methods that are for everybody: they give tokens."""
TOLD = ("/api/configuration/", "/api-auth/password/", "/qbench/oauth2/v1/token")
"""The resources that are: what a client has to know before it logs in, and two that give tokens."""
NOT_THERE = [
    "/docs",
    "/redoc",
    "/debug",
    "/admin",
    "/admin/",
    "/console",
    "/metrics",
    "/static/",
    "/server-status",
    "/.env",
    "/.git/config",
    "/rpcserver.db",
    "/demo.json",
    "/attachments/",
    "/actuator/env",
    "/graphql",
    "/swagger.json",
    "/api/swagger/",
    "/api/docs/",
    "/api/v2/debug",
    "/qbench/",
    "/qbench/api/v1/users",
    "/crmapi/rest/v2/debug",
    "/crmapi/rest/v1/login",
    "/batch/%2e%2e/health",
    "/api/payments/%2e%2e/users/",
]


def expected() -> set[str]:
    """The list, with what goes without saying: a `.json` beside what Waldur reads, a path without its slash, and the rest of a
    prefix."""
    rows = set(WALDUR.splitlines()) | set(OTHERS.splitlines())
    reads = [row for row in WALDUR.splitlines() if " GET " in row]
    rows |= {row.replace("/ ", ".json ", 1) for row in reads}
    rows |= {f"{row.split('/ ')[0]} {SLASH}" for row in WALDUR.splitlines()}
    rows |= {f"{path} {PAGE}" for path in PAGES}
    rows |= {f"{prefix}/{{path:path}} {ANYTHING}" for prefix in PREFIXES}
    rows |= {f"{prefix}/{{path:path}} {PREFLIGHT}" for prefix in PREFIXES[:2]}
    return rows | {f"/crmapi/rest/v2/{{path:path}} {NATIVE}"}


def found(app: Application) -> Iterator[str]:
    """All routes of an application, as the list writes them."""
    for route in app.routes.routes:
        assert isinstance(route, Route)
        yield f"{route.path} {kind(route)}"


def kind(route: Route) -> str:
    endpoint = route.endpoint
    if isinstance(endpoint, Resource):
        if endpoint.actions is None:
            return ANYTHING
        is_open = any(action.right is None for action in endpoint.actions.values())
        verbs = [verb for verb, action in endpoint.actions.items() if not is_open or action.right is None]
        return " ".join(["OPEN" if is_open else "HIDDEN", *verbs])
    if isinstance(endpoint, Page):
        return PAGE
    return NATIVE if isinstance(endpoint, Dispatch) else {"WithSlash": SLASH, "_Nothing": PREFLIGHT}[type(endpoint).__name__]


def test_every_route_is_in_the_list_with_its_verbs_and_whether_it_asks_for_a_token(open_doors: Premises) -> None:
    app = create_app(open_doors.settings, open_doors.company.book)
    routes = list(found(app))
    assert sorted(set(routes) ^ expected()) == []
    assert len(routes) == len(set(routes))


def test_the_methods_for_everybody_are_those_that_give_tokens() -> None:
    assert tuple(path for path, method in METHODS.items() if method.public) == PUBLIC


def test_every_resource_asks_for_a_token_at_every_verb_but_those_that_are_told(open_doors: Premises) -> None:
    rows = [row.split() for row in (*WALDUR.splitlines(), *OTHERS.splitlines())]
    asked = [(path, verb) for path, _, *verbs in rows for verb in verbs if path not in TOLD]
    assert len(asked) > 60
    answers = {}
    for path, verb in asked:
        spelled = re.sub(r"\{[a-z_]+\}", "1", path)
        answers[path, verb] = open_doors.client.request(verb, spelled, headers={"X-Organization-Id": "1"}).status_code
    assert {asked: status for asked, status in answers.items() if status != 401} == {}


@pytest.mark.parametrize("path", NOT_THERE)
def test_nothing_else_is_there(open_doors: Premises, path: str) -> None:
    for verb in ("GET", "POST"):
        answer = open_doors.client.request(verb, path, headers={"X-Auth-Token": open_doors.tokens["admin"]})
        assert (path, answer.status_code) == (path, 404)


def test_a_verb_that_nobody_answers_is_refused_everywhere(open_doors: Premises) -> None:
    token = {"X-Auth-Token": open_doors.tokens["admin"], "X-Organization-Id": str(open_doors.organisation().pk)}
    for verb in ("TRACE", "CONNECT", "PROPFIND", "DEBUG"):
        for path in ("/payments/show", "/api/payments/", "/qbench/api/v1/payment", "/api/v2/payments", "/health"):
            answer = open_doors.client.request(verb, path, headers={**token, "Content-Type": "application/vnd.api+json"})
            assert (verb, path, answer.status_code) == (verb, path, 405)


@BOTH
@pytest.mark.parametrize(
    "path", ["_version_info", "__class__", "payments", "payments/", "payments/show/..", "methods", "batch/login"]
)
def test_what_is_no_method_is_none_whatever_python_calls_so(unwritten: Native, path: str, prefix: str) -> None:
    assert unwritten.at(prefix).send(path, b"{}").verdict == (404, "UNKNOWN_METHOD")


def test_pages_for_everybody_hold_no_secret(unwritten: Native) -> None:
    made = unwritten.made
    secrets = [person["password"] for person in made["users"].values()] + list(made["keys"].values())
    secrets += [*unwritten.tokens.values(), SECRET, str(unwritten.path)]
    for page in PAGES:
        text = unwritten.client.get(page).text
        assert [secret for secret in secrets if secret in text] == [], page


def test_the_server_has_no_switch_that_shows_its_insides() -> None:
    assert [name for name in Settings.model_fields if "debug" in name or "reload" in name] == []
    code = [path for folder in ("rpcserver", "methods", "ledger") for path in (ROOT / folder).rglob("*.py")]
    assert [str(path) for path in code if re.search(r"debug=True|reload=True|breakpoint\(|\bpdb\b", path.read_text())] == []
