"""`X-OmniRoute-Progress: true`: what the official SDKs make of a stream with progress in it is what they make without."""

import json

import anthropic
import openai
import pytest
import raw_http
from google import genai
from google.genai import types
from mock_upstream import Answer, Text, ToolCall, Usage, faults, say
from router import DIALECTS, PREFIX

WANTED = {"X-OmniRoute-Progress": "true"}
ANSWER = say("Grüß ", "dich, ", "Welt", usage=Usage(input=24, output=20, reasoning=0))


def events_of(body: bytes) -> list[tuple[str, dict | str]]:
    """(name, data) of each event, by the rules of server-sent events."""
    found = []
    for block in body.decode().replace("\r\n", "\n").split("\n\n"):
        name, data = "", []
        for line in block.split("\n"):
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data.append(line[6:])
        if data:
            text = "\n".join(data)
            found.append((name, text if text == "[DONE]" else json.loads(text)))
    return found


def progress_of(body: bytes) -> list[dict]:
    return [data for _, data in events_of(body) if "elapsed_ms" in data]


def stream(router, dialect: str, *headers: str, model: str | None = None):
    path, body = raw_http.request_of(dialect, model or f"{PREFIX[dialect]}/mock-model", True)
    return raw_http.exchange(router, path, body, *headers)


@pytest.mark.parametrize("dialect", [dialect for dialect in DIALECTS if dialect != "ollama"])
@pytest.mark.parametrize("upstream", ["openai", "anthropic"])
def test_what_is_told(router, mock, dialect, upstream):
    mock.always(ANSWER)
    model = f"{PREFIX[upstream]}/mock-model"
    answer = stream(router, dialect, "X-OmniRoute-Progress: true", model=model)
    assert answer.headers["x-omniroute-progress"] == "enabled"
    first, last = progress_of(answer.body)
    assert first["phase"] == "first_byte" and first["attempt"] == 1
    assert 0 <= first["queued_ms"] <= first["first_byte_ms"] <= first["elapsed_ms"] <= last["elapsed_ms"]
    assert last["phase"] == "done" and last["done"] is True
    # Exact, also where the client did not ask for the usage.
    assert last["tokens_generated"] == 20
    without = stream(router, dialect, model=model)
    assert "x-omniroute-progress" not in without.headers
    assert progress_of(without.body) == []
    kept = [data for _, data in events_of(answer.body) if "elapsed_ms" not in data]
    assert len(kept) == len(events_of(without.body))


def test_the_last_comes_before_the_terminator(router, mock):
    names = [name for name, _ in events_of(stream(router, "anthropic", "X-OmniRoute-Progress: true").body)]
    assert names[:2] == ["message_start", "progress"]
    assert names[-2:] == ["progress", "message_stop"]
    chat = events_of(stream(router, "openai", "X-OmniRoute-Progress: true").body)
    assert chat[-1][1] == "[DONE]" and chat[-2][0] == "progress"


def test_no_place_for_it(router, mock):
    for path in ("/v1beta/models/mg/mock-model:streamGenerateContent", "/api/chat"):
        dialect = "gemini" if "beta" in path else "ollama"
        body = raw_http.request_of(dialect, f"{PREFIX[dialect]}/mock-model", True)[1]
        plain, asked = (raw_http.exchange(router, path, body, *headers) for headers in ((), ("X-OmniRoute-Progress: true",)))
        assert "x-omniroute-progress" not in asked.headers
        assert asked.status == 200 and len(asked.body) == len(plain.body)
    whole = raw_http.post(router, "openai", raw_http.chat_body("mo/mock-model"), "X-OmniRoute-Progress: true")
    assert whole.json["object"] == "chat.completion" and "x-omniroute-progress" not in whole.headers


def test_every_two_seconds_and_in_silence(router, mock):
    mock.always(faults.slowly(say("a", "b"), 2.6))
    answer = stream(router, "anthropic", "X-OmniRoute-Progress: true", model="mo/mock-model")
    told = progress_of(answer.body)
    assert len(told) >= 3
    assert told[-1]["done"] is True
    assert "waiting" in [one["phase"] for one in told]
    for earlier, later in zip(told[:-2], told[1:-1]):
        assert later["elapsed_ms"] - earlier["elapsed_ms"] >= 2000


def test_a_broken_stream_is_never_done(router, mock):
    mock.always(faults.cut(say("first ", "second", "third"), 4))
    for dialect in ("openai", "anthropic"):
        body = stream(router, dialect, "X-OmniRoute-Progress: true").body
        assert b"error" in body
        assert not any(one.get("done") for one in progress_of(body))


