"""Embeddings by the official SDKs, of every upstream that makes them."""

import base64
import json
import struct
import time

import pytest
import raw_http
from mock_upstream.embeddings import NUMBERS, VECTOR
from mock_upstream.reply import Reply
from services import accounts

UPSTREAMS = [
    "mo/embed", "mg/embed", "ml/embed", "cohere/embed-v4.0", "voyage/voyage-3.5", "jina/jina-embeddings-v3",
    "nvidia/nvidia/nv-embedqa-e5-v5", "mistral/codestral-embed",
]  # fmt: skip
PATH = "/v1/embeddings"


@pytest.fixture
def cohere(router, mock):
    with accounts(router, mock, "cohere", "voyage", "jina", "nvidia", "mistral"):
        yield


def near(found, index=0):
    assert list(found) == pytest.approx([index, *VECTOR], rel=1e-6)


@pytest.mark.parametrize("model", UPSTREAMS)
def test_openai_sdk_asks_for_base64_by_default(sdk_clients, router, cohere, mock, model):
    answer = sdk_clients["openai"].sdk.embeddings.create(model=model, input=["one", "two"])
    for index, item in enumerate(answer.data):
        assert item.index == index
        near(item.embedding, index)
    assert len(answer.data) == 2
    if not model.startswith("mg/"):
        assert answer.usage.prompt_tokens == 6


@pytest.mark.parametrize("model", UPSTREAMS)
def test_numbers_keep_their_text(router, cohere, mock, model):
    answer = raw_http.exchange(router, PATH, {"model": model, "input": "one", "encoding_format": "float"})
    assert answer.status == 200
    assert f"[0, {NUMBERS}]" in answer.body.decode()


@pytest.mark.parametrize("model", UPSTREAMS)
def test_base64_is_little_endian_floats(router, cohere, mock, model):
    answer = raw_http.exchange(router, PATH, {"model": model, "input": "one", "encoding_format": "base64"})
    near(struct.unpack("<4f", base64.b64decode(answer.json["data"][0]["embedding"])))


def test_a_server_without_base64_is_made_up_for(router, mock):
    data = [{"object": "embedding", "index": i, "embedding": [i, *VECTOR]} for i in (1, 0)]
    body = {"object": "list", "data": data, "model": "embed", "usage": {"prompt_tokens": 5, "total_tokens": 5}}
    mock.reply_with(Reply(headers=[("content-type", "application/json")], steps=[json.dumps(body).encode()]))
    asked = {"model": "mo/embed", "input": ["a", "b"], "encoding_format": "base64"}
    answer = raw_http.exchange(router, PATH, asked)
    for index, item in enumerate(answer.json["data"]):
        near(struct.unpack("<4f", base64.b64decode(item["embedding"])), index)


@pytest.mark.parametrize(
    "model, sent", [("mg/embed", [100, 100, 50]), ("cohere/embed-v4.0", [96, 96, 58]), ("ml/embed", [250])]
)
def test_large_batches_are_split(router, cohere, mock, model, sent):
    texts = [f"text {number}" for number in range(250)]
    answer = raw_http.exchange(router, PATH, {"model": model, "input": texts})
    assert [item["index"] for item in answer.json["data"]] == list(range(250))
    expected = [index for count in sent for index in range(count)]
    assert [item["embedding"][0] for item in answer.json["data"]] == expected
    assert len(mock.requests) == len(sent)
    if not model.startswith("mg/"):
        assert answer.json["usage"]["prompt_tokens"] == 750


@pytest.mark.parametrize("model", UPSTREAMS)
def test_dimensions(router, cohere, mock, model):
    assert raw_http.exchange(router, PATH, {"model": model, "input": "one", "dimensions": 4}).status == 200
    said = mock.last.json["requests"][0] if model.startswith("mg/") else mock.last.json
    names = ("dimensions", "outputDimensionality", "output_dimension")
    assert [said[name] for name in names if name in said] == [4]


def test_tokens_reach_only_servers_that_know_them(router, cohere, mock):
    assert raw_http.exchange(router, PATH, {"model": "mo/embed", "input": [[1, 2], [3]]}).status == 200
    assert mock.last.json["input"] == [[1, 2], [3]]
    for model in UPSTREAMS[1:]:
        refused = raw_http.exchange(router, PATH, {"model": model, "input": [1, 2]})
        assert refused.status == 400
        assert refused.json["error"]["param"] == "input"


