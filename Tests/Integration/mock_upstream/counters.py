"""The interfaces that count a prompt's tokens, as strict as the vendors' own."""

import json
import re

from . import anthropic_rules, gemini_rules, responses_rules

# By dialect: the path below the base, and the fields the vendor's reference names.
COUNTERS = {
    "anthropic": (
        re.compile(r"/v1/messages/count_tokens"),
        {"model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "mcp_servers"},
    ),
    "responses": (
        re.compile(r"/v1/responses/input_tokens"),
        {
            "model",
            "input",
            "instructions",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "text",
            "reasoning",
            "truncation",
            "previous_response_id",
            "conversation",
        },
    ),
    "gemini": (re.compile(r"/v1beta/models/.+:countTokens"), {"contents", "generateContentRequest"}),
}


def dialect_of(path: str) -> str | None:
    for dialect, (pattern, _) in COUNTERS.items():
        if path.split("/")[2] == dialect and pattern.fullmatch(path.split(f"/{dialect}", 1)[1]):
            return dialect
    return None


def violation(dialect: str, recorded, genuine: bool) -> str | None:
    body = recorded.json = json.loads(recorded.body)
    if unknown := set(body) - COUNTERS[dialect][1]:
        return f"{sorted(unknown)[0]}: Extra inputs are not permitted"
    match dialect:
        case "anthropic":
            return anthropic_rules.violation(recorded.header_values, {**body, "max_tokens": 64000}, genuine)
        case "responses":
            found = responses_rules.violation(recorded.header_values, {**body, "store": False}, genuine)
            return found[0] if found else None
    request = gemini_rules.camel_case(body.get("generateContentRequest", body))
    model = recorded.path.split("/models/", 1)[1].rsplit(":", 1)[0]
    if "generateContentRequest" in body and request.pop("model", None) != f"models/{model}":
        return "generateContentRequest.model must be the model of the path"
    return gemini_rules.violation(recorded.header_values, request, genuine, model=model)


def answer(dialect: str, count: int) -> dict:
    match dialect:
        case "anthropic":
            return {"input_tokens": count}
        case "responses":
            return {"object": "response.input_tokens", "input_tokens": count}
    return {"totalTokens": count, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": count}]}
