"""What the router's owner decides about every request: instructions before the client's, how much models think."""

import json

import pytest
import raw_http
from admin import Admin
from daemon import Daemon
from mock_upstream import say
from router import DIALECTS, PREFIX

PROMPT = 'Be brief.\nSay "ahoy". ✓'
OWN = "You are a pirate."
THINKING = "/api/settings/thinking-budget"
SYSTEM = "/api/settings/system-prompt"


@pytest.fixture
def settings(router):
    """A function that changes one of the settings; they are off again afterwards."""
    yield lambda path, **body: router.admin.call("PUT", path, body)
    router.admin.call("PUT", THINKING, {"mode": "passthrough", "customBudget": None, "effortLevel": None})
    router.admin.call("PUT", SYSTEM, {"enabled": False, "prompt": ""})


def instructions(recorded) -> str:
    """All instructions an upstream was given before the first turn."""

    def text(content) -> str:
        return content if isinstance(content, str) else "\n\n".join(part["text"] for part in content)

    body = recorded.json
    if recorded.dialect == "anthropic":
        return text(body.get("system") or "")
    if recorded.dialect == "gemini":
        return text((body.get("systemInstruction") or {"parts": []})["parts"])
    found = [body["instructions"]] if body.get("instructions") else []
    for message in body.get("messages") or (body["input"] if isinstance(body.get("input"), list) else []):
        if message.get("role") not in ("system", "developer"):
            break
        found.append(text(message["content"]))
    return "\n\n".join(found)


def with_system(dialect: str, body: dict) -> dict:
    """The same request with instructions of the client's own."""
    match dialect:
        case "gemini":
            return body | {"systemInstruction": {"parts": [{"text": OWN}]}}
        case "responses":
            return body | {"instructions": OWN}
        case "anthropic":
            return body | {"system": OWN}
    return body | {"messages": [{"role": "system", "content": OWN}, *body["messages"]]}


