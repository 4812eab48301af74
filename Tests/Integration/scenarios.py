"""The same conversation pieces in the words of each client dialect."""

import json

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
JPEG = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP8="
PDF = "JVBERi0xLjQKJSVFT0YK"
SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "City name"},
        "unit": {"type": "string", "enum": ["c", "f"]},
    },
    "required": ["city", "unit"],
    "additionalProperties": False,
}
NAMES = ("get_weather", "get_time")


def tools(dialect: str, names=NAMES) -> list[dict]:
    if dialect == "openai":
        return [
            {"type": "function", "function": {"name": name, "description": "d", "parameters": SCHEMA}} for name in names
        ]
    return [{"name": name, "description": "d", "input_schema": SCHEMA} for name in names]


def image(dialect: str, data: str = PNG, media_type: str = "image/png") -> dict:
    if dialect == "openai":
        return {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{data}"}}
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def image_url(dialect: str, url: str) -> dict:
    if dialect == "openai":
        return {"type": "image_url", "image_url": {"url": url, "detail": "low"}}
    return {"type": "image", "source": {"type": "url", "url": url}}


def pdf(dialect: str) -> dict:
    if dialect == "openai":
        return {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}}
    return {
        "type": "document",
        "title": "a.pdf",
        "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
    }


def words(text: str) -> dict:
    return {"type": "text", "text": text}


def user(*parts) -> dict:
    return {"role": "user", "content": list(parts) if len(parts) > 1 or not isinstance(parts[0], str) else parts[0]}


def assistant_calls(dialect: str, *calls, text: str | None = None) -> dict:
    """- calls: (id, name, arguments as text)."""
    if dialect == "openai":
        return {
            "role": "assistant",
            "content": text,
            "tool_calls": [
                {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
                for id, name, arguments in calls
            ],
        }
    blocks = [words(text)] if text else []
    return {
        "role": "assistant",
        "content": blocks
        + [
            {"type": "tool_use", "id": id, "name": name, "input": json.loads(arguments)}
            for id, name, arguments in calls
        ],
    }


def tool_results(dialect: str, *results, then: str | None = None) -> list[dict]:
    """
    - results: (call id, content); content is text or a list of parts.
    - then: what the user says after them.
    """
    if dialect == "openai":
        said = [{"role": "tool", "tool_call_id": id, "content": content} for id, content in results]
        return said + ([user(then)] if then else [])
    blocks = [{"type": "tool_result", "tool_use_id": id, "content": content} for id, content in results]
    return [{"role": "user", "content": blocks + ([words(then)] if then else [])}]


def tool_choice(dialect: str, choice: str) -> dict:
    """Options of a request: auto, none, required, or a name; `serial` switches parallel calls off."""
    if dialect == "openai":
        if choice == "serial":
            return {"parallel_tool_calls": False}
        named = {"type": "function", "function": {"name": choice}}
        return {"tool_choice": choice if choice in ("auto", "none", "required") else named}
    if choice == "serial":
        return {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}
    if choice in ("auto", "none"):
        return {"tool_choice": {"type": choice}}
    return {"tool_choice": {"type": "any"} if choice == "required" else {"type": "tool", "name": choice}}


def structured(dialect: str, schema: dict) -> dict:
    if dialect == "openai":
        return {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": schema},
            }
        }
    return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
