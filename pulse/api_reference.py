"""The API reference page, made from the OpenAPI schema: no other text can disagree with it."""

from functools import cache
from typing import Any, NamedTuple

from drf_spectacular.generators import SchemaGenerator

Schema = dict[str, Any]


class Field(NamedTuple):
    """One value of a body, an answer or an address."""

    name: str
    type: str
    is_required: bool
    note: str


class Operation(NamedTuple):
    """What one method does at one address."""

    method: str
    path: str
    summary: str
    scope: str
    anchor: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]


@cache
def operations() -> dict[str, list[Operation]]:
    """Return every operation of `/api/v1/` by its first word after the version."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    groups: dict[str, list[Operation]] = {}
    for path, methods in sorted(schema["paths"].items()):
        word = path.split("/")[3]
        for method, given in methods.items():
            groups.setdefault(word, []).append(_operation(schema, method.upper(), path, given))
    return groups


def _operation(schema: Schema, method: str, path: str, given: Schema) -> Operation:
    answers = [answer for code, answer in given["responses"].items() if code.startswith("2")]
    parameters = [
        Field(
            one["name"],
            _type(one["schema"]),
            bool(one.get("required")),
            one.get("description", ""),
        )
        for one in given.get("parameters", [])
    ]
    return Operation(
        method=method,
        path=path,
        summary=given.get("description", ""),
        scope="read" if method == "GET" else "trade",
        anchor=given["operationId"],
        parameters=parameters,
        body=_fields(schema, given.get("requestBody", {})),
        answer=_fields(schema, answers[0]) if answers else [],
    )


def _fields(schema: Schema, holder: Schema) -> list[Field]:
    """Return the fields of a JSON body; those of a list or a page are the fields of its rows."""
    content: Schema = holder.get("content", {})
    media: Schema = next(iter(content.values()), {})
    shape = _resolved(schema, media.get("schema", {}))
    if "results" in shape.get("properties", {}):
        shape = shape["properties"]["results"]
    if shape.get("type") == "array":
        shape = _resolved(schema, shape["items"])
    required = shape.get("required", [])
    return [
        Field(name, _type(_resolved(schema, one)), name in required, one.get("description", ""))
        for name, one in shape.get("properties", {}).items()
    ]


def _resolved(schema: Schema, shape: Schema) -> Schema:
    if "allOf" in shape:
        shape = shape["allOf"][0]
    name = shape.get("$ref", "").rpartition("/")[2]
    resolved: Schema = schema["components"]["schemas"][name] if name else shape
    return resolved


def _type(shape: Schema) -> str:
    if "enum" in shape:
        return " | ".join(str(value) for value in shape["enum"])
    kind = str(shape.get("type", shape.get("$ref", "value").rpartition("/")[2]))
    if kind == "array":
        return f"list of {_type(shape['items'])}"
    return str(shape.get("format", kind))
