"""Documents ranked by every upstream that ranks, asked in Cohere's, Jina's and Voyage's words."""

import json
import time

import cohere
import pytest
import raw_http
from mock_upstream.reply import Reply
from services import accounts

PATH = "/v1/rerank"
PROVIDERS = ["cohere", "jina", "voyage", "together", "fireworks", "nvidia"]
MODELS = {
    "cohere": "cohere/rerank-v3.5",
    "jina": "jina/jina-reranker-v2-base-multilingual",
    "voyage": "voyage/rerank-2.5",
    "together": "together/Salesforce/Llama-Rank-V2",
    "fireworks": "fireworks/accounts/fireworks/models/nomic-rerank-v1",
    "nvidia": "nvidia/nvidia/nv-rerankqa-mistral-4b-v3",
    "compatible": "mo/ranker",
}
DOCUMENTS = ["Berlin", "Rome", "Paris"]


@pytest.fixture
def ranking(router, mock):
    with accounts(router, mock, *PROVIDERS):
        yield router


def ask(router, model, **more):
    return raw_http.exchange(router, PATH, {"model": model, "query": "q", "documents": DOCUMENTS, **more})


@pytest.mark.parametrize("upstream", MODELS)
def test_best_first_by_position(ranking, upstream):
    answer = ask(ranking, MODELS[upstream], top_n=2)
    assert answer.status == 200
    assert [result["index"] for result in answer.json["results"]] == [2, 1]
    assert "document" not in answer.json["results"][0]
    text = "1.50" if upstream == "nvidia" else "0.30"
    assert f'"relevance_score":{text}' in answer.body.decode()


@pytest.mark.parametrize("upstream", MODELS)
def test_documents_come_back_when_wanted(ranking, upstream):
    answer = ask(ranking, MODELS[upstream], top_n=1, return_documents=True)
    assert answer.json["results"][0]["document"] == {"text": "Paris"}


@pytest.mark.parametrize("upstream", MODELS)
def test_objects_are_ranked_by_their_text(ranking, upstream, mock):
    documents = [{"text": "Berlin"}, {"text": "Paris", "title": "France"}]
    answer = ask(ranking, MODELS[upstream], documents=documents, return_documents=True)
    assert answer.json["results"][0]["document"] == documents[1]
    lost = answer.headers.get("x-omniroute-translation", "")
    assert ("documents.title" in lost) == (upstream in ("cohere", "voyage", "fireworks", "nvidia"))
    if lost:
        strict = raw_http.exchange(
            ranking, PATH, {"model": MODELS[upstream], "query": "q", "documents": documents},
            "x-omniroute-strict: true",
        )
        assert strict.status == (200 if "documents.title" not in lost else 400)


@pytest.mark.parametrize("upstream", MODELS)
def test_cohere_sdk(ranking, upstream):
    for base in (ranking.daemon.url, f"{ranking.daemon.url}/v1"):
        client = cohere.ClientV2(api_key=ranking.key, base_url=base)
        answer = client.rerank(model=MODELS[upstream], query="q", documents=DOCUMENTS, top_n=2)
        assert [result.index for result in answer.results] == [2, 1]
        assert answer.results[0].relevance_score > answer.results[1].relevance_score
        if upstream == "cohere":
            assert answer.meta.billed_units.search_units == 1


def test_voyages_clients_get_voyages_shape(ranking, mock):
    body = {"model": MODELS["jina"], "query": "q", "documents": DOCUMENTS, "top_k": 1, "truncation": True}
    answer = raw_http.exchange(ranking, PATH, {**body, "return_documents": True})
    assert answer.json["object"] == "list"
    assert answer.json["data"] == [{"index": 2, "relevance_score": 0.30, "document": "Paris"}]
    assert answer.json["usage"] == {"total_tokens": 15}
    assert mock.last.json["top_n"] == 1


@pytest.mark.parametrize(
    "body, field",
    [
        ({"query": "q", "documents": DOCUMENTS}, "model"),
        ({"model": "mo/ranker", "documents": DOCUMENTS}, "query"),
        ({"model": "mo/ranker", "query": 5, "documents": DOCUMENTS}, "query"),
        ({"model": "mo/ranker", "query": "q"}, "documents"),
        ({"model": "mo/ranker", "query": "q", "documents": []}, "documents"),
        ({"model": "mo/ranker", "query": "q", "documents": ["a", 5]}, "documents[1]"),
        ({"model": "mo/ranker", "query": "q", "documents": DOCUMENTS, "top_n": 0}, "top_n"),
        ({"model": "ma/claude", "query": "q", "documents": DOCUMENTS}, "model"),
        ({"model": "sim/echo", "query": "q", "documents": DOCUMENTS}, "model"),
        ({"model": "nobody/ranker", "query": "q", "documents": DOCUMENTS}, "model"),
    ],
)
def test_mistakes_are_told_by_field(router, mock, body, field):
    answer = raw_http.exchange(router, PATH, body)
    assert answer.status in (400, 404)
    assert answer.json["error"]["param"] == field
    assert mock.requests == []