@pytest.mark.parametrize("dialect", [dialect for dialect in DIALECTS if dialect != "ollama"])
def test_bytes_cut_anywhere(router, mock, dialect):
    mock.always(faults.one_byte_writes(ANSWER))
    answer = stream(router, dialect, "X-OmniRoute-Progress: true")
    assert [one["phase"] for one in progress_of(answer.body)][-1] == "done"


def test_duplicates_are_told_their_own_progress(router, mock):
    headers = ("X-OmniRoute-Progress: true", "idempotency-key: progress")
    first, second = (stream(router, "openai", *headers) for _ in range(2))
    assert len(mock.requests) == 1
    assert second.headers["x-omniroute-idempotent"] == "true"
    assert progress_of(second.body)[-1]["done"] is True
    # The answer itself holds none.
    plain = stream(router, "openai", "idempotency-key: progress")
    assert plain.headers["x-omniroute-idempotent"] == "true" and progress_of(plain.body) == []


# The SDKs.


@pytest.fixture
def openai_sdk(router):
    with openai.OpenAI(
        base_url=f"{router.daemon.url}/v1",
        api_key=router.key,
        max_retries=0,
        timeout=20,
        http_client=openai.DefaultHttpxClient(trust_env=False),
    ) as sdk:
        yield sdk


CALLING = Answer(blocks=(Text("Let me see."), ToolCall("call_1", "get_weather", '{"city":"Köln"}')))


def without_ids(value):
    """What differs from one answer to the next."""
    if isinstance(value, dict):
        return {
            name: without_ids(item)
            for name, item in value.items()
            if name not in ("id", "created", "created_at", "completed_at", "response_id", "sdk_http_response", "item_id")
        }
    return [without_ids(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("answer", [ANSWER, CALLING], ids=["text", "call"])
@pytest.mark.parametrize("upstream", ["openai", "anthropic"])
class TestSDKs:
    @staticmethod
    def same(mock, answer, ask):
        mock.always(answer)
        with_progress, without = ask(WANTED), ask({})
        assert without_ids(with_progress) == without_ids(without)

    @pytest.mark.parametrize("usage", [True, False], ids=["usage", "no-usage"])
    def test_chat(self, openai_sdk, mock, answer, upstream, usage):
        def ask(headers):
            with openai_sdk.chat.completions.stream(
                model=f"{PREFIX[upstream]}/mock-model",
                messages=[{"role": "user", "content": "Hello"}],
                extra_headers=headers,
                **({"stream_options": {"include_usage": True}} if usage else {}),
            ) as events:
                seen = [event.type for event in events if event.type != "chunk"]
                return [seen, events.get_final_completion().to_dict()]

        self.same(mock, answer, ask)

    def test_chat_chunks(self, openai_sdk, mock, answer, upstream):
        def ask(headers):
            with openai_sdk.chat.completions.create(
                model=f"{PREFIX[upstream]}/mock-model",
                messages=[{"role": "user", "content": "Hello"}],
                stream=True,
                extra_headers=headers,
            ) as chunks:
                return [choice.to_dict() for chunk in chunks for choice in chunk.choices]

        self.same(mock, answer, ask)

    def test_responses(self, openai_sdk, mock, answer, upstream):
        def ask(headers):
            with openai_sdk.responses.stream(
                model=f"{PREFIX[upstream]}/mock-model", input="Hello", store=False, extra_headers=headers
            ) as events:
                seen = [event.type for event in events if event.type != "progress"]
                return [seen, events.get_final_response().to_dict()]

        self.same(mock, answer, ask)

    def test_messages(self, router, mock, answer, upstream):
        with anthropic.Anthropic(
            base_url=router.daemon.url,
            api_key=router.key,
            max_retries=0,
            timeout=20,
            http_client=anthropic.DefaultHttpxClient(trust_env=False),
        ) as sdk:

            def ask(headers):
                with sdk.messages.stream(
                    model=f"{PREFIX[upstream]}/mock-model",
                    max_tokens=64,
                    messages=[{"role": "user", "content": "Hello"}],
                    extra_headers=headers,
                ) as events:
                    seen = [event.type for event in events if event.type != "progress"]
                    return [seen, events.get_final_message().to_dict()]

            self.same(mock, answer, ask)

    def test_gemini(self, router, mock, answer, upstream):
        def ask(headers):
            sdk = genai.Client(
                api_key=router.key,
                http_options=types.HttpOptions(base_url=router.daemon.url, timeout=20000, headers=headers),
            )
            chunks = sdk.models.generate_content_stream(model=f"{PREFIX[upstream]}/mock-model", contents="Hello")
            return [
                [chunk.candidates[0].model_dump(), chunk.usage_metadata and chunk.usage_metadata.model_dump()]
                for chunk in chunks
                if chunk.candidates
            ]

        self.same(mock, answer, ask)
