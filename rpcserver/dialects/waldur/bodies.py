"""Bodies as this door takes them: JSON, form, or multipart. All come out as fields with values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import parse_qsl

import jiter
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ledger import attachments
from ledger.errors import MalformedRequest, Refusal, RequestTooLarge, UnsupportedMediaType
from rpcserver.dialects.waldur import words
from rpcserver.rest import Asking
from rpcserver.settings import Settings

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MEDIA = ("application/json", FORM, MULTIPART)
UNANNOUNCED = "text/plain"
MOST_FIELDS = 1000
MOST_HEADERS_OF_A_PART = 16
LONGEST_FILE_NAME = 255


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in a part of its own, under the last part of whatever path it was named by."""

    file_name: str
    data: bytes


KINDS: Mapping[type, str] = {Decimal: "float", Upload: "file"}


@dataclass(frozen=True, slots=True)
class Given:
    """The fields of a body. In forms, what is blank may mean that nothing was given."""

    values: Mapping[str, object]
    is_form: bool = False


def largest(settings: Settings) -> int:
    """The largest body where a file may be part of it, in bytes."""
    return settings.max_attachment + settings.max_body


def read(asking: Asking) -> Given:
    """The fields of a request's body; none, if there is no body.

    Refuses: UNSUPPORTED_MEDIA_TYPE, REQUEST_TOO_LARGE, MALFORMED_REQUEST, INVALID_PARAMETER (JSON that is no object)."""
    announced = asking.headers.get("content-type", "")
    media = announced.partition(";")[0].strip().lower()
    if not asking.body:
        return Given({}, is_form=media in (FORM, MULTIPART))
    if media not in MEDIA:
        shown = announced[:100] or UNANNOUNCED
        raise words.detailed(UnsupportedMediaType, f'Unsupported media type "{shown}" in request.')
    if media == MULTIPART:
        return Given(_multipart(asking.body, announced), is_form=True)
    if len(asking.body) > asking.settings.max_body:
        raise words.detailed(RequestTooLarge, f"the body is larger than {asking.settings.max_body} bytes")
    return Given(_form(asking.body), is_form=True) if media == FORM else Given(_json(asking.body))


def kind_of(value: object) -> str:
    """How a sentence names the kind of a JSON value."""
    return KINDS.get(type(value), type(value).__name__)


def _json(body: bytes) -> Mapping[str, object]:
    try:
        found = jiter.from_json(body, float_mode="decimal", catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as error:
        raise _malformed("JSON", str(error)) from None
    if found is None:
        raise words.wrong({words.NON_FIELD: ["No data provided"]})
    if not isinstance(found, dict):
        raise words.wrong({words.NON_FIELD: [f"Invalid data. Expected a dictionary, but got {kind_of(found)}."]})
    return found


def _form(body: bytes) -> Mapping[str, object]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise _malformed("Form", str(error)) from None


def _multipart(body: bytes, announced: str) -> Mapping[str, object]:
    boundary = parse_options_header(announced)[1].get(b"boundary")
    if not boundary:
        raise _malformed("Multipart form", "Invalid boundary in multipart: None")
    parts = _Parts()
    try:
        parser = parts.parser(boundary)
        parser.write(body)
        parser.finalize()
    except (FormParserError, UnicodeDecodeError) as error:
        raise _malformed("Multipart form", str(error)) from None
    if not parts.is_whole:
        raise _malformed("Multipart form", "the last boundary is missing")
    return parts.values


@dataclass(slots=True)
class _Parts:
    """Gathers the parts that the parser comes upon; of two with one name the last counts."""

    values: dict[str, object] = field(default_factory=dict)
    is_whole: bool = False
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _name: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _data: bytearray = field(default_factory=bytearray)
    _count: int = 0

    def parser(self, boundary: bytes) -> MultipartParser:
        """What is to be fed with the body."""
        return MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_part_data": lambda data, start, end: self._data.extend(memoryview(data)[start:end]),
                "on_part_end": self._end,
                "on_end": self._finish,
            },
            max_header_count=MOST_HEADERS_OF_A_PART,
        )

    def _begin(self) -> None:
        self._count += 1
        if self._count > MOST_FIELDS:
            raise FormParserError(f"there are more than {MOST_FIELDS} parts")
        self._headers, self._data = {}, bytearray()

    def _end_header(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition"))
        name = options.get(b"name")
        if disposition != b"form-data" or name is None:
            raise FormParserError("a part has no name")
        file_name = options.get(b"filename")
        if file_name is None:
            self.values[name.decode()] = self._data.decode()
        elif file_name:
            # Without a name there was no file: a browser sends this for a field that was left empty.
            self.values[name.decode()] = Upload(_named(file_name.decode("utf-8", "replace")), bytes(self._data))

    def _finish(self) -> None:
        self.is_whole = True


def _named(file_name: str) -> str:
    """Longer names than are kept are still told by their length, up to what is read of them."""
    return attachments.named(file_name)[:LONGEST_FILE_NAME]


def _malformed(form: str, why: str) -> Refusal:
    return words.detailed(MalformedRequest, f"{form} parse error - {why[:200]}")
