"""The rules of JSON:API 1.1 that any document has to keep, whatever it is about."""

import re
from collections.abc import Iterator
from typing import Any

MEDIA_TYPE = "application/vnd.api+json"
TOP = {"data", "errors", "meta", "links", "included", "jsonapi"}
OF_RESOURCES = {"id", "type", "attributes", "relationships", "links", "meta"}
OF_ERRORS = {"id", "links", "status", "code", "title", "detail", "source", "meta"}
NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_ -]*[a-zA-Z0-9])?")
PAGES = {"first", "last", "prev", "next"}

Json = dict[str, Any]


def faults(document: object, status: int, *, sparse: bool = False) -> list[str]:
    """What is wrong with a document that came with this status; `sparse`: relationships may have been left out on request."""
    if not isinstance(document, dict):
        return ["the document is no object"]
    found = [f"{name} is no member of a document" for name in document.keys() - TOP]
    if ("data" in document) == ("errors" in document):
        return [*found, "a document has either data or errors"]
    if "errors" in document:
        return found + list(_errors(document, status))
    if status >= 400:
        found.append("an answer of an error status has data")
    if not isinstance(document.get("meta", {}), dict):
        found.append("meta is no object")
    found += _links(document)
    primary = document["data"] if isinstance(document["data"], list) else [document["data"]]
    included = document.get("included", [])
    for resource in [*primary, *included]:
        found += _resource(resource)
    return found + list(_compound(primary, included, sparse))


def _errors(document: Json, status: int) -> Iterator[str]:
    if "included" in document or not isinstance(document["errors"], list) or not document["errors"]:
        yield "errors are no list, empty, or come with included"
    for error in document["errors"]:
        if error.keys() - OF_ERRORS:
            yield f"{error.keys() - OF_ERRORS} are no members of an error"
        if error.get("status") != str(status):
            yield f"an error says {error.get('status')!r}, the answer {status}"
        if not all(isinstance(error.get(name), str) and error[name] for name in ("code", "title", "detail")):
            yield "code, title and detail are texts"
        source = error.get("source", {})
        if source.keys() - {"pointer", "parameter", "header"} or not all(isinstance(place, str) for place in source.values()):
            yield f"{source} is no source"


def _links(document: Json) -> Iterator[str]:
    links = document.get("links", {})
    if not isinstance(document.get("data"), list) and links.keys() & PAGES:
        yield "only lists have pages"
    for name, link in links.items():
        if link is not None and not (isinstance(link, str) and link.startswith("http")):
            yield f"{name} is no link"
        if isinstance(link, str) and ("[" in link or "]" in link):
            yield f"{name} has brackets that are not percent-encoded"


def _resource(resource: Json) -> Iterator[str]:
    if resource.keys() - OF_RESOURCES:
        yield f"{resource.keys() - OF_RESOURCES} are no members of a resource"
    if not all(isinstance(resource.get(name), str) and resource[name] for name in ("id", "type")):
        yield f"id and type of {resource} are texts"
    attributes, relationships = resource.get("attributes", {}), resource.get("relationships", {})
    names = [*attributes, *relationships]
    if len(set(names)) < len(names) or {"id", "type"} & set(names):
        yield "attributes and relationships share one namespace, without id and type"
    yield from (f"{name!r} is no name of a member" for name in names if not NAME.fullmatch(name))
    for name, relationship in relationships.items():
        if not isinstance(relationship, dict) or not relationship.keys() & {"data", "links", "meta"}:
            yield f"{name} is no relationship"
        for linkage in _linkages(relationship):
            if linkage.keys() - {"id", "type", "meta"} or not all(isinstance(linkage.get(part), str) for part in ("id", "type")):
                yield f"{linkage} identifies no resource"


def _linkages(relationship: Json) -> list[Json]:
    data = relationship.get("data")
    return data if isinstance(data, list) else [data] if data is not None else []


def _identity(resource: Json) -> tuple[str, str]:
    return resource["type"], resource["id"]


def _compound(primary: list[Json], included: list[Json], sparse: bool) -> Iterator[str]:
    everything = [_identity(resource) for resource in [*primary, *included]]
    if len(set(everything)) < len(everything):
        yield "a resource comes twice"
    if sparse:
        return
    by_identity = {_identity(resource): resource for resource in [*primary, *included]}
    reached, waiting = set(), [_identity(resource) for resource in primary]
    while waiting:
        identity = waiting.pop()
        if identity in reached or identity not in by_identity:
            continue
        reached.add(identity)
        relationships = by_identity[identity].get("relationships", {})
        waiting += [_identity(linkage) for relationship in relationships.values() for linkage in _linkages(relationship)]
    yield from (f"{identity} is included and nothing refers to it" for identity in by_identity.keys() - reached)
