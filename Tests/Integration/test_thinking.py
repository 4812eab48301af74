"""Reasoning: shown to clients, signed for its origin only, replayed on the next turn."""

import pytest
import scenarios
import seen
from mock_upstream import Answer, Redacted, Text, Thinking, ToolCall, Usage, faults, say

CALL = ToolCall("call_rome", "get_weather", '{"city":"Rome","unit":"c"}')
THOUGHTFUL = Answer(blocks=(Thinking("Weigh it."), Text("Done.")), usage=Usage(output=5, reasoning=30))


def test_thinking_is_shown(client, model, stream, mock):
    mock.reply_with(THOUGHTFUL)
    heard = client.ask(model, stream=stream)
    assert heard.thinking == "Weigh it."
    assert heard.text == "Done."
    assert heard.usage["reasoning"] == 30


def test_block_order_for_anthropic_clients(anthropic_client, model, stream, mock):
    mock.reply_with(Answer(blocks=(Thinking("Weigh it."), Text("Look."), CALL)))
    heard = anthropic_client.ask(model, stream=stream, tools=scenarios.tools("anthropic"))
    assert [block.type for block in heard.raw.content] == ["thinking", "text", "tool_use"]


def test_redacted_thinking_passes(anthropic_client, stream, mock):
    mock.reply_with(Answer(blocks=(Thinking("Weigh it."), Redacted(), Text("Done."))))
    heard = anthropic_client.ask("ma/mock-model", stream=stream)
    assert heard.signatures == [Thinking("").signature, Redacted().data]


def test_redacted_thinking_does_not_disturb_openai_clients(openai_client, stream, mock):
    mock.reply_with(Answer(blocks=(Thinking("Weigh it."), Redacted(), Text("Done."))))
    heard = openai_client.ask("ma/mock-model", stream=stream)
    assert (heard.thinking, heard.text) == ("Weigh it.", "Done.")


def test_signature_with_empty_text(anthropic_client, stream, mock):
    """`display: omitted`: nothing to show, the signature must still come back on the next turn."""
    mock.reply_with(Answer(blocks=(Thinking(""), Text("Done."))))
    heard = anthropic_client.ask("ma/mock-model", stream=stream)
    assert heard.signatures == [Thinking("").signature]


def _replay(client, heard, model, **options):
    """The next turn of a tool loop, with the assistant's blocks sent back as the SDK gives them."""
    history = [
        scenarios.user("Weather?"),
        {"role": "assistant", "content": [block.to_dict() for block in heard.raw.content]},
        *scenarios.tool_results("anthropic", ("call_rome", "21")),
    ]
    return client.ask(model, history, tools=scenarios.tools("anthropic"), **options)


@pytest.mark.parametrize(
    "thinking",
    [{"type": "adaptive"}, {"type": "enabled", "budget_tokens": 2048}],
    ids=lambda thinking: thinking["type"],
)
def test_replay_to_its_origin_is_byte_identical(anthropic_client, stream, mock, thinking):
    model = "ma/claude-opus-4-8" if thinking["type"] == "adaptive" else "ma/claude-sonnet-4-5"
    mock.reply_with(Answer(blocks=(Thinking("Weigh  it.\n"), Redacted(), Text("Look."), CALL)), say("21 degrees."))
    first = anthropic_client.ask(
        model, "Weather?", stream=stream, tools=scenarios.tools("anthropic"), thinking=thinking
    )
    _replay(anthropic_client, first, model, stream=stream, thinking=thinking)
    blocks = mock.last.json["messages"][1]["content"]
    assert [block["type"] for block in blocks] == ["thinking", "redacted_thinking", "text", "tool_use"]
    assert blocks[0]["thinking"] == "Weigh  it.\n"
    assert blocks[0]["signature"] == Thinking("").signature
    assert blocks[1]["data"] == Redacted().data


def test_foreign_thoughts_never_reach_anthropic(anthropic_client, stream, mock):
    """Thoughts of a chat upstream, replayed to Claude: no made-up signature, no envelope; the call survives."""
    mock.reply_with(Answer(blocks=(Thinking("Weigh it."), Text("Look."), CALL)))
    first = anthropic_client.ask("mo/mock-model", "Weather?", stream=stream, tools=scenarios.tools("anthropic"))
    assert first.thinking == "Weigh it."
    history = [
        scenarios.user("Weather?"),
        {"role": "assistant", "content": [block.to_dict() for block in first.raw.content]},
        *scenarios.tool_results("anthropic", ("call_rome", "21")),
    ]
    anthropic_client.ask("mo/mock-model", history, tools=scenarios.tools("anthropic"), stream=stream)
    assert "rtr1." not in mock.last.body.decode()
    assert seen.calls(mock.last)[0][1] == "get_weather"


def test_claude_thoughts_do_not_reach_a_chat_upstream(anthropic_client, mock):
    mock.reply_with(Answer(blocks=(Thinking("Private thought."), Text("Look."), CALL)))
    first = anthropic_client.ask("ma/mock-model", "Weather?", tools=scenarios.tools("anthropic"))
    heard = _replay(anthropic_client, first, "mo/mock-model")
    assert Thinking("").signature not in mock.last.body.decode()
    assert seen.results(mock.last) == [("call_rome", "21", False)]
    assert "messages.thinking" in seen.losses(heard)


