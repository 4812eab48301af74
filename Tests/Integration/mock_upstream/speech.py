"""The interfaces that put speech into words, as strict as the vendors' own."""

import json
import re
import urllib.parse

from .reply import Reply

TEXT = "Hello there. General Kenobi."
WORDS = [("Hello", 0.0, 0.5), ("there.", 0.5, 1.0), ("General", 1.5, 2.0), ("Kenobi.", 2.0, 2.75)]
SEGMENTS = [("Hello there.", 0.0, 1.0), ("General Kenobi.", 1.5, 2.75)]
DURATION = 2.75
UPLOADED = "https://cdn.assemblyai.example/upload/1"

_FORM = re.compile(r"/(?:compatible|genuine)/openai/v1/audio/(transcriptions|translations)")
_JOB = re.compile(r"/compatible/assemblyai/v2/transcript/(\w+)")
_JSON = [("content-type", "application/json")]
_FIELDS = {
    "model", "language", "languages[]", "prompt", "keywords[]", "response_format", "temperature", "include[]",
    "timestamp_granularities[]", "chunking_strategy", "known_speaker_names[]", "known_speaker_references[]", "stream",
}  # fmt: skip


def serves(recorded) -> bool:
    path = recorded.path
    return bool(_FORM.fullmatch(path)) or path.startswith(("/compatible/deepgram/", "/compatible/assemblyai/"))


def answer(recorded, jobs) -> Reply:
    """
    - jobs: what AssemblyAI says of its job, one state after the other; the last one stays.
    """
    if _FORM.fullmatch(recorded.path):
        return _form(recorded)
    if recorded.path == "/compatible/deepgram/v1/listen" and recorded.method == "POST":
        return _deepgram(recorded)
    return _assemblyai(recorded, jobs)


def model(recorded) -> str:
    """Read before anything is checked."""
    if _FORM.fullmatch(recorded.path):
        found = re.search(rb'name="model"\r\n\r\n(.*?)\r\n', recorded.body[: 1 << 16])
        return found[1].decode() if found else ""
    return urllib.parse.parse_qs(recorded.target.partition("?")[2]).get("model", [""])[0]


