"""Limits of requests: so many in a stretch of time, and so many at the same time."""

from rpcserver.limits import AtOnce, Hit, Windows


def test_requests_are_counted_for_each_name_until_the_next_stretch_begins() -> None:
    minute = Windows("door", 60)
    assert minute.hit("ada", 120.0) == Hit(1, 60)
    assert minute.hit("ada", 150.9) == Hit(2, 30)
    assert minute.hit("bob", 179.0) == Hit(1, 1)
    assert minute.hit("ada", 180.0) == Hit(1, 60)


def test_only_so_many_are_under_way_at_once() -> None:
    door = AtOnce("door")
    first, second, third = (door.enter("ada", 2) for _ in range(3))
    bobs = door.enter("bob", 2)
    assert first and second and bobs and third is None
    first()
    again = door.enter("ada", 2)
    assert again and door.enter("ada", 2) is None
    for leave in (second, again, bobs):
        leave()
    assert door.enter("bob", 1)
