"""The interfaces that make embeddings, as strict as the vendors' own."""

import base64
import json
import re
import struct

ENDPOINTS = {
    "openai": re.compile(r"/(?:compatible|genuine)/openai/v1/embeddings"),
    "gemini": re.compile(r"/(?:compatible|genuine)/gemini/v1beta/models/.+:(?:embedContent|batchEmbedContents)"),
    "ollama": re.compile(r"/(?:compatible|genuine)/ollama/api/embed"),
    "cohere": re.compile(r"/compatible/cohere/v2/embed"),
    "voyage": re.compile(r"/compatible/voyage/v1/embeddings"),
    "jina": re.compile(r"/compatible/jina/v1/embeddings"),
    "nvidia": re.compile(r"/compatible/nvidia/v1/embeddings"),
    "mistral": re.compile(r"/compatible/mistral/v1/embeddings"),
}
# The text of the numbers matters: it must come through as it is.
NUMBERS = "0.10, -2.5e-3, 1.0"
VECTOR = [0.1, -0.0025, 1.0]
TOKENS_EACH = 3


def dialect_of(path: str) -> str | None:
    return next((dialect for dialect, pattern in ENDPOINTS.items() if pattern.fullmatch(path)), None)


def _vector(index: int) -> str:
    """A vector that tells which input it belongs to."""
    return f"[{index}, {NUMBERS}]"


def _unknown(body: dict, known: set[str]) -> str | None:
    return f"{sorted(set(body) - known)[0]}: unknown field" if set(body) - known else None


def _openai(body: dict) -> str | None:
    given = body.get("input")
    texts = isinstance(given, str) or isinstance(given, list) and given
    if not texts or isinstance(given, list) and len(given) > 2048:
        return "input: must be a string or an array of 1 to 2048"
    if body.get("encoding_format", "float") not in ("float", "base64"):
        return "encoding_format: must be float or base64"
    return _unknown(body, {"model", "input", "encoding_format", "dimensions", "user"})


# What is not OpenAI's of those that are nearly OpenAI's: fields, and the tasks they know.
SIMILAR = {
    "voyage": ({"encoding_format", "output_dimension", "input_type", "truncation"}, ("query", "document")),
    "jina": (
        {"embedding_type", "dimensions", "task", "truncate"},
        ("retrieval.query", "retrieval.passage", "classification", "separation", "text-matching"),
    ),
    "nvidia": (
        {"encoding_format", "dimensions", "input_type", "truncate", "user"}, ("query", "passage"),
    ),
    "mistral": ({"encoding_format", "output_dimension"}, ()),
}


def _similar(dialect: str, body: dict) -> str | None:
    fields, tasks = SIMILAR[dialect]
    if not all(isinstance(text, str) for text in body["input"]):
        return "input: must be text"
    if dialect == "voyage" and body.get("encoding_format", "base64") != "base64":
        return "encoding_format: must be base64 or absent"
    if dialect == "nvidia" and "input_type" not in body:
        return "input_type: required"
    task = body.get("task", body.get("input_type"))
    if task is not None and task not in tasks:
        return f"task: {task} is unknown"
    return _unknown(body, {"model", "input"} | fields)


def _gemini(path: str, body: dict) -> str | None:
    model = path.split("/models/", 1)[1].rsplit(":", 1)[0]
    is_batch = path.endswith(":batchEmbedContents")
    requests = body.get("requests", []) if is_batch else [body]
    if is_batch and (unknown := _unknown(body, {"requests"})):
        return unknown
    if not 1 <= len(requests) <= 100:
        return "at most 100 requests can be in one batch"
    for request in requests:
        if is_batch and request.get("model") != f"models/{model}":
            return "requests[].model must be the model of the path"
        if not all(isinstance(part.get("text"), str) for part in request["content"]["parts"]):
            return "only text can be embedded"
        if unknown := _unknown(request, {"model", "content", "taskType", "title", "outputDimensionality"}):
            return unknown
    return None


def _cohere(body: dict) -> str | None:
    if body.get("input_type") not in ("search_document", "search_query", "classification", "clustering"):
        return "input_type: required"
    if not 1 <= len(body.get("texts", [])) <= 96:
        return "texts: must have 1 to 96 elements"
    if body.get("embedding_types") != ["float"]:
        return "embedding_types: this mock makes floats"
    return _unknown(body, {"model", "texts", "input_type", "embedding_types", "output_dimension", "truncate"})


def _ollama(body: dict) -> str | None:
    given = body.get("input")
    if not isinstance(given, str) and not (isinstance(given, list) and all(isinstance(text, str) for text in given)):
        return "input: must be text"
    return _unknown(body, {"model", "input", "truncate", "dimensions", "options", "keep_alive"})


def violation(dialect: str, recorded) -> str | None:
    body = recorded.json = json.loads(recorded.body)
    match dialect:
        case "openai":
            return _openai(body)
        case "gemini":
            return _gemini(recorded.path, body)
        case "cohere":
            return _cohere(body)
        case "ollama":
            return _ollama(body)
    return _similar(dialect, body)


def answer(dialect: str, recorded, vectors: dict[str, list[float]] | None = None) -> bytes:
    """- vectors: of texts where they matter (OpenAI's interface, numbers only); others tell their place."""
    body = recorded.json
    match dialect:
        case "openai" | "voyage" | "jina" | "nvidia" | "mistral":
            return _openai_answer(body, vectors or {})
        case "gemini":
            if "requests" not in body:
                return f'{{"embedding": {{"values": {_vector(0)}}}}}'.encode()
            values = ", ".join(f'{{"values": {_vector(index)}}}' for index in range(len(body["requests"])))
            return f'{{"embeddings": [{values}]}}'.encode()
        case "cohere":
            count = len(body["texts"])
            vectors = ", ".join(_vector(index) for index in range(count))
            meta = f'{{"billed_units": {{"input_tokens": {count * TOKENS_EACH}}}}}'
            return f'{{"id": "1", "embeddings": {{"float": [{vectors}]}}, "meta": {meta}}}'.encode()
    count = 1 if isinstance(body["input"], str) else len(body["input"])
    vectors = ", ".join(_vector(index) for index in range(count))
    tokens = count * TOKENS_EACH
    return f'{{"model": "{body["model"]}", "embeddings": [{vectors}], "prompt_eval_count": {tokens}}}'.encode()


def _openai_answer(body: dict, vectors: dict[str, list[float]]) -> bytes:
    given = body["input"]
    count = 1 if isinstance(given, str) or isinstance(given[0], int) else len(given)
    data = []
    for index in range(count):
        text = given if isinstance(given, str) else given[index]
        embedding = json.dumps(vectors[text]) if isinstance(text, str) and text in vectors else _vector(index)
        if "base64" in (body.get("encoding_format"), body.get("embedding_type")):
            embedding = f'"{base64.b64encode(struct.pack("<4f", index, *VECTOR)).decode()}"'
        data.append(f'{{"object": "embedding", "index": {index}, "embedding": {embedding}}}')
    tokens = count * TOKENS_EACH
    usage = f'{{"prompt_tokens": {tokens}, "total_tokens": {tokens}}}'
    listed = ", ".join(data)
    return f'{{"object": "list", "data": [{listed}], "model": "{body["model"]}", "usage": {usage}}}'.encode()
