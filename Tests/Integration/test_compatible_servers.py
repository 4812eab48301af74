"""Servers that imitate OpenAI spell streams in ways of their own; Anthropic clients must read them all the same."""

import json

import pytest
import scenarios
import seen
from mock_upstream import Reply
from mock_upstream.answers import dump

SHELL = {"id": "c", "object": "chat.completion.chunk", "created": 1790000000, "model": "m"}
ROLE = {"role": "assistant"}
DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


def chunk(delta, finish=None, **extra) -> bytes:
    return (
        b"data: "
        + dump({**SHELL, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **extra})
        + b"\n\n"
    )


def stream(*frames: bytes) -> Reply:
    return Reply(headers=[("content-type", "text/event-stream")], framing="chunked", steps=list(frames))


def call(arguments=None, index=0, id=None, name=None) -> dict:
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    piece = {"index": index, "id": id, "function": function}
    return {"tool_calls": [{key: value for key, value in piece.items() if value is not None}]}


ROME, OSLO = '{"city":"Rome"}', '{"city":"Oslo"}'
# name -> (frames, expected text, expected calls, expected stop reason)
CASES = {
    "usage-with-finish": (
        [chunk(ROLE), chunk({"content": "x"}), chunk({}, "stop", usage=USAGE), DONE],
        "x",
        [],
        "end_turn",
    ),
    "usage-on-every-chunk": (
        [chunk(ROLE, usage=USAGE), chunk({"content": "x"}, usage=USAGE), chunk({}, "stop", usage=USAGE), DONE],
        "x",
        [],
        "end_turn",
    ),
    "finish-with-last-words": (
        [chunk({**ROLE, "content": "x"}), chunk({"content": "y"}, "stop"), DONE],
        "xy",
        [],
        "end_turn",
    ),
    "no-finish-but-done": ([chunk(ROLE), chunk({"content": "x"}), DONE], "x", [], "end_turn"),
    "empty-finish": ([chunk({"content": "x"}, ""), chunk({}, ""), chunk({}, "stop"), DONE], "x", [], "end_turn"),
    "unknown-finish": ([chunk({"content": "x"}), chunk({}, "eos_token_reached"), DONE], "x", [], "end_turn"),
    "no-role": ([chunk({"content": "x"}), chunk({}, "stop"), DONE], "x", [], "end_turn"),
    "role-in-every-chunk": (
        [chunk({**ROLE, "content": c}) for c in "xyz"] + [chunk({}, "stop"), DONE],
        "xyz",
        [],
        "end_turn",
    ),
    "null-content": (
        [chunk({**ROLE, "content": None}), chunk({"content": "x", "tool_calls": None}), chunk({}, "stop"), DONE],
        "x",
        [],
        "end_turn",
    ),
    "content-as-parts": (
        [chunk({"content": [{"type": "text", "text": "x"}]}), chunk({}, "stop"), DONE],
        "x",
        [],
        "end_turn",
    ),
    "empty-choices-first": (
        [
            b"data: " + dump({**SHELL, "choices": [], "prompt_filter_results": []}) + b"\n\n",
            chunk({"content": "x"}),
            chunk({}, "stop"),
            DONE,
        ],
        "x",
        [],
        "end_turn",
    ),
    "whole-call-in-one": (
        [chunk(call(ROME, id="a", name="f")), chunk({}, "tool_calls"), DONE],
        "",
        [("a", "f", {"city": "Rome"})],
        "tool_use",
    ),
    "call-without-index": (
        [
            chunk({"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": ROME}}]}),
            chunk({}, "tool_calls"),
            DONE,
        ],
        "",
        [("a", "f", {"city": "Rome"})],
        "tool_use",
    ),
    "id-on-every-piece": (
        [chunk(call(ROME[:6], id="a", name="f")), chunk(call(ROME[6:], id="a")), chunk({}, "tool_calls"), DONE],
        "",
        [("a", "f", {"city": "Rome"})],
        "tool_use",
    ),
    "name-after-id": (
        [chunk(call("", id="a")), chunk(call("", name="f")), chunk(call(ROME)), chunk({}, "tool_calls"), DONE],
        "",
        [("a", "f", {"city": "Rome"})],
        "tool_use",
    ),
    "arguments-as-object": (
        [chunk(call({"city": "Rome"}, id="a", name="f")), chunk({}, "tool_calls"), DONE],
        "",
        [("a", "f", {"city": "Rome"})],
        "tool_use",
    ),
    "no-arguments": ([chunk(call(id="a", name="f")), chunk({}, "tool_calls"), DONE], "", [("a", "f", {})], "tool_use"),
    "two-calls-in-one-chunk": (
        [
            chunk({"tool_calls": call(ROME, 0, "a", "f")["tool_calls"] + call(OSLO, 1, "b", "f")["tool_calls"]}),
            chunk({}, "tool_calls"),
            DONE,
        ],
        "",
        [("a", "f", {"city": "Rome"}), ("b", "f", {"city": "Oslo"})],
        "tool_use",
    ),
    "indexes-from-one": (
        [chunk(call(ROME, 1, "a", "f")), chunk(call(OSLO, 2, "b", "f")), chunk({}, "tool_calls"), DONE],
        "",
        [("a", "f", {"city": "Rome"}), ("b", "f", {"city": "Oslo"})],
        "tool_use",
    ),
    "calls-end-with-stop": (
        [chunk(call(ROME, id="a", name="f")), chunk({}, "stop"), DONE],
        "",
        [("a", "f", {"city": "Rome"})],
        "tool_use",
    ),
    "words-between-calls": (
        [
            chunk({"content": "x"}),
            chunk(call(ROME, 0, "a", "f")),
            chunk({"content": "y"}),
            chunk(call(OSLO, 1, "b", "f")),
            chunk({}, "tool_calls"),
            DONE,
        ],
        "xy",
        [("a", "f", {"city": "Rome"}), ("b", "f", {"city": "Oslo"})],
        "tool_use",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_spelling(anthropic_client, mock, name):
    frames, text, calls, finish = CASES[name]
    mock.reply_with(stream(*frames))
    heard = anthropic_client.ask("mo/mock-model", stream=True, tools=scenarios.tools("anthropic", ["f"]))
    assert heard.text == text
    assert [(id, tool, json.loads(arguments)) for id, tool, arguments in heard.calls] == calls
    assert heard.finish == finish


@pytest.mark.parametrize("name", CASES)
def test_spelling_byte_by_byte(anthropic_client, mock, name):
    frames, text, calls, _ = CASES[name]
    mock.reply_with(stream(*[bytes([byte]) for byte in b"".join(frames)]))
    heard = anthropic_client.ask("mo/mock-model", stream=True, tools=scenarios.tools("anthropic", ["f"]))
    assert heard.text == text
    assert [call[1] for call in heard.calls] == [call[1] for call in calls]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_fields(anthropic_client, mock, field):
    mock.reply_with(
        stream(
            chunk({field: "Weigh "}),
            chunk({field: "it."}),
            chunk({"content": "Done."}),
            chunk({field: "More."}),
            chunk({"content": "!"}),
            chunk({}, "stop"),
            DONE,
        )
    )
    heard = anthropic_client.ask("mo/mock-model", stream=True)
    assert [block.type for block in heard.raw.content] == ["thinking", "text", "thinking", "text"]
    assert heard.thinking == "Weigh it.More."
    assert heard.text == "Done.!"


def whole(message: dict, finish="stop", **extra) -> Reply:
    body = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}],
        **extra,
    }
    return Reply(headers=[("content-type", "application/json")], steps=[dump(body)])


