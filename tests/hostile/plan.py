"""Which raids there are, and how many MB of memory each may cost the server: the short form for the suite, and the long one."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.hostile import raids
from tests.hostile.noise import noise
from tests.hostile.standing import Raid

MIB = 1 << 20


@dataclass(frozen=True)
class Planned:
    raid: Raid
    most_memory: float


def _plan(crowd: int, rounds: int, one_in: int, bytes_of_noise: int) -> Mapping[str, Planned]:
    return {
        "half-sent bodies, two lengths, bad chunks": Planned(raids.half_sent, 30),
        "other protocols, control characters": Planned(raids.no_http, 30),
        "floods of headers, endless lines": Planned(raids.floods_of_headers, 30),
        "pipelines whose answers nobody reads": Planned(raids.pipelines, 100),
        "a byte at a time": Planned(raids.slow, 30),
        "lists that nobody takes": Planned(raids.slow_readers, 100),
        "bodies of other media types": Planned(raids.strange_media, 30),
        "huge numbers and texts, deep nesting": Planned(raids.strange_values(one_in), 100),
        "idle connections and half requests": Planned(raids.crowd(crowd), 60),
        "large bodies of tiny values": Planned(raids.floods_of_values, 150),
        "large bodies, refused again and again": Planned(raids.large_bodies(rounds), 150),
        "large bodies that never end": Planned(raids.crowd_with_bodies, 500),
        "random bytes": Planned(noise(bytes_of_noise), 100),
    }


SHORT = _plan(crowd=1_000, rounds=12, one_in=17, bytes_of_noise=3 * MIB)
LONG = _plan(crowd=3_000, rounds=100, one_in=1, bytes_of_noise=100 * MIB)
