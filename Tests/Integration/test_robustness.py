"""Large, doubled, foreign, simultaneous: things that break parsers and caches."""

import base64
import json
import threading

import httpx
import pytest
import raw_http
import scenarios
import seen
from mock_upstream import Gate, faults, say
from raw_http import PATHS, Wire, chat_body, request_bytes
from router import CORE, PREFIX

MEGABYTE = 1 << 20
BIG_PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * (8 * MEGABYTE // 256)).decode()


def test_ten_megabyte_picture(client, model, mock):
    client.ask(model, [scenarios.user(scenarios.words("See."), scenarios.image(client.dialect, BIG_PNG))])
    assert seen.images(mock.last) == [f"data:image/png;base64,{BIG_PNG}"]


def test_long_history(client, model, mock):
    turns = [{"role": ("user", "assistant")[i % 2], "content": f"turn {i} " + "ü🙂x" * 200} for i in range(801)]
    client.ask(model, turns)
    assert [text for _, text in seen.turns(mock.last)] == [turn["content"] for turn in turns]


def test_many_tools(client, model, mock):
    names = [f"tool_{i}" for i in range(200)]
    client.ask(model, tools=scenarios.tools(client.dialect, names))
    assert list(seen.tools(mock.last)) == names


@pytest.mark.parametrize("dialect", CORE)
def test_doubled_model_cannot_mean_two_things(router, mock, upstream, dialect):
    """What the router decided by must be what the upstream reads: one model, or a 400."""
    mock.unchecked = {"m", "sim/echo", f"{PREFIX[upstream]}/m"}
    body = chat_body(f"{PREFIX[upstream]}/m")
    for doubled in (body[:-1] + b',"model":"sim/echo"}', b'{"model":"sim/echo",' + body[1:]):
        answer = raw_http.post(router, dialect, doubled)
        assert answer.status in (200, 400)
        for request in mock.requests:
            assert request.model == "m"
            assert b"sim/echo" not in request.body or json.loads(request.body)["model"] == "m"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "\u2028\u2029",
        "a\r\nb",
        "</script>",
        "\ud7ff\ue000",
        "\U0010ffff",
        "\\u0000 stays text",
        "data: [DONE]\n\n",
        "event: message_stop\ndata: {}\n\n",
        '{"a":1}',
    ],
    ids=ascii,
)
def test_texts_that_look_like_something_else(client, model, stream, mock, text):
    mock.reply_with(say("<", text, ">"))
    heard = client.ask(model, f"<{text}>", stream=stream)
    assert heard.text == f"<{text}>"
    assert seen.turns(mock.last) == [("user", f"<{text}>")]


def test_lone_surrogates_do_not_crash(router, mock, upstream):
    for dialect in CORE:
        body = chat_body(f"{PREFIX[upstream]}/m").replace(b"Hello", rb"a\ud800b \udc00\ud83d")
        assert raw_http.post(router, dialect, body).status in (200, 400)
    assert raw_http.post(router, "openai", chat_body("mo/m")).status == 200


def test_byte_order_mark(router, mock):
    assert raw_http.post(router, "openai", b"\xef\xbb\xbf" + chat_body("mo/m")).status in (200, 400)


def test_configuration_changes_do_not_disturb_running_streams(router, upstream, mock):
    gate = Gate()
    mock.reply_with(
        faults.Scripted(
            lambda recorded: (reply := faults.normal(recorded, say("first ", "last"))).with_(
                steps=reply.steps[:4] + [gate] + reply.steps[4:]
            )
        )
    )
    node = router.admin.node("passing", upstream, mock.url(upstream))
    router.admin.connection(node["id"], "k-0123456789abc", "x")
    with Wire(router.daemon) as wire:
        wire.send(request_bytes(PATHS["anthropic"], chat_body("passing/m", stream=True), key=router.key))
        wire.read_until(b"first")
        router.admin.remove_node(node)
        assert raw_http.post(router, "openai", chat_body("passing/m")).status == 404
        gate.open()
        wire.read_until(b"message_stop")


def test_configuration_and_requests_at_the_same_time(router, mock):
    failures, stop = [], threading.Event()

    def ask(dialect):
        while not stop.is_set():
            answer = raw_http.post(router, dialect, chat_body(f"{PREFIX[dialect]}/m"))
            if answer.status != 200:
                failures.append(answer)

    threads = [threading.Thread(target=ask, args=(dialect,)) for dialect in CORE]
    for thread in threads:
        thread.start()
    for number in range(20):
        router.admin.alias(f"busy-{number}", "mo/m")
        router.admin.call("DELETE", f"/api/models/alias?alias=busy-{number}")
    stop.set()
    for thread in threads:
        thread.join(10)
    assert failures == []


# Pages of other origins calling the inference endpoints


def preflight(daemon, origin="https://app.example"):
    return httpx.options(
        f"{daemon.url}/v1/chat/completions",
        trust_env=False,
        headers={
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,x-stainless-lang",
        },
    )


def test_no_origin_is_allowed_unless_configured(router):
    assert "access-control-allow-origin" not in preflight(router.daemon).headers
    answer = raw_http.post(router, "openai", chat_body("sim/echo"), "origin: https://app.example")
    assert "access-control-allow-origin" not in answer.headers


def test_configured_origin(new_daemon):
    daemon = new_daemon(CORS_ORIGIN="https://app.example").start()
    answer = preflight(daemon)
    assert answer.status_code in (200, 204)
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert "x-stainless-lang" in answer.headers["access-control-allow-headers"]
    body = httpx.post(
        f"{daemon.url}/v1/chat/completions",
        content=chat_body("sim/echo"),
        trust_env=False,
        headers={"origin": "https://app.example", "content-type": "application/json"},
    )
    assert body.headers["access-control-allow-origin"] == "https://app.example"
    # The management API is nobody's but its own page's.
    management = httpx.get(
        f"{daemon.url}/api/monitoring/health", headers={"origin": "https://app.example"}, trust_env=False
    )
    assert "access-control-allow-origin" not in management.headers
