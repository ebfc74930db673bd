"""The envelope: the same three members always, faults one by one where there can be several."""

import json

import orjson

from ledger.errors import AlreadySettled, EntityNotFound, Fault, InvalidParameter, SystemFailure
from rpcserver import envelope


def test_a_success_is_ok_with_the_data_and_nothing_to_say() -> None:
    body = envelope.succeeded({"payment_amount": orjson.Fragment("12.5")})
    assert body == b'{"status":{"code":"OK","message":null,"description":null},"data":{"payment_amount":12.5}}'


def test_a_streamed_list_looks_like_any_other() -> None:
    for count in (0, 1, envelope.ROWS_A_PIECE, envelope.ROWS_A_PIECE + 1):
        rows = [{"id": str(number)} for number in range(count)]
        pieces = envelope.rows(rows)
        assert len(pieces) == -(-count // envelope.ROWS_A_PIECE)
        assert envelope.LIST_HEAD + b",".join(pieces) + envelope.LIST_TAIL == envelope.succeeded(rows)


def test_a_refused_parameter_is_listed_under_its_name() -> None:
    faults = [Fault("number", "INVALID_PARAMETER", "0 was sent"), Fault("nmber", "UNKNOWN_PARAMETER", "did you mean number?")]
    said = json.loads(envelope.refused(InvalidParameter("0 was sent", "number", tuple(faults)), faults))
    assert said["data"] is None
    assert said["status"]["code"] == "INVALID_PARAMETER"
    assert said["status"]["message"] == "0 was sent"
    assert said["status"]["description"] == InvalidParameter.meaning
    assert said["status"]["errors"] == [
        {"parameter": "number", "code": "INVALID_PARAMETER", "message": "0 was sent"},
        {"parameter": "nmber", "code": "UNKNOWN_PARAMETER", "message": "did you mean number?"},
    ]


def test_identifiers_are_listed_and_broken_rules_are_not() -> None:
    faults = [Fault("payment_identifier", "ENTITY_NOT_FOUND", "no such payment")]
    assert "errors" in json.loads(envelope.refused(EntityNotFound("no such payment", "payment"), faults))["status"]
    assert "errors" not in json.loads(envelope.refused(AlreadySettled("nothing is unpaid", "invoice"), faults))["status"]


def test_what_utf_8_cannot_write_is_escaped_and_endless_texts_are_cut() -> None:
    said = json.loads(envelope.refused(InvalidParameter("a\ud800b", "\udc00"), [Fault("\udc00", "INVALID_PARAMETER", "x" * 9_000)]))
    assert said["status"]["errors"][0]["parameter"] == "\\udc00"
    assert len(said["status"]["errors"][0]["message"]) == envelope.MESSAGE_LIMIT


def test_the_drop_in_prefix_says_200_and_asks_for_no_credentials() -> None:
    native = envelope.refusal_answer(SystemFailure("oh"))
    assert native.status == 500
    refused = envelope.refusal_answer(AlreadySettled("no"), drop_in=True)
    assert (refused.status, refused.headers) == (200, envelope.HEADERS)
