"""Requests of the dialects whose SDK has no type for the body on the wire, built from the types it has."""

from typing import Any, Literal

from google.genai import types as gemini
from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class GeminiGeneration(gemini.GenerationConfig):
    imageConfig: gemini.ImageConfig | None = None
    continuationToken: str | None = None


class GeminiRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", val_json_bytes="base64")

    contents: list[gemini.Content]
    systemInstruction: gemini.Content | None = None
    tools: list[gemini.Tool] | None = None
    toolConfig: gemini.ToolConfig | None = None
    safetySettings: list[gemini.SafetySetting] | None = None
    generationConfig: GeminiGeneration | None = None
    cachedContent: str | None = None
    serviceTier: Literal["flex", "standard", "priority"] | None = None
    store: bool | None = None
    labels: dict[str, str] | None = None


class OllamaFunction(Strict):
    index: int | None = None
    name: str = Field(min_length=1)
    arguments: dict[str, Any]


class OllamaCall(Strict):
    id: str | None = None
    function: OllamaFunction


class OllamaMessage(Strict):
    role: Literal["system", "user", "assistant", "tool"]
    content: str
    thinking: str | None = None
    images: list[str] | None = None
    tool_calls: list[OllamaCall] | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None


class OllamaDeclaration(Strict):
    name: str = Field(min_length=1)
    description: str | None = None
    parameters: dict[str, Any] | None = None


class OllamaTool(Strict):
    type: Literal["function"]
    function: OllamaDeclaration


class OllamaOptions(BaseModel):
    """Numbers arrive as floats in Ollama and are cut to integers where it needs them."""

    model_config = ConfigDict(extra="forbid")

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    typical_p: float | None = None
    num_predict: int | None = None
    num_ctx: int | None = None
    num_keep: int | None = None
    seed: int | None = None
    stop: list[str] | None = None
    repeat_penalty: float | None = None
    repeat_last_n: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None


class OllamaRequest(Strict):
    model: str = Field(min_length=1)
    messages: list[OllamaMessage] = Field(min_length=1)
    tools: list[OllamaTool] | None = None
    format: Literal["json"] | dict[str, Any] | None = None
    think: bool | Literal["low", "medium", "high", "max"] | None = None
    options: OllamaOptions | None = None
    stream: bool | None = None
    keep_alive: str | float | None = None
    truncate: bool | None = None
    shift: bool | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