def test_tool_loop_of_an_openai_client_with_a_thinking_claude(openai_client, mock, stream):
    """The client cannot carry signatures; the next request must still be one Claude takes."""
    mock.reply_with(Answer(blocks=(Thinking("Weigh it."), CALL)), say("21 degrees."))
    first = openai_client.ask(
        "ma/claude-sonnet-4-5", "Weather?", stream=stream, tools=scenarios.tools("openai"), reasoning_effort="medium"
    )
    assert mock.last.json["thinking"]["type"] == "enabled"
    assert mock.last.json["thinking"]["budget_tokens"] < mock.last.json["max_tokens"]
    history = [
        scenarios.user("Weather?"),
        scenarios.assistant_calls("openai", first.calls[0]),
        *scenarios.tool_results("openai", ("call_rome", "21")),
    ]
    heard = openai_client.ask(
        "ma/claude-sonnet-4-5", history, stream=stream, tools=scenarios.tools("openai"), reasoning_effort="medium"
    )
    assert heard.text == "21 degrees."


def test_reasoning_content_is_replayed_to_vendors_that_want_it(openai_client, anthropic_client, mock):
    """DeepSeek and Kimi demand their own earlier reasoning inside a tool loop."""
    mock.reply_with(Answer(blocks=(Thinking("Weigh it."), Text("Look."), CALL)))
    first = anthropic_client.ask("mo/deepseek-reasoner", "Weather?", tools=scenarios.tools("anthropic"))
    _replay(anthropic_client, first, "mo/deepseek-reasoner")
    assistant = [m for m in mock.last.json["messages"] if m["role"] == "assistant"][0]
    assert assistant["reasoning_content"] == "Weigh it."


@pytest.mark.parametrize(
    ("effort", "model", "expected"),
    [
        ("low", "anthropic/claude-opus-4-8", {"thinking": "adaptive", "effort": "low"}),
        ("high", "anthropic/claude-opus-4-8", {"thinking": "adaptive", "effort": "high"}),
        ("xhigh", "anthropic/claude-opus-4-8", {"thinking": "adaptive", "effort": "xhigh"}),
        ("none", "anthropic/claude-opus-4-8", {"thinking": "disabled", "effort": None}),
        ("medium", "anthropic/claude-sonnet-4-5", {"thinking": "enabled", "budget": 8192}),
    ],
)
def test_effort_becomes_what_the_model_takes(openai_client, mock, effort, model, expected):
    openai_client.ask(model, reasoning_effort=effort)
    sent = mock.last.json
    found = {"thinking": sent.get("thinking", {}).get("type")}
    if "effort" in expected:
        found["effort"] = sent.get("output_config", {}).get("effort")
    if "budget" in expected:
        found["budget"] = sent["thinking"]["budget_tokens"]
    assert found == expected


@pytest.mark.parametrize(
    ("thinking", "effort"),
    [
        ({"type": "enabled", "budget_tokens": 2048}, "low"),
        ({"type": "enabled", "budget_tokens": 8192}, "medium"),
        ({"type": "enabled", "budget_tokens": 20000}, "high"),
        ({"type": "disabled"}, "none"),
    ],
)
def test_budget_becomes_effort(anthropic_client, mock, thinking, effort):
    anthropic_client.ask("openai/gpt-6-luna", thinking=thinking, max_tokens=32000)
    assert mock.last.json["reasoning_effort"] == effort


def test_budget_too_large_for_the_limit_is_made_legal(openai_client, mock):
    openai_client.ask("ma/claude-sonnet-4-5", reasoning_effort="high", max_completion_tokens=500)
    assert mock.last.json["thinking"]["budget_tokens"] < mock.last.json["max_tokens"]


def test_forced_tool_and_manual_thinking_are_reconciled(openai_client, mock):
    heard = openai_client.ask(
        "ma/claude-sonnet-4-5", reasoning_effort="low", tools=scenarios.tools("openai"), tool_choice="required"
    )
    assert seen.losses(heard)


@pytest.mark.parametrize("thinking", [{"type": "enabled", "budget_tokens": 31999}, {"type": "adaptive"}])
def test_a_model_of_ollama_that_does_not_think_answers_all_the_same(anthropic_client, mock, stream, thinking):
    mock.reply_with(faults.error(400, '"llama3.2" does not support thinking'), say("Hello."))
    heard = anthropic_client.ask("ml/llama3.2", thinking=thinking, max_tokens=32000, stream=stream)
    assert heard.text == "Hello."
    assert [request.json.get("think") for request in mock.requests] == [True, None]
    assert seen.losses(heard) == {"thinking"}


def test_amounts_of_thinking_at_ollama(openai_client, mock):
    openai_client.ask("ml/gpt-oss:20b", reasoning_effort="medium")
    openai_client.ask("ml/qwen3:8b", reasoning_effort="medium")
    assert [request.json["think"] for request in mock.requests] == ["medium", True]
