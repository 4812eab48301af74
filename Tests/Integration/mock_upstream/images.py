"""The interfaces that make images, as strict as the vendors' own, and the one that speaks."""

import json
import re

from .answers import dump
from .forms import BadForm, read_form
from .reply import Reply

ENDPOINTS = {
    "openai": re.compile(r"/(?:compatible|genuine)/openai/v1/images/(generations|edits)"),
    "xai": re.compile(r"/compatible/xai/v1/images/(generations|edits)"),
    "together": re.compile(r"/compatible/together/v1/images/(generations)"),
    "fireworks": re.compile(
        r"/compatible/fireworks/inference/v1/(?:workflows/.+/(text_to_image)|(image_generation)/.+|workflows/.+kontext.+)"
    ),
    "openrouter": re.compile(r"/compatible/openrouter/v1/(chat)/completions"),
    "imagen": re.compile(r"/(?:compatible|genuine)/gemini/v1beta/models/.+:(predict)"),
    "gemini": re.compile(r"/(?:compatible|genuine)/gemini/v1beta/models/.*image.*:(generateContent)"),
}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SHAPES = {"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"}
USAGE = {
    "input_tokens": 12,
    "output_tokens": 1056,
    "total_tokens": 1068,
    "input_tokens_details": {"text_tokens": 12, "image_tokens": 0},
}


def dialect_of(path: str) -> str | None:
    return next((dialect for dialect, pattern in ENDPOINTS.items() if pattern.fullmatch(path)), None)


def _unknown(body: dict, known: set[str]) -> str | None:
    return f"{sorted(set(body) - known)[0]}: unknown field" if set(body) - known else None


def _read(recorded) -> str | None:
    """A form or JSON, as `recorded.json` with files as bytes."""
    content_type = recorded.header("content-type") or ""
    if not content_type.startswith("multipart/form-data"):
        if content_type != "application/json":
            return "content-type must be application/json"
        recorded.json = json.loads(recorded.body)
        return None
    if not recorded.path.endswith("/images/edits"):
        return "forms are for edits"
    try:
        recorded.json = read_form(content_type, recorded.body)
    except BadForm as error:
        return str(error)
    return None


def _prompt(text) -> str | None:
    return None if isinstance(text, str) and text else "prompt: must be a text"


def _openai(body: dict, is_edit: bool) -> str | None:
    model = body.get("model", "")
    known = {"model", "prompt", "n", "size", "user", "quality"}
    if model.startswith("gpt-image"):
        known |= {"background", "output_format", "output_compression", "stream", "partial_images"}
        known |= {"input_fidelity"} if is_edit else {"moderation"}
    else:
        known |= {"response_format"} | (set() if model == "dall-e-2" else {"style"})
    if model == "dall-e-3" and body.get("n", 1) != 1:
        return "n: dall-e-3 makes one image"
    if is_edit:
        known |= {"image", "image[]", "mask"}
        images = body.get("image[]", []) if "image[]" in body else [body.get("image")]
        for name, media_type, data in images + ([body["mask"]] if "mask" in body else []):
            if not data.startswith(b"\x89PNG") or media_type != "image/png" or not name.endswith(".png"):
                return "image: must be a PNG file"
    return _unknown(body, known)


def _xai(body: dict, is_edit: bool) -> str | None:
    known = {"model", "prompt", "n", "response_format", "user"}
    if not body.get("model", "").startswith("grok-2-image"):
        known |= {"aspect_ratio", "resolution"}
    if is_edit:
        known |= {"image", "images"}
        images = body.get("images") or [body.get("image")]
        for image in images:
            if image["type"] != "image_url" or not image["url"].startswith(("data:image/", "http")):
                return "image: must be an image_url"
    if body.get("aspect_ratio", "1:1") not in SHAPES:
        return "aspect_ratio: unknown"
    return _unknown(body, known)


def _together(body: dict) -> str | None:
    for side in ("width", "height"):
        if body.get(side, 16) % 16:
            return f"{side}: must be a multiple of 16"
    if body.get("response_format", "url") not in ("url", "base64"):
        return "response_format: must be url or base64"
    known = {"model", "prompt", "n", "width", "height", "response_format", "output_format", "image_url"}
    return _unknown(body, known | {"steps", "seed"})


def _gemini(body: dict) -> str | None:
    config = body.get("generationConfig", {})
    if config.get("responseModalities") != ["TEXT", "IMAGE"]:
        return "responseModalities: this mock draws"
    if unknown := _unknown(config, {"responseModalities", "imageConfig"}):
        return unknown
    shape = config.get("imageConfig", {})
    if shape.get("aspectRatio", "1:1") not in SHAPES or shape.get("imageSize", "1K") not in ("1K", "2K", "4K"):
        return "imageConfig: unknown value"
    parts = body["contents"][0]["parts"]
    for part in parts[1:]:
        if not part["inlineData"]["mimeType"].startswith("image/"):
            return "inlineData: must be an image"
    return _prompt(parts[0].get("text")) or _unknown(body, {"contents", "generationConfig"})


def _imagen(body: dict) -> str | None:
    parameters = body.get("parameters", {})
    if not 1 <= parameters.get("sampleCount", 1) <= 4:
        return "sampleCount: must be 1 to 4"
    if parameters.get("aspectRatio", "1:1") not in ("1:1", "3:4", "4:3", "9:16", "16:9"):
        return "aspectRatio: unknown"
    known = {"sampleCount", "aspectRatio", "sampleImageSize", "outputOptions"}
    return _prompt(body["instances"][0].get("prompt")) or _unknown(parameters, known)