@pytest.mark.parametrize(
    ("message", "input_"),
    [
        ({"arguments": ""}, {}),
        ({"arguments": "{}"}, {}),
        ({}, {}),
        ({"arguments": {"a": 1}}, {"a": 1}),
        ({"arguments": "null"}, {}),
        ({"arguments": '{"a":'}, {"_raw": '{"a":'}),
        ({"arguments": "[1]"}, {"_raw": "[1]"}),
        ({"arguments": '"{\\"a\\":1}"'}, {"a": 1}),
    ],
    ids=str,
)
def test_arguments_of_whole_answers_are_objects(anthropic_client, mock, message, input_):
    mock.reply_with(
        whole(
            {"content": None, "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", **message}}]},
            "tool_calls",
        )
    )
    heard = anthropic_client.ask("mo/mock-model", tools=scenarios.tools("anthropic", ["f"]))
    assert heard.raw.content[0].input == input_


def test_answer_without_usage_says_so(anthropic_client, mock):
    mock.reply_with(whole({"content": "x"}))
    heard = anthropic_client.ask("mo/mock-model")
    assert (heard.usage["input"], heard.usage["output"]) == (0, 0)
    assert "usage" in seen.losses(heard)


def test_extra_choices_are_told(anthropic_client, mock):
    reply = whole({"content": "first"})
    body = json.loads(reply.steps[0])
    body["choices"].append({"index": 1, "message": {"role": "assistant", "content": "second"}, "finish_reason": "stop"})
    mock.reply_with(reply.with_(steps=[dump(body)]))
    heard = anthropic_client.ask("mo/mock-model")
    assert heard.text == "first"
    assert "choices" in seen.losses(heard)


def test_two_choices_pass_through(openai_client, mock):
    frames = [
        b"data: "
        + dump({**SHELL, "choices": [{"index": i, "delta": {"content": text}, "finish_reason": None}]})
        + b"\n\n"
        for i, text in ((0, "a"), (1, "b"), (0, "c"), (1, "d"))
    ]
    ends = [
        b"data: " + dump({**SHELL, "choices": [{"index": i, "delta": {}, "finish_reason": "stop"}]}) + b"\n\n"
        for i in (0, 1)
    ]
    mock.reply_with(stream(*frames, *ends, DONE))
    heard = openai_client.ask("mo/mock-model", stream=True, n=2)
    assert [choice.message.content for choice in heard.raw.choices] == ["ac", "bd"]
