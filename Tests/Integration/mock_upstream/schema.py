"""Bodies against the request types of the official SDKs: wrong types and unknown keys are refused."""

import collections.abc
import json
from functools import lru_cache

from anthropic.types import message_create_params as anthropic_params
from anthropic.types.beta import message_create_params as anthropic_beta_params
from openai.types.chat import completion_create_params as openai_params
from openai.types.responses import response_create_params as responses_params
from pydantic import BaseModel, TypeAdapter, ValidationError

from .request_types import GeminiRequest, OllamaRequest

TYPES = {
    ("openai", False): openai_params.CompletionCreateParamsNonStreaming,
    ("openai", True): openai_params.CompletionCreateParamsStreaming,
    ("responses", False): responses_params.ResponseCreateParamsNonStreaming,
    ("responses", True): responses_params.ResponseCreateParamsStreaming,
    ("anthropic", False): anthropic_params.MessageCreateParamsNonStreaming,
    ("anthropic", True): anthropic_params.MessageCreateParamsStreaming,
}
# Betas are named in a header; what they add is in types of their own.
TYPES |= {
    ("anthropic-beta", False): anthropic_beta_params.MessageCreateParamsNonStreaming,
    ("anthropic-beta", True): anthropic_beta_params.MessageCreateParamsStreaming,
}
JSON_TYPES = {"gemini": GeminiRequest, "ollama": OllamaRequest}


@lru_cache
def _adapter(dialect: str, stream: bool) -> TypeAdapter:
    return TypeAdapter(TYPES[dialect, stream])


def violation(dialect: str, body: dict) -> str | None:
    """Why the body is no request of this dialect; None when it is one."""
    try:
        if dialect in JSON_TYPES:
            # Bytes and enumerations have another form in JSON than in Python. The wire knows no snake_case names.
            JSON_TYPES[dialect].model_validate_json(json.dumps(body), by_alias=True, by_name=False)
            return None
        built = _consume(_adapter(dialect, body.get("stream") is True).validate_python(body, strict=True))
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    # The members of a JSON Schema are free; the types of betas forget to say so.
    unknown = [name for name in _ignored(body, built) if ".input_schema." not in name]
    return f"{unknown[0]}: Extra inputs are not permitted" if unknown else None


def _consume(value):
    """Iterable fields validate lazily; walking them makes them do it."""
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, exclude_unset=True)
    if isinstance(value, dict):
        return {key: _consume(member) for key, member in value.items()}
    if isinstance(value, (str, bytes, int, float, type(None))):
        return value
    if isinstance(value, collections.abc.Iterable):
        return [_consume(member) for member in value]
    return value


def _ignored(sent, built, path="") -> list[str]:
    """Keys of the body that no declared field took."""
    if isinstance(sent, dict) and isinstance(built, dict):
        found = []
        for key, member in sent.items():
            where = f"{path}.{key}" if path else key
            found += _ignored(member, built[key], where) if key in built else [where]
        return found
    if isinstance(sent, list) and isinstance(built, list):
        return [name for i, (s, b) in enumerate(zip(sent, built)) for name in _ignored(s, b, f"{path}.{i}")]
    return []
