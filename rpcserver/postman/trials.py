"""The script that tries an answer in Postman: the status, the code, the members, and what later requests need of it."""

import json
from collections.abc import Iterator

from rpcserver.postman.story import Step


def trials(step: Step) -> list[str]:
    """The lines of the script."""
    return [
        "const answer = pm.response.json();",
        'pm.test("HTTP 200", () => pm.response.to.have.status(200));',
        'pm.test("status.code is OK", () => pm.expect(answer.status.code).to.equal("OK"));',
        *_members(step),
        *(f"pm.collectionVariables.set({json.dumps(name)}, answer.data.{member});" for name, member in step.keeps.items()),
    ]


def _members(step: Step) -> Iterator[str]:
    """The answer has the members of its shape, or those that were asked for."""
    chosen = step.body.get("fields_set")
    names = chosen.split(",") if chosen else list(step.method.shape.model_fields)
    expected = f"to.have.all.keys({json.dumps(names)})" if names else "to.be.empty"
    if step.method.many:
        yield 'pm.test("data is a list of objects with their members", () => {'
        yield '    pm.expect(answer.data).to.be.an("array");'
        yield f"    answer.data.forEach((row) => pm.expect(row).{expected});"
        yield "});"
    else:
        yield f'pm.test("data has its members", () => pm.expect(answer.data).{expected});'
