"""What is said arrives: roles, turns, parameters, media, schemas; all four pairs, whole and streamed."""

import json

import pytest
import scenarios
import seen
from dialects import expected_usage
from mock_upstream import say


def test_text_and_usage(client, model, stream, mock):
    answer = say("Grüß ", "dich, ", '\u00e9\u4e2d 🙂\n"quoted" \\ \u2028 end')
    mock.reply_with(answer)
    heard = client.ask(model, "Wie geht's? 🙃", stream=stream)
    assert heard.text == answer.text
    assert heard.finish == {"openai": "stop", "anthropic": "end_turn"}[client.dialect]
    assert heard.usage == expected_usage(client.dialect, answer.usage)
    assert seen.turns(mock.last) == [("user", "Wie geht's? 🙃")]


def test_empty_answer_is_legal(client, model, stream, mock):
    mock.reply_with(say())
    heard = client.ask(model, stream=stream)
    assert heard.text == ""
    assert heard.calls == []


def test_model_and_credential_of_the_connection(client, upstream, model, router, mock):
    client.ask(model)
    request = mock.last
    assert request.model == "mock-model"
    assert request.credential == f"node-key-of-{upstream}-0123456789"
    assert router.key not in str(request.headers)
    assert (
        request.path
        == f"/compatible/{upstream}/v1" + {"openai": "/chat/completions", "anthropic": "/messages"}[upstream]
    )


def test_answer_names_the_model_the_client_asked_for(client, upstream, model, stream):
    if client.dialect == upstream:
        # Passthrough keeps the upstream's bytes, and with them its own name.
        assert client.ask(model, stream=stream).raw.model == "mock-model"
    else:
        assert client.ask(model, stream=stream).raw.model == model


def test_answer_headers(client, upstream, model, stream, mock):
    heard = client.ask(model, stream=stream, extra_headers={"X-Request-Id": "test-request-77"})
    assert heard.headers["x-request-id"] == "test-request-77"
    assert heard.headers["x-omniroute-model"] == "mock-model"
    assert upstream in heard.headers["x-omniroute-provider"]
    assert heard.headers["x-upstream-request-id"] == f"req_mock_{upstream}"
    assert "x-omniroute-translation" not in heard.headers


