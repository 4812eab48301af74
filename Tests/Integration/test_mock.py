"""The mock itself, tried by the official SDKs directly: an instrument that is off measures nothing."""

import json
from pathlib import Path

import anthropic
import openai
import pytest
from dialects import CLIENTS, client, expected_usage
from mock_upstream import Answer, Text, Thinking, ToolCall, Usage, anthropic_rules, faults, openai_rules
from mock_upstream.wires import BASES
from test_pairs import through

FIXTURES = Path(__file__).parent / "fixtures"
FULL = Answer(
    blocks=(
        Thinking("Weigh it."),
        Text("Grüß ", "dich 🙂"),
        ToolCall("call_1", "get_weather", '{"city":"Rome"}'),
        ToolCall("call_2", "get_time"),
    ),
    usage=Usage(input=20, cache_read=64, cache_write=32, output=15, reasoning=40),
)


@pytest.fixture(params=["openai", "anthropic"])
def direct(request, mock):
    yield from _direct(request.param, mock)


@pytest.fixture(params=CLIENTS)
def any_direct(request, mock):
    yield from _direct(request.param, mock)


def _direct(dialect, mock):
    made = client(dialect, mock.url(dialect).removesuffix(BASES[dialect]), "k")
    yield made
    made.close()


def test_sdk_reads_every_kind_of_block(any_direct, mock, stream):
    mock.reply_with(FULL)
    heard = any_direct.ask("m", stream=stream)
    assert heard.text == "Grüß dich 🙂"
    assert heard.thinking == "Weigh it."
    assert heard.arguments == [("get_weather", {"city": "Rome"}), ("get_time", {})]
    assert heard.usage == expected_usage(any_direct.dialect, through(any_direct.dialect, FULL.usage))


@pytest.mark.parametrize(
    "fault",
    [
        faults.one_byte_writes(FULL),
        faults.respelled(FULL),
        faults.whole(FULL),
        faults.respelled(FULL, space=False),
        faults.framed(FULL, encoding="gzip"),
        faults.framed(FULL, encoding="deflate"),
        faults.framed(FULL, framing="close"),
        faults.framed(FULL, continue_first=True),
    ],
    ids=["one-byte", "crlf-comments", "one-write", "no-space", "gzip", "deflate", "until-close", "100-continue"],
)
def test_harmless_oddities_read_the_same(direct, mock, fault):
    mock.reply_with(fault)
    assert direct.ask("m", stream=True).text == "Grüß dich 🙂"


def test_reset_and_truncation_reach_the_sdk(direct, mock):
    mock.reply_with(faults.reset_before_answer(), faults.close_after_head())
    with pytest.raises((openai.APIConnectionError, anthropic.APIConnectionError)):
        direct.ask("m")
    with pytest.raises(Exception, match="(?i)closed|incomplete|peer|connection"):
        direct.ask("m", stream=True)


def test_status_and_retry_after_reach_the_sdk(direct, mock):
    mock.reply_with(faults.error(429, "slow down", retry_after="7"))
    with pytest.raises(direct.errors.RateLimitError) as caught:
        direct.ask("m")
    assert "slow down" in str(caught.value)
    assert caught.value.response.headers["retry-after"] == "7"


def test_departure_is_noticed(direct, mock):
    mock.reply_with(faults.stalled(Answer(), 3))
    if direct.dialect == "openai":
        stream = direct.sdk.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}], stream=True)
    else:
        stream = direct.sdk.messages.create(
            model="m", max_tokens=9, messages=[{"role": "user", "content": "x"}], stream=True
        )
    next(iter(stream))
    stream.close()
    mock.wait_until(lambda: mock.last.disconnected_at, why="the client's departure")


def load(name):
    return json.loads((FIXTURES / name).read_text())


def headers_of(dialect, version="2026-10-21"):
    table = {
        "openai": {"authorization": ["Bearer k"]},
        "anthropic": {"x-api-key": ["k"], "anthropic-version": [version]},
    }[dialect]
    return lambda name: table.get(name, [])


@pytest.mark.parametrize("name", ["request.minimal.json", "request.structured.json", "request.legacy-2023-06-01.json"])
def test_anthropic_samples_are_legal(name):
    version = "2023-06-01" if "legacy" in name else "2026-10-21"
    assert anthropic_rules.violation(headers_of("anthropic", version), load(f"anthropic/{name}"), True) is None


