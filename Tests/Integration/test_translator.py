"""The translator tells what upstreams really receive, and streams as clients really read them."""

import json

import pytest
import raw_http
from mock_upstream import say
from router import PREFIX

TOOL = {"type": "object", "properties": {"city": {"type": "string"}}}
REQUESTS = {
    "openai-chat": (
        "/v1/chat/completions",
        {
            "messages": [{"role": "system", "content": "Be «terse»."}, {"role": "user", "content": "Hi 🙂"}],
            "seed": 7, "temperature": 1.5, "logit_bias": {"1": 2}, "max_tokens": 99,
            "tools": [{"type": "function", "function": {"name": "w", "parameters": TOOL}}],
        },
    ),
    "openai-responses": (
        "/v1/responses",
        {"input": [{"role": "user", "content": "Hi"}], "instructions": "Be terse.", "max_output_tokens": 99,
         "max_tool_calls": 2, "store": False},
    ),
    "anthropic": (
        "/v1/messages",
        {"max_tokens": 99, "top_k": 4, "system": "Be terse.", "messages": [{"role": "user", "content": "Hi"}],
         "tools": [{"name": "w", "input_schema": TOOL}]},
    ),
    "ollama": (
        "/api/chat",
        {"stream": False, "messages": [{"role": "user", "content": "Hi"}], "options": {"seed": 1, "num_predict": 99, "repeat_penalty": 1.1}},
    ),
}


def translate(router, body, expect=200, **more) -> dict:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return router.admin.call("POST", "/api/translator/translate", {"body": text} | more, expect=expect)


def losses(target: dict) -> list[str]:
    return [f"dropped={loss['field']};reason={loss['reason']}" for loss in target["losses"]]


@pytest.mark.parametrize("upstream", list(PREFIX))
@pytest.mark.parametrize("source", list(REQUESTS))
def test_what_is_told_is_what_is_sent(router, mock, source, upstream):
    path, body = REQUESTS[source]
    model = f"{PREFIX[upstream]}/mock-model"
    text = json.dumps(body | {"model": model}, ensure_ascii=False)
    [told] = translate(router, text, sourceFormat=source, targets=[model])["targets"]
    assert mock.requests == []
    answer = raw_http.exchange(router, path, text.encode(), "x-omniroute-no-cache: true")
    assert answer.status == 200, answer
    sent = mock.last
    assert told["body"].encode() == sent.body
    assert told["bytes"] == len(sent.body)
    assert ", ".join(losses(told)) == answer.headers.get("x-omniroute-translation", "")
    for name, value in told["headers"].items():
        assert sent.header(name) == value
    assert told["passthrough"] == (told["format"] == source)
    # How one is let in is told to nobody.
    assert "node-key" not in json.dumps(told)


def test_the_owners_settings_are_in_it(router, mock):
    router.admin.call("PUT", "/api/settings/system-prompt", {"enabled": True, "prompt": "Speak Latin."})
    try:
        [told] = translate(router, REQUESTS["anthropic"][1] | {"model": "x"}, targets=["mo/m"])["targets"]
    finally:
        router.admin.call("PUT", "/api/settings/system-prompt", {"enabled": False, "prompt": ""})
    assert "Speak Latin." in told["body"]


def test_dialects_need_no_account(router):
    body = REQUESTS["openai-chat"][1] | {"model": "m"}
    answer = translate(router, body, targets=[{"format": "anthropic", "model": "claude-sonnet-4-5"}, "nobody/has-this"])
    assert (answer["sourceFormat"], answer["detected"]) == ("openai-chat", "openai-chat")
    made_up, missing = answer["targets"]
    assert made_up["format"] == "anthropic" and "url" not in made_up
    assert {"field": "seed", "reason": "unsupported"} in made_up["losses"]
    assert {"field": "temperature", "reason": "clamped"} in made_up["losses"]
    assert json.loads(made_up["body"]) == answer["result"]
    assert missing["name"] == "nobody/has-this" and missing["error"]["message"]
    # Without a word about targets, all dialects but the client's are meant.
    assert len(translate(router, body)["targets"]) == 4