def _openrouter(body: dict) -> str | None:
    if sorted(body.get("modalities", [])) != ["image", "text"]:
        return "modalities: this mock draws"
    return _unknown(body, {"model", "messages", "modalities", "image_config", "user"})


def _fireworks(body: dict, path: str) -> str | None:
    if "kontext" in path:
        return _unknown(body, {"prompt", "input_image", "aspect_ratio", "output_format", "seed"})
    if path.endswith("/text_to_image"):
        return _unknown(body, {"prompt", "aspect_ratio", "seed", "guidance_scale", "num_inference_steps"})
    return _unknown(body, {"prompt", "width", "height", "seed", "samples", "steps", "cfg_scale"})


def violation(dialect: str, recorded) -> str | None:
    if fault := _read(recorded):
        return fault
    body, is_edit = recorded.json, recorded.path.endswith("/edits")
    match dialect:
        case "gemini":
            return _gemini(body)
        case "imagen":
            return _imagen(body)
        case "openrouter":
            return _openrouter(body)
    if recorded.path.endswith("/get_result"):
        return None if body == {"id": "order-1"} else "id: unknown"
    if fault := _prompt(body.get("prompt")):
        return fault
    if not 1 <= int(body.get("n", 1)) <= 10:
        return "n: must be 1 to 10"
    match dialect:
        case "openai":
            return _openai(body, is_edit)
        case "xai":
            return _xai(body, is_edit)
        case "together":
            return _together(body)
    return _fireworks(body, recorded.path)


def answer(dialect: str, recorded, file_url: str) -> Reply:
    """One image, again and again. Where images lie at an address it is `file_url`."""
    body = recorded.json
    json_type = [("content-type", "application/json")]
    match dialect:
        case "gemini":
            parts = [{"text": "Here it is."}, {"inlineData": {"mimeType": "image/png", "data": PNG}}]
            usage = {"promptTokenCount": 7, "candidatesTokenCount": 1290, "totalTokenCount": 1297}
            candidate = {"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}
            return Reply(headers=json_type, steps=[dump({"candidates": [candidate], "usageMetadata": usage})])
        case "imagen":
            count = body["parameters"]["sampleCount"]
            made = {"predictions": [{"mimeType": "image/png", "bytesBase64Encoded": PNG}] * count}
            return Reply(headers=json_type, steps=[dump(made)])
        case "openrouter":
            images = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]
            message = {"role": "assistant", "content": "", "images": images}
            usage = {"prompt_tokens": 5, "completion_tokens": 1290, "total_tokens": 1295}
            choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
            return Reply(headers=json_type, steps=[dump({"id": "1", "choices": choices, "usage": usage})])
        case "fireworks" if recorded.path.endswith("/get_result"):
            return Reply(headers=json_type, steps=[dump({"status": "Ready", "result": {"sample": file_url}})])
        case "fireworks" if "kontext" in recorded.path:
            return Reply(headers=json_type, steps=[dump({"request_id": "order-1"})])
        case "fireworks":
            return Reply(headers=[("content-type", "image/png")], steps=[b"\x89PNG\r\n\x1a\nbytes of a picture"])
    if body.get("stream") in (True, "true"):
        return stream(recorded)
    is_base64 = body.get("model", "").startswith("gpt-image") or body.get("response_format") in ("b64_json", "base64")
    image = {"b64_json": PNG} if is_base64 else {"url": file_url}
    made = {"created": 1790000000, "data": [image] * int(body.get("n", 1))}
    if body.get("model", "").startswith("gpt-image"):
        made |= {"usage": USAGE, "size": "1024x1024", "quality": "medium", "background": "opaque"}
    return Reply(headers=json_type, steps=[dump(made)])


def events(recorded) -> list[bytes]:
    kind = "image_edit" if recorded.path.endswith("/edits") else "image_generation"
    look = {"created_at": 1790000000, "background": "opaque", "output_format": "png", "quality": "medium"}
    look |= {"size": "1024x1024", "b64_json": PNG}
    made = []
    for index in range(int(recorded.json.get("partial_images", 0))):
        made.append({"type": f"{kind}.partial_image", "partial_image_index": index} | look)
    made.append({"type": f"{kind}.completed", "usage": USAGE} | look)
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in made]


def stream(recorded) -> Reply:
    return Reply(headers=[("content-type", "text/event-stream")], steps=events(recorded), framing="chunked")


SPEECH = re.compile(r"/(?:compatible|genuine)/openai/v1/audio/speech")


def speech(recorded) -> tuple[str | None, Reply | None]:
    """What is wrong with a request to speak, or the sound."""
    body = recorded.json = json.loads(recorded.body)
    if not isinstance(body.get("input"), str) or not 1 <= len(body["input"]) <= 4096:
        return "input: must be 1 to 4096 characters", None
    known = {"model", "input", "voice", "response_format", "speed", "instructions", "stream_format"}
    if unknown := _unknown(body, known):
        return unknown, None
    sound = [b"ID3" + bytes([number]) * 1000 for number in range(4)]
    return None, Reply(headers=[("content-type", "audio/mpeg")], steps=sound, framing="chunked")
