"""The door for clients of Productive's API: payments as JSON:API 1.1 documents. README.md says what is decided and what is not
offered."""

from starlette.routing import BaseRoute

from rpcserver.dialects.productive.actions import OF_ONE, OF_THE_LIST, PATH
from rpcserver.dialects.productive.manners import WORD, ProductiveManners
from rpcserver.door import Door
from rpcserver.house import House
from rpcserver.rest import resource, unknown

PREFIX = "/api/v2"


def routes(house: House) -> list[BaseRoute]:
    """The door's resources; a slash at the end of a path is let pass."""
    door, manners = Door(house, WORD), ProductiveManners(house)
    resources = [(PATH, OF_THE_LIST), (PATH + "/{id}", OF_ONE)]
    return [
        *(resource(path + slash, door, manners, actions) for path, actions in resources for slash in ("", "/")),
        unknown(PREFIX, door, manners),
    ]