def test_the_task_is_told(router, cohere, mock):
    for model, name, told in [
        ("mg/embed", "taskType", "RETRIEVAL_QUERY"),
        ("cohere/embed-v4.0", "input_type", "search_query"),
        ("voyage/voyage-3.5", "input_type", "query"),
        ("jina/jina-embeddings-v3", "task", "retrieval.query"),
        ("nvidia/nvidia/nv-embedqa-e5-v5", "input_type", "query"),
    ]:
        assert raw_http.exchange(router, PATH, {"model": model, "input": "one", "input_type": "query"}).status == 200
        said = mock.last.json["requests"][0] if model.startswith("mg/") else mock.last.json
        assert said[name] == told


@pytest.mark.parametrize("model", UPSTREAMS)
def test_gemini_sdk(sdk_clients, router, cohere, mock, model):
    answer = sdk_clients["gemini"].sdk.models.embed_content(model=model, contents=["one", "two"])
    for index, embedding in enumerate(answer.embeddings):
        near(embedding.values, index)
    assert len(answer.embeddings) == 2


@pytest.mark.parametrize("model", UPSTREAMS)
def test_gemini_single(router, cohere, mock, model):
    body = {"content": {"parts": [{"text": "one"}]}}
    answer = raw_http.exchange(router, f"/v1beta/models/{model}:embedContent", body)
    near(answer.json["embedding"]["values"])


@pytest.mark.parametrize("model", UPSTREAMS)
def test_ollama_sdk(sdk_clients, router, cohere, mock, model):
    sdk = sdk_clients["ollama"].sdk
    for index, embedding in enumerate(sdk.embed(model=model, input=["one", "two"]).embeddings):
        near(embedding, index)
    near(sdk.embeddings(model=model, prompt="one").embedding)


@pytest.mark.parametrize(
    "body, field",
    [
        ({"model": "mo/embed"}, "input"),
        ({"input": "one"}, "model"),
        ({"model": "mo/embed", "input": ""}, "input"),
        ({"model": "mo/embed", "input": []}, "input"),
        ({"model": "mo/embed", "input": {}}, "input"),
        ({"model": "mo/embed", "input": ["a", 1]}, "input[1]"),
        ({"model": "mo/embed", "input": [1.5]}, "input"),
        ({"model": "mo/embed", "input": ["a"] * 2049}, "input"),
        ({"model": "mo/embed", "input": "a", "dimensions": 0}, "dimensions"),
        ({"model": "mo/embed", "input": "a", "dimensions": "many"}, "dimensions"),
        ({"model": "mo/embed", "input": "a", "encoding_format": "int8"}, "encoding_format"),
        ({"model": "sim/echo", "input": "a"}, "model"),
    ],
)
def test_mistakes_are_told_by_field(router, mock, body, field):
    answer = raw_http.exchange(router, PATH, body)
    assert answer.status in (400, 404)
    assert answer.json["error"]["param"] == field
    assert mock.requests == []


def test_models_are_for_one_purpose(router, mock):
    chat = {"model": "openai/text-embedding-3-small", "messages": [{"role": "user", "content": "Hello"}]}
    embedding = {"model": "openai/gpt-4o", "input": "one"}
    for path, body in (("/v1/chat/completions", chat), (PATH, embedding)):
        answer = raw_http.exchange(router, path, body)
        assert (answer.status, answer.json["error"]["code"]) == (400, "model_not_supported")


def test_the_list_and_a_provider_path(router, sdk_clients, mock):
    listed = sdk_clients["openai"].http.get(
        f"{router.daemon.url}/v1/embeddings", headers={"authorization": f"Bearer {router.key}"}
    ).json()
    names = [model["id"] for model in listed["data"]]
    assert "openai/text-embedding-3-small" in names and "openai/gpt-4o" not in names
    path = "/v1/providers/openai/embeddings"
    answer = raw_http.exchange(router, path, {"model": "text-embedding-3-small", "input": "one"})
    assert answer.status == 200
    assert mock.last.json["model"] == "text-embedding-3-small"


