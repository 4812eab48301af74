"""Tools as Codex declares them in the Responses API, at upstreams that know functions only."""

import pytest
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