def test_gemini_says_its_model_beside_the_body(router):
    body = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}], "generationConfig": {"topK": 3}}
    answer = translate(router, body, model="gemini-2.5-flash", stream=True, targetFormat="claude")
    [target] = answer["targets"]
    assert json.loads(target["body"])["stream"] is True
    assert answer["model"] == "gemini-2.5-flash"


def test_what_cannot_be_said_is_refused_with_its_place(router):
    body = REQUESTS["openai-chat"][1] | {"model": "m", "n": 2}
    [refused] = translate(router, body, targetFormat="anthropic")["targets"]
    assert refused["error"]["field"] == "n" and refused["body"] is None
    [strict] = translate(router, REQUESTS["openai-chat"][1] | {"model": "m"}, targetFormat="anthropic", strict=True)["targets"]
    assert strict["error"]["field"] in ("seed", "temperature", "logit_bias")


@pytest.mark.parametrize(
    ("body", "more", "field"),
    [
        ("", {}, "body"),
        ("{", {"sourceFormat": "openai"}, "body"),
        ("[1]", {"sourceFormat": "openai"}, "body"),
        ('{"a":1}', {}, "sourceFormat"),
        ('{"messages":[]}', {"sourceFormat": "morse"}, "sourceFormat"),
        ('{"model":"m","messages":[]}', {"targets": "x"}, "targets"),
        ('{"model":"m","messages":[]}', {"targets": []}, "targets"),
        ('{"model":"m","messages":[]}', {"targets": [{"format": "morse"}]}, "targets[0].format"),
        ('{"messages":[{"role":"user","content":"x"}]}', {"sourceFormat": "openai"}, "body"),
    ],
)
def test_refusals_name_the_field(router, body, more, field):
    assert translate(router, body, expect=400, **more)["error"]["field"] == field


@pytest.mark.parametrize("source", list(REQUESTS))
def test_dialects_are_told_apart(router, source):
    found = router.admin.call("POST", "/api/translator/detect", {"body": REQUESTS[source][1]})
    assert (found["success"], found["format"], found["kind"]) == (True, source, "request")
    assert found["signs"]
    nothing = router.admin.call("POST", "/api/translator/detect", {"body": {"a": 1}})
    assert nothing["success"] is False and nothing["format"] is None and nothing["error"]


def test_a_stream_is_told_as_clients_read_it(router, mock):
    mock.reply_with(say("Grüß ", "dich"), say("Grüß ", "dich"))
    body = raw_http.chat_body("ma/m", stream=True, stream_options={"include_usage": True})
    answer = raw_http.exchange(router, "/v1/chat/completions", body, "x-omniroute-no-cache: true")
    direct = raw_http.exchange(
        router, "/v1/messages", raw_http.chat_body("ma/m", stream=True, max_tokens=99), "x-omniroute-no-cache: true")
    told = router.admin.call("POST", "/api/translator/stream", {"stream": direct.body.decode(), "to": "openai", "model": "m"})
    assert (told["from"], told["to"], told["passthrough"]) == ("anthropic", "openai-chat", False)
    assert "".join(step["input"] for step in told["steps"]) == direct.body.decode()
    assert sum(step["commits"] for step in told["steps"]) == 1

    def chunks(text):
        lines = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: {")]
        return [[choice["delta"] for choice in json.loads(line)["choices"]] for line in lines]

    written = "".join(frame for step in told["steps"] for frame in step["output"])
    assert chunks(written) == chunks(answer.body.decode())
    words = [event["text"] for step in told["steps"] for event in step["events"] if event["type"] == "text"]
    assert "".join(words) == "Grüß dich"
    assert told["usage"]["output"] > 0 and told["error"] is None


def test_streams_that_are_none_are_refused(router):
    def refused(**body):
        return router.admin.call("POST", "/api/translator/stream", body, expect=400)["error"]["field"]

    assert refused(to="openai") == "stream"
    assert refused(stream="hello", to="openai") == "from"
    assert refused(stream="data: {\"choices\":[]}\n\n") == "to"
    assert refused(stream="hello", to="openai", **{"from": "morse"}) == "from"


def test_nobody_else_may_ask(router):
    for name in ("detect", "translate", "stream"):
        assert raw_http.exchange(router, f"/api/translator/{name}", b"{}").status == 401