def test_errors_are_in_the_clients_dialect(router, cohere, mock):
    for _ in range(4):
        mock.reply_with(Reply(status=400, headers=[("content-type", "application/json")], steps=[b'{"message":"no"}']))
    body = {"content": {"parts": [{"text": "one"}]}}
    answer = raw_http.exchange(router, "/v1beta/models/cohere/embed-v4.0:embedContent", body)
    assert answer.status == 400
    assert answer.json["error"]["status"] == "INVALID_ARGUMENT"
    mock.reset()


def test_a_combo_falls_back_and_an_alias_leads_to_it(router, mock):
    body = {"name": "vectors", "models": ["mo/embed", "ml/embed"], "strategy": "priority", "config": {}}
    combo = router.admin.call("POST", "/api/combos", body, expect=201)["id"]
    router.admin.alias("embedder", "vectors")
    try:
        mock.reply_with(Reply(status=401, headers=[("content-type", "application/json")], steps=[b"{}"]))
        answer = raw_http.exchange(router, PATH, {"model": "embedder", "input": "one"})
    finally:
        router.admin.call("DELETE", f"/api/combos/{combo}")
        router.admin.call("DELETE", "/api/models/alias?alias=embedder")
    assert answer.status == 200
    assert [request.path.rsplit("/", 1)[1] for request in mock.requests] == ["embeddings", "embed"]


def test_log_and_cost(router, mock):
    price = {"openai": {"text-embedding-3-small": {"input": 0.02, "output": 0}}}
    router.admin.call("PATCH", "/api/pricing", price)
    body = {"model": "openai/text-embedding-3-small", "input": ["one", "two"]}
    answer = raw_http.exchange(router, PATH, body)
    deadline = time.monotonic() + 5
    while True:
        rows = router.admin.call("GET", "/api/usage/request-logs?provider=openai")["logs"]
        if row := next((row for row in rows if row["id"] == answer.headers["x-request-id"]), None):
            break
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (row["tokens"]["in"], row["tokens"]["out"], row["path"]) == (6, 0, PATH)
    router.admin.call("DELETE", "/api/pricing?provider=openai&model=text-embedding-3-small")
    # The price is that of a million tokens.
    assert row["cost"] == pytest.approx(6 * 0.02 / 1e6)


@pytest.fixture
def custom(router, mock):
    """Models of the OpenAI and the Ollama node whose vectors have a known length."""

    def add(prefix, name, dimensions):
        node = next(n for n in router.admin.call("GET", "/api/provider-nodes")["nodes"] if n["prefix"] == prefix)
        body = {"provider": node["id"], "modelId": name, "kind": "embedding", "dimensions": dimensions}
        router.admin.call("POST", "/api/provider-models", body, expect=201)
        made.append((node["id"], name))

    made = []
    yield add
    for node, name in made:
        router.admin.call("DELETE", f"/api/provider-models?provider={node}&model={name}")


def combo(router, models, expect=201):
    body = {"name": "vectors", "models": models, "strategy": "priority", "config": {}}
    return router.admin.call("POST", "/api/combos", body, expect=expect)


def test_a_combo_of_unequal_lengths_is_not_saved(router, custom):
    custom("mo", "long", 1536)
    custom("ml", "short", 768)
    refused = combo(router, ["mo/long", "ml/short"], expect=400)
    assert "1536" in json.dumps(refused) and "768" in json.dumps(refused)
    custom("ml", "alike", 1536)
    made = combo(router, ["mo/long", "ml/alike"])
    assert not made.get("warnings")
    router.admin.call("DELETE", f"/api/combos/{made['id']}")


def refuse(mock):
    mock.reply_with(Reply(status=401, headers=[("content-type", "application/json")], steps=[b"{}"]))


def test_vectors_of_another_length_are_not_mixed_in(router, custom, mock):
    # The mock's vectors have 4 numbers.
    custom("mo", "five", 5)
    made = combo(router, ["mo/five", "ml/four"])
    try:
        refuse(mock)
        answer = raw_http.exchange(router, PATH, {"model": "vectors", "input": "one"})
        assert (answer.status, answer.json["error"]["param"]) == (400, "model")
        assert "4 numbers, and 5 are wanted" in answer.json["error"]["message"]
        # What the client asks for settles it.
        refuse(mock)
        asked = {"model": "vectors", "input": "one", "dimensions": 4}
        assert raw_http.exchange(router, PATH, asked).status == 200
    finally:
        router.admin.call("DELETE", f"/api/combos/{made['id']}")