def test_made_up_request_id_when_the_client_sent_none(client, model):
    first, second = client.ask(model), client.ask(model)
    assert first.headers["x-request-id"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_system_and_developer_roles_keep_their_order(openai_client, model, stream, mock):
    openai_client.ask(
        model,
        [
            {"role": "system", "content": "First rule."},
            {"role": "developer", "content": [scenarios.words("Second rule.")]},
            scenarios.user("Hello"),
        ],
        stream=stream,
    )
    assert seen.system(mock.last) == ["First rule.", "Second rule."]
    assert seen.turns(mock.last) == [("user", "Hello")]


def test_developer_is_system_for_a_server_that_merely_imitates_openai(anthropic_client, openai_client, mock):
    anthropic_client.ask("mo/mock-model", system="Be terse.")
    assert mock.last.json["messages"][0]["role"] == "system"


def test_anthropic_system_blocks(anthropic_client, model, stream, mock):
    anthropic_client.ask(model, system=[scenarios.words("First rule."), scenarios.words("Second rule.")], stream=stream)
    assert "\n\n".join(seen.system(mock.last)) == "First rule.\n\nSecond rule."


def test_instruction_in_the_middle_is_not_hoisted(openai_client, mock):
    openai_client.ask(
        "ma/mock-model",
        [
            scenarios.user("One"),
            {"role": "assistant", "content": "Two"},
            {"role": "system", "content": "From now on: French."},
            scenarios.user("Three"),
        ],
    )
    assert seen.system(mock.last) == []
    last = seen.turns(mock.last)[-1]
    assert last[0] == "user"
    assert last[1].index("From now on: French.") < last[1].index("Three")


def test_multi_turn(client, model, stream, mock):
    turns = [("user", "One"), ("assistant", "Two"), ("user", "Three"), ("assistant", "Four"), ("user", "Five")]
    client.ask(model, [{"role": role, "content": text} for role, text in turns], stream=stream)
    assert seen.turns(mock.last) == turns


def test_history_that_anthropic_would_refuse_is_made_legal(openai_client, mock):
    """Begins with the assistant, has empty texts, same speaker twice."""
    openai_client.ask(
        "ma/mock-model",
        [
            {"role": "assistant", "content": "I start."},
            scenarios.user("A"),
            scenarios.user("B"),
            {"role": "assistant", "content": ""},
            scenarios.user("C"),
        ],
    )
    said = "".join(text for role, text in seen.turns(mock.last) if role == "user")
    assert said.endswith("ABC") or all(letter in said for letter in "ABC")


def test_only_instructions_still_get_an_answer(openai_client, mock):
    openai_client.ask("ma/mock-model", [{"role": "system", "content": "Write a haiku."}])
    assert "Write a haiku." in str(mock.last.json["messages"])


def test_empty_user_text_only(openai_client, mock):
    """OpenAI takes it. Either a legal request goes up, or the router itself says what is missing."""
    try:
        openai_client.ask("ma/mock-model", "")
    except openai_client.errors.BadRequestError:
        assert mock.requests == []


def test_output_limit(client, upstream, model, mock):
    option = {"openai": "max_completion_tokens", "anthropic": "max_tokens"}[client.dialect]
    client.ask(model, **{option: 333})
    sent = mock.last.json
    assert 333 in (sent.get("max_tokens"), sent.get("max_completion_tokens"))


def test_anthropic_gets_a_limit_when_the_client_gave_none(openai_client, mock):
    openai_client.ask("ma/mock-model")
    assert mock.last.json["max_tokens"] >= 1024


def test_stop_sequences(client, model, stream, mock):
    option = {"openai": "stop", "anthropic": "stop_sequences"}[client.dialect]
    client.ask(model, stream=stream, **{option: ["END", "\n\nHuman:"]})
    assert seen.stops(mock.last) == ["END", "\n\nHuman:"]


def test_single_stop_string(openai_client, model, mock):
    openai_client.ask(model, stop="END")
    assert seen.stops(mock.last) == ["END"]


def test_sampling_between_dialects(openai_client, anthropic_client, mock):
    openai_client.ask("ma/mock-model", temperature=0.25)
    assert mock.last.json["temperature"] == 0.25
    assert mock.last.header("anthropic-version") == "2023-06-01"
    anthropic_client.ask("mo/mock-model", extra_body={"temperature": 0.25})
    assert mock.last.json["temperature"] == 0.25


def test_sampling_is_dropped_with_notice_where_the_model_refuses_it(openai_client, mock):
    heard = openai_client.ask("anthropic/claude-opus-4-8", temperature=0.25)
    assert "temperature" not in mock.last.json
    assert mock.last.header("anthropic-version") == "2026-10-21"
    assert "temperature" in seen.losses(heard)


def test_image_bytes(client, model, stream, mock):
    client.ask(
        model,
        [
            scenarios.user(
                scenarios.words("What is it?"),
                scenarios.image(client.dialect),
                scenarios.image(client.dialect, scenarios.JPEG, "image/jpeg"),
            )
        ],
        stream=stream,
    )
    assert seen.images(mock.last) == [
        f"data:image/png;base64,{scenarios.PNG}",
        f"data:image/jpeg;base64,{scenarios.JPEG}",
    ]
    assert seen.turns(mock.last) == [("user", "What is it?")]


def test_image_url(client, model, mock):
    client.ask(
        model,
        [
            scenarios.user(
                scenarios.words("What is it?"),
                scenarios.image_url(client.dialect, "https://example.com/cat.png?a=1&b=2"),
            )
        ],
    )
    assert seen.images(mock.last) == ["https://example.com/cat.png?a=1&b=2"]


def test_wrongly_declared_image_type_is_corrected(openai_client, mock):
    """Anthropic looks at the bytes and refuses a wrong media type; `image/jpg` is not a type at all."""
    openai_client.ask(
        "ma/mock-model",
        [
            scenarios.user(
                scenarios.image("openai", scenarios.PNG, "image/jpeg"),
                scenarios.image("openai", scenarios.JPEG, "image/jpg"),
            )
        ],
    )
    assert [url.split(";")[0] for url in seen.images(mock.last)] == ["data:image/png", "data:image/jpeg"]


def test_pdf(client, model, stream, mock):
    client.ask(model, [scenarios.user(scenarios.words("Sum up."), scenarios.pdf(client.dialect))], stream=stream)
    assert seen.documents(mock.last) == [f"data:application/pdf;base64,{scenarios.PDF}"]


def test_text_document_becomes_text(anthropic_client, mock):
    anthropic_client.ask(
        "mo/mock-model",
        [
            scenarios.user(
                {
                    "type": "document",
                    "title": "Notes",
                    "source": {"type": "text", "media_type": "text/plain", "data": "the secret word is plum"},
                }
            )
        ],
    )
    assert "the secret word is plum" in seen.turns(mock.last)[0][1]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "file", "file": {"file_id": "file-abc"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    ],
    ids=["file-id", "audio"],
)
def test_what_cannot_exist_upstream_is_refused_not_dropped(openai_client, mock, part):
    with pytest.raises(openai_client.errors.BadRequestError):
        openai_client.ask("ma/mock-model", [scenarios.user(scenarios.words("x"), part)])
    assert mock.requests == []


