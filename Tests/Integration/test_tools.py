"""Tools: declared, chosen, called once and in parallel, answered; all four pairs."""

import json

import pytest
import scenarios
import seen
from mock_upstream import Answer, Reply, Text, ToolCall, say
from mock_upstream.answers import dump
from mock_upstream.faults import normal

ROME = ToolCall("call_rome", "get_weather", '{"city":"Rome","unit":"c"}')
OSLO = ToolCall("call_oslo", "get_weather", '{"city":"Oslo","unit":"f"}')
TIME = ToolCall("call_time", "get_time")


def test_declaration(client, model, mock):
    client.ask(model, tools=scenarios.tools(client.dialect))
    assert seen.tools(mock.last) == dict.fromkeys(scenarios.NAMES, scenarios.SCHEMA)


def test_one_call_after_text(client, model, stream, mock):
    mock.reply_with(Answer(blocks=(Text("Let me ", "look."), ROME)))
    heard = client.ask(model, stream=stream, tools=scenarios.tools(client.dialect))
    assert heard.text == "Let me look."
    assert heard.calls[0][:2] == ("call_rome", "get_weather")
    assert heard.arguments == [("get_weather", {"city": "Rome", "unit": "c"})]
    assert heard.finish == {"openai": "tool_calls", "anthropic": "tool_use"}[client.dialect]


def test_parallel_calls_also_of_one_tool_and_without_arguments(client, model, stream, mock):
    mock.reply_with(Answer(blocks=(ROME, OSLO, TIME)))
    heard = client.ask(model, stream=stream, tools=scenarios.tools(client.dialect))
    assert [call[0] for call in heard.calls] == ["call_rome", "call_oslo", "call_time"]
    assert [arguments for _, arguments in heard.arguments] == [
        {"city": "Rome", "unit": "c"},
        {"city": "Oslo", "unit": "f"},
        {},
    ]


def test_a_turn_of_calls_only_has_no_empty_text(anthropic_client, model, stream, mock):
    mock.reply_with(Answer(blocks=(ROME,)))
    heard = anthropic_client.ask(model, stream=stream, tools=scenarios.tools("anthropic"))
    assert [block.type for block in heard.raw.content] == ["tool_use"]


def test_argument_text_survives(openai_client, model, stream, mock):
    """Numbers beyond 64 bits, `1.0`, key order and escapes are the model's, not ours."""
    arguments = '{"z":12345678901234567890,"a":1.0,"e":1e400,"s":"\\u00e9\\/"}'
    mock.reply_with(Answer(blocks=(ToolCall("call_1", "get_weather", arguments),)))
    heard = openai_client.ask(model, stream=stream, tools=scenarios.tools("openai"))
    # The Anthropic mock's SDK-free writer keeps the text; so must every step after it.
    assert heard.calls[0][2] == arguments


def test_arguments_of_the_history_survive_on_their_way_up(openai_client, mock):
    arguments = '{"z":12345678901234567890,"a":1.0}'
    openai_client.ask(
        "ma/mock-model",
        [
            scenarios.user("x"),
            scenarios.assistant_calls("openai", ("call_1", "get_weather", arguments)),
            *scenarios.tool_results("openai", ("call_1", "ok")),
        ],
        tools=scenarios.tools("openai"),
    )
    assert arguments.encode() in mock.last.body.replace(b" ", b"")


def history(dialect, *results, then=None):
    return [
        scenarios.user("Weather?"),
        scenarios.assistant_calls(
            dialect,
            ("call_rome", "get_weather", ROME.arguments),
            ("call_oslo", "get_weather", OSLO.arguments),
            text="Checking.",
        ),
        *scenarios.tool_results(dialect, *results, then=then),
    ]


def test_results_go_back(client, model, stream, mock):
    mock.reply_with(say("Rome 21, Oslo 50."))
    heard = client.ask(
        model,
        history(client.dialect, ("call_rome", "21"), ("call_oslo", [scenarios.words("50")])),
        stream=stream,
        tools=scenarios.tools(client.dialect),
    )
    assert heard.text == "Rome 21, Oslo 50."
    assert seen.calls(mock.last) == [
        ("call_rome", "get_weather", {"city": "Rome", "unit": "c"}),
        ("call_oslo", "get_weather", {"city": "Oslo", "unit": "f"}),
    ]
    assert seen.results(mock.last) == [("call_rome", "21", False), ("call_oslo", "50", False)]


