"""What recorded answers of Responses, Gemini and Ollama mean, read without any SDK."""

import json

INCOMPLETE = {"max_output_tokens": "length", "content_filter": "content_filter"}


class NoAnswer(Exception):
    """The recording holds an error, or an answer that never ended."""


def responses_body(body: dict, meaning):
    if body.get("status") not in ("completed", "incomplete", "complete"):
        raise NoAnswer(body.get("status"))
    for item in body["output"]:
        match item["type"]:
            case "message":
                for part in item["content"]:
                    meaning.text += part.get("text") or ""
                    meaning.refusal += part.get("refusal") or ""
            case "function_call":
                meaning.calls.append((item["name"], item["arguments"]))
            case "custom_tool_call":
                meaning.calls.append((item["name"], item["input"]))
    reason = INCOMPLETE.get((body.get("incomplete_details") or {}).get("reason"))
    meaning.finish = reason or ("tool_use" if meaning.calls else "stop")
    if usage := body.get("usage"):
        details, output = usage.get("input_tokens_details") or {}, usage.get("output_tokens_details") or {}
        prompt = usage["input_tokens"]
        read = min(prompt, details.get("cached_tokens") or 0)
        meaning.usage = {
            "prompt": prompt,
            "output": usage["output_tokens"],
            "cache_read": read,
            "cache_write": min(prompt - read, details.get("cache_write_tokens") or 0),
            "reasoning": min(usage["output_tokens"], output.get("reasoning_tokens") or 0),
        }
    return meaning


def responses_stream(events: list[dict], meaning):
    ends = [event["response"] for event in events if event["type"] in ("response.completed", "response.incomplete")]
    if not ends:
        raise NoAnswer("no end")
    final = ends[-1]
    if not final.get("output"):
        # Some servers leave it to the events to say what was said.
        done = [event for event in events if event["type"] == "response.output_item.done"]
        final = final | {"output": [event["item"] for event in sorted(done, key=lambda event: event["output_index"])]}
    return responses_body(final, meaning)


GEMINI_FINISH = {"MAX_TOKENS": "length", "CONTINUATION": "pause"}
GEMINI_FILTERS = (
    *("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "ESCALATION", "MODEL_ARMOR"),
    *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER", "NO_IMAGE"),
)


def gemini_stream(chunks: list[dict], meaning):
    reason = None
    for chunk in chunks:
        if "error" in chunk:
            raise NoAnswer("error")
        if usage := chunk.get("usageMetadata"):
            prompt = (usage.get("promptTokenCount") or 0) + (usage.get("toolUsePromptTokenCount") or 0)
            thoughts = usage.get("thoughtsTokenCount") or 0
            meaning.usage = {
                "prompt": prompt,
                "output": (usage.get("candidatesTokenCount") or 0) + thoughts,
                "cache_read": min(prompt, usage.get("cachedContentTokenCount") or 0),
                "cache_write": 0,
                "reasoning": thoughts,
            }
        if (chunk.get("promptFeedback") or {}).get("blockReason"):
            reason = "SAFETY"
        for candidate in chunk.get("candidates") or []:
            if candidate.get("index", 0):
                continue
            reason = candidate.get("finishReason") or reason
            for part in (candidate.get("content") or {}).get("parts") or []:
                if call := part.get("functionCall"):
                    meaning.calls.append((call["name"], json.dumps(call.get("args") or {})))
                elif not part.get("thought"):
                    meaning.text += part.get("text") or ""
    if reason is None:
        raise NoAnswer("no finish")
    meaning.finish = GEMINI_FINISH.get(reason, "content_filter" if reason in GEMINI_FILTERS else "stop")
    if meaning.finish == "stop" and meaning.calls:
        meaning.finish = "tool_use"
    return meaning


def ollama_stream(lines: list[dict], meaning):
    for line in lines:
        if "error" in line:
            raise NoAnswer(line["error"])
        message = line.get("message") or {}
        meaning.text += message.get("content") or ""
        for call in message.get("tool_calls") or []:
            meaning.calls.append((call["function"]["name"], json.dumps(call["function"]["arguments"])))
    last = lines[-1]
    if not last.get("done"):
        raise NoAnswer("no end")
    meaning.finish = "length" if last.get("done_reason") == "length" else "tool_use" if meaning.calls else "stop"
    if "eval_count" in last:
        counts = {"prompt": last.get("prompt_eval_count") or 0, "output": last["eval_count"]}
        meaning.usage = counts | {"cache_read": 0, "cache_write": 0, "reasoning": 0}
    return meaning
