"""JSON schemas of parameters and answers. What has a name of its own becomes a component, written down once."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from methods.method import Method
from methods.parameters import KEPT
from methods.sets import Item
from methods.shape import Shape, parts

Schema = dict[str, Any]

FIELDS_SET = "fields_set"
NAMES_AS_TEXT: Schema = {"type": "string", "pattern": "^[a-z0-9_.]+( *, *[a-z0-9_.]+)*$"}

_TEMPLATE = "#/components/schemas/{model}"
_NULL = {"type": "null"}
_OF_ONE = ("items", "additionalProperties")
_OF_SEVERAL = ("anyOf", "oneOf", "allOf")
_ACTION = "action"
_BESIDE_A_REFERENCE = ("description", "default")
_NOT_KEPT = frozenset({"id", "number", "reference_number"})
"""What an answer leaves blank when a call was only tried (`validate_only`)."""


class _Untitled(GenerateJsonSchema):
    """Titles are the names of components, so fields get none made from their own names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def reference(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": _TEMPLATE.format(model=name)}


def without_null(schema: Schema) -> Schema:
    """The same schema for a place that cannot say null."""
    choices = schema.get("anyOf")
    if choices is None or _NULL not in choices:
        return schema
    kept = [choice for choice in choices if choice != _NULL]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept}


class Components:
    """The schemas and responses that a document writes down once. `written` are the shapes that writes answer."""

    def __init__(self, written: set[type[Shape]]) -> None:
        self.schemas: dict[str, Schema] = {}
        self.responses: dict[str, Schema] = {}
        self._written = written

    def put(self, name: str, schema: Schema) -> Schema:
        """Write a component down; a reference to it. Two that differ cannot share a name."""
        if self.schemas.setdefault(name, schema) != schema:
            raise ValueError(f"two schemas are called {name}")
        return reference(name)

    def put_response(self, status: int, response: Schema) -> Schema:
        """Write a response down, under its status and a number if there are several; a reference to it."""
        name = next((name for name, known in self.responses.items() if known == response), None)
        if name is None:
            several = sum(known.startswith(f"{status}-") for known in self.responses)
            name = f"{status}-{several + 1}"
            self.responses[name] = response
        return {"$ref": f"#/components/responses/{name}"}

    def of_params(self, method: Method) -> Schema:
        """The body of a call, its parts by reference. What is for everybody takes no token."""
        schema = self._made(method.params, "validation")
        members = schema["properties"]
        for name, field in method.params.model_fields.items():
            if KEPT in field.metadata:
                members[name] = without_null(members[name])
        if FIELDS_SET in members:
            members[FIELDS_SET] = {
                "anyOf": [self._fields_set(method.shape), _NULL],
                "description": members[FIELDS_SET]["description"],
            }
        if method.public:
            del members["token"]
        return schema

    def _fields_set(self, shape: type[Shape]) -> Schema:
        """Names of members of an answer, as a list or as a text."""
        names = {"type": "array", "minItems": 1, "items": {"enum": list(shape.names())}}
        return self.put(f"{shape.__name__}Fields", {"anyOf": [names, NAMES_AS_TEXT]})

    def of_shape(self, shape: type[Shape]) -> Schema:
        """A reference to an answered object."""
        return self.put(shape.__name__, self._answered(self._made(shape, "serialization"), shape))

    def _made(self, model: type[BaseModel], mode: JsonSchemaMode) -> Schema:
        made = model.model_json_schema(ref_template=_TEMPLATE, schema_generator=_Untitled, mode=mode)
        held = {inner.__name__: inner for inner in _held(model)}
        for name, part in made.pop("$defs", {}).items():
            self.put(name, self._finished(self._object(part), held[name]))
        return self._object(made)

    def _object(self, schema: Schema) -> Schema:
        return self._settled({name: value for name, value in schema.items() if name != "title"} | {"additionalProperties": False})

    def _finished(self, schema: Schema, model: type[BaseModel]) -> Schema:
        if issubclass(model, Shape):
            return self._answered(schema, model)
        return self._or_bare(schema, model) if issubclass(model, Item) else schema

    def _answered(self, schema: Schema, shape: type[Shape]) -> Schema:
        """An answer: fields_set may leave any member out, and what a tried call did not keep is null."""
        answered = {name: value for name, value in schema.items() if name != "required"}
        if shape in self._written:
            answered["properties"] = {
                name: _or_null(member) if name in _NOT_KEPT else member for name, member in schema["properties"].items()
            }
        return answered

    def _or_bare(self, whole: Schema, item: type[Item]) -> Schema:
        """An item that names a record may be the identifier itself; the action of an edit then stands beside its member."""
        holder = whole["properties"][f"{item.kind.name}_identifier"]["$ref"]
        if _ACTION not in item.model_fields:
            return {"anyOf": [whole, {"$ref": holder}]}
        action = {_ACTION: whole["properties"][_ACTION]}
        choices = self.schemas[holder.rpartition("/")[2]]["oneOf"]
        return {"anyOf": [whole, *(choice | {"properties": choice["properties"] | action} for choice in choices)]}

    def _settled(self, schema: Schema) -> Schema:
        """A schema with everything in it that has a title written down as a component."""
        found = {name: self._inner(name, value) for name, value in schema.items() if (name, value) != ("default", None)}
        title = found.pop("title", None)
        if title is None:
            return found
        beside = {name: found.pop(name) for name in _BESIDE_A_REFERENCE if name in found}
        return self.put("".join(word.capitalize() for word in title.split()), found) | beside

    def _inner(self, keyword: str, value: Any) -> Any:
        if keyword == "properties":
            return {name: self._settled(schema) for name, schema in value.items()}
        if keyword in _OF_SEVERAL:
            return [self._settled(schema) for schema in value]
        return self._settled(value) if keyword in _OF_ONE and isinstance(value, dict) else value


def _or_null(schema: Schema) -> Schema:
    return schema if _NULL in schema.get("anyOf", ()) else {"anyOf": [schema, _NULL]}


def _held(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The classes of the objects inside an object, at every depth."""
    for field in model.model_fields.values():
        for inner in parts(field.annotation, BaseModel):
            yield inner
            yield from _held(inner)
