"""Every SDK before every upstream: 25 pairs, whole and streamed, one conversation for each thing that can be said."""

import json
import re
from dataclasses import replace

import conversation
import dialects
import pytest
import scenarios
import understood
from conversation import Model, Results, User
from mock_upstream import Answer, Text, Thinking, ToolCall, Usage, faults, say
from mock_upstream.gemini_rules import STANDARD
from router import PREFIX

# What each client reads for a neutral reason.
FINISH = {
    "openai": {"stop": "stop", "length": "length", "tool_use": "tool_calls", "content_filter": "content_filter"},
    "responses": {
        "stop": "completed",
        "length": "incomplete:max_output_tokens",
        "tool_use": "completed",
        "content_filter": "incomplete:content_filter",
    },
    "anthropic": {"stop": "end_turn", "length": "max_tokens", "tool_use": "tool_use", "content_filter": "refusal"},
    "gemini": {"stop": "STOP", "length": "MAX_TOKENS", "tool_use": "STOP", "content_filter": "SAFETY"},
    "ollama": {"stop": "stop", "length": "length", "tool_use": "stop", "content_filter": "stop"},
}
ROME = ToolCall("call_rome", "get_weather", '{"city":"Rome","unit":"c"}')
OSLO = ToolCall("call_oslo", "get_weather", '{"city":"Oslo","unit":"f"}')
TIME = ToolCall("call_time", "get_time")
RICH = Usage(input=20, cache_read=64, cache_write=32, output=15, reasoning=40)


def through(upstream: str, usage: Usage) -> Usage:
    """What is left of the counts when the upstream's dialect has told them."""
    match upstream:
        case "gemini":
            return replace(usage, input=usage.input + usage.cache_write, cache_write=0)
        case "ollama":
            return Usage(input=usage.openai_prompt, output=usage.total_output)
    return usage


def test_text_and_usage(any_client, any_upstream, any_model, stream, mock):
    mock.reply_with(say("Grüß ", "dich 🙂\n", " <b>&amp;</b>", usage=RICH))
    heard = conversation.ask(
        any_client,
        any_model,
        [User("Hallo «du»"), Model("Yes?"), User("Again.")],
        stream=stream,
        system="Be terse.",
        limit=4000,
    )
    assert heard.text == "Grüß dich 🙂\n <b>&amp;</b>"
    assert heard.finish == FINISH[any_client.dialect]["stop"]
    assert heard.usage == dialects.expected_usage(any_client.dialect, through(any_upstream, RICH))
    told = understood.request(mock.last)
    assert told.system == "Be terse."
    assert told.turns == [("user", "Hallo «du»"), ("model", "Yes?"), ("user", "Again.")]
    assert told.limit == 4000
    assert mock.last.model == "mock-model"
    assert mock.last.is_stream == stream


@pytest.fixture
def capable_model(any_upstream):
    """A model of which the router knows that it takes JSON Schema."""
    known = {"anthropic": "claude-sonnet-4-5", "gemini": "gemini-2.5-pro"}
    return f"{PREFIX[any_upstream]}/{known.get(any_upstream, 'mock-model')}"


def without_closing(schema: dict) -> dict:
    return {key: value for key, value in schema.items() if key != "additionalProperties"}


def test_parallel_calls(any_client, capable_model, stream, mock):
    mock.reply_with(Answer(blocks=(Text("Let me ", "look."), ROME, OSLO, TIME)))
    heard = conversation.ask(any_client, capable_model, "Weather?", stream=stream, tools=scenarios.NAMES)
    assert heard.text == "Let me look."
    assert heard.arguments == [
        ("get_weather", {"city": "Rome", "unit": "c"}),
        ("get_weather", {"city": "Oslo", "unit": "f"}),
        ("get_time", {}),
    ]
    if any_client.dialect != "ollama":
        assert [call[0] for call in heard.calls] == ["call_rome", "call_oslo", "call_time"]
    assert heard.finish == FINISH[any_client.dialect]["tool_use"]
    declared = understood.request(mock.last).tools
    assert list(declared) == list(scenarios.NAMES)
    # The Ollama SDK's own types drop what Ollama does not know.
    expected = without_closing(scenarios.SCHEMA) if any_client.dialect == "ollama" else scenarios.SCHEMA
    assert all(schema == expected for schema in declared.values())