@pytest.mark.parametrize("own", [False, True], ids=["alone", "with-the-clients"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_instructions_from_every_dialect_to_every_other(router, settings, mock, any_model, dialect, own, stream):
    settings(SYSTEM, enabled=True, prompt=PROMPT)
    path, body = raw_http.request_of(dialect, any_model, stream)
    for _ in range(2):
        answer = raw_http.exchange(router, path, with_system(dialect, body) if own else body)
        assert answer.status == 200, answer
        assert instructions(mock.last) == (f"{PROMPT}\n\n{OWN}" if own else PROMPT)
    # Prompt caches live from equal beginnings.
    assert mock.requests[-1].body == mock.requests[-2].body


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_rest_of_a_passed_through_body_stays(router, settings, mock, dialect):
    mock.unchecked = {"odd"}
    name = f"{PREFIX[dialect]}/odd"
    path, body = raw_http.request_of(dialect, name)
    text = json.dumps(with_system(dialect, body) | {"x_unknown": [1.0, {"b": 1e5, "a": "MARK"}]}, indent=3)
    text = text.replace("MARK", "\\u00e9\\/")
    raw_http.exchange(router, path, text.encode())
    plain = mock.last.body
    assert json.dumps(OWN).encode() in plain
    settings(SYSTEM, enabled=True, prompt=PROMPT)
    raw_http.exchange(router, path, text.encode())
    changed = mock.last.body
    assert changed != plain
    # Each takes what is new in another way, but nowhere does anything else change.
    quoted = json.dumps(PROMPT, ensure_ascii=False)
    if dialect == "gemini":
        expected = plain.replace(b'{\n            "text"', f'{{"text":{quoted}}},{{\n            "text"'.encode())
        compact = changed.replace(b" ", b"").replace(b"\n", b"")
        assert compact == expected.replace(b" ", b"").replace(b"\n", b"")
    else:
        assert changed == plain.replace(json.dumps(OWN).encode(), f"{quoted[:-1]}\\n\\n{OWN}\"".encode())


@pytest.mark.parametrize(
    "path, body, seen",
    [
        ("/v1/completions", {"model": "mo/m", "prompt": "Hello"}, PROMPT),
        ("/api/generate", {"model": "ml/m", "prompt": "Hello", "stream": False}, PROMPT),
        ("/api/generate", {"model": "mo/m", "prompt": "Hello", "system": OWN, "stream": False}, f"{PROMPT}\n\n{OWN}"),
    ],
)
def test_instructions_for_prompts_without_messages(router, settings, mock, path, body, seen):
    settings(SYSTEM, enabled=True, prompt=PROMPT)
    assert raw_http.exchange(router, path, body).status == 200
    assert instructions(mock.last) == seen


def test_instructions_for_a_model_that_takes_none(router, settings, mock, stream):
    """Gemma has no system instruction: its dialect's own clients are translated, and the prompt goes into the words."""
    settings(SYSTEM, enabled=True, prompt=PROMPT)
    path, body = raw_http.request_of("gemini", "mg/gemma-3-27b-it", stream)
    answer = raw_http.exchange(router, path, body)
    assert answer.status == 200 and b"candidates" in answer.body
    assert "systemInstruction" not in mock.last.json
    assert PROMPT in json.dumps(mock.last.json["contents"], ensure_ascii=False).replace("\\n", "\n").replace('\\"', '"')


def test_counting_leaves_the_instructions_out(router, settings, mock):
    settings(SYSTEM, enabled=True, prompt=PROMPT)
    mock.token_count = 7
    body = {"model": "ma/m", "messages": [{"role": "user", "content": "Hello"}]}
    assert raw_http.exchange(router, "/v1/messages/count_tokens", body).json == {"input_tokens": 7}
    assert "system" not in mock.last.json


def test_instructions_end_at_once(router, settings, mock):
    path, body = raw_http.request_of("openai", "mo/m")
    settings(SYSTEM, enabled=True, prompt=PROMPT)
    # The prompt is kept while it is off.
    assert settings(SYSTEM, enabled=False) == {"enabled": False, "prompt": PROMPT}
    raw_http.exchange(router, path, body)
    assert instructions(mock.last) == ""


# How each dialect asks for thinking, and how each upstream is asked.
ASKS = {
    "openai": {"reasoning_effort": "low"},
    "responses": {"reasoning": {"effort": "low"}},
    "anthropic": {"thinking": {"type": "enabled", "budget_tokens": 1500}, "max_tokens": 4000},
    "gemini": {"generationConfig": {"thinkingConfig": {"thinkingBudget": 700, "includeThoughts": True}}},
    "ollama": {"think": "low"},
}
MODELS = {
    "openai": "mo/m",
    "responses": "mr/m",
    "anthropic": "ma/claude-opus-4-5",
    "gemini": "mg/gemini-2.5-flash",
    "ollama": "ml/gpt-oss:20b",
}


def thinking(recorded):
    """How an upstream was asked to think: an effort or a budget; None when it was not."""
    body = recorded.json
    match recorded.dialect:
        case "openai":
            return body.get("reasoning_effort")
        case "responses":
            return (body.get("reasoning") or {}).get("effort")
        case "anthropic":
            asked = body.get("thinking") or {"type": None}
            return {"disabled": 0, "enabled": asked.get("budget_tokens")}.get(asked["type"])
        case "gemini":
            config = (body.get("generationConfig") or {}).get("thinkingConfig") or {}
            return config.get("thinkingBudget")
    return body.get("think")


def ask_to_think(router, dialect, model, **extra):
    path, body = raw_http.request_of(dialect, model)
    answer = raw_http.exchange(router, path, body | ASKS[dialect] | extra)
    assert answer.status == 200, answer


@pytest.mark.parametrize(
    "setting, expected",
    [
        ({"mode": "auto"}, dict.fromkeys(DIALECTS)),
        (
            {"mode": "custom", "customBudget": 6000},
            {"openai": "medium", "responses": "medium", "anthropic": 6000, "gemini": 6000, "ollama": "medium"},
        ),
        (
            {"mode": "custom", "customBudget": 0},
            {"openai": "none", "responses": "none", "anthropic": 0, "gemini": 0, "ollama": False},
        ),
        (
            {"mode": "adaptive", "effortLevel": "low"},
            {"openai": "low", "responses": "low", "anthropic": 1024, "gemini": 1024, "ollama": "low"},
        ),
    ],
    ids=lambda value: "-".join(str(part) for part in value.values()) if "mode" in value else "",
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_thinking_from_every_dialect_to_every_other(
    router, settings, mock, any_upstream, dialect, setting, expected
):
    settings(THINKING, **setting)
    ask_to_think(router, dialect, MODELS[any_upstream])
    assert thinking(mock.last) == expected[any_upstream], mock.last.json


@pytest.mark.parametrize(
    "upstream_, unasked",
    [("openai", None), ("responses", None), ("anthropic", 4096), ("gemini", 4096), ("ollama", None)],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_models_known_to_think_do_so_unasked(router, settings, mock, dialect, upstream_, unasked):
    settings(THINKING, mode="custom", customBudget=4096)
    path, body = raw_http.request_of(dialect, MODELS[upstream_])
    assert raw_http.exchange(router, path, body).status == 200
    assert thinking(mock.last) == unasked, mock.last.json


def test_a_budget_makes_room_for_itself(router, settings, mock):
    """What Anthropic refuses beside thinking goes, and the budget stays below the limit of the answer."""
    settings(THINKING, mode="custom", customBudget=2000)
    body = {"temperature": 0.2, "top_k": 5, "max_tokens": 64}
    path, request = raw_http.request_of("anthropic", "ma/claude-opus-4-5")
    answer = raw_http.exchange(router, path, request | body)
    assert answer.status == 200, answer
    sent = mock.last.json
    assert sent["thinking"]["budget_tokens"] < sent["max_tokens"]
    assert "temperature" not in sent and "top_k" not in sent
    assert "max_tokens" in answer.headers["x-omniroute-translation"]


def test_adaptive_grows_with_the_conversation(router, settings, mock):
    settings(THINKING, mode="adaptive", effortLevel="medium")
    said = [{"role": ("user", "assistant")[i % 2], "content": f"turn {i}"} for i in range(11)]
    said[-1]["content"] = "x" * 2001
    tools = [{"name": f"t{i}", "input_schema": {"type": "object"}} for i in range(4)]
    body = {"model": "ma/claude-opus-4-5", "max_tokens": 30000, "messages": said, "tools": tools}
    assert raw_http.exchange(router, "/v1/messages", body).status == 200
    assert mock.last.json["thinking"]["budget_tokens"] == 10240 * 23 // 10


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_rest_of_a_body_that_thinks_stays(router, settings, mock, dialect):
    settings(THINKING, mode="custom", customBudget=6000)
    model = MODELS[dialect]
    mock.unchecked = {model.split("/", 1)[1]}
    path, body = raw_http.request_of(dialect, model)
    odd = b'"x_unknown" : {"b":1.0,\n "a":[1e5, "\\u00e9"]} , '
    text = b"{" + odd + json.dumps(body | ASKS[dialect] | {"max_tokens": 16000}, indent=2).encode()[1:]
    assert raw_http.exchange(router, path, text).status == 200
    sent = mock.last
    assert thinking(sent) == {"anthropic": 6000, "gemini": 6000}.get(dialect, "medium")
    # Each asks for its thinking in one place; cut out, the two texts are the same.
    for old, new in (
        (b'"reasoning_effort": "low"', b'"reasoning_effort": "medium"'),
        (b'{\n    "effort": "low"\n  }', b'{"effort":"medium"}'),
        (b'{\n    "type": "enabled",\n    "budget_tokens": 1500\n  }', b'{"type":"enabled","budget_tokens":6000}'),
        (b'"think": "low"', b'"think": "medium"'),
        (json.dumps(model).encode(), json.dumps(sent.model).encode()),
    ):
        text = text.replace(old, new)
    if dialect == "gemini":
        head, _, tail = text.partition(b'"generationConfig": ')
        assert sent.body.startswith(head + b'"generationConfig": ')
        assert sent.body.endswith(tail[tail.index(b"\n  }") + 4 :])
        assert sent.json["generationConfig"]["thinkingConfig"]["includeThoughts"] is True
    else:
        assert sent.body == text


def test_geminis_other_spelling(router, settings, mock):
    settings(THINKING, mode="custom", customBudget=6000)
    asked = {"generation_config": {"temperature": 1.0, "thinking_config": {"thinking_budget": 700}}}
    path, body = raw_http.request_of("gemini", MODELS["gemini"])
    assert raw_http.exchange(router, path, body | asked).status == 200
    sent = json.loads(mock.last.body)
    assert "generationConfig" not in sent
    assert sent["generation_config"]["temperature"] == 1.0
    assert sent["generation_config"]["thinkingConfig"]["thinkingBudget"] == 6000
    assert "thinking_config" not in sent["generation_config"]


def test_settings_survive_a_restart(new_daemon, mock):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("kept", "anthropic", mock.url("anthropic"))
    admin.connection(node["id"], "kept-key-0123456789", "kept account")
    key = admin.key("kept")["key"]
    admin.call("PUT", SYSTEM, {"enabled": True, "prompt": PROMPT})
    admin.call("PUT", THINKING, {"mode": "custom", "customBudget": 1234})
    before = [admin.call("GET", path) for path in (SYSTEM, THINKING)]
    assert before[1] == {"mode": "custom", "customBudget": 1234, "effortLevel": "medium"}
    admin.close()
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    assert [admin.call("GET", path) for path in (SYSTEM, THINKING)] == before
    admin.close()
    mock.reply_with(say("ok"))
    body = raw_http.chat_body("kept/claude-opus-4-5")
    with raw_http.Wire(daemon) as wire:
        wire.send(raw_http.request_bytes("/v1/messages", body, key=key))
        assert wire.answer().status == 200
    assert instructions(mock.last) == PROMPT
    assert mock.last.json["thinking"]["budget_tokens"] == 1234


@pytest.mark.parametrize(
    "path, body, field",
    [
        (THINKING, {"mode": "loud"}, "mode"),
        (THINKING, {"customBudget": 131073}, "customBudget"),
        (THINKING, {"customBudget": -1}, "customBudget"),
        (THINKING, {"effortLevel": "xhigh"}, "effortLevel"),
        (SYSTEM, {"enabled": "yes"}, "enabled"),
        (SYSTEM, {"prompt": 7}, "prompt"),
        (SYSTEM, {"prompt": "x" * 50001}, "prompt"),
    ],
)
def test_wrong_settings_are_named(router, path, body, field):
    before = router.admin.call("GET", path)
    assert router.admin.call("PUT", path, body, expect=400)["error"]["field"] == field
    assert router.admin.call("GET", path) == before