def _refuse(recorded, message: str, status: int = 400, body: dict | None = None) -> Reply:
    recorded.violation = message
    body = body or {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
    return Reply(status=status, headers=_JSON, steps=[json.dumps(body).encode()])


# OpenAI's form.


def parts_of(recorded) -> list[tuple[dict, bytes]]:
    """(parameters of the disposition and `content-type`, contents) of each part, CRLF exact."""
    kind, _, rest = (recorded.header("content-type") or "").partition(";")
    if kind != "multipart/form-data" or "boundary=" not in rest:
        raise ValueError("not a form")
    boundary = rest.split("boundary=", 1)[1].strip().strip('"').encode()
    body = recorded.body
    opening, closing = b"--" + boundary + b"\r\n", b"\r\n--" + boundary + b"--\r\n"
    if not body.startswith(opening) or not body.endswith(closing):
        raise ValueError("the form does not begin or end with its boundary")
    parts = []
    for part in body[len(opening) : -len(closing)].split(b"\r\n" + opening):
        head, separator, contents = part.partition(b"\r\n\r\n")
        if not separator:
            raise ValueError("a part without a head")
        told = {}
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(": ")
            if name.lower() == "content-disposition":
                if not value.startswith("form-data; "):
                    raise ValueError(value)
                told |= dict(re.findall(r'(\w+)="([^"]*)"', value))
            else:
                told[name.lower()] = value
        parts.append((told, contents))
    return parts


def _form(recorded) -> Reply:
    try:
        parts = parts_of(recorded)
    except ValueError as error:
        return _refuse(recorded, f"malformed form: {error}")
    fields, files = {}, []
    for told, contents in parts:
        if "filename" in told:
            files.append((told, contents))
        else:
            fields.setdefault(told["name"], []).append(contents.decode())
    recorded.json = {"model": fields.get("model", [""])[0], "fields": fields, "files": files}
    if unknown := set(fields) - _FIELDS:
        return _refuse(recorded, f"unknown field {sorted(unknown)[0]}")
    if len(files) != 1 or files[0][0]["name"] != "file" or not files[0][1]:
        return _refuse(recorded, "file: exactly one that is not empty")
    told, _ = files[0]
    if not re.search(r"\.(flac|mp3|mp4|mpeg|mpga|m4a|ogg|oga|opus|wav|webm)$", told["filename"]):
        return _refuse(recorded, f"Invalid file format: {told['filename']}")
    if "content-type" not in told:
        return _refuse(recorded, "the file has no content-type")
    wanted = fields.get("response_format", ["json"])[0]
    if fields.get("stream") == ["true"] and not recorded.json["model"].startswith("whisper"):
        return Reply(headers=[("content-type", "text/event-stream")], steps=_events(), framing="chunked")
    usage = {"type": "duration", "seconds": 3}
    match wanted:
        case "json":
            return Reply(headers=_JSON, steps=[json.dumps({"text": TEXT, "usage": usage}).encode()])
        case "verbose_json":
            body = {"task": "transcribe", "language": "english", "duration": DURATION, "text": TEXT, "usage": usage}
            granularities = fields.get("timestamp_granularities[]", ["segment"])
            if "word" in granularities:
                body["words"] = [{"word": word, "start": start, "end": end} for word, start, end in WORDS]
            if "segment" in granularities:
                body["segments"] = [_whisper_segment(index, *segment) for index, segment in enumerate(SEGMENTS)]
            return Reply(headers=_JSON, steps=[json.dumps(body).encode()])
        case "text":
            return Reply(headers=[("content-type", "text/plain")], steps=[TEXT.encode() + b"\n"])
        case "srt":
            body = b"1\n00:00:00,000 --> 00:00:01,000\nHello there.\n\n"
            return Reply(headers=[("content-type", "text/plain")], steps=[body])
        case "vtt":
            body = b"WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHello there.\n\n"
            return Reply(headers=[("content-type", "text/vtt")], steps=[body])
    return _refuse(recorded, f"response_format: unknown {wanted}")


def _whisper_segment(index, text, start, end) -> dict:
    return {
        "id": index, "seek": 0, "start": start, "end": end, "text": text, "tokens": [1], "temperature": 0.0,
        "avg_logprob": -0.1, "compression_ratio": 1.2, "no_speech_prob": 0.01,
    }  # fmt: skip


def _events() -> list[bytes]:
    pieces = ["Hello there. ", "General Kenobi."]
    events = [{"type": "transcript.text.delta", "delta": piece} for piece in pieces]
    usage = {"type": "tokens", "input_tokens": 30, "output_tokens": 8, "total_tokens": 38}
    events.append({"type": "transcript.text.done", "text": TEXT, "usage": usage})
    return [f"data: {json.dumps(event)}\n\n".encode() for event in events]


# Deepgram.

_QUERY = {"model", "smart_format", "punctuate", "utterances", "language", "detect_language", "diarize", "keyterm",
          "keywords"}  # fmt: skip


def _deepgram(recorded) -> Reply:
    query = urllib.parse.parse_qs(recorded.target.partition("?")[2])
    recorded.json = {"model": query.get("model", [""])[0], "query": query}
    problem = None
    if not (recorded.header("authorization") or "").startswith("Token "):
        return _refuse(recorded, "no token", 401, {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials."})
    if set(query) - _QUERY:
        problem = f"unknown parameter {sorted(set(query) - _QUERY)[0]}"
    elif ("language" in query) == ("detect_language" in query):
        problem = "language or detect_language"
    elif not (recorded.header("content-type") or "").startswith("audio/"):
        problem = "content-type"
    elif not recorded.body:
        problem = "an empty body"
    if problem:
        return _refuse(recorded, problem, 400, {"err_code": "Bad Request", "err_msg": problem, "request_id": "1"})
    diarized = "diarize" in query
    words = [
        {"word": word.strip(".").lower(), "punctuated_word": word, "start": start, "end": end, "confidence": 0.9}
        | ({"speaker": int(start > 1)} if diarized else {})
        for word, start, end in WORDS
    ]
    alternative = {"transcript": TEXT, "confidence": 0.95, "words": words}
    channel = {"alternatives": [alternative]} | ({} if "language" in query else {"detected_language": "en"})
    utterances = [
        {"transcript": text, "start": start, "end": end, "confidence": 0.95, "channel": 0, "words": []}
        | ({"speaker": int(start > 1)} if diarized else {})
        for text, start, end in SEGMENTS
    ]
    body = {
        "metadata": {"request_id": "1", "duration": DURATION, "channels": 1, "models": ["m"]},
        "results": {"channels": [channel], "utterances": utterances},
    }
    return Reply(headers=_JSON, steps=[json.dumps(body).encode()])


# AssemblyAI.

_JOB_FIELDS = {"audio_url", "speech_models", "language_code", "language_detection", "speaker_labels",
               "keyterms_prompt"}  # fmt: skip


def finished_job(**changes) -> dict:
    words = [
        {"text": word, "start": int(start * 1000), "end": int(end * 1000), "confidence": 0.9, "speaker": None}
        for word, start, end in WORDS
    ]
    return {
        "id": "job1", "status": "completed", "text": TEXT, "words": words, "utterances": None, "language_code": "en",
        "audio_duration": 3, "confidence": 0.9,
    } | changes  # fmt: skip


def _assemblyai(recorded, jobs) -> Reply:
    if re.search(r"^(Bearer|Token) |^$", recorded.header("authorization") or ""):
        return _refuse(recorded, "bad credential", 401, {"error": "Authentication error, API token missing/invalid"})
    if recorded.method == "POST" and recorded.path.endswith("/v2/upload"):
        if recorded.header("content-type") != "application/octet-stream" or not recorded.body:
            return _refuse(recorded, "bad upload", 400, {"error": "bad upload"})
        return Reply(headers=_JSON, steps=[json.dumps({"upload_url": UPLOADED}).encode()])
    if recorded.method == "POST" and recorded.path.endswith("/v2/transcript"):
        job = recorded.json = json.loads(recorded.body)
        problem = None
        if set(job) - _JOB_FIELDS:
            problem = f"unknown field {sorted(set(job) - _JOB_FIELDS)[0]}"
        elif job.get("audio_url") != UPLOADED:
            problem = "audio_url"
        elif ("language_code" in job) == ("language_detection" in job):
            problem = "language_code xor language_detection"
        elif not isinstance(job.get("speech_models"), list) or "best" in job["speech_models"]:
            problem = "speech_models"
        if problem:
            return _refuse(recorded, problem, 400, {"error": problem})
        return Reply(headers=_JSON, steps=[json.dumps({"id": "job1", "status": "queued"}).encode()])
    if recorded.method == "GET" and (found := _JOB.fullmatch(recorded.path)) and found[1] == "job1":
        state = jobs.popleft() if len(jobs) > 1 else jobs[0] if jobs else finished_job()
        return state if isinstance(state, Reply) else Reply(headers=_JSON, steps=[json.dumps(state).encode()])
    return _refuse(recorded, f"no such endpoint: {recorded.method} {recorded.path}", 404, {"error": "Not found"})
