"""Where each dialect is served and how it says things: the one table all five meet in."""

import re

from . import anthropic_wire, gemini_wire, ollama_wire, openai_wire, responses_wire

WIRES = {
    "openai": openai_wire,
    "responses": responses_wire,
    "anthropic": anthropic_wire,
    "gemini": gemini_wire,
    "ollama": ollama_wire,
}
# What stands between the host and the endpoint in a base URL.
BASES = {"openai": "/v1", "responses": "/v1", "anthropic": "/v1", "gemini": "/v1beta", "ollama": ""}
ENDPOINTS = {
    "openai": re.compile(r"/v1/chat/completions"),
    "responses": re.compile(r"/v1/responses"),
    "anthropic": re.compile(r"/v1/messages"),
    "gemini": re.compile(r"/v1(beta)?/models/.+:(generateContent|streamGenerateContent)"),
    "ollama": re.compile(r"/api/chat"),
}
ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
OPENAI_TYPES = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("permission_error", None),
    404: ("invalid_request_error", "model_not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("server_error", None),
}


def dialect_of(path: str) -> str | None:
    """The dialect spoken at this path: `/compatible/gemini/v1beta/…` or `/genuine/openai/v1/…`."""
    _, _, dialect, *_ = (*path.split("/", 3), "", "")
    pattern = ENDPOINTS.get(dialect)
    return dialect if pattern and pattern.fullmatch(path[path.index(f"/{dialect}") + len(dialect) + 1 :]) else None


def error_body(dialect: str | None, status: int, message: str, param=None, code=None) -> bytes:
    match dialect:
        case "anthropic":
            return anthropic_wire.error_body(message, ANTHROPIC_TYPES.get(status, "api_error"))
        case "gemini":
            return gemini_wire.error_body(message, status)
        case "ollama":
            return ollama_wire.error_body(message)
    type, default = OPENAI_TYPES.get(status, ("server_error", None))
    return openai_wire.error_body(message, type, param=param, code=code or default)
