"""What is written in one turn of the event loop, and when it leaves."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpcserver.connections import Connection
from rpcserver.gathering import MOST_HELD, Gathered, Turn

pytestmark = pytest.mark.one_engine


class Wire(asyncio.Transport):
    """Keeps what is done with it, in order; one that is `broken` takes nothing."""

    def __init__(self, done: list[str], name: str = "", *, broken: bool = False) -> None:
        super().__init__()
        self._done = done
        self._name = name
        self._broken = broken
        self._closing = False

    def write(self, data: Any) -> None:
        if self._broken:
            raise OSError("broken")
        self._done.append(self._name + bytes(data).decode())

    def close(self) -> None:
        self._closing = True
        self._done.append(f"{self._name}closed")

    def abort(self) -> None:
        self._closing = True
        self._done.append(f"{self._name}aborted")

    def is_closing(self) -> bool:
        return self._closing

    def get_write_buffer_size(self) -> int:
        return 3


def after(do: Callable[[], None]) -> None:
    """Do this in one turn of an event loop, and go on for some turns."""

    async def turns() -> None:
        do()
        for _ in range(3):
            await asyncio.sleep(0)

    asyncio.run(turns())


def test_what_is_written_in_one_turn_leaves_after_it_connection_by_connection() -> None:
    done: list[str] = []
    turn = Turn()
    one, other = (Gathered(Wire(done, name), turn) for name in ("one: ", "other: "))

    def both() -> None:
        one.write(b"a")
        other.write(b"b")
        one.write(b"c")
        assert done == []
        assert one.get_write_buffer_size() == 2 + 3

    after(both)
    assert done == ["one: ac", "other: b"]
    assert one.get_write_buffer_size() == 3


def test_every_turn_has_its_own_end() -> None:
    done: list[str] = []

    async def turns() -> None:
        gathered = Gathered(Wire(done), Turn())
        for piece in (b"a", b"b"):
            gathered.write(piece)
            before = list(done)
            await asyncio.sleep(0)
            assert [*before, piece.decode()] == done

    asyncio.run(turns())


@pytest.mark.parametrize(("end", "told"), [("close", "closed"), ("abort", "aborted")])
def test_who_ends_a_connection_sends_first_what_is_held(end: str, told: str) -> None:
    done: list[str] = []
    gathered = Gathered(Wire(done), Turn())

    def both() -> None:
        gathered.write(b"a")
        getattr(gathered, end)()
        gathered.write(b"too late")

    after(both)
    assert done == ["a", told]
    assert gathered.is_closing()


def test_what_is_more_than_may_be_held_leaves_at_once() -> None:
    done: list[str] = []
    gathered = Gathered(Wire(done), Turn())

    def much() -> None:
        gathered.write(b"a" * MOST_HELD)
        assert done == []
        gathered.write(b"b")
        assert done == ["a" * MOST_HELD + "b"]
        gathered.write(b"c")

    after(much)
    assert done[1:] == ["c"]


def test_a_broken_connection_keeps_no_other_one_from_sending() -> None:
    done: list[str] = []
    complaints: list[Any] = []
    turn = Turn()
    broken, whole = Gathered(Wire(done, broken=True), turn), Gathered(Wire(done), turn)

    def both() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told["exception"]))
        broken.write(b"a")
        whole.write(b"b")

    after(both)
    assert done == ["b"]
    assert [str(complaint) for complaint in complaints] == ["broken"]


PIECES = st.lists(st.one_of(st.binary(max_size=5), st.just(b"x" * (MOST_HELD + 1)), st.none()), max_size=12)


@given(PIECES)
def test_all_that_is_written_leaves_in_its_order(pieces: list[bytes | None]) -> None:
    """None: a turn of the loop."""
    sent = bytearray()

    class Taking(Wire):
        def write(self, data: Any) -> None:
            sent.extend(data)

    async def turns() -> None:
        gathered = Gathered(Taking([]), Turn())
        for piece in pieces:
            if piece is None:
                await asyncio.sleep(0)
            else:
                gathered.write(piece)
        await asyncio.sleep(0)

    asyncio.run(turns())
    assert bytes(sent) == b"".join(piece for piece in pieces if piece is not None)


def test_who_has_said_all_that_he_wants_to_say_still_gets_what_is_held() -> None:
    """The event loop hangs up as soon as the connection has heard of it."""
    done: list[str] = []
    connection = object.__new__(Connection)
    connection.transport = Gathered(Wire(done), Turn())

    def end() -> None:
        connection.transport.write(b"a")
        connection.eof_received()
        assert done == ["a"]

    after(end)