def test_rankers_do_not_chat(ranking, mock):
    body = {"model": MODELS["cohere"], "messages": [{"role": "user", "content": "Hello"}]}
    answer = raw_http.exchange(ranking, "/v1/chat/completions", body)
    assert (answer.status, answer.json["error"]["code"]) == (400, "model_not_supported")
    answer = raw_http.exchange(ranking, "/v1/chat/completions", {**body, "model": "voyage/anything"})
    assert (answer.status, answer.json["error"]["code"]) == (400, "model_not_supported")


def test_the_list_and_a_provider_path(ranking, sdk_clients, mock):
    listed = sdk_clients["openai"].http.get(
        f"{ranking.daemon.url}{PATH}", headers={"authorization": f"Bearer {ranking.key}"}
    ).json()
    names = [model["id"] for model in listed["data"]]
    assert MODELS["voyage"] in names and "voyage/voyage-3.5" not in names
    body = {"model": "rerank-2.5", "query": "q", "documents": DOCUMENTS}
    assert raw_http.exchange(ranking, "/v1/providers/voyage/rerank", body).status == 200
    assert mock.last.json["model"] == "rerank-2.5"
    other = raw_http.exchange(ranking, "/v1/providers/voyage/rerank", {**body, "model": MODELS["jina"]})
    assert (other.status, other.json["error"]["code"]) == (400, "provider_mismatch")


def test_a_combo_falls_back_and_a_limited_account_rests(ranking, mock):
    body = {"name": "rankers", "models": [MODELS["cohere"], MODELS["jina"]], "strategy": "priority", "config": {}}
    combo = ranking.admin.call("POST", "/api/combos", body, expect=201)
    assert not combo.get("warnings")
    try:
        headers = [("content-type", "application/json"), ("retry-after", "60")]
        mock.reply_with(Reply(status=429, headers=headers, steps=[b'{"message": "slow down"}']))
        assert ask(ranking, "rankers").status == 200
        assert ask(ranking, "rankers").status == 200
        tested = ranking.admin.call("POST", "/api/combos/test", {"comboName": "rankers"})
    finally:
        ranking.admin.call("DELETE", f"/api/combos/{combo['id']}")
    paths = [request.path for request in mock.requests[:3]]
    assert paths == ["/compatible/cohere/v2/rerank", "/compatible/jina/v1/rerank", "/compatible/jina/v1/rerank"]
    assert tested["results"][1]["status"] == "ok"


def test_an_upstreams_error_is_told_in_openais_shape(ranking, mock):
    headers = [("content-type", "application/json")]
    mock.reply_with(Reply(status=400, headers=headers, steps=[b'{"message": "too many documents"}']))
    answer = ask(ranking, MODELS["cohere"])
    assert answer.status == 400
    assert "too many documents" in answer.json["error"]["message"]
    mock.reset()


@pytest.mark.parametrize("body", [b"{", b'{"results": [{"index": 7, "relevance_score": 1}]}', b'{"error": "x"}'])
def test_a_broken_answer_is_the_upstreams_fault(router, mock, body):
    mock.always(None)
    for _ in range(8):
        mock.reply_with(Reply(headers=[("content-type", "application/json")], steps=[body]))
    assert ask(router, "mo/ranker").status == 502
    mock.reset()


def log_row(router, answer):
    deadline = time.monotonic() + 5
    while True:
        rows = router.admin.call("GET", "/api/usage/request-logs")["logs"]
        if row := next((row for row in rows if row["id"] == answer.headers["x-request-id"]), None):
            return row
        assert time.monotonic() < deadline, json.dumps(rows[:2])
        time.sleep(0.02)


def test_log_and_cost(ranking):
    row = log_row(ranking, answer := ask(ranking, MODELS["voyage"]))
    assert answer.json["usage"]["total_tokens"] == 15
    assert (row["tokens"]["in"], row["tokens"]["out"], row["path"]) == (15, 0, PATH)
    assert row["cost"] == pytest.approx(15 * 0.05 / 1e6)


def test_searches_are_billed_by_the_search(ranking):
    row = log_row(ranking, ask(ranking, MODELS["cohere"]))
    assert row["cost"] == pytest.approx(0.002)
    assert (row["billed"]["unit"], row["billed"]["quantity"]) == ("search", 1)


def test_budgets_hold(ranking):
    key = ranking.admin.key("thrifty")
    ranking.admin.call("POST", "/api/usage/budget", {"keyId": key["id"], "limit": 0.001, "period": "daily"})
    body = {"model": MODELS["cohere"], "query": "q", "documents": DOCUMENTS}
    # Whoever is below the limit may go on once.
    assert raw_http.exchange(ranking, PATH, body, key=key["key"]).status == 200
    refused = raw_http.exchange(ranking, PATH, body, key=key["key"])
    assert refused.status in (402, 429)


def test_a_limited_key_sees_and_uses_its_rankers_only(ranking):
    body = {"name": "one ranker", "allowedModels": [MODELS["voyage"]]}
    key = ranking.admin.call("POST", "/api/keys", body, expect=201)["key"]
    listed = raw_http.exchange(ranking, PATH, b"", method="GET", key=key).json
    assert [model["id"] for model in listed["data"]] == [MODELS["voyage"]]
    for name, status in (("voyage", 200), ("jina", 403)):
        body = {"model": MODELS[name], "query": "q", "documents": DOCUMENTS}
        assert raw_http.exchange(ranking, PATH, body, key=key).status == status
