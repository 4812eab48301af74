"""Responses, Gemini and Ollama: the conversation and the streams of `payloads`, for the cases about all pairs."""

import json

MODELS = {"responses": "gpt-5-mini", "gemini": "gemini-2.5-flash", "ollama": "llama3.2"}


def path(dialect, model):
    """Where a stream of this dialect is asked for."""
    if dialect == "gemini":
        return f"/v1beta/models/{model}:streamGenerateContent"
    return {"responses": "/v1/responses", "ollama": "/api/chat"}[dialect]


def conversation(dialect, model, system, turns, stream):
    if dialect == "responses":
        return {"model": model, "instructions": system, "input": turns, "max_output_tokens": 1024, "store": False,
                "stream": stream}
    if dialect == "ollama":
        return {"model": model, "messages": [{"role": "system", "content": system}] + turns, "stream": stream,
                "options": {"num_predict": 1024, "temperature": 0.2}}
    contents = [
        {"role": "model" if turn["role"] == "assistant" else "user", "parts": [{"text": turn["content"]}]}
        for turn in turns
    ]
    return {"systemInstruction": {"parts": [{"text": system}]}, "contents": contents,
            "generationConfig": {"maxOutputTokens": 1024, "temperature": 0.2}}


def _response(status, text=None, count=0):
    output, usage = [], None
    if text is not None:
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        output = [{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}]
        usage = {"input_tokens": 412, "input_tokens_details": {"cached_tokens": 256}, "output_tokens": count,
                 "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 412 + count}
    return {"id": "resp_1", "object": "response", "created_at": 1741569952, "status": status, "error": None,
            "incomplete_details": None, "model": MODELS["responses"], "output": output, "usage": usage}


def stream(dialect, texts):
    """The whole stream of an answer in these pieces."""
    if dialect == "ollama":
        lines = [{"message": {"role": "assistant", "content": text}, "done": False} for text in texts]
        lines.append({"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
                      "prompt_eval_count": 412, "eval_count": len(texts), "total_duration": 1})
        base = {"model": MODELS["ollama"], "created_at": "2025-03-10T01:25:52.000000Z"}
        return b"".join(json.dumps(base | line, ensure_ascii=False).encode() + b"\n" for line in lines)
    if dialect == "gemini":
        chunks = [{"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}]}
                  for text in texts]
        chunks[-1]["candidates"][0]["finishReason"] = "STOP"
        usage = {"promptTokenCount": 412, "candidatesTokenCount": len(texts), "totalTokenCount": 412 + len(texts)}
        base = {"usageMetadata": usage, "modelVersion": MODELS["gemini"], "responseId": "r1"}
        return b"".join(b"data: " + json.dumps(chunk | base, ensure_ascii=False).encode() + b"\r\n\r\n"
                        for chunk in chunks)
    whole = "".join(texts)
    place = {"item_id": "msg_1", "output_index": 0}
    part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress", "content": []}
    events = [
        {"type": "response.created", "response": _response("in_progress")},
        {"type": "response.in_progress", "response": _response("in_progress")},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **place, "content_index": 0, "part": part},
        *({"type": "response.output_text.delta", **place, "content_index": 0, "delta": text, "logprobs": []}
          for text in texts),
        {"type": "response.output_text.done", **place, "content_index": 0, "text": whole, "logprobs": []},
        {"type": "response.content_part.done", **place, "content_index": 0, "part": part | {"text": whole}},
        {"type": "response.output_item.done", "output_index": 0,
         "item": item | {"status": "completed", "content": [part | {"text": whole}]}},
        {"type": "response.completed", "response": _response("completed", whole, len(texts))},
    ]
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event | {'sequence_number': index}, ensure_ascii=False)}\n\n".encode()
        for index, event in enumerate(events))


def read_stream(dialect, body):
    """Returns the number of events that carry text, and whether the stream ended as its dialect demands."""
    lines = body.decode().splitlines()
    if dialect == "ollama":
        values = [json.loads(line) for line in lines if line]
        texts = [value for value in values if value["message"]["content"]]
        return len(texts), bool(values) and values[-1]["done"]
    values = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    if dialect == "gemini":
        candidates = [value["candidates"][0] for value in values if value.get("candidates")]
        texts = [one for one in candidates if any(part.get("text") for part in one.get("content", {}).get("parts", []))]
        return len(texts), any(one.get("finishReason") for one in candidates)
    texts = [value for value in values if value["type"] == "response.output_text.delta"]
    return len(texts), bool(values) and values[-1]["type"] == "response.completed"