def test_results_turn(any_client, any_model, stream, mock):
    """Gemini 3 wants its calls signed, also those of a history that it did not write."""
    if any_model.startswith(PREFIX["gemini"]) and any_client.dialect != "gemini":
        any_model = f"{PREFIX['gemini']}/gemini-3.1-pro-preview"
    mock.reply_with(say("Rome 21, Oslo 50."))
    calls = tuple((call.id, call.name, call.arguments) for call in (ROME, OSLO, TIME))
    results = (("call_rome", "get_weather", "21"), ("call_oslo", "get_weather", "50"), ("call_time", "get_time", "9"))
    turns = [User("Weather?"), Model("Checking.", calls), Results(results)]
    heard = conversation.ask(any_client, any_model, turns, stream=stream, tools=scenarios.NAMES)
    assert heard.text == "Rome 21, Oslo 50."
    told = understood.request(mock.last)
    assert [turn[0] for turn in told.turns] == ["user", "model", "call", "call", "call", "result", "result", "result"]
    assert [call[1:] for call in told.calls] == [
        ("get_weather", {"city": "Rome", "unit": "c"}),
        ("get_weather", {"city": "Oslo", "unit": "f"}),
        ("get_time", {}),
    ]
    assert [result[1:] for result in told.results] == [("21", False), ("50", False), ("9", False)]
    ids = [call[0] for call in told.calls]
    if any_client.dialect != "ollama":
        assert ids == ["call_rome", "call_oslo", "call_time"]
        assert [result[0] for result in told.results] == ids
    elif mock.last.dialect != "ollama":
        assert len(set(ids)) == 3
        assert [result[0] for result in told.results] == ids


def test_thinking(any_client, any_upstream, any_model, stream, mock):
    usage = Usage(output=5, reasoning=30)
    mock.reply_with(Answer(blocks=(Thinking("Weigh it.\n\nThen say it."), Text("Done.")), usage=usage))
    heard = conversation.ask(any_client, any_model, "Hard?", stream=stream, thinks=True, limit=16000)
    assert heard.thinking == "Weigh it.\n\nThen say it."
    assert heard.text == "Done."
    assert heard.usage == dialects.expected_usage(any_client.dialect, through(any_upstream, usage))


@pytest.mark.parametrize("origin", ["responses", "anthropic", "gemini"])
@pytest.mark.parametrize("dialect", ["openai", "responses", "anthropic", "gemini"])
def test_opaque_state_returns_to_its_origin(sdk_clients, router, mock, origin, dialect, stream):
    """The signature of a thought survives a client of another dialect and reaches the one who signed it, as it was."""
    models = {"responses": "mr/gpt-5.5", "anthropic": "ma/claude-sonnet-4-5", "gemini": "mg/gemini-2.5-pro"}
    client = sdk_clients[dialect]
    mock.reply_with(Answer(blocks=(Thinking("Weigh it."), ROME)), say("21 degrees."))
    first = conversation.ask(
        client, models[origin], "Weather?", stream=stream, tools=scenarios.NAMES, limit=16000, thinks=True
    )
    assert first.thinking == "Weigh it."
    # A Chat client carries the state with the call it led to, in a member that its SDK keeps and does not know.
    assert len(first.signatures) == (0 if dialect == "openai" else 1)
    prompt, options = conversation.WORDS[dialect]([User("Weather?")], {"tools": scenarios.NAMES, "limit": 16000})
    replay, _ = conversation.WORDS[dialect]([Results((("call_rome", "get_weather", "21"),))], {})
    heard = client.ask(models[origin], [*prompt, *said(first, dialect), *replay], stream=stream, **options)
    assert heard.text == "21 degrees."
    told = mock.last.body.decode().replace("\\/", "/")
    if origin == dialect == "gemini":
        told = told.translate(STANDARD)
    assert f'"{Thinking("").signature}"' in told
    assert "rtr1." not in told
    assert understood.request(mock.last).calls == [("call_rome", "get_weather", {"city": "Rome", "unit": "c"})]


def said(heard, dialect: str) -> list:
    """The model's turn the way an SDK's user puts it back into the history."""
    match dialect:
        case "openai":
            return [heard.raw.choices[0].message.to_dict()]
        case "responses":
            # The stream helper adds what it parsed to what was sent.
            items = [item.to_dict() for item in heard.raw.output]
            return [{key: value for key, value in item.items() if key != "parsed_arguments"} for item in items]
        case "anthropic":
            return [{"role": "assistant", "content": [block.to_dict() for block in heard.raw.content]}]
        case "gemini":
            parts = [part for chunk in heard.raw for part in (chunk.candidates[0].content.parts or [])]
            return [{"role": "model", "parts": [part for part in parts if part.text != "" or part.thought_signature]}]
    raise ValueError(dialect)