def test_the_first_answer_of_a_combo_sets_its_length(router, mock):
    body = {"name": "unknown-vectors", "models": ["mo/one", "ml/two"], "strategy": "priority", "config": {}}
    made = router.admin.call("POST", "/api/combos", body, expect=201)
    try:
        assert raw_http.exchange(router, PATH, {"model": "unknown-vectors", "input": "one"}).status == 200
        refuse(mock)
        short = b'{"model": "two", "embeddings": [[1, 2]], "prompt_eval_count": 1}'
        mock.reply_with(Reply(headers=[("content-type", "application/json")], steps=[short]))
        answer = raw_http.exchange(router, PATH, {"model": "unknown-vectors", "input": "two"})
        assert (answer.status, answer.json["error"]["param"]) == (400, "model")
    finally:
        router.admin.call("DELETE", f"/api/combos/{made['id']}")


@pytest.mark.parametrize("model", UPSTREAMS)
def test_the_cache_serves_every_encoding_and_dialect(sdk_clients, router, cohere, mock, model):
    texts = [f"a text for {model}", "another"]
    first = raw_http.exchange(router, PATH, {"model": model, "input": texts, "encoding_format": "float"})
    assert first.headers["x-omniroute-cache"] == "MISS"
    again = raw_http.exchange(router, PATH, {"model": model, "input": texts, "encoding_format": "base64"})
    assert again.headers["x-omniroute-cache"] == "HIT"
    near(struct.unpack("<4f", base64.b64decode(again.json["data"][1]["embedding"])), 1)
    assert again.json["usage"] == first.json["usage"]
    for index, embedding in enumerate(sdk_clients["ollama"].sdk.embed(model=model, input=texts).embeddings):
        near(embedding, index)
    assert len(mock.requests) == 1
    different = {"model": model, "input": texts, "dimensions": 4}
    assert raw_http.exchange(router, PATH, different).headers["x-omniroute-cache"] == "MISS"
    other = router.admin.key("another client")["key"]
    answer = raw_http.exchange(router, PATH, {"model": model, "input": texts}, key=other)
    assert answer.headers["x-omniroute-cache"] == "MISS"
    answer = raw_http.exchange(router, PATH, {"model": model, "input": texts}, "x-omniroute-no-cache: true")
    assert answer.headers["x-omniroute-cache"] == "BYPASS"


def test_a_failure_is_not_kept(router, mock):
    for _ in range(8):
        mock.reply_with(Reply(status=500, headers=[("content-type", "application/json")], steps=[b"{}"]))
    body = {"model": "mo/embed", "input": "never kept"}
    assert raw_http.exchange(router, PATH, body).status >= 500
    mock.reset()
    router.admin.call("POST", "/api/resilience/reset")
    assert raw_http.exchange(router, PATH, body).headers["x-omniroute-cache"] == "MISS"


def test_models_and_combos_are_tested_by_what_they_do(router, cohere, mock):
    made = combo(router, ["openai/text-embedding-3-small", "voyage/voyage-3.5"], expect=400)
    made = combo(router, ["mistral/mistral-embed", "voyage/voyage-3.5"])
    try:
        tested = router.admin.call("POST", "/api/combos/test", {"comboName": "vectors"})
    finally:
        router.admin.call("DELETE", f"/api/combos/{made['id']}")
    assert [result["status"] for result in tested["results"]] == ["ok", "ok"]
    assert all(request.path.endswith("/embeddings") for request in mock.requests)


def test_an_account_without_chat_is_tested_by_an_embedding(router, cohere, mock):
    connections = router.admin.call("GET", "/api/providers")["connections"]
    voyage = next(item for item in connections if item["provider"] == "voyage")
    mock.reply_with(Reply(status=404))
    result = router.admin.call("POST", f"/api/providers/{voyage['id']}/test")
    assert result["valid"] is True