def test_openai_samples_are_legal():
    assert openai_rules.violation(headers_of("openai"), load("openai-chat/request.minimal.json"), True) is None
    rich = load("openai-chat/request.rich.json")
    del rich["stop"]  # the sample shows every field; its model would refuse this one
    assert openai_rules.violation(headers_of("openai"), rich, True) is None


USER = {"role": "user", "content": "x"}
CALL = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {}}]}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "1"}
TOOL = {"name": "f", "input_schema": {"type": "object"}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"surprise": 1}, "surprise: Extra inputs"),
        ({"temperature": 0.5}, "temperature: Extra inputs"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "first message"),
        ({"messages": [{"role": "user", "content": " "}]}, "non-whitespace"),
        ({"messages": [USER, CALL, USER], "tools": [TOOL]}, "without `tool_result`"),
        (
            {
                "messages": [USER, CALL, {"role": "user", "content": [{"type": "text", "text": "x"}, RESULT]}],
                "tools": [TOOL],
            },
            "come before",
        ),
        ({"messages": [{"role": "user", "content": [RESULT]}]}, "unexpected `tool_use_id`"),
        (
            {
                "messages": [
                    USER,
                    {"role": "assistant", "content": [{**CALL["content"][0], "id": "a.b"}]},
                    {"role": "user", "content": [{**RESULT, "tool_use_id": "a.b"}]},
                ],
                "tools": [TOOL],
            },
            "pattern",
        ),
        ({"tools": [{**TOOL, "name": "a b"}]}, "pattern"),
        ({"tools": [{"name": "f", "input_schema": {"type": "string"}}]}, "input_schema"),
        ({"tool_choice": {"type": "any"}}, "providing tools"),
        ({"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * 5}, "maximum of 4"),
        (
            {
                "messages": [
                    USER,
                    {"role": "assistant", "content": [{"type": "thinking", "thinking": "x", "signature": "rtr1.e30"}]},
                    USER,
                ]
            },
            "signature",
        ),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}, "additionalProperties"),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"title": "x"}}}}, "needs a type"),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"anyOf": [{"$ref": "#"}]}}}}, "recursive"),
    ],
)
def test_anthropic_rules_bite(change, words):
    body = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [USER], **change}
    assert words in anthropic_rules.violation(
        headers_of("anthropic"), {k: v for k, v in body.items() if v is not None}, True
    )


def test_anthropic_wants_one_credential():
    both = {"x-api-key": ["k"], "authorization": ["Bearer k"], "anthropic-version": ["2023-06-01"]}
    body = load("anthropic/request.minimal.json")
    assert "exactly one" in anthropic_rules.violation(lambda name: both.get(name, []), body, True)
    assert "anthropic-version" in anthropic_rules.violation(headers_of("anthropic", "2024-01-01"), body, True)


ASSISTANT_CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"surprise": 1}, "surprise: Extra inputs"),
        ({"messages": [USER, {"role": "tool", "tool_call_id": "c1", "content": "x"}]}, "must be a response"),
        ({"messages": [USER, ASSISTANT_CALL, USER]}, "must be followed by tool messages"),
        ({"messages": [USER, ASSISTANT_CALL]}, "no tool messages"),
        (
            {
                "messages": [
                    USER,
                    ASSISTANT_CALL,
                    {
                        "role": "tool",
                        "tool_call_id": "c1",
                        "content": [{"type": "image_url", "image_url": {"url": "https://x/y.png"}}],
                    },
                ]
            },
            "",
        ),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"tools": [{"type": "function", "function": {"name": "a.b"}}]}, "pattern"),
        ({"tools": []}, "too short"),
        ({"tool_choice": "auto"}, "tools"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"max_tokens": 5, "model": "gpt-6-luna"}, "max_completion_tokens"),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png,x"}}]}
                ]
            },
            "data URL",
        ),
    ],
)
def test_openai_rules_bite(change, words):
    found = openai_rules.violation(headers_of("openai"), {"model": "gpt-4o", "messages": [USER], **change}, True)
    assert found is not None
    assert words in found[0]


CUSTOM = {"type": "custom", "custom": {"name": "f"}}


@pytest.mark.parametrize(
    "change",
    [
        {"tools": [CUSTOM]},
        {
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": "c1", "type": "custom", "custom": {"name": "f", "input": "x"}}],
                },
                {"role": "tool", "tool_call_id": "c1", "content": "x"},
            ]
        },
    ],
)
def test_free_text_tools_are_for_openai_only(change):
    body = {"model": "gpt-4o", "messages": [USER], **change}
    assert openai_rules.violation(headers_of("openai"), body, True) is None
    assert "'function'" in openai_rules.violation(headers_of("openai"), body, False)[0]
