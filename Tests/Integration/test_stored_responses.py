"""Responses clients that leave the conversation to the router: `previous_response_id`, references, and reading back."""

import openai
import pytest
import scenarios
from mock_upstream import Answer, Text, ToolCall, say

CALL = ToolCall("call_rome", "get_weather", '{"city":"Rome","unit":"c"}')
# Every dialect but the Responses API itself, which keeps conversations of its own.
UPSTREAMS = ["mo/mock-model", "ma/mock-model", "mg/mock-model", "ml/mock-model"]


@pytest.fixture
def responses_client(sdk_clients, router):
    return sdk_clients["responses"]


@pytest.fixture(params=UPSTREAMS)
def model(request):
    return request.param


def test_a_conversation_is_continued(responses_client, model, stream, mock):
    sdk = responses_client.sdk
    mock.reply_with(say("I am well."), say("Rome."), say("Bye."))
    first = _ask(sdk, stream, model=model, input="How are you?")
    assert first.store is True
    second = _ask(sdk, stream, model=model, input="Where?", previous_response_id=first.id)
    assert second.previous_response_id == first.id
    _ask(sdk, stream, model=model, input="Bye", previous_response_id=second.id)
    sent = mock.last.body.decode()
    position = -1
    for words in ["How are you?", "I am well.", "Where?", "Rome.", "Bye"]:
        assert sent.find(words) > position, words
        position = sent.find(words)


def test_a_tool_loop_of_outputs_only(responses_client, model, stream, mock):
    sdk = responses_client.sdk
    tools = [{"type": "function", "name": "get_weather", "parameters": scenarios.SCHEMA, "strict": False}]
    mock.reply_with(Answer(blocks=(Text("Look."), CALL)), say("21 degrees."))
    first = _ask(sdk, stream, model=model, input="Weather?", tools=tools)
    call = next(item for item in first.output if item.type == "function_call")
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "21"}
    second = _ask(sdk, stream, model=model, input=[result], tools=tools, previous_response_id=first.id)
    assert second.output_text == "21 degrees."


def test_reading_back(responses_client, router, mock):
    sdk = responses_client.sdk
    mock.reply_with(say("I am well."), say("Rome."))
    first = sdk.responses.create(model="ma/mock-model", input="How are you?")
    second = sdk.responses.create(model="ma/mock-model", input="Where?", previous_response_id=first.id)
    assert sdk.responses.retrieve(second.id).output_text == "Rome."
    items = list(sdk.responses.input_items.list(second.id, order="asc", limit=2))
    assert [item.role for item in items] == ["user", "assistant", "user"]
    assert len({item.id for item in items}) == 3
    sdk.responses.delete(second.id)
    with pytest.raises(openai.NotFoundError) as refusal:
        sdk.responses.retrieve(second.id)
    assert refusal.value.code == "response_not_found"


def test_an_unknown_response_is_refused(responses_client, mock):
    with pytest.raises(openai.BadRequestError) as refusal:
        responses_client.sdk.responses.create(model="ma/mock-model", input="Where?", previous_response_id="resp_x")
    assert refusal.value.param == "previous_response_id"


def test_other_clients_find_nothing(responses_client, router, mock):
    first = responses_client.sdk.responses.create(model="ma/mock-model", input="How are you?")
    other = openai.OpenAI(base_url=f"{router.daemon.url}/v1", api_key=router.admin.key("other")["key"], max_retries=0)
    with other, pytest.raises(openai.NotFoundError):
        other.responses.retrieve(first.id)


def _ask(sdk, stream, **options):
    if not stream:
        return sdk.responses.create(**options)
    with sdk.responses.stream(**options) as events:
        for _ in events:
            pass
        return events.get_final_response()
