"""Why an answer ended and what it cost: every reason and exact counts, in both dialects."""

import pytest
import scenarios
import seen
from dialects import expected_usage
from mock_upstream import Answer, Refusal, Text, ToolCall, Usage, say

# reason -> what an upstream of the other dialect makes the client read
TO_OPENAI = {
    "stop": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
    "context_full": "length",
    "pause": "stop",
}
TO_ANTHROPIC = {"stop": "end_turn", "length": "max_tokens", "tool_use": "tool_use", "content_filter": "refusal"}


def answer_with(reason):
    blocks = (Text("x"), ToolCall("c1", "get_time")) if reason == "tool_use" else (Text("x"),)
    return Answer(blocks=blocks, finish=reason, stop_sequence="END" if reason == "stop_sequence" else None)


@pytest.mark.parametrize("reason", TO_OPENAI)
def test_anthropic_reasons_for_openai_clients(openai_client, stream, mock, reason):
    mock.reply_with(answer_with(reason))
    heard = openai_client.ask("ma/mock-model", stream=stream, tools=scenarios.tools("openai"))
    assert heard.finish == TO_OPENAI[reason]


@pytest.mark.parametrize("reason", TO_ANTHROPIC)
def test_openai_reasons_for_anthropic_clients(anthropic_client, stream, mock, reason):
    mock.reply_with(answer_with(reason))
    heard = anthropic_client.ask("mo/mock-model", stream=stream, tools=scenarios.tools("anthropic"))
    assert heard.finish == TO_ANTHROPIC[reason]
    assert heard.stop_sequence is None


@pytest.mark.parametrize("reason", ["stop", "stop_sequence", "length", "tool_use", "refusal", "context_full", "pause"])
def test_anthropic_reasons_pass_through(anthropic_client, stream, mock, reason):
    mock.reply_with(answer_with(reason))
    heard = anthropic_client.ask("ma/mock-model", stream=stream, tools=scenarios.tools("anthropic"))
    expected = {
        "stop": "end_turn",
        "length": "max_tokens",
        "context_full": "model_context_window_exceeded",
        "pause": "pause_turn",
    }.get(reason, reason)
    assert heard.finish == expected
    assert heard.stop_sequence == ("END" if reason == "stop_sequence" else None)


@pytest.mark.parametrize("reason", ["stop", "length", "tool_use", "content_filter"])
def test_openai_reasons_pass_through(openai_client, stream, mock, reason):
    mock.reply_with(answer_with(reason))
    heard = openai_client.ask("mo/mock-model", stream=stream, tools=scenarios.tools("openai"))
    assert heard.finish == {"tool_use": "tool_calls"}.get(reason, reason)


def test_a_call_that_ran_into_the_limit_stays_cut(client, model, stream, mock):
    mock.reply_with(Answer(blocks=(ToolCall("c1", "get_time"),), finish="length"))
    heard = client.ask(model, stream=stream, tools=scenarios.tools(client.dialect))
    assert heard.finish == {"openai": "length", "anthropic": "max_tokens"}[client.dialect]


def test_calls_that_end_with_stop_are_tool_use(anthropic_client, stream, mock):
    mock.reply_with(Answer(blocks=(ToolCall("c1", "get_time"),), finish="stop"))
    heard = anthropic_client.ask("mo/mock-model", stream=stream, tools=scenarios.tools("anthropic"))
    assert heard.finish == "tool_use"


def test_pause_is_told_to_openai_clients(openai_client, mock):
    """C174"""
    mock.reply_with(answer_with("pause"))
    assert seen.losses(openai_client.ask("ma/mock-model"))


def test_refusal_of_an_openai_model(anthropic_client, openai_client, stream, mock):
    refusal = Answer(blocks=(Refusal("I cannot help with that."),), finish="refusal")
    mock.reply_with(refusal, refusal)
    own = openai_client.ask("mo/mock-model", stream=stream)
    assert (own.refusal, own.text) == ("I cannot help with that.", "")
    translated = anthropic_client.ask("mo/mock-model", stream=stream)
    assert translated.text == "I cannot help with that."
    assert translated.finish == "refusal"


def test_empty_refusal_of_claude(openai_client, anthropic_client, stream, mock):
    refused = Answer(blocks=(), finish="refusal", usage=Usage(input=0, output=0))
    mock.reply_with(refused, refused)
    heard = openai_client.ask("ma/mock-model", stream=stream)
    assert (heard.text, heard.finish) == ("", "content_filter")
    assert anthropic_client.ask("ma/mock-model", stream=stream).finish == "refusal"


COUNTS = [
    Usage(input=8, output=2),
    Usage(input=24, cache_read=64, cache_write=32, output=20, reasoning=40),
    Usage(input=0, cache_read=500, output=1),
    Usage(input=3, cache_write=900, output=0, reasoning=7),
    Usage(input=4_000_000, cache_read=7_000_000, output=123_456),
]


@pytest.mark.parametrize("usage", COUNTS, ids=str)
def test_counts_are_exact(client, model, stream, mock, usage):
    mock.reply_with(say("x", usage=usage))
    assert client.ask(model, stream=stream).usage == expected_usage(client.dialect, usage)


def test_no_usage_chunk_for_clients_that_did_not_ask(openai_client, model, mock):
    """It is always asked for upstream, and removed again."""
    mock.reply_with(say("a", "b"))
    chunks = list(openai_client.sdk.chat.completions.create(model=model, messages=[scenarios.user("x")], stream=True))
    assert all(chunk.choices for chunk in chunks)
    assert all(chunk.usage is None for chunk in chunks)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "ab"
    if mock.last.dialect == "openai":
        assert mock.last.json["stream_options"]["include_usage"] is True


def test_usage_chunk_for_clients_that_asked(openai_client, model, mock):
    chunks = list(
        openai_client.sdk.chat.completions.create(
            model=model, messages=[scenarios.user("x")], stream=True, stream_options={"include_usage": True}
        )
    )
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == 7
    assert [chunk for chunk in chunks[:-1] if chunk.usage] == []