def test_text_after_results(client, model, mock):
    client.ask(
        model,
        history(client.dialect, ("call_rome", "21"), ("call_oslo", "50"), then="In Kelvin please."),
        tools=scenarios.tools(client.dialect),
    )
    assert seen.turns(mock.last)[-1] == ("user", "In Kelvin please.")
    assert [result[0] for result in seen.results(mock.last)] == ["call_rome", "call_oslo"]


def test_results_in_another_order_are_put_in_order_or_kept(openai_client, mock):
    openai_client.ask(
        "ma/mock-model", history("openai", ("call_oslo", "50"), ("call_rome", "21")), tools=scenarios.tools("openai")
    )
    assert sorted(seen.results(mock.last)) == [("call_oslo", "50", False), ("call_rome", "21", False)]


def test_empty_result(client, model, mock):
    client.ask(
        model, history(client.dialect, ("call_rome", ""), ("call_oslo", "50")), tools=scenarios.tools(client.dialect)
    )
    assert len(seen.results(mock.last)) == 2


def test_unanswered_call_is_completed(openai_client, anthropic_client, mock):
    """A person pressed stop between a call and its result; the providers would refuse the history."""
    openai_client.ask(
        "ma/mock-model", history("openai", ("call_rome", "21"), then="Never mind."), tools=scenarios.tools("openai")
    )
    assert [result[0] for result in seen.results(mock.last)] == ["call_rome", "call_oslo"]
    assert seen.results(mock.last)[1][2] is True
    anthropic_client.ask(
        "mo/mock-model",
        history("anthropic", ("call_rome", "21"), then="Never mind."),
        tools=scenarios.tools("anthropic"),
    )
    assert [result[0] for result in seen.results(mock.last)] == ["call_rome", "call_oslo"]


def test_orphan_result_becomes_words(openai_client, mock):
    openai_client.ask(
        "ma/mock-model",
        [
            scenarios.user("x"),
            {"role": "assistant", "content": "y"},
            {"role": "tool", "tool_call_id": "gone", "content": "late news"},
        ],
    )
    assert "late news" in seen.turns(mock.last)[-1][1]


def test_error_result(anthropic_client, model, mock):
    blocks = [
        {"type": "tool_result", "tool_use_id": "call_rome", "content": "timeout", "is_error": True},
        {"type": "tool_result", "tool_use_id": "call_oslo", "content": "50"},
    ]
    anthropic_client.ask(
        model, history("anthropic")[:2] + [{"role": "user", "content": blocks}], tools=scenarios.tools("anthropic")
    )
    results = seen.results(mock.last)
    assert results[0][2] is True
    assert "timeout" in results[0][1]
    assert results[1] == ("call_oslo", "50", False)


def test_picture_in_a_result(anthropic_client, model, mock):
    """Chat tool messages hold text only: the picture follows in a user message after the last result."""
    anthropic_client.ask(
        model,
        history(
            "anthropic", ("call_rome", [scenarios.words("see"), scenarios.image("anthropic")]), ("call_oslo", "50")
        ),
        tools=scenarios.tools("anthropic"),
    )
    assert seen.images(mock.last) == [f"data:image/png;base64,{scenarios.PNG}"]
    assert [result[0] for result in seen.results(mock.last)] == ["call_rome", "call_oslo"]
    assert "see" in seen.results(mock.last)[0][1]


@pytest.mark.parametrize("choice", ["auto", "none", "required", "get_time"])
def test_tool_choice(client, model, mock, choice):
    client.ask(model, tools=scenarios.tools(client.dialect), **scenarios.tool_choice(client.dialect, choice))
    assert seen.tool_choice(mock.last) == choice


def test_parallel_calls_off(client, model, mock):
    client.ask(model, tools=scenarios.tools(client.dialect), **scenarios.tool_choice(client.dialect, "serial"))
    assert seen.is_serial(mock.last)


def test_allowed_tools(openai_client, mock):
    allowed = {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "get_time"}}]},
    }
    openai_client.ask("ma/mock-model", tools=scenarios.tools("openai"), tool_choice=allowed)
    assert list(seen.tools(mock.last)) == ["get_time"]
    assert seen.tool_choice(mock.last) == "required"


