"""Transcriptions by the official SDK, of every upstream that makes them."""

import hashlib
import json
import os
import time

import openai
import pytest
import raw_http
from mock_upstream.reply import Close, Hang, Reply
from mock_upstream.speech import DURATION, SEGMENTS, TEXT, WORDS, finished_job
from router import Router
from test_usage import logged

UPSTREAMS = ["mo/whisper-1", "deepgram/nova-3", "assemblyai/best"]
FOREIGN = UPSTREAMS[1:]
PATH = "/v1/audio/transcriptions"


def wav(seconds: float = 2.75) -> bytes:
    """Silence with an honest header."""
    data = bytes(int(seconds * 8000) * 2)
    head = b"RIFF" + (36 + len(data)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    head += b"\x01\0\x01\0" + (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little") + b"\x02\0\x10\0"
    return head + b"data" + len(data).to_bytes(4, "little") + data


WAV = wav()


def services(router, mock):
    base = mock.url("openai").replace("/openai/v1", "")
    return [
        router.admin.connection(name, f"{name}-key-0123456789abcdef", f"{name} account", baseUrl=f"{base}/{name}")
        for name in ("deepgram", "assemblyai")
    ]


@pytest.fixture(scope="module", autouse=True)
def speech_services(shared_router, shared_mock):
    connections = services(shared_router, shared_mock)
    yield
    for connection in connections:
        shared_router.admin.call("DELETE", f"/api/providers/{connection['id']}")


@pytest.fixture
def audio(sdk_clients, router, mock):
    return sdk_clients["openai"].sdk.audio


def form(*fields, boundary="b0undary") -> bytes:
    """- fields: (name, value), or (name, file name, contents)."""
    body = b""
    for name, *rest in fields:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
        if len(rest) == 2:
            head += f'; filename="{rest[0]}"'
        value = rest[-1]
        body += head.encode() + b"\r\n\r\n" + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


def post(router, body: bytes, *headers, content_type="multipart/form-data; boundary=b0undary", path=PATH, **options):
    with raw_http.Wire(router.daemon) as wire:
        head = [f"POST {path} HTTP/1.1", "host: x", f"content-length: {len(body)}", *headers, "connection: close"]
        if content_type:
            head.append(f"content-type: {content_type}")
        if (key := options.get("key", router.key)) is not None:
            head.append(f"authorization: Bearer {key}")
        wire.send("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        return wire.answer()


def heard_file(mock) -> bytes:
    """What the upstream was given to hear."""
    for request in mock.requests:
        if request.json and "files" in request.json:
            return request.json["files"][0][1]
    return next(request.body for request in mock.requests if request.method == "POST")


# Forms of answers.


@pytest.mark.parametrize("model", UPSTREAMS)
def test_json(audio, mock, model):
    answer = audio.transcriptions.create(file=("a.wav", WAV), model=model)
    assert answer.text == TEXT
    assert (answer.usage.type, answer.usage.seconds) == ("duration", 3)
    assert heard_file(mock) == WAV
    if model in FOREIGN:
        assert (answer.task, answer.language) == ("transcribe", "en")
        assert answer.duration == (DURATION if model.startswith("deepgram") else 3)


@pytest.mark.parametrize("model", UPSTREAMS)
def test_text(audio, mock, model):
    answer = audio.transcriptions.create(file=("a.wav", WAV), model=model, response_format="text")
    assert answer == TEXT + "\n"


@pytest.mark.parametrize("model", FOREIGN)
@pytest.mark.parametrize("kind, point, opening", [("srt", ",", ""), ("vtt", ".", "WEBVTT\n\n")])
def test_subtitles_are_made_here(audio, mock, model, kind, point, opening):
    answer = audio.transcriptions.create(file=("a.wav", WAV), model=model, response_format=kind)
    cues = [("00:00:00{}000", "00:00:01{}000", "Hello there."), ("00:00:01{}500", "00:00:02{}750", "General Kenobi.")]
    expected = opening
    for number, (start, end, text) in enumerate(cues, 1):
        number = f"{number}\n" if kind == "srt" else ""
        expected += f"{number}{start.format(point)} --> {end.format(point)}\n{text}\n\n"
    assert answer == expected


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_subtitles_of_an_upstream_that_has_them_pass(audio, mock, sdk_clients, kind):
    answer = audio.transcriptions.create(file=("a.wav", WAV), model="mo/whisper-1", response_format=kind)
    assert answer.startswith("WEBVTT" if kind == "vtt" else "1\n")
    expected = "text/vtt" if kind == "vtt" else "text/plain"
    assert sdk_clients["openai"].headers["content-type"].startswith(expected)


@pytest.mark.parametrize("model", UPSTREAMS)
@pytest.mark.parametrize("granularities", [["word"], ["segment"], ["word", "segment"], None])
def test_verbose_json(audio, mock, model, granularities):
    given = {"timestamp_granularities": granularities} if granularities else {}
    answer = audio.transcriptions.create(file=("a.wav", WAV), model=model, response_format="verbose_json", **given)
    wanted = granularities or ["segment"]
    words = [(word.word, word.start, word.end) for word in answer.words or []]
    segments = [(segment.text, segment.start, segment.end) for segment in answer.segments or []]
    assert words == (WORDS if "word" in wanted else [])
    assert segments == (SEGMENTS if "segment" in wanted else [])
    assert answer.text == TEXT
    assert answer.usage.seconds == 3


def test_speakers(audio, mock):
    kind = "diarized_json"
    answer = audio.transcriptions.create(file=("a.wav", WAV), model="deepgram/nova-3", response_format=kind)
    assert [(segment.speaker, segment.text) for segment in answer.segments] == [
        ("A", SEGMENTS[0][0]),
        ("B", SEGMENTS[1][0]),
    ]


def test_a_server_that_knows_only_json_is_made_up_for(router, mock):
    body = {"text": TEXT, "segments": [{"text": text, "start": start, "end": end} for text, start, end in SEGMENTS]}
    reply = Reply(headers=[("content-type", "application/json")], steps=[json.dumps(body).encode()])
    mock.reply_with(reply, reply)
    fields = [("model", "mo/whisper-1"), ("file", "a.wav", WAV)]
    assert post(router, form(("response_format", "text"), *fields)).body.decode() == TEXT + "\n"
    subtitles = post(router, form(("response_format", "srt"), *fields)).body.decode()
    assert subtitles.startswith("1\n00:00:00,000 --> 00:00:01,000\nHello there.\n\n2\n")


# Streams.


@pytest.mark.parametrize("model", ["mo/gpt-4o-transcribe", *UPSTREAMS])
def test_stream(audio, mock, model):
    """Of an upstream that streams, and of those that do not."""
    text, last = "", None
    for event in audio.transcriptions.create(file=("a.wav", WAV), model=model, stream=True):
        if event.type == "transcript.text.delta":
            text += event.delta
        last = event
    assert last.type == "transcript.text.done"
    assert text == last.text == TEXT


def test_stream_that_breaks_before_its_first_words_falls_back(router, mock):
    combo = {"name": "stream-pair", "models": ["mo/broken", "mo/gpt-4o-transcribe"], "strategy": "priority"}
    made = router.admin.call("POST", "/api/combos", combo, expect=201)
    events = Reply(headers=[("content-type", "text/event-stream")], steps=[b": hm\n\n"], framing="chunked")
    mock.always(events, model="broken")
    try:
        answer = post(router, form(("model", "stream-pair"), ("stream", "true"), ("file", "a.wav", WAV)))
        assert answer.status == 200
        assert b"transcript.text.done" in answer.body
        assert b"error" not in answer.body
    finally:
        router.admin.call("DELETE", f"/api/combos/{made['id']}", expect=(200, 204))


def test_stream_that_breaks_later_ends_with_an_error(router, mock):
    delta = b'data: {"type":"transcript.text.delta","delta":"Hel"}\n\n'
    mock.reply_with(Reply(headers=[("content-type", "text/event-stream")], steps=[delta, Close()], framing="chunked"))
    answer = post(router, form(("model", "mo/gpt-4o-transcribe"), ("stream", "true"), ("file", "a.wav", WAV)))
    events = answer.body.decode().strip().split("\n\n")
    assert events[0] == delta.decode().strip()
    assert json.loads(events[1].removeprefix("data: "))["error"]["type"] == "server_error"


# What is asked.


def test_the_form_is_passed_on_whole(audio, mock):
    asked = {"language": "en", "prompt": "names: Kenobi", "temperature": 0.2, "chunking_strategy": "auto"}
    audio.transcriptions.create(
        file=('naïve "x".mp3', b"ID3" + WAV), model="mo/whisper-1", response_format="json", **asked
    )
    fields = mock.last.json["fields"]
    assert fields == {name: [str(value)] for name, value in asked.items()} | {
        "model": ["whisper-1"],
        "response_format": ["json"],
    }
    told, contents = mock.last.json["files"][0]
    assert (told["filename"], told["content-type"]) == ("naïve %22x%22.mp3", "audio/mpeg")
    assert contents == b"ID3" + WAV


def test_deepgram_is_asked_by_query(audio, mock, sdk_clients):
    audio.transcriptions.create(
        file=("a.ogg", b"OggS" + WAV), model="deepgram/nova-3", language="de", prompt="Kenobi, Tatooine", temperature=0.5
    )
    query = mock.last.json["query"]
    assert query["model"] == ["nova-3"]
    assert query["language"] == ["de"]
    assert query["keyterm"] == ["Kenobi", "Tatooine"]
    assert mock.last.header("content-type") == "audio/ogg"
    assert mock.last.header("authorization") == "Token deepgram-key-0123456789abcdef"
    assert "temperature" in sdk_clients["openai"].headers["x-omniroute-translation"]


def test_assemblyai_is_given_a_job(audio, mock):
    mock.jobs.extend([{"id": "job1", "status": "queued"}, {"id": "job1", "status": "processing"}, finished_job()])
    answer = audio.transcriptions.create(file=("a.wav", WAV), model="assemblyai/best", language="de")
    assert answer.text == TEXT
    upload, job, *polls = mock.requests
    assert upload.body == WAV
    assert job.json["language_code"] == "de"
    assert job.json["speech_models"] == ["assemblyai-stt-3-7", "universal-2"]
    assert len(polls) == 3


@pytest.mark.parametrize("model", FOREIGN)
def test_strictness_refuses_losses(router, mock, model):
    body = form(("model", model), ("temperature", "0.5"), ("file", "a.wav", WAV))
    refused = post(router, body, "x-omniroute-strict: true")
    assert (refused.status, refused.json["error"]["param"]) == (400, "temperature")
    assert mock.requests == []


def test_translations(router, mock):
    fields = [("file", "a.wav", WAV)]
    path = "/v1/audio/translations"
    assert post(router, form(("model", "mo/whisper-1"), *fields), path=path).json["text"] == TEXT
    assert mock.last.path.endswith("/v1/audio/translations")
    refused = post(router, form(("model", "deepgram/nova-3"), *fields), path=path)
    assert (refused.status, refused.json["error"]["param"]) == (400, "model")


def test_fields_may_follow_the_file(router, mock):
    answer = post(router, form(("file", "a.wav", WAV), ("model", "mo/whisper-1"), ("language", "en")))
    assert answer.json["text"] == TEXT
    assert mock.last.json["fields"]["language"] == ["en"]
    assert heard_file(mock) == WAV


@pytest.mark.parametrize(
    "name, head, sent",
    [
        ("a.mp3", b"ID3\x04", "audio/mpeg"),
        ("x", b"\xff\xfb\x90\x44", "audio/mpeg"),
        ("a.wav", WAV[:12], "audio/wav"),
        ("a.m4a", b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        ("a.flac", b"fLaC", "audio/flac"),
        ("blob", b"OggS", "audio/ogg"),
        ("a.webm", b"\x1a\x45\xdf\xa3", "audio/webm"),
        ("wrong.txt", b"fLaC", "audio/flac"),
        ("a.mp3", b"unheard of", "audio/mpeg"),
    ],
)
def test_formats(router, mock, name, head, sent):
    answer = post(router, form(("model", "mo/whisper-1"), ("file", name, head + bytes(64))))
    assert answer.status == 200
    told, contents = mock.last.json["files"][0]
    assert told["content-type"] == sent
    assert contents == head + bytes(64)


# Bad requests.

GOOD = [("model", "mo/whisper-1"), ("file", "a.wav", WAV)]


@pytest.mark.parametrize(
    "fields, status, parameter, words",
    [
        ([GOOD[1]], 400, "model", "required"),
        ([("model", ""), GOOD[1]], 400, "model", "not empty"),
        ([GOOD[0]], 400, "file", "required"),
        ([GOOD[0], ("file", "a.wav", b"")], 400, "file", "empty"),
        ([GOOD[0], ("file", "a.txt", b"no sound")], 400, "file", "format"),
        ([*GOOD, ("response_format", "xml")], 400, "response_format", "one of"),
        ([*GOOD, ("temperature", "hot")], 400, "temperature", "number"),
        ([*GOOD, ("stream", "maybe")], 400, "stream", "true or false"),
        ([*GOOD, ("timestamp_granularities[]", "word")], 400, "timestamp_granularities", "verbose_json"),
        ([*GOOD, ("language", "en"), ("language", "de")], 400, "language", "once"),
        ([*GOOD, GOOD[1]], 400, None, "more than one file"),
        ([*GOOD, ("other", "b.wav", WAV)], 400, None, "part named file"),
        ([*GOOD, ("language", b"\xff\xfe")], 400, None, "UTF-8"),
        ([*GOOD, ("prompt", "x" * ((1 << 20) + 1))], 400, None, "larger than"),
        ([*GOOD, *[(f"f{number}", "x") for number in range(200)]], 400, None, "parts"),
        ([("model", "mo/none/such"), GOOD[1]], 200, None, ""),
        ([("model", "nowhere/x"), GOOD[1]], 404, "model", "nowhere"),
        ([("model", "gpt-4o"), GOOD[1]], 400, "model", "chats"),
        ([("model", "ma/claude"), GOOD[1]], 400, "model", "transcribes"),
        ([("model", "mg/gemini"), GOOD[1]], 400, "model", "transcribes"),
    ],
)
def test_mistakes_are_named(router, mock, fields, status, parameter, words):
    answer = post(router, form(*fields))
    assert answer.status == status, answer
    if status != 200:
        error = answer.json["error"]
        assert (error["type"], error["param"]) == ("invalid_request_error", parameter)
        assert words in error["message"]
        assert mock.requests == []


@pytest.mark.parametrize(
    "content_type, body, status, words",
    [
        (None, form(*GOOD), 415, "content-type"),
        ("application/json", b"{}", 415, "multipart/form-data"),
        ("multipart/form-data", form(*GOOD), 415, "boundary"),
        ("multipart/form-data; boundary=", form(*GOOD), 415, "boundary"),
        ("multipart/form-data; boundary=other", form(*GOOD), 400, "closing boundary"),
        ("multipart/form-data; boundary=b0undary", form(*GOOD)[:-6], 400, "closing boundary"),
        ("multipart/form-data; boundary=b0undary", b"", 400, "closing boundary"),
        ("multipart/form-data; boundary=b0undary", b"--b0undary\r\nx\r\n\r\n", 400, "header"),
        ("multipart/form-data; boundary=b0undary", b"--b0undary\r\n" + b"a: b\r\n" * 4000, 400, "head"),
        ("multipart/form-data; boundary=b0undary", form(*GOOD).replace(b'"file"', b'""'), 400, "no name"),
    ],
)
def test_what_is_no_form(router, mock, content_type, body, status, words):
    answer = post(router, body, content_type=content_type)
    assert answer.status == status, answer
    assert words in answer.json["error"]["message"]


def test_a_chat_is_not_for_sound(router, mock):
    body = {"model": "deepgram/nova-3", "messages": [{"role": "user", "content": "x"}]}
    answer = raw_http.exchange(router, "/v1/chat/completions", body)
    assert (answer.status, answer.json["error"]["param"]) == (400, "model")


def test_strangers_are_told_before_they_send(impatient, mock):
    with raw_http.Wire(impatient.daemon) as wire:
        head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n"
        wire.send(f"{head}content-type: multipart/form-data; boundary=x\r\n\r\n".encode())
        assert wire.answer().status == 401


def test_uploads_have_a_limit_of_their_own(mock):
    router = Router.start(mock, MAX_UPLOAD_SIZE_BYTES="200000", MAX_BODY_SIZE_BYTES="2000")
    try:
        assert post(router, form(*GOOD)).status == 200
        assert post(router, form(GOOD[0], ("file", "a.wav", WAV * 10))).status == 413
        chunked = b"POST " + PATH.encode() + b" HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"
        chunked += f"authorization: Bearer {router.key}\r\n".encode()
        chunked += b"content-type: multipart/form-data; boundary=b0undary\r\n\r\n"
        body = form(GOOD[0], ("file", "a.wav", WAV * 10))
        with raw_http.Wire(router.daemon) as wire:
            wire.send(chunked + f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")
            refused = wire.answer()
        assert (refused.status, refused.json["error"]["param"]) == (413, "file")
    finally:
        router.stop()


# Failures.


def combo(router, name, *models):
    return router.admin.call(
        "POST", "/api/combos", {"name": name, "models": list(models), "strategy": "priority"}, expect=201
    )


@pytest.mark.parametrize("first, second", [("mo/broken", "deepgram/nova-3"), ("deepgram/broken", "assemblyai/best")])
def test_another_upstream_gets_the_same_file(router, mock, first, second):
    made = combo(router, "pair", first, second)
    mock.always(Reply(status=500, headers=[("content-type", "application/json")], steps=[b"{}"]), model="broken")
    body = form(("model", "pair"), ("file", "a.wav", WAV), ("response_format", "json"))
    try:
        answer = post(router, body, "x-omniroute-route: true")
        assert answer.json["text"] == TEXT
        assert f"served={second}" in answer.headers["x-omniroute-route"]
        assert any(request.body == WAV for request in mock.requests)
    finally:
        router.admin.call("DELETE", f"/api/combos/{made['id']}", expect=(200, 204))


def test_steps_that_cannot_hear_are_passed_over(router, mock):
    made = combo(router, "trio", "mg/gemini", "ma/claude", "deepgram/nova-3")
    try:
        assert post(router, form(("model", "trio"), GOOD[1])).json["text"] == TEXT
    finally:
        router.admin.call("DELETE", f"/api/combos/{made['id']}", expect=(200, 204))


def test_another_account_gets_the_same_file(router, mock):
    """The first account's key is refused; the cooldown, the rotation and the log are those of chat."""
    node = router.admin.node("twice", "openai", mock.url("openai"))
    for number in (1, 2):
        router.admin.connection(node["id"], f"twice-key-{number}-0123456789", f"account {number}", priority=number)
    refusal = b'{"error":{"message":"Incorrect API key provided","type":"invalid_request_error"}}'
    mock.reply_with(Reply(status=401, headers=[("content-type", "application/json")], steps=[refusal]))
    try:
        for _ in range(2):
            assert post(router, form(("model", "twice/whisper-1"), GOOD[1])).json["text"] == TEXT
        assert [request.credential for request in mock.requests] == [
            "twice-key-1-0123456789",
            "twice-key-2-0123456789",
            "twice-key-2-0123456789",
        ]
        newest, oldest = logged(router.admin, node, 2)[:2]
        assert (newest["attempts"], oldest["attempts"]) == (1, 2)
    finally:
        router.admin.remove_node(node)


def test_a_budget_ends_it(router, mock):
    node = router.admin.node("dear", "openai", mock.url("openai"))
    router.admin.connection(node["id"], "dear-key-0123456789", "dear account")
    router.admin.call("PATCH", "/api/pricing", {node["id"]: {"whisper-1": {"audio_second": 1}}})
    key = router.admin.key("dear")
    budget = {"keyId": key["id"], "limit": 4, "period": "daily"}
    router.admin.call("POST", "/api/usage/budget", budget, expect=(200, 201))
    body = form(("model", "dear/whisper-1"), ("response_format", "verbose_json"), GOOD[1])
    try:
        statuses = [post(router, body, key=key["key"]).status for _ in range(3)]
        # Three dollars each: who is below the limit may go on once more.
        assert statuses == [200, 200, 429]
    finally:
        router.admin.call("DELETE", f"/api/keys/{key['id']}", expect=(200, 204))
        router.admin.call("DELETE", f"/api/pricing?provider={node['id']}")
        router.admin.remove_node(node)


def test_confined_to_a_provider(router, mock):
    path = "/v1/providers/deepgram/audio/transcriptions"
    assert post(router, form(("model", "nova-3"), GOOD[1]), path=path).json["text"] == TEXT
    assert mock.last.json["query"]["model"] == ["nova-3"]


def test_an_upstream_that_answers_early(router, mock):
    """It refuses while the file is still being sent; the client is told what it said."""
    refusal = b'{"error":{"message":"Maximum content size limit exceeded","type":"invalid_request_error"}}'
    mock.always(Reply(status=413, headers=[("content-type", "application/json")], steps=[refusal]), model="small")
    answer = post(router, form(("model", "mo/small"), ("file", "a.wav", WAV)))
    assert answer.status == 413
    assert "Maximum content size" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    "model, status, body, told",
    [
        ("deepgram/nova-3", 400, {"err_code": "Bad Request", "err_msg": "corrupt or unsupported data"}, "corrupt"),
        ("deepgram/nova-3", 402, {"category": "x", "message": "out of credit", "details": ""}, "out of credit"),
        ("assemblyai/best", 400, {"error": "Upload failed"}, "Upload failed"),
    ],
)
def test_foreign_errors_are_put_in_the_clients_words(router, mock, model, status, body, told):
    mock.reply_with(Reply(status=status, headers=[("content-type", "application/json")], steps=[json.dumps(body).encode()]))
    answer = post(router, form(("model", model), GOOD[1]))
    assert answer.status == (429 if status == 402 else status)
    assert told in answer.json["error"]["message"]


def test_a_job_that_fails(router, mock):
    mock.jobs.append({"id": "job1", "status": "error", "error": "File does not appear to contain audio"})
    answer = post(router, form(("model", "assemblyai/best"), GOOD[1]))
    assert (answer.status, answer.json["error"]["param"]) == (400, "file")
    assert "contain audio" in answer.json["error"]["message"]


def test_one_lost_poll_costs_nothing(router, mock):
    mock.jobs.extend([Reply(status=502, steps=[b"gateway"]), finished_job()])
    assert post(router, form(("model", "assemblyai/best"), GOOD[1])).json["text"] == TEXT
    assert sum(request.method == "POST" for request in mock.requests) == 2


def test_a_job_has_a_deadline(impatient, shared_mock, mock):
    connections = services(impatient, shared_mock)
    mock.jobs.append({"id": "job1", "status": "processing"})
    try:
        started = time.monotonic()
        answer = post(impatient, form(("model", "assemblyai/best"), ("file", "a.wav", WAV[:4000])))
        assert answer.status == 504
        assert time.monotonic() - started < 6
    finally:
        for connection in connections:
            impatient.admin.call("DELETE", f"/api/providers/{connection['id']}")


def open_uploads(daemon) -> int:
    folder = f"/proc/{daemon.process.pid}/fd"
    links = []
    for name in os.listdir(folder):
        try:
            links.append(os.readlink(f"{folder}/{name}"))
        except OSError:
            continue
    return sum("/upload-" in link for link in links)


def wait_for(condition, why):
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, why
        time.sleep(0.02)


@pytest.mark.parametrize("model", UPSTREAMS)
def test_a_client_that_leaves_ends_it(router, mock, model):
    mock.jobs.append({"id": "job1", "status": "processing"})
    if model != "assemblyai/best":
        mock.always(Reply(steps=[Hang()], head=False), model=model.partition("/")[2])
    body = form(("model", model), GOOD[1])
    with raw_http.Wire(router.daemon) as wire:
        head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\nauthorization: Bearer {router.key}\r\n"
        wire.send(f"{head}content-type: multipart/form-data; boundary=b0undary\r\n\r\n".encode() + body)
        polled = 3 if model == "assemblyai/best" else 1
        mock.wait_until(lambda: len(mock.requests) >= polled)
        assert open_uploads(router.daemon) == 1
    wait_for(lambda: open_uploads(router.daemon) == 0, "the file is still open")
    asked = len(mock.requests)
    time.sleep(1.2)
    assert len(mock.requests) == asked
    if model != "assemblyai/best":
        assert mock.last.disconnected_at is not None


def test_a_client_that_leaves_amid_its_file_leaves_nothing(router, mock):
    with raw_http.Wire(router.daemon) as wire:
        head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\nauthorization: Bearer {router.key}\r\n"
        head += "content-type: multipart/form-data; boundary=b0undary\r\n\r\n"
        wire.send(head.encode() + form(*GOOD)[:-20] + bytes(1 << 20))
        wait_for(lambda: open_uploads(router.daemon) == 1, "no file was opened")
        assert not list(router.daemon.data_dir.glob("upload-*"))
    wait_for(lambda: open_uploads(router.daemon) == 0, "the file is still open")
    assert mock.requests == []


# Use and cost.


def test_one_file_under_two_keys_is_two_requests(router, mock):
    """The duplicate is answered from memory, another file under its key is refused."""
    body = form(*GOOD)
    first = post(router, body, "idempotency-key: once")
    again = post(router, body, "idempotency-key: once")
    assert again.body == first.body
    assert again.headers["x-omniroute-idempotent"] == "true"
    other = post(router, form(GOOD[0], ("file", "a.wav", WAV + b"\0")), "idempotency-key: once")
    assert other.status == 422
    assert len(mock.requests) == 1


def test_it_is_on_record(router, mock):
    node = router.admin.node("heard", "openai", router.mock.url("openai"))
    router.admin.connection(node["id"], "heard-key-0123456789", "heard account")
    try:
        answer = post(router, form(("model", "heard/gpt-4o-transcribe"), ("stream", "true"), GOOD[1]))
        row = logged(router.admin, node, 1)[0]
        assert row["id"] == answer.headers["x-request-id"]
        assert (row["status"], row["path"], row["stream"]) == (200, PATH, True)
        assert (row["tokens"]["in"], row["tokens"]["out"]) == (30, 8)
        assert (row["billed"], row["cost"]) == (None, None)
    finally:
        router.admin.remove_node(node)


@pytest.mark.parametrize(
    "model, kind, seconds",
    [
        ("heard/whisper-1", "verbose_json", 3),
        # Nothing in the answer says how long it was, but the file does.
        ("heard/whisper-1", "srt", 2.75),
        ("deepgram/nova-3", "json", 2.75),
        ("assemblyai/best", "text", 3),
    ],
)
def test_seconds_cost(router, mock, model, kind, seconds):
    node = router.admin.node("heard", "openai", router.mock.url("openai"))
    router.admin.connection(node["id"], "heard-key-0123456789", "heard account")
    prefix, name = model.split("/")
    provider = {"id": prefix} if prefix != "heard" else node
    router.admin.call("PATCH", "/api/pricing", {provider["id"]: {name: {"audio_second": 0.0001}}})
    try:
        asked = post(router, form(("model", model), ("response_format", kind), GOOD[1]))
        wait_for(lambda: any(row["id"] == asked.headers["x-request-id"] for row in logged(router.admin, provider, 1)), "")
        row = next(row for row in logged(router.admin, provider, 1) if row["id"] == asked.headers["x-request-id"])
        assert row["billed"] == {"unit": "second", "quantity": seconds, "variant": None}
        assert row["cost"] == pytest.approx(seconds * 0.0001)
    finally:
        router.admin.call("DELETE", f"/api/pricing?provider={provider['id']}")
        router.admin.remove_node(node)


def test_an_unknown_length_has_an_unknown_cost(router, mock):
    node = router.admin.node("heard", "openai", router.mock.url("openai"))
    router.admin.connection(node["id"], "heard-key-0123456789", "heard account")
    router.admin.call("PATCH", "/api/pricing", {node["id"]: {"whisper-1": {"audio_second": 0.0001}}})
    try:
        fields = [("model", "heard/whisper-1"), ("response_format", "text"), ("file", "a.ogg", b"OggS" + bytes(99))]
        assert post(router, form(*fields)).status == 200
        row = logged(router.admin, node, 1)[0]
        assert (row["billed"], row["cost"]) == (None, None)
    finally:
        router.admin.call("DELETE", f"/api/pricing?provider={node['id']}")
        router.admin.remove_node(node)


# Size.


def test_two_hundred_megabytes_are_never_in_memory(mock):
    router = Router.start(mock)
    try:
        assert post(router, form(*GOOD)).status == 200
        size = 200 << 20
        piece = hashlib.sha256(b"sound").digest() * (1 << 15)
        head = form(("model", "mo/whisper-1")).removesuffix(b"--b0undary--\r\n")
        head += b'--b0undary\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        tail = b"\r\n--b0undary--\r\n"
        before = peak = router.daemon.resident_kilobytes
        with raw_http.Wire(router.daemon, timeout=60) as wire:
            request = f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(head) + size + len(tail)}\r\n"
            request += f"authorization: Bearer {router.key}\r\n"
            request += "content-type: multipart/form-data; boundary=b0undary\r\n\r\n"
            wire.send(request.encode() + head)
            for _ in range(size // len(piece)):
                wire.send(piece)
                peak = max(peak, router.daemon.resident_kilobytes)
            wire.send(tail)
            wire.socket.settimeout(0.02)
            while True:
                try:
                    if wire.socket.recv(1, 2):  # MSG_PEEK
                        break
                except TimeoutError:
                    peak = max(peak, router.daemon.resident_kilobytes)
            wire.socket.settimeout(30)
            assert wire.answer().json["text"] == TEXT
        assert hashlib.sha256(mock.last.json["files"][0][1]).digest() == hashlib.sha256(
            piece * (size // len(piece))
        ).digest()
        # Of a release build all of it is less than 60 MB; one with checks has as much before it does anything.
        assert peak - before < 8 << 10
    finally:
        router.stop()


def test_sdk_errors(audio, mock):
    with pytest.raises(openai.BadRequestError) as caught:
        audio.transcriptions.create(file=("a.txt", b"no sound"), model="mo/whisper-1")
    assert caught.value.param == "file"
