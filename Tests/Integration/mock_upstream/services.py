"""The interfaces that rank documents and judge content, as strict as the vendors' own."""

import json
import re

RERANK = re.compile(r"/(?:compatible|genuine)/(openai|jina|voyage|together|fireworks)/v1/rerank")
RANKING = re.compile(r"/compatible/nvidia/v1/ranking")
COHERE = re.compile(r"/compatible/cohere/v2/rerank")
MODERATIONS = re.compile(r"/(?:compatible|genuine)/(openai|mistral)/v1/moderations")

# Which fields each interface has beside model, query and documents.
FIELDS = {
    "openai": {"top_n", "return_documents", "rank_fields", "max_tokens_per_doc"},
    "jina": {"top_n", "return_documents"},
    "voyage": {"top_k", "return_documents", "truncation"},
    "together": {"top_n", "return_documents", "rank_fields"},
    "fireworks": {"top_n", "return_documents"},
    "cohere": {"top_n", "max_tokens_per_doc", "priority"},
}
TAKES_OBJECTS = {"openai", "jina", "together"}
TOKENS_EACH = 5
MISTRAL_CATEGORIES = [
    "sexual", "hate_and_discrimination", "violence_and_threats", "dangerous_and_criminal_content", "selfharm",
    "health", "financial", "law", "pii",
]  # fmt: skip
OPENAI_CATEGORIES = [
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic",
]  # fmt: skip


def kind_of(path: str) -> tuple[str, str] | None:
    """The service of a path and whose interface it is."""
    if found := RERANK.fullmatch(path):
        return "rerank", found[1]
    if RANKING.fullmatch(path):
        return "rerank", "nvidia"
    if COHERE.fullmatch(path):
        return "rerank", "cohere"
    if found := MODERATIONS.fullmatch(path):
        return "moderation", found[1]
    return None


def _unknown(body: dict, known: set[str]) -> str | None:
    return f"{sorted(set(body) - known)[0]}: unknown field" if set(body) - known else None


def violation(kind: tuple[str, str], recorded) -> str | None:
    body = recorded.json = json.loads(recorded.body)
    service, vendor = kind
    if service == "moderation":
        return _moderation(vendor, body)
    if vendor == "nvidia":
        texts = [body.get("query", {}), *body.get("passages", [])]
        if len(texts) < 2 or not all(set(text) == {"text"} for text in texts):
            return "query and passages: must be objects with a text"
        return _unknown(body, {"model", "query", "passages", "truncate"})
    if not isinstance(body.get("query"), str) or not body.get("documents"):
        return "query and documents: required"
    for document in body["documents"]:
        if not isinstance(document, str) and vendor not in TAKES_OBJECTS:
            return "documents: must be strings"
    return _unknown(body, {"model", "query", "documents"} | FIELDS[vendor])


def _moderation(vendor: str, body: dict) -> str | None:
    given = body.get("input")
    if vendor == "mistral":
        if not isinstance(given, str) and not all(isinstance(text, str) for text in given or [1]):
            return "input: must be text"
        if not body.get("model"):
            return "model: required"
    elif not given:
        return "input: required"
    return _unknown(body, {"model", "input"})


def answer(kind: tuple[str, str], recorded) -> bytes:
    service, vendor = kind
    body = recorded.json
    if service == "moderation":
        return json.dumps(_judgement(vendor, body)).encode()
    return _ranking(vendor, body).encode()


def _scores(count: int) -> list[tuple[int, str]]:
    """The last document is the best; the text of the numbers matters."""
    return [(index, f"0.{index + 1}0") for index in reversed(range(count))]


def _ranking(vendor: str, body: dict) -> str:
    if vendor == "nvidia":
        # In the order of the documents, with numbers that are no probabilities.
        rankings = [f'{{"index": {index}, "logit": {index - 1}.50}}' for index in range(len(body["passages"]))]
        return f'{{"rankings": [{", ".join(rankings)}]}}'
    limit = body.get("top_k" if vendor == "voyage" else "top_n") or len(body["documents"])
    scores = _scores(len(body["documents"]))[:limit]
    results = ", ".join(f'{{"index": {index}, "relevance_score": {score}}}' for index, score in scores)
    tokens = TOKENS_EACH * len(body["documents"])
    usage = f'"usage": {{"total_tokens": {tokens}}}'
    model = json.dumps(body["model"])
    if vendor == "cohere":
        meta = '{"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}'
        return f'{{"id": "rank-1", "results": [{results}], "meta": {meta}}}'
    name = "data" if vendor in ("voyage", "fireworks") else "results"
    return f'{{"object": "list", "model": {model}, "{name}": [{results}], {usage}}}'


def _judgement(vendor: str, body: dict) -> dict:
    given = body["input"]
    inputs = [given] if isinstance(given, str) or isinstance(given[0], dict) else given
    names = MISTRAL_CATEGORIES if vendor == "mistral" else OPENAI_CATEGORIES
    results = []
    for text in inputs:
        is_bad = "kill" in json.dumps(text)
        bad = ("violence_and_threats", "violence")
        result = {
            "categories": {name: is_bad and name in bad for name in names},
            "category_scores": {name: 0.98 if is_bad and name in bad else 0.01 for name in names},
        }
        if vendor == "openai":
            result = {"flagged": is_bad, **result}
            result["category_applied_input_types"] = {name: ["text"] for name in names}
        results.append(result)
    return {"id": "modr-1", "model": body.get("model", "omni-moderation-latest"), "results": results}