def test_more_than_one_choice_is_refused(openai_client, mock):
    with pytest.raises(openai_client.errors.BadRequestError, match="choice"):
        openai_client.ask("ma/mock-model", n=2)
    assert mock.requests == []


def test_structured_output(client, upstream, stream, mock):
    mock.reply_with(say('{"city":"Rome",', '"unit":"c"}'))
    model = {"openai": "mo/mock-model", "anthropic": "ma/claude-sonnet-4-5"}[upstream]
    heard = client.ask(model, stream=stream, **scenarios.structured(client.dialect, scenarios.SCHEMA))
    assert json.loads(heard.text) == {"city": "Rome", "unit": "c"}
    assert seen.output_schema(mock.last)["properties"]["unit"]["enum"] == ["c", "f"]


def test_schema_limits_anthropic_does_not_know_are_not_sent(openai_client, mock):
    schema = {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 1, "maximum": 9},
            "s": {"type": "string", "minLength": 2, "pattern": "^a"},
        },
        "required": ["n", "s"],
    }
    openai_client.ask("ma/claude-sonnet-4-5", **scenarios.structured("openai", schema))
    sent = seen.output_schema(mock.last)
    assert sent["additionalProperties"] is False
    assert list(sent["properties"]) == ["n", "s"]


def test_schema_for_vendors_that_may_not_know_the_field_is_told_in_words(openai_client, mock):
    heard = openai_client.ask("ma/mock-model", **scenarios.structured("openai", scenarios.SCHEMA))
    assert "City name" in " ".join(seen.system(mock.last))
    assert "response_format" in seen.losses(heard)


def test_json_mode_without_schema_is_told_in_words(openai_client, mock):
    heard = openai_client.ask("ma/mock-model", response_format={"type": "json_object"})
    assert "JSON" in " ".join(seen.system(mock.last))
    assert "response_format" in seen.losses(heard)


def test_user_identifier(openai_client, anthropic_client, mock):
    openai_client.ask("ma/mock-model", safety_identifier="user-7")
    assert mock.last.json["metadata"] == {"user_id": "user-7"}
    anthropic_client.ask("openai/gpt-4o", metadata={"user_id": "user-7"})
    assert mock.last.json["safety_identifier"] == "user-7"


def test_mail_address_is_not_given_away(openai_client, mock):
    openai_client.ask("ma/mock-model", user="ada@example.com")
    assert "example.com" not in mock.last.body.decode()


def test_cache_marks(openai_client, anthropic_client, mock):
    openai_client.ask(
        "ma/mock-model",
        [
            scenarios.user(
                {**scenarios.words("long text"), "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "30m"}},
                scenarios.words("question"),
            )
        ],
    )
    assert mock.last.json["messages"][0]["content"][0]["cache_control"]["type"] == "ephemeral"
    marked = [{**scenarios.words(f"part {i}"), "cache_control": {"type": "ephemeral"}} for i in range(4)]
    anthropic_client.ask("mo/mock-model", system=marked)
    assert "cache_control" not in mock.last.body.decode()


def test_more_cache_marks_than_allowed(openai_client, mock):
    parts = [{**scenarios.words(f"part {i}"), "prompt_cache_breakpoint": {"mode": "explicit"}} for i in range(6)]
    heard = openai_client.ask("ma/mock-model", [scenarios.user(*parts)])
    assert mock.last.body.count(b'"cache_control"') == 4
    assert "prompt_cache_breakpoint" in seen.losses(heard)


def test_billing_line_of_claude_code_does_not_reach_others(anthropic_client, mock):
    anthropic_client.ask(
        "mo/mock-model",
        system=[scenarios.words("x-anthropic-billing-header: cc_version=2.1; cch=1234;"), scenarios.words("Be terse.")],
    )
    assert seen.system(mock.last) == ["Be terse."]
