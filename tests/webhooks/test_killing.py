"""Servers that deliver are killed, and nothing that they had to tell is lost."""

import time
from threading import Event

from ledger.book import Book
from ledger.entry import utc_text
from ledger.storage.models import Webhook
from rpcserver.app import open_book
from tests.books import SETUP
from tests.rpcserver import world
from tests.rpcserver.world import World
from tests.webhooks.office import Abroad, serving
from tests.webhooks.receiver import PATIENCE_SECONDS, Answer, Message, Receiver, until

PAYMENTS = 30


def slowly(_message: Message) -> int:
    time.sleep(0.03)
    return 200


def up_to(receiver: Receiver, most: int, killed: Event) -> Answer:
    """So many messages are taken; then nothing more happens until the server is killed."""

    def behave(message: Message) -> int:
        if len(receiver.taken) >= most:
            killed.wait(PATIENCE_SECONDS)
        return slowly(message)

    return behave


def expire(book: Book) -> None:
    """Have the lease run out now."""
    book.enter(SETUP, lambda entry: entry.rows.change(Webhook, {"held_until": utc_text(entry.seconds - 1)}, name="ERP"))


def in_order(receiver: Receiver) -> bool:
    return all(places == sorted(places) for places in receiver.by_record().values())


def test_nothing_is_lost_when_a_server_is_killed_while_it_delivers(here: World, receiver: Receiver) -> None:
    settings = world.settings_for(here.path)
    book = open_book(settings)
    token = world.token(book, settings, "admin")
    ids: list[str] = []
    for turn in range(2):
        killed, most = Event(), len(receiver.taken) + 15
        receiver.behave = up_to(receiver, most, killed)
        with serving(here.path.parent, WEBHOOK_TIMEOUT="60") as server:
            asking = Abroad(here, token, server.url)
            if turn == 0:
                asking.hook(receiver)
            ids += asking.pay(PAYMENTS)
            receiver.wait(most)
            assert asking.waiting() > PAYMENTS
            server.kill()
        killed.set()
        # Nobody has to wait here until the lease has run out.
        expire(book)
    with serving(here.path.parent) as server:
        asking = Abroad(here, token, server.url)
        until(lambda: asking.waiting() == 0, 40)
    book.close()
    assert set(receiver.by_record()) == set(ids)
    assert sum(map(len, receiver.by_record().values())) == 2 * len(ids)
    assert in_order(receiver)
    twice = len(receiver.taken) - 2 * len(ids)
    assert twice <= 2 * 8, "only what was under way when a server was killed may come again"


def test_a_second_server_takes_over_when_the_lease_of_a_killed_one_has_run_out(here: World, receiver: Receiver) -> None:
    settings = world.settings_for(here.path)
    book = open_book(settings)
    token = world.token(book, settings, "admin")
    receiver.behave = receiver.hang
    # It hangs for longer than the other server takes to start.
    with serving(here.path.parent, WEBHOOK_TIMEOUT="60") as first:
        asking = Abroad(here, token, first.url)
        asking.hook(receiver)
        asking.pay(2)
        until(lambda: len(receiver.came) == 2)
        with serving(here.path.parent) as second:
            time.sleep(2)
            assert len(receiver.came) == 2
            first.kill()
            receiver.behave = slowly
            receiver.released.set()
            expire(book)
            asking = Abroad(here, token, second.url)
            until(lambda: asking.waiting() == 0, 30)
    book.close()
    assert in_order(receiver)
    assert len(receiver.by_record()) == 2
