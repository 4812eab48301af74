"""Speech: bytes passed on as they come, by the official SDK."""

import http.client
import time

import openai
import pytest
import raw_http
from mock_upstream import Reply
from mock_upstream.reply import Close, Gate

SPEECH = "/v1/audio/speech"
SOUND = b"".join(b"ID3" + bytes([number]) * 1000 for number in range(4))


def test_sound_reaches_the_sdk_byte_for_byte(router, sdk_clients, mock, tmp_path):
    asked = {"model": "openai/tts-1", "voice": "alloy", "input": "Grüße"}
    with sdk_clients["openai"].sdk.audio.speech.with_streaming_response.create(**asked) as answer:
        assert answer.headers["content-type"] == "audio/mpeg"
        answer.stream_to_file(tmp_path / "said.mp3")
    assert (tmp_path / "said.mp3").read_bytes() == SOUND
    assert mock.last.json == asked | {"model": "tts-1"}


def test_sound_comes_before_it_is_whole(router, sdk_clients, mock):
    gate = Gate()
    steps = [SOUND[:1000], gate, SOUND[1000:]]
    mock.reply_with(Reply(headers=[("content-type", "audio/mpeg")], steps=steps, framing="chunked"))
    asked = {"model": "mo/tts", "voice": "alloy", "input": "Hello"}
    with sdk_clients["openai"].sdk.audio.speech.with_streaming_response.create(**asked) as answer:
        pieces = answer.iter_bytes()
        heard = next(pieces)
        gate.open()
        heard += b"".join(pieces)
    assert heard == SOUND


def test_sound_that_breaks_off_does_not_look_whole(router, mock):
    steps = [SOUND[:1000], Close()]
    mock.reply_with(Reply(headers=[("content-type", "audio/mpeg")], steps=steps, framing="chunked"))
    with raw_http.Wire(router.daemon) as wire:
        body = b'{"model":"mo/tts","voice":"alloy","input":"Hello"}'
        wire.send(raw_http.request_bytes(SPEECH, body, key=router.key))
        with pytest.raises(http.client.IncompleteRead) as broken:
            wire.answer()
    assert broken.value.partial == SOUND[:1000]


def test_another_target_speaks_before_the_first_byte(router, mock):
    body = {"name": "speakers", "models": ["mo/tts", "openai/tts-1"], "strategy": "priority", "config": {}}
    combo = router.admin.call("POST", "/api/combos", body, expect=201)["id"]
    try:
        mock.reply_with(Reply(status=401, headers=[("content-type", "application/json")], steps=[b"{}"]))
        answer = raw_http.exchange(router, SPEECH, {"model": "speakers", "voice": "alloy", "input": "Hello"})
    finally:
        router.admin.call("DELETE", f"/api/combos/{combo}")
    assert (answer.status, answer.body) == (200, SOUND)


@pytest.mark.parametrize(
    "change, param",
    [
        ({"input": None}, "input"),
        ({"input": ""}, "input"),
        ({"input": ["a"]}, "input"),
        ({"input": "a" * 50_001}, "input"),
        ({"voice": None}, "voice"),
        ({"voice": 5}, "voice"),
        ({"response_format": "midi"}, "response_format"),
        ({"speed": 5}, "speed"),
        ({"speed": "1"}, "speed"),
        ({"stream_format": "bytes"}, "stream_format"),
        ({"model": "openai/text-embedding-3-small"}, "model"),
        ({"model": "ma/voice"}, "model"),
    ],
)
def test_mistakes_are_named(router, mock, change, param):
    answer = raw_http.exchange(router, SPEECH, {"model": "mo/tts", "voice": "alloy", "input": "Hello"} | change)
    assert answer.status == 400
    assert answer.json["error"]["param"] == param


def test_what_the_upstream_refuses_is_told(router, sdk_clients, mock):
    mock.expects_violations = True
    with pytest.raises(openai.BadRequestError, match="unknown field"):
        sdk_clients["openai"].sdk.audio.speech.create(
            model="openai/tts-1", voice="alloy", input="Hello", extra_body={"pitch": 2}
        )


def test_the_price_is_that_of_the_characters(router, mock):
    asked = {"model": "openai/tts-1", "voice": "alloy", "input": "Grüße, 世界"}
    answer = raw_http.exchange(router, SPEECH, asked)
    deadline = time.monotonic() + 5
    while True:
        rows = router.admin.call("GET", "/api/usage/request-logs?provider=openai")["logs"]
        if row := next((row for row in rows if row["id"] == answer.headers["x-request-id"]), None):
            break
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert row["billed"] == {"unit": "character", "quantity": 9, "variant": None}
    assert row["cost"] == pytest.approx(9 * 15 / 1e6)
