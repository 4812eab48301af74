"""Bodies made from JSON schemas, with something hostile in one place."""

from openapi_document import resolved

DEPTH = 4


def sample(schema: dict, depth: int = 0):
    """A value that fits, or nearly: no more than what is required."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], depth)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    match kind:
        case "object":
            required = schema.get("required", [])
            return {name: sample(schema["properties"][name], depth + 1) for name in required if depth < DEPTH}
        case "array":
            return []
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    return "2026-01-31T12:00:00Z" if schema.get("format") == "date-time" else "sample"


def hostile(schema: dict, value, names=None, path: tuple = ()):
    """
    (path, body) of every string the schema has, with `value` there and as little as possible besides.
    - names: only members of names that this function finds.
    """
    schema = resolved(schema)
    if len(path) > DEPTH:
        return
    for branch in schema.get("anyOf", []):
        yield from hostile(branch, value, names, path)
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "string" in kinds and (names is None or (path and names(path[-1]))):
        yield path, value
    if "array" in kinds:
        for inner, body in hostile(schema["items"], value, names, path):
            yield inner, [body]
    if "object" in kinds:
        values = schema.get("additionalProperties")
        if isinstance(values, dict):
            for inner, body in hostile(values, value, names, (*path, "*")):
                yield inner, {"openai": body}
            if names is None:
                yield (*path, "a name"), {value: sample(values)}
        base = sample(schema, len(path))
        for name, member in schema.get("properties", {}).items():
            for inner, body in hostile(member, value, names, (*path, name)):
                yield inner, {**base, name: body}
