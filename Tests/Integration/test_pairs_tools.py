"""What tools need beyond one round, for all 25 pairs: choices, failures, calls without ids, odd names, refusals."""

import conversation
import pytest
import raw_http
import scenarios
import understood
from conversation import Model, Results, User
from mock_upstream import Answer, Refusal, Text, ToolCall, say
from mock_upstream.answers import dump
from mock_upstream.faults import normal
from router import DIALECTS, PREFIX

ROME = ToolCall("call_rome", "get_weather", '{"city":"Rome","unit":"c"}')
OSLO = ToolCall("call_oslo", "get_weather", '{"city":"Oslo","unit":"f"}')


@pytest.mark.parametrize("choice", ["auto", "none", "required", "get_time"])
@pytest.mark.parametrize("dialect", [dialect for dialect in DIALECTS if dialect != "ollama"])
def test_choice(sdk_clients, router, any_upstream, any_model, mock, dialect, choice):
    heard = conversation.ask(sdk_clients[dialect], any_model, "x", tools=scenarios.NAMES, choice=choice)
    told = understood.request(mock.last)
    lost = heard.headers.get("x-omniroute-translation", "")
    if any_upstream == "ollama":
        # Ollama has no choice: what it must not call is not told it, and force is reported as lost.
        kept = {"none": [], "get_time": ["get_time"]}.get(choice, list(scenarios.NAMES))
        assert list(told.tools) == kept
        name = "toolConfig.functionCallingConfig" if dialect == "gemini" else "tool_choice"
        assert (name in lost) == (choice in ("required", "get_time"))
        return
    assert told.choice == choice or (choice == "auto" and told.choice is None)
    assert "tool_choice" not in lost
    assert set(told.tools) == set(scenarios.NAMES)


@pytest.mark.parametrize("dialect", ["anthropic", "gemini"])
def test_failed_tool(sdk_clients, router, any_upstream, any_model, mock, dialect):
    """The dialects that can say so say so; the others say it in words."""
    turns = [
        User("x"),
        Model(calls=((ROME.id, ROME.name, ROME.arguments),)),
        Results((("call_rome", "get_weather", "no such city"),), failed=True),
    ]
    conversation.ask(sdk_clients[dialect], any_model, turns, tools=scenarios.NAMES)
    [(_, text, failed)] = understood.request(mock.last).results
    assert failed
    assert "no such city" in text


def without_ids(recorded):
    """Gemini before version 3 and older Ollama servers give their calls no ids."""
    reply = normal(recorded, Answer(blocks=(ROME, OSLO)))
    steps = [
        step.replace(b'"id":"call_rome",', b"").replace(b'"id":"call_oslo",', b"").replace(b'"index":1,', b'"index":0,')
        for step in reply.steps
    ]
    assert steps != reply.steps
    return reply.with_(steps=steps)


@pytest.mark.parametrize("origin", ["gemini", "ollama"])
@pytest.mark.parametrize("dialect", ["openai", "responses", "anthropic"])
def test_calls_without_ids(sdk_clients, router, mock, origin, dialect, stream):
    """The router makes ids up, different ones, and its own upstream understands the results that name them."""
    mock.reply_with(without_ids, say("Done."))
    client, model = sdk_clients[dialect], f"{PREFIX[origin]}/m"
    first = conversation.ask(client, model, "Weather?", stream=stream, tools=scenarios.NAMES)
    assert [call[1] for call in first.calls] == ["get_weather", "get_weather"]
    assert [arguments["city"] for _, arguments in first.arguments] == ["Rome", "Oslo"]
    ids = [call[0] for call in first.calls]
    assert len(set(ids)) == 2
    assert all(ids)
    # The results in the other order: only the ids say which is whose.
    turns = [
        User("Weather?"),
        Model(calls=tuple(first.calls)),
        Results(((ids[1], "get_weather", "50"), (ids[0], "get_weather", "21"))),
    ]
    conversation.ask(client, model, turns, tools=scenarios.NAMES)
    told = understood.request(mock.last)
    by_call = dict(zip((call[0] for call in told.calls), (call[2]["city"] for call in told.calls)))
    assert {by_call[id]: text for id, text, _ in told.results} == {"Rome": "21", "Oslo": "50"}


