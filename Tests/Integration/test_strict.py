"""Losses are told, or refused when the client says so."""

import pytest
import raw_http
import seen

# A list of lists of lists …, which Claude's structured outputs do not know.
TREE = {"type": "object", "properties": {"c": {"type": "array", "items": {"$ref": "#"}}}, "required": ["c"]}
TREE["additionalProperties"] = False
TREE_FORMAT = {"type": "json_schema", "json_schema": {"name": "tree", "strict": True, "schema": TREE}}
TREE_TOOL = {"type": "function", "function": {"name": "f", "strict": True, "parameters": TREE}}

# A request with something the other dialect cannot say, and the field at fault.
LOSSY = [
    ("openai", "ma/mock-model", {"seed": 7}, "seed"),
    ("openai", "ma/mock-model", {"logit_bias": {"50256": -100}}, "logit_bias"),
    ("openai", "ma/mock-model", {"frequency_penalty": 0.5}, "frequency_penalty"),
    ("openai", "ma/mock-model", {"logprobs": True}, "logprobs"),
    ("openai", "ma/mock-model", {"temperature": 1.7}, "temperature"),
    ("openai", "ma/mock-model", {"response_format": {"type": "json_object"}}, "response_format"),
    ("openai", "ma/claude-sonnet-4-5", {"response_format": TREE_FORMAT}, "response_format"),
    ("openai", "ma/claude-sonnet-4-5", {"tools": [TREE_TOOL]}, "tools.strict"),
    ("openai", "ma/mock-model", {"x_unknown": 1}, "x_unknown"),
    ("anthropic", "mo/mock-model", {"top_k": 5}, "top_k"),
    ("anthropic", "mo/mock-model", {"x_unknown": {"a": 1}}, "x_unknown"),
]


@pytest.mark.parametrize(("dialect", "model", "extra", "field"), LOSSY, ids=[f"{c}-{f}" for c, _, _, f in LOSSY])
def test_loss_is_named_in_the_header(router, mock, dialect, model, extra, field):
    answer = raw_http.post(router, dialect, raw_http.chat_body(model, **extra))
    assert answer.status == 200, answer
    assert f"dropped={field};" in answer.headers["x-omniroute-translation"]


@pytest.mark.parametrize(("dialect", "model", "extra", "field"), LOSSY, ids=[f"{c}-{f}" for c, _, _, f in LOSSY])
def test_strict_mode_refuses_instead(router, mock, dialect, model, extra, field):
    answer = raw_http.post(router, dialect, raw_http.chat_body(model, **extra), "X-OmniRoute-Strict: true")
    assert answer.status == 400, answer
    assert field in answer.json["error"]["message"]
    assert mock.requests == []


@pytest.mark.parametrize(("dialect", "model"), [("openai", "ma/mock-model"), ("anthropic", "mo/mock-model")])
def test_strict_mode_lets_lossless_requests_through(router, mock, dialect, model):
    answer = raw_http.post(router, dialect, raw_http.chat_body(model), "X-OmniRoute-Strict: true")
    assert answer.status == 200, answer


def test_losses_are_told_for_streams_too(openai_client, mock):
    heard = openai_client.ask("ma/mock-model", stream=True, seed=7)
    assert seen.losses(heard) == {"seed"}


def test_header_stays_below_a_kilobyte_and_holds_no_contents(router, mock):
    extra = {f"unknown_field_number_{i}": "private contents" for i in range(100)}
    answer = raw_http.post(router, "openai", raw_http.chat_body("ma/mock-model", **extra))
    header = answer.headers["x-omniroute-translation"]
    assert len(header) <= 1024
    assert "private" not in header


def test_hostile_field_names_cannot_break_the_header(router, mock):
    answer = raw_http.post(
        router, "openai", raw_http.chat_body("ma/mock-model", **{"a\r\nset-cookie: x=1": 1, "é🙂": 2})
    )
    assert answer.status == 200
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("stream", [False, True])
def test_losses_are_in_the_request_log(router, mock, stream):
    answer = raw_http.post(router, "openai", raw_http.chat_body("ma/mock-model", stream=stream, seed=7, n=1))
    assert answer.status == 200
    request = answer.headers["x-request-id"]
    mock.wait_until(lambda: request in router.daemon.stderr, why="the request is logged")
    (line,) = [line for line in router.daemon.stderr.splitlines() if request in line]
    assert 'losses="dropped=seed;reason=unsupported"' in line