def test_choice_without_tools_is_dropped(openai_client, mock):
    openai_client.ask("ma/mock-model", extra_body={"tool_choice": "auto", "tools": []})
    assert "tool_choice" not in mock.last.json
    assert "tools" not in mock.last.json


def test_long_and_strange_ids(openai_client, anthropic_client, mock):
    """Ids that the target refuses are replaced, the same one everywhere, and two long ones stay apart."""
    ids = ["call:with.dots/and" + "x" * 60, "call:with.dots/and" + "x" * 60 + "y"]
    for ask, dialect, model in (
        (openai_client.ask, "openai", "ma/mock-model"),
        (anthropic_client.ask, "anthropic", "mo/mock-model"),
    ):
        given = ids if dialect == "openai" else ["toolu_" + "x" * 60, "toolu_" + "x" * 60 + "y"]
        ask(
            model,
            [
                scenarios.user("x"),
                scenarios.assistant_calls(dialect, *[(i, "get_time", "{}") for i in given]),
                *scenarios.tool_results(dialect, (given[0], "1"), (given[1], "2")),
            ],
            tools=scenarios.tools(dialect),
        )
        sent = [call[0] for call in seen.calls(mock.last)]
        assert len(set(sent)) == 2
        assert [(result[0], result[1]) for result in seen.results(mock.last)] == [(sent[0], "1"), (sent[1], "2")]


def test_long_tool_name_is_restored(anthropic_client, stream, mock):
    name = "mcp__some_server_with_a_long_name__and_a_tool_with_a_longer_name_still_going"
    assert len(name) > 64

    def call_it(recorded):
        sent = next(iter(seen.tools(recorded)))
        return normal(recorded, Answer(blocks=(ToolCall("call_1", sent),)))

    mock.reply_with(call_it)
    heard = anthropic_client.ask("mo/mock-model", stream=stream, tools=scenarios.tools("anthropic", [name]))
    assert heard.calls[0][1] == name


def test_root_schemas_anthropic_refuses(openai_client, mock):
    schemas = [
        None,
        {"type": "object", "anyOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}]},
        {"properties": {"a": {"type": "string"}}},
    ]
    tools = [
        {"type": "function", "function": {"name": f"t{i}"} | ({"parameters": schema} if schema else {})}
        for i, schema in enumerate(schemas)
    ]
    openai_client.ask("ma/mock-model", extra_body={"tools": tools})
    assert list(seen.tools(mock.last)) == ["t0", "t1", "t2"]


def test_hosted_tool_of_another_vendor_is_refused(anthropic_client, mock):
    with pytest.raises(anthropic_client.errors.BadRequestError, match="tool"):
        anthropic_client.ask("mo/mock-model", tools=[{"type": "code_execution_20260521", "name": "code_execution"}])
    assert mock.requests == []


def test_calls_all_at_index_zero(anthropic_client, mock):
    """Some servers number every parallel call 0; the ids tell them apart."""

    def chunk(delta, finish=None):
        return (
            b"data: "
            + dump(
                {
                    "id": "c",
                    "object": "chat.completion.chunk",
                    "created": 1,
                    "model": "m",
                    "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
                }
            )
            + b"\n\n"
        )

    def call(id, city):
        return chunk(
            {
                "tool_calls": [
                    {
                        "index": 0,
                        "id": id,
                        "type": "function",
                        "function": {"name": "get_weather", "arguments": json.dumps({"city": city})},
                    }
                ]
            }
        )

    mock.reply_with(
        Reply(
            headers=[("content-type", "text/event-stream")],
            framing="chunked",
            steps=[
                chunk({"role": "assistant"}),
                call("a", "Rome"),
                call("b", "Oslo"),
                chunk({}, "tool_calls"),
                b"data: [DONE]\n\n",
            ],
        )
    )
    heard = anthropic_client.ask("mo/mock-model", stream=True, tools=scenarios.tools("anthropic"))
    assert [(call[0], arguments[1]["city"]) for call, arguments in zip(heard.calls, heard.arguments)] == [
        ("a", "Rome"),
        ("b", "Oslo"),
    ]


def test_history_of_calls_without_declarations(openai_client, mock):
    """Clients leave the tools out of a last turn that shall not call any; Anthropic wants them declared."""
    openai_client.ask("ma/mock-model", history("openai", ("call_rome", "21"), ("call_oslo", "50"), then="Sum up."))
    assert seen.tools(mock.last)
