"""Google Gemini."""

import json

import payloads
from payloads import dump, server_sent

MODEL = "gemini-2.5-flash"
NODE = {"type": "gemini-compatible"}
BASE = "/v1beta"
CONTENT_TYPE = "text/event-stream"
ID = "mWJ0aLDqJ5yT1MkP0tXGmAk"
ROLES = {"user": "user", "assistant": "model"}


def path(model, is_streaming):
    """Model and method stand in the path, not in the body."""
    return f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if is_streaming else "generateContent")


def headers(key):
    return {"x-goog-api-key": key}


# Requests


def conversation(model, is_streaming=False):
    return dump({
        "systemInstruction": {"parts": [{"text": payloads.SYSTEM}]},
        "contents": [{"role": ROLES[role], "parts": [{"text": text}]} for role, text in payloads.TURNS],
        "generationConfig": {"maxOutputTokens": payloads.MAX_TOKENS, "temperature": payloads.TEMPERATURE},
    })


def agent(model, steps=payloads.AGENT_STEPS, is_streaming=False):
    declarations = [
        {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.schema}
        for tool in payloads.tools()
    ]
    contents = [{"role": "user", "parts": [{"text": payloads.AGENT_TASK}]}]
    for step in payloads.steps(steps):
        call = {"id": step.call, "name": step.name, "args": step.arguments}
        result = {"id": step.call, "name": step.name, "response": {"output": step.result}}
        contents += [
            {"role": "model", "parts": [{"text": step.note}, {"functionCall": call}]},
            {"role": "user", "parts": [{"functionResponse": result}]},
        ]
    contents.append({"role": "user", "parts": [{"text": payloads.AGENT_LAST}]})
    return dump({
        "systemInstruction": {"parts": [{"text": payloads.AGENT_SYSTEM}]},
        "tools": [{"functionDeclarations": declarations}], "contents": contents,
        "generationConfig": {"maxOutputTokens": payloads.AGENT_MAX_TOKENS},
    })


# Answers


def _response(text, count, finish=None):
    candidate = {"index": 0, "content": {"role": "model", "parts": [{"text": text}]}}
    if finish:
        candidate["finishReason"] = finish
    usage = {"promptTokenCount": 412, "candidatesTokenCount": count, "totalTokenCount": 412 + count}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": MODEL, "responseId": ID}


def answer():
    return dump(_response(payloads.ANSWER, 57, "STOP"))


def stream_head():
    """The first event has text already."""
    return b""


def stream_text(index):
    return payloads.piece(index, 0)


def stream_event(index):
    return server_sent(_response(stream_text(index), index + 1))


def stream_tail(count):
    """No terminator: the last event is the one with a reason."""
    return server_sent(_response("", count, "STOP"))


# Checks


def _text_of(response):
    return "".join(part["text"] for part in response["candidates"][0].get("content", {}).get("parts", []))


def text_of_answer(body):
    return _text_of(json.loads(body))


def read_stream(body):
    values = [json.loads(event) for event in payloads.data_of_events(body)]
    texts = [_text_of(value) for value in values if value.get("candidates")]
    reasons = [value["candidates"][0].get("finishReason") for value in values if value.get("candidates")]
    return [text for text in texts if text], reasons.count("STOP") == 1 and reasons[-1] == "STOP"
