"""Stop sequences the upstream takes none of: the router cuts the answer and ends the call."""

from mock_upstream import say

LONG = say("one tw", "o EN", "D three", " four")
FINISH = {"openai": "stop", "anthropic": "stop_sequence", "ollama": "stop"}


def test_the_answer_ends_at_the_sequence(client, stream, mock):
    mock.reply_with(LONG)
    options = {"stop": ["END"]} if client.dialect == "openai" else {"stop_sequences": ["END"]}
    heard = client.ask("mr/mock-model", stream=stream, **options)
    assert "stop" not in mock.last.json
    assert heard.text == "one two "
    assert heard.finish == FINISH[client.dialect]
    if client.dialect == "anthropic":
        assert heard.stop_sequence == "END"


def test_the_upstream_is_left(client, mock):
    mock.reply_with(say("0 ", "1 ", "2 ", "END", "x" * 200000))
    options = {"stop": ["END"]} if client.dialect == "openai" else {"stop_sequences": ["END"]}
    assert client.ask("mr/mock-model", stream=True, **options).text == "0 1 2 "
    assert client.ask("mr/mock-model", stream=True).text


def test_what_may_begin_one_is_not_lost(client, stream, mock):
    mock.reply_with(say("one E", "N"))
    options = {"stop": ["END"]} if client.dialect == "openai" else {"stop_sequences": ["END"]}
    assert client.ask("mr/mock-model", stream=stream, **options).text == "one EN"
