"""Reasoning state of calls, for clients that drop what they do not know: restored when the call comes back."""

import pytest
import raw_http
import scenarios
from conversation import Model, Results, User, ask
from mock_upstream import Answer, Text, Thinking, ToolCall, say

SIGNATURE = Thinking("").signature
CALL = ToolCall("call_rome", "get_weather", '{"city":"Rome","unit":"c"}')
ORIGINS = ["mg/gemini-3-pro-preview", "ma/claude-sonnet-4-5"]


# A Gemini client's own thoughts pass through its own dialect as they are.
FORGETFUL = [(dialect, model) for dialect in ["openai", "ollama", "gemini"] for model in ORIGINS
             if not (dialect == "gemini" and model.startswith("mg/"))]


@pytest.mark.parametrize(("dialect", "model"), FORGETFUL)
def test_c116_state_comes_back_with_its_call(sdk_clients, router, dialect, model, stream, mock):
    forgetful = sdk_clients[dialect]
    mock.reply_with(Answer(blocks=(Thinking("Weigh it."), Text("Look."), CALL)), say("21 degrees."))
    options = {"tools": ["get_weather"], "thinks": True, "stream": stream}
    first = ask(forgetful, model, "Weather?", **options)
    # The call as any program would keep it, with nothing of ours.
    turns = [User("Weather?"), Model("Look.", calls=(first.calls[0],)), Results((("call_rome", "get_weather", "21"),))]
    ask(forgetful, model, turns, **options)
    assert SIGNATURE in mock.last.body.decode().replace("\\/", "/")
    if model.startswith("ma/"):
        blocks = mock.last.json["messages"][1]["content"]
        assert [block["type"] for block in blocks] == ["thinking", "text", "tool_use"]
        assert blocks[0]["thinking"] == "Weigh it."
        assert mock.last.json["thinking"]["type"] == "enabled"


@pytest.mark.parametrize("model", ORIGINS)
def test_it_is_nobody_elses(router, model, mock):
    mock.reply_with(Answer(blocks=(Thinking("Weigh it."), CALL)), say("21 degrees."))
    body = {"model": model, "messages": [scenarios.user("Weather?")], "tools": scenarios.tools("openai")}
    raw_http.exchange(router, "/v1/chat/completions", body)
    body["messages"] += [
        scenarios.assistant_calls("openai", ("call_rome", "get_weather", CALL.arguments)),
        *scenarios.tool_results("openai", ("call_rome", "21")),
    ]
    other = router.admin.key("other")["key"]
    answer = raw_http.exchange(router, "/v1/chat/completions", body, key=other)
    assert answer.status == 200
    assert SIGNATURE not in mock.last.body.decode().replace("\\/", "/")
