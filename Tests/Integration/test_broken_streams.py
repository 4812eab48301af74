"""Streams that break after their first words, for all 25 pairs: the end is an error of the client's dialect."""

import json

import pytest
import raw_http
from mock_upstream import Gate, Usage, faults, say
from router import DIALECTS, PREFIX

LONG = say("Gr", "üße ", "aus ", "Rom, ", "wo es ", "schön ", "ist.", usage=Usage(output=40))
# Frames until `Gr` is out.
FIRST_WORDS = {"openai": 2, "responses": 5, "anthropic": 4, "gemini": 1, "ollama": 1}
BREAKS = {
    "close": lambda frames: faults.cut(LONG, frames),
    "reset": lambda frames: faults.cut(LONG, frames, faults.Reset),
    "no-terminator": lambda frames: faults.unterminated(LONG),
    "error-event": lambda frames: faults.error_event(LONG, frames, "the model fell over"),
}


def read_broken(router, dialect: str, upstream: str, mock, name: str) -> tuple[int, str]:
    """
    The status and the stream, which breaks once its first words were seen: the head is out by then.
    """
    gate, frames = Gate(), FIRST_WORDS[upstream]

    def held(recorded):
        reply = BREAKS[name](frames)(recorded)
        return reply.with_(steps=[*reply.steps[:frames], gate, *reply.steps[frames:]])

    mock.always(held)
    path, body = raw_http.request_of(dialect, f"{PREFIX[upstream]}/m", stream=True)
    with raw_http.Wire(router.daemon) as wire:
        wire.send(raw_http.request_bytes(path, json.dumps(body).encode(), "connection: close", key=router.key))
        early = wire.read_until(b"Gr")
        gate.open()
        rest = b""
        while piece := wire.socket.recv(1 << 16):
            rest += piece
    # The chunked framing itself ends in order: the error is in the stream, not in its transport.
    assert rest.endswith(b"0\r\n\r\n")
    return int(early.split()[1]), (early + rest).decode()


def honest_end(dialect: str, body: str) -> str | None:
    """The message of the error at the end; None when the stream looks whole, or ends in another way."""
    match dialect:
        case "openai":
            last = body.rsplit("data: ", 1)[1]
            return _message(last) if "[DONE]" not in body and '"finish_reason":"' not in body else None
        case "responses":
            events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]
            if events[-1]["type"] == "response.failed":
                return events[-1]["response"]["error"]["message"]
            return events[-1]["message"] if events[-1]["type"] == "error" else None
        case "anthropic":
            last = body.rsplit("event: ", 1)[1]
            return _message(last.split("data: ", 1)[1]) if last.startswith("error") else None
        case "gemini":
            last = body.rsplit("data: ", 1)[1]
            return _message(last) if "finishReason" not in body else None
    lines = [line for line in body.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]).get("error") if '"done":true' not in body else None


def _message(text: str) -> str | None:
    found, _ = json.JSONDecoder().raw_decode(text)
    return found.get("error", {}).get("message")


@pytest.mark.parametrize("name", BREAKS)
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: f"client-{dialect}")
def test_ends_with_an_error_of_the_clients_dialect(router, any_upstream, mock, dialect, name):
    status, body = read_broken(router, dialect, any_upstream, mock, name)
    assert status == 200
    message = honest_end(dialect, body)
    assert message, body
    if name == "error-event":
        assert message == "the model fell over"


def test_sequence_numbers_of_a_broken_response_have_no_gap(router, any_upstream, mock):
    _, body = read_broken(router, "responses", any_upstream, mock, "close")
    events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
