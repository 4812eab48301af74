"""Counting a prompt: by the upstream's own counter where it has one, else an estimate that says so."""

import pytest
import raw_http
import scenarios

# Chat and Ollama servers count nothing.
COUNTING = {"mr/mock-model": "responses", "ma/mock-model": "anthropic", "mg/mock-model": "gemini"}


@pytest.fixture(params=["anthropic", "gemini", "responses"])
def counting(request, sdk_clients, router):
    """A function from model and text to the count, by that dialect's own SDK."""
    sdk = sdk_clients[request.param].sdk
    match request.param:
        case "anthropic":
            return lambda model, text: (
                sdk.messages.count_tokens(model=model, messages=[{"role": "user", "content": text}]).input_tokens
            )
        case "gemini":
            return lambda model, text: sdk.models.count_tokens(model=model, contents=text).total_tokens
    return lambda model, text: sdk.responses.input_tokens.count(model=model, input=text).input_tokens


@pytest.mark.parametrize("model", COUNTING)
def test_the_upstream_counts(counting, model, mock):
    mock.token_count = 4321
    assert counting(model, "How many?") == 4321
    assert mock.violations == []
    assert "How many?" in mock.last.body.decode()
    assert "mock-model" in mock.last.target + mock.last.body.decode()


@pytest.mark.parametrize("model", [*COUNTING, "mo/mock-model", "ml/mock-model", "nobody/knows"])
def test_else_it_is_estimated(counting, model, mock):
    mock.token_count = None
    assert 50 < counting(model, "Hi " * 400) < 2000


@pytest.mark.parametrize("model", COUNTING)
def test_tools_and_instructions_are_counted(router, model, mock):
    mock.token_count = 99
    body = {
        "model": model,
        "system": "Be terse.",
        "tools": scenarios.tools("anthropic"),
        "messages": [{"role": "user", "content": "Weather?"}],
        "thinking": {"type": "adaptive"},
    }
    answer = raw_http.exchange(router, "/v1/messages/count_tokens", body)
    assert answer.json == {"input_tokens": 99}
    assert "x-omniroute-token-count" not in answer.headers
    assert mock.violations == []
    sent = mock.last.body.decode()
    assert "Be terse." in sent and "get_weather" in sent and "max_tokens" not in sent


def test_an_estimate_says_so(router, mock):
    body = {"model": "mo/m", "messages": [{"role": "user", "content": "Hi"}]}
    answer = raw_http.exchange(router, "/v1/messages/count_tokens", body)
    assert answer.headers["x-omniroute-token-count"] == "estimate"
    assert mock.requests == []


def test_an_upstream_without_a_counter_stays_in_use(router, mock):
    mock.token_count = None
    body = {"model": "ma/m", "messages": [{"role": "user", "content": "Hi"}]}
    for _ in range(20):
        assert raw_http.exchange(router, "/v1/messages/count_tokens", body).status == 200
    assert raw_http.exchange(router, "/v1/messages", {**body, "max_tokens": 9}).status == 200


@pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"1"])
@pytest.mark.parametrize(
    "path", ["/v1/messages/count_tokens", "/v1/responses/input_tokens", "/v1beta/models/ma/m:countTokens"]
)
def test_what_is_no_object_has_no_tokens(router, path, body):
    answer = raw_http.exchange(router, path, body)
    assert answer.status == 400
    assert "object" in answer.json["error"]["message"]
