"""Arguments: query and body become one dict, and the token is found wherever it stands."""

import pytest
from starlette.datastructures import Headers

from ledger.errors import InvalidToken, MalformedRequest, RequestTooLarge
from rpcserver.arguments import of_get, of_post, query_arguments

NONE = Headers({})


def test_the_first_equals_sign_splits_a_parameter_from_its_value() -> None:
    query = b"accounts_receivable_identifier=number=192&type_identifier=name=Invoices%20Balance+Payment&number=2"
    assert query_arguments(query) == {
        "accounts_receivable_identifier": "number=192",
        "type_identifier": "name=Invoices Balance Payment",
        "number": "2",
    }


def test_percent_encoding_changes_nothing() -> None:
    assert query_arguments(b"payment_identifier=id%3DAB") == query_arguments(b"payment_identifier=id=AB")
    assert query_arguments(b"name=%C3%A9%26%3D") == {"name": "é&="}


def test_a_member_in_brackets_makes_an_object() -> None:
    assert query_arguments(b"payment_identifier[number]=31") == {"payment_identifier": {"number": "31"}}
    assert query_arguments(b"payment_identifier%5Bnumber%5D=31&payment_identifier[id]=A") == {
        "payment_identifier": {"number": "31", "id": "A"}
    }


def test_an_object_as_text_stays_text_for_the_identifiers_to_read() -> None:
    assert query_arguments(b'payment_identifier={"number":"31"}') == {"payment_identifier": '{"number":"31"}'}


def test_empty_parts_and_values_are_no_trouble() -> None:
    assert query_arguments(b"") == {}
    assert query_arguments(b"&&a=&b&=c&") == {"a": "", "b": "", "": "c"}


@pytest.mark.parametrize("query", [b"a=1&a=1", b"a=&a=", b"a=1&a[b]=2", b"a[b]=2&a=1", b"a[b]=1&a[b]=2", b"token=x&token=x"])
def test_a_parameter_that_comes_twice_is_refused(query: bytes) -> None:
    with pytest.raises(MalformedRequest, match="more than once"):
        query_arguments(query)


def test_what_is_not_utf_8_is_refused() -> None:
    with pytest.raises(MalformedRequest, match="UTF-8"):
        query_arguments(b"a=%ff")


def test_an_endless_query_is_refused() -> None:
    with pytest.raises(RequestTooLarge):
        query_arguments(b"a=" + b"x" * 70_000)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer k1"},
        {"Authorization": "bearer  k1"},
        {"Authorization": "Token k1"},
        {"Authorization": "Bearer Token k1"},
        {"X-Auth-Token": "k1"},
        {"X-Auth-Token": " k1 "},
    ],
)
def test_a_token_comes_in_a_header(headers: dict[str, str]) -> None:
    assert of_get(b"", Headers(headers)).token == "k1"
    assert of_post(b"{}", b"", Headers(headers)).token == "k1"


def test_a_token_comes_in_the_body_or_the_query_and_is_no_parameter() -> None:
    assert of_get(b"token=k1&number=2", NONE) == of_get(b"number=2&token=k1", NONE)
    found = of_get(b"token=k1&number=2", NONE)
    assert (found.token, found.given, found.from_query) == ("k1", {"number": "2"}, True)
    posted = of_post(b'{"token": "k1", "number": 2}', b"", NONE)
    assert (posted.token, posted.given, posted.from_query) == ("k1", {"number": 2}, False)
    assert of_post(b'{"number": 2}', b"token=k1", NONE).token == "k1"


@pytest.mark.parametrize("headers", [{"Authorization": "Basic azE6"}, {"Authorization": "Bearer "}, {"X-Auth-Token": " "}, {}])
def test_other_headers_hold_no_token(headers: dict[str, str]) -> None:
    assert of_get(b"", Headers(headers)).token is None


def test_an_empty_token_is_none() -> None:
    assert of_post(b'{"token": ""}', b"token=", NONE).token is None
    assert of_post(b'{"token": null}', b"", NONE).token is None


def test_a_token_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidToken):
        assert of_post(b'{"token": 5}', b"", NONE).token


def test_the_same_token_may_come_twice_and_two_tokens_may_not() -> None:
    assert of_post(b'{"token": "k1"}', b"token=k1", Headers({"X-Auth-Token": "k1", "Authorization": "Token k1"})).token == "k1"
    with pytest.raises(MalformedRequest, match="two different tokens"):
        assert of_post(b'{"token": "k1"}', b"", Headers({"X-Auth-Token": "k2"})).token
    with pytest.raises(MalformedRequest, match="two different tokens"):
        assert of_post(b'{"token": "k1"}', b"token=k2", NONE).token


def test_parameters_in_the_query_of_a_post_request_are_misplaced() -> None:
    found = of_post(b'{"number": 2}', b"fields_set=id", NONE)
    assert found.given == {"number": 2}
    assert [(fault.word, fault.code) for fault in found.faults] == [("fields_set", "UNKNOWN_PARAMETER")]
