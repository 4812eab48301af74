"""Tools as Codex declares them in the Responses API, at upstreams that know functions only."""

import pytest
import understood
from mock_upstream import Answer, ToolCall, say

# Every dialect but the Responses API itself, which gets the client's bytes.
UPSTREAMS = ["mo/mock-model", "ma/mock-model", "mg/mock-model", "ml/mock-model"]
PATCH = {
    "type": "custom",
    "name": "apply_patch",
    "description": "Edits files.",
    "format": {"type": "grammar", "syntax": "lark", "definition": "start: /a/"},
}


@pytest.fixture
def sdk(sdk_clients, router):
    return sdk_clients["responses"].sdk


@pytest.fixture(params=UPSTREAMS)
def model(request):
    return request.param


def ask(sdk, stream, **fields):
    """The items of the answer, as a client sends them back."""
    if not stream:
        items = sdk.responses.create(**fields, store=False).output
    else:
        events = list(sdk.responses.create(**fields, store=False, stream=True))
        assert events[-1].type == "response.completed"
        items = [event.item for event in events if event.type == "response.output_item.done"]
        assert items == events[-1].response.output
    return [item.model_dump(exclude_none=True) for item in items]


def test_free_text_tools(sdk, model, stream, mock):
    mock.reply_with(
        Answer(blocks=(ToolCall("call_1", "apply_patch", '{"input":"*** Begin Patch\\n+x"}'),)), say("Done.")
    )
    turns = [{"role": "user", "content": "x"}]
    [call] = ask(sdk, stream, model=model, input=turns, tools=[PATCH])
    assert (call["type"], call["name"], call["input"]) == ("custom_tool_call", "apply_patch", "*** Begin Patch\n+x")
    result = {"type": "custom_tool_call_output", "call_id": call["call_id"], "output": "ok"}
    choice = {"type": "custom", "name": "apply_patch"}
    [answer] = ask(sdk, stream, model=model, input=[*turns, call, result], tools=[PATCH], tool_choice=choice)
    assert answer["content"][0]["text"] == "Done."
    assert b'"custom"' not in mock.last.body
    assert b"*** Begin Patch" in mock.last.body


def test_openai_itself_knows_free_text_tools(sdk, mock):
    mock.reply_with(say("Done."))
    ask(sdk, False, model="openai/gpt-5.6", input="x", tools=[PATCH])
    assert mock.last.json["tools"][0]["type"] == "custom"


SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}


def group(name):
    read = {"type": "function", "name": "read", "description": "Reads.", "parameters": SCHEMA, "strict": False}
    return {"type": "namespace", "name": name, "description": "A server.", "tools": [read]}


def test_tools_of_mcp_servers(sdk, model, stream, mock):
    """Two servers with a tool of one name: the model sees two tools, the client gets each call with its server."""
    tools = [group("mcp__fs"), group("mcp__db")]
    mock.reply_with(
        Answer(
            blocks=(
                ToolCall("call_1", "mcp__db__read", '{"path":"a"}'),
                ToolCall("call_2", "mcp__fs__read", '{"path":"b"}'),
            )
        ),
        say("Done."),
    )
    turns = [{"role": "user", "content": "x"}]
    calls = ask(sdk, stream, model=model, input=turns, tools=tools)
    assert [(call["namespace"], call["name"]) for call in calls] == [("mcp__db", "read"), ("mcp__fs", "read")]
    results = [{"type": "function_call_output", "call_id": call["call_id"], "output": "ok"} for call in calls]
    [answer] = ask(sdk, stream, model=model, input=[*turns, *calls, *results], tools=tools)
    assert answer["content"][0]["text"] == "Done."
    first, second = (understood.request(request) for request in mock.requests)
    assert list(first.tools) == list(second.tools) == ["mcp__fs__read", "mcp__db__read"]
    assert [call[1] for call in second.calls] == ["mcp__db__read", "mcp__fs__read"]


def test_a_kept_call_knows_its_server(sdk, mock):
    tools = [group("mcp__fs")]
    mock.reply_with(Answer(blocks=(ToolCall("call_1", "mcp__fs__read", '{"path":"a"}'),)), say("Done."))
    fields = {"model": "ma/mock-model", "tools": tools}
    first = sdk.responses.create(input="x", **fields)
    result = {"type": "function_call_output", "call_id": first.output[0].call_id, "output": "ok"}
    second = sdk.responses.create(input=[result], previous_response_id=first.id, **fields)
    assert second.output_text == "Done."
    assert [call[1] for call in understood.request(mock.last).calls] == ["mcp__fs__read"]


def test_a_repeated_question_is_answered_alike(sdk, router, mock, stream):
    """From the cache too: what a call goes by upstream is kept with the answer."""
    further = {"type": "additional_tools", "role": "developer", "tools": [group("mcp__fs")]}
    turns = [{"role": "user", "content": "cached"}, further]
    fields = {"model": "mo/mock-model", "input": turns, "temperature": 0}
    mock.reply_with(Answer(blocks=(ToolCall("call_1", "mcp__fs__read", '{"path":"a"}'),)))
    heard = [ask(sdk, stream, **fields) for _ in range(2)]
    assert [(call["namespace"], call["name"]) for [call] in heard] == [("mcp__fs", "read")] * 2
    assert len(mock.requests) == 1


def test_a_responses_endpoint_gets_the_groups(sdk, mock):
    ask(sdk, False, model="mr/mock-model", input="x", tools=[group("mcp__fs")])
    assert mock.last.json["tools"] == [group("mcp__fs")]