LONG_NAMES = ("mcp__" + "server_of_a_long_name__" * 3 + "tool", "plain")


def test_long_names_come_back(any_client, any_model, stream, mock):
    """64 characters are the limit of some; every client reads the names it declared. Within a dialect bytes pass."""
    if f"{PREFIX[any_client.dialect]}/mock-model" == any_model:
        any_model = "sim/tools"
        assert conversation.ask(any_client, any_model, "x", tools=LONG_NAMES[:1]).calls[0][1] == LONG_NAMES[0]
        return

    def call_first(recorded):
        declared = list(understood.request(recorded).tools)
        return normal(recorded, Answer(blocks=(ToolCall("c1", declared[0], '{"city":"Rome","unit":"c"}'),)))

    mock.reply_with(call_first)
    heard = conversation.ask(any_client, any_model, "x", stream=stream, tools=LONG_NAMES)
    assert heard.calls[0][1] == LONG_NAMES[0]


def test_refusal(any_client, any_upstream, any_model, stream, mock):
    """What the model says when it will not do something reaches every client as its words or as its refusal."""
    if any_upstream in ("openai", "responses"):
        mock.reply_with(Answer(blocks=(Refusal("I will not."),)))
    else:
        mock.reply_with(say("I will not.", finish="refusal" if any_upstream != "ollama" else "stop"))
    heard = conversation.ask(any_client, any_model, "Do it", stream=stream)
    assert (heard.refusal or "") + heard.text == "I will not."


@pytest.mark.parametrize("dialect", ["responses", "anthropic"])
def test_image_in_a_result(sdk_clients, router, any_upstream, any_model, mock, dialect):
    """A screenshot a tool took is seen by every upstream, wherever it lets pictures stand."""
    if dialect == "anthropic":
        picture = [scenarios.words("shot"), scenarios.image("anthropic")]
    else:
        url = f"data:image/png;base64,{scenarios.PNG}"
        picture = [{"type": "input_text", "text": "shot"}, {"type": "input_image", "image_url": url, "detail": "auto"}]
    called = Model(calls=((ROME.id, ROME.name, ROME.arguments),))
    turns = [User("x"), called, Results((("call_rome", ROME.name, picture),))]
    conversation.ask(sdk_clients[dialect], any_model, turns, tools=scenarios.NAMES)
    assert scenarios.PNG.encode() in mock.last.body
    assert [result[0] for result in understood.request(mock.last).results] == ["call_rome"]


def test_calls_after_thoughts_and_words_keep_their_order(any_client, any_model, stream, mock):
    mock.reply_with(Answer(blocks=(Text("First."), ROME, OSLO)))
    heard = conversation.ask(any_client, any_model, "x", stream=stream, tools=scenarios.NAMES)
    kinds = kinds_of(any_client.dialect, heard)
    assert [kind for i, kind in enumerate(kinds) if i == 0 or kinds[i - 1] != kind or kind == "call"] == [
        "text",
        "call",
        "call",
    ]


def kinds_of(dialect: str, heard) -> list[str]:
    names = {"message": "text", "function_call": "call", "tool_use": "call"}
    match dialect:
        case "responses":
            return [names[item.type] for item in heard.raw.output]
        case "anthropic":
            return [names.get(block.type, block.type) for block in heard.raw.content]
        case "gemini":
            parts = [part for chunk in heard.raw for part in (chunk.candidates[0].content.parts or [])]
            return ["call" if part.function_call else "text" for part in parts if part.function_call or part.text]
    return ["text"] * bool(heard.text) + ["call"] * len(heard.calls)


def test_losses_are_refused_when_strict(router, any_upstream, mock):
    """Ollama's `repeat_penalty` has no counterpart anywhere else."""
    path, body = "/api/chat", {"model": f"{PREFIX[any_upstream]}/m", "stream": False}
    body |= {"messages": [{"role": "user", "content": "x"}], "options": {"repeat_penalty": 1.1}}
    answer = raw_http.exchange(router, path, dump(body), "x-omniroute-strict: true")
    assert answer.status == (200 if any_upstream == "ollama" else 400), answer