def test_image(any_client, any_model, stream, mock):
    conversation.ask(any_client, any_model, [User("What is this?", image=scenarios.PNG)], stream=stream)
    (_, picture), (_, words) = sorted(understood.request(mock.last).turns)
    if any_client.dialect == mock.last.dialect == "gemini":
        picture = picture.translate(STANDARD)
    assert picture == f"data:image/png;base64,{scenarios.PNG}"
    assert words == "What is this?"


PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


def test_structured_output(any_client, capable_model, stream, mock):
    mock.reply_with(say('{"name":"Ada",', '"age":36}'))
    heard = conversation.ask(any_client, capable_model, "Who?", stream=stream, schema=PERSON)
    assert json.loads(heard.text) == {"name": "Ada", "age": 36}
    assert understood.request(mock.last).schema == PERSON


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter"])
def test_finish(any_client, any_upstream, any_model, stream, mock, reason):
    mock.reply_with(say("So ", "far", finish=reason))
    heard = conversation.ask(any_client, any_model, "Go on", stream=stream)
    if any_upstream == "ollama" and reason == "content_filter":
        reason = "stop"
    assert heard.finish == FINISH[any_client.dialect][reason]
    assert heard.text == "So far"


def test_limits_stops_and_temperature(any_client, any_upstream, any_model, mock):
    """Each arrives where the upstream knows it, and is reported where it does not."""
    heard = conversation.ask(any_client, any_model, "x", limit=77, stops=["END", "STOP"], temperature=0.5)
    told = understood.request(mock.last)
    lost = heard.headers.get("x-omniroute-translation", "")
    assert told.limit == 77
    if any_client.dialect != "responses":
        assert told.stops == (["END", "STOP"] if any_upstream != "responses" else [])
    if any_client.dialect != "anthropic":
        assert told.temperature == 0.5 or "temperature" in lost


MIXED = Answer(blocks=(Thinking("Weigh 🙂."), Text("Grüß ", "dich."), ROME, OSLO), usage=Usage(output=9, reasoning=3))


@pytest.mark.parametrize(
    "fault",
    [
        faults.one_byte_writes(MIXED),
        faults.whole(MIXED),
        faults.framed(MIXED, encoding="gzip"),
        faults.framed(MIXED, framing="close"),
    ],
    ids=["one-byte", "one-write", "gzip", "until-close"],
)
def test_streams_cut_anyhow_read_the_same(any_client, any_model, mock, fault):
    mock.reply_with(fault)
    heard = conversation.ask(any_client, any_model, "x", stream=True, tools=scenarios.NAMES)
    assert (heard.thinking, heard.text) == ("Weigh 🙂.", "Grüß dich.")
    assert [arguments["city"] for _, arguments in heard.arguments] == ["Rome", "Oslo"]
    assert heard.finish == FINISH[any_client.dialect]["tool_use"]


WORDS = re.compile(r"upstream words (\d+)")


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_error_before_the_answer(any_client, any_model, stream, mock, status):
    mock.always(faults.error(status, f"upstream words {status}", retry_after="17" if status == 429 else None))
    with pytest.raises(dialects.failures()) as caught:
        conversation.ask(any_client, any_model, "x", stream=stream)
    error = caught.value
    assert isinstance(error, dialects.failure_of(any_client.dialect, status))
    assert dialects.status_of(error) == status
    assert WORDS.search(str(error)).group(1) == str(status)
    if any_client.dialect == "gemini":
        statuses = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 500: "INTERNAL"}
        assert error.status == statuses.get(status, "RESOURCE_EXHAUSTED")
    if status == 429 and any_client.dialect != "ollama":
        assert error.response.headers["retry-after"] == "17"


LONG = say(*(f"piece {number} " for number in range(9)))


def test_error_in_a_stream(any_client, any_model, mock):
    mock.always(faults.error_event(LONG, 6, "the model fell over"))
    with pytest.raises(dialects.failures()) as caught:
        conversation.ask(any_client, any_model, "x", stream=True)
    assert "the model fell over" in str(caught.value)


@pytest.mark.parametrize("fault", [faults.unterminated(LONG), faults.cut(LONG, 6)], ids=["unterminated", "closed"])
def test_truncated_stream(any_client, any_model, mock, fault):
    """A stream that lacks its end is never taken for a whole one."""
    mock.always(fault)
    with pytest.raises(dialects.failures()):
        conversation.ask(any_client, any_model, "x", stream=True)
