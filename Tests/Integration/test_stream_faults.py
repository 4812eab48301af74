"""Streams in odd but legal shapes, and streams that break."""

import json
import time

import anthropic
import httpx
import openai
import pytest
import raw_http
from mock_upstream import Answer, Gate, Text, Thinking, ToolCall, Usage, anthropic_wire, faults, say
from router import CORE, PREFIX

LONG = Answer(blocks=(Text("Grüß ", "dich 🙂 ", "und ", "Lebewohl"),))
FULL = Answer(
    blocks=(Thinking("Weigh it."), Text("Grüß ", "dich 🙂"), ToolCall("c1", "get_time", '{"zone":"CET"}')),
    usage=Usage(input=20, cache_read=64, output=15, reasoning=40),
)
# What each SDK raises when a stream ends in an error event, or without its end.
BROKEN = (openai.APIError, anthropic.APIError, httpx.HTTPError)

ODDITIES = {
    "one-byte-writes": faults.one_byte_writes,
    "one-write": faults.whole,
    "crlf-and-comments": faults.respelled,
    "comments": lambda answer: faults.respelled(answer, b"\n"),
    "no-space-after-colon": lambda answer: faults.respelled(answer, b"\n", comments=False, space=False),
    "until-close": lambda answer: faults.framed(answer, framing="close"),
    "gzip": lambda answer: faults.framed(answer, encoding="gzip"),
    "slow": lambda answer: faults.slowly(answer, 0.01),
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_odd_but_legal_streams_read_the_same(client, model, mock, oddity):
    mock.reply_with(ODDITIES[oddity](FULL))
    heard = client.ask(model, stream=True)
    assert heard.text == "Grüß dich 🙂"
    assert heard.thinking == "Weigh it."
    assert heard.arguments == [("get_time", {"zone": "CET"})]


def test_lone_carriage_returns_end_lines_too(openai_client, anthropic_client, mock):
    """The SDKs do not read them; only translations can be tried with them."""
    for client, model in ((openai_client, "ma/m"), (anthropic_client, "mo/m")):
        mock.reply_with(faults.respelled(FULL, b"\r", comments=False))
        assert client.ask(model, stream=True).text == "Grüß dich 🙂"


def _read(router, dialect, model) -> tuple[raw_http.RawAnswer, str]:
    answer = raw_http.post(router, dialect, raw_http.chat_body(model, stream=True))
    return answer, answer.body.decode()


def _is_honest_end(dialect: str, body: str) -> bool:
    """The stream ends in an error of the client's dialect and does not look whole."""
    if dialect == "openai":
        return '"error"' in body.rsplit("data: ", 1)[1] and "[DONE]" not in body
    return "event: error" in body and "message_stop" not in body


BREAKS = {
    "close": lambda: faults.cut(LONG, 4),
    "reset": lambda: faults.cut(LONG, 4, faults.Reset),
    "no-terminator": lambda: faults.unterminated(LONG),
    "error-event": lambda: faults.error_event(LONG, 4),
}


def _after_first_words(fault) -> tuple[faults.Scripted, Gate]:
    """The same fault, but only once the test has seen that the first words arrived: the head is out by then."""
    gate = Gate()

    def held(recorded):
        reply = fault(recorded)
        return reply.with_(steps=reply.steps[:4] + [gate] + reply.steps[4:])

    return faults.Scripted(held), gate


def _read_broken(router, dialect, model, mock, fault) -> str:
    scripted, gate = _after_first_words(fault)
    mock.always(scripted)
    with raw_http.Wire(router.daemon) as wire:
        body = raw_http.chat_body(model, stream=True)
        wire.send(raw_http.request_bytes(raw_http.PATHS[dialect], body, "connection: close", key=router.key))
        early = wire.read_until(b"Gr")
        assert early.startswith(b"HTTP/1.1 200")
        gate.open()
        rest = b""
        while piece := wire.socket.recv(1 << 16):
            rest += piece
    # The chunked framing itself must end in order: the error is in the stream, not in its transport.
    assert rest.endswith(b"0\r\n\r\n")
    return (early + rest).decode()


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_stream_never_looks_whole(client, model, mock, name):
    mock.always(BREAKS[name]())
    with pytest.raises(BROKEN):
        client.ask(model, stream=True)


@pytest.mark.parametrize("name", BREAKS)
@pytest.mark.parametrize("dialect", CORE)
def test_a_broken_stream_ends_with_an_error_of_the_clients_dialect(router, upstream, mock, dialect, name):
    body = _read_broken(router, dialect, f"{PREFIX[upstream]}/m", mock, BREAKS[name]())
    assert _is_honest_end(dialect, body), body


@pytest.mark.parametrize("dialect", CORE)
def test_error_event_keeps_its_words(router, upstream, mock, dialect):
    fault = faults.error_event(LONG, 4, "the model fell over")
    assert "the model fell over" in _read_broken(router, dialect, f"{PREFIX[upstream]}/m", mock, fault)


@pytest.mark.parametrize("fault", ["error-event", "close", "empty"])
def test_a_stream_that_breaks_before_anything_meaningful_has_a_status(client, model, mock, fault):
    mock.always(
        {
            "error-event": faults.error_event(LONG, 0),
            "close": faults.cut(LONG, 0),
            "empty": faults.raw(200, "text/event-stream", b""),
        }[fault]
    )
    with pytest.raises(client.errors.APIStatusError) as caught:
        client.ask(model, stream=True)
    assert caught.value.status_code >= 500


def test_stalled_stream_ends_by_deadline(impatient, upstream, mock):
    """400 ms between events are allowed there."""
    mock.always(faults.stalled(LONG, 4))
    for dialect in CORE:
        began = time.monotonic()
        answer, body = _read(impatient, dialect, f"{PREFIX[upstream]}/m")
        assert _is_honest_end(dialect, body), body
        assert 0.3 < time.monotonic() - began < 2.5


def test_silence_before_the_first_event_ends_by_deadline(impatient, upstream, mock):
    """700 ms are allowed there."""
    mock.always(faults.silent())
    for dialect in CORE:
        began = time.monotonic()
        answer, _ = _read(impatient, dialect, f"{PREFIX[upstream]}/m")
        assert answer.status == 504
        assert 0.5 < time.monotonic() - began < 2.9
    mock.wait_until(lambda: all(request.disconnected_at for request in mock.requests), why="upstream calls ended")


def test_silence_instead_of_a_whole_answer_ends_by_deadline(impatient, upstream, mock):
    mock.always(faults.silent())
    began = time.monotonic()
    answer = raw_http.post(impatient, "openai", raw_http.chat_body(f"{PREFIX[upstream]}/m"))
    assert answer.status == 504
    assert time.monotonic() - began < 4.5


def test_slow_but_steady_stream_lives_until_the_total_deadline(impatient, upstream, mock):
    """Every event comes in time, the whole takes longer than the 3 s that are allowed there."""
    mock.always(faults.slowly(say(*["x"] * 60), 0.1))
    began = time.monotonic()
    answer, body = _read(impatient, "anthropic", f"{PREFIX[upstream]}/m")
    assert 2.5 < time.monotonic() - began < 5
    assert _is_honest_end("anthropic", body), body[-500:]


def test_a_large_event_passes(client, model, mock):
    """Pictures come in one event of megabytes."""
    text = "0123456789abcdef" * (3 << 16)
    mock.reply_with(say(text))
    assert client.ask(model, stream=True).text == text


def test_citations_accumulate(openai_client, mock):
    """Several citations in one Claude stream must not upset the accumulator of the openai SDK."""

    def cited(recorded):
        steps = []
        for step in faults.normal(recorded, Answer(blocks=(Text("Rome is old."), Text(" Oslo too.")))).steps:
            steps.append(step)
            if b"text_delta" in step:
                number = len(steps)
                steps.append(
                    anthropic_wire.frame(
                        {
                            "type": "content_block_delta",
                            "index": json.loads(step.split(b"data: ")[1])["index"],
                            "delta": {
                                "type": "citations_delta",
                                "citation": {
                                    "type": "web_search_result_location",
                                    "url": f"https://example.com/{number}",
                                    "title": "Ex",
                                    "encrypted_index": "idx",
                                    "cited_text": "old",
                                },
                            },
                        }
                    )
                )
        return faults.normal(recorded, Answer()).with_(steps=steps)

    mock.reply_with(faults.Scripted(cited))
    heard = openai_client.ask("ma/mock-model", stream=True)
    assert heard.text == "Rome is old. Oslo too."
    assert len({citation.url_citation.url for citation in heard.raw.choices[0].message.annotations}) == 2


def test_many_small_events_keep_their_order(client, model, mock):
    pieces = [f"{i} " for i in range(3000)]
    mock.reply_with(faults.whole(say(*pieces)))
    assert client.ask(model, stream=True).text == "".join(pieces)


def test_events_are_passed_on_at_once(client, model, mock):
    """The first piece arrives while the upstream still holds the rest back."""

    gate = Gate()
    answer = say("first ", "second")

    def held(recorded):
        reply = faults.normal(recorded, answer)
        position = next(i for i, step in enumerate(reply.steps) if b"first" in step) + 1
        return reply.with_(steps=reply.steps[:position] + [gate] + reply.steps[position:])

    mock.reply_with(held)
    kwargs = {"model": model, "messages": [{"role": "user", "content": "x"}], "stream": True}
    create = client.sdk.chat.completions.create if client.dialect == "openai" else client.sdk.messages.create
    events = create(**kwargs, **({"max_tokens": 9} if client.dialect == "anthropic" else {}))
    text = ""
    for event in events:
        if client.dialect == "openai":
            text += (event.choices and event.choices[0].delta.content) or ""
        elif event.type == "content_block_delta":
            text += event.delta.text
        if text == "first " and not gate.event.is_set():
            gate.open()
    assert gate.event.is_set()
    assert text == "first second"
