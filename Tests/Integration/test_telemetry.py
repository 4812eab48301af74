"""What is counted of requests, as Prometheus and the dashboard read it."""

import httpx
import pytest
import raw_http
from admin import Admin
from daemon import Daemon
from mock_upstream import Usage, faults, say
from prometheus_client.parser import text_string_to_metric_families
from router import Router

COUNTS = Usage(input=24, cache_read=64, cache_write=32, output=20, reasoning=40)


@pytest.fixture
def router(new_daemon, mock):
    """One that has seen nothing: the models of all other tests together are more than are counted apart."""
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    yield Router(daemon, admin, admin.key("telemetry")["key"], mock)
    admin.close()


@pytest.fixture
def counted(router, upstream):
    """A node of its own, so that its figures start at nothing."""
    node = router.admin.node("counted", upstream, router.mock.url(upstream))
    router.admin.connection(node["id"], "counted-key-0123456789", "counted account")
    yield node
    router.admin.remove_node(node)


def samples(router, node) -> dict:
    """Values of one provider by name and by whatever label is not the same for all."""
    answer = router.admin.http.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            if sample.labels.get("gen_ai_system") == node["id"]:
                extra = [sample.labels[name] for name in ("gen_ai_token_type", "status_class", "kind", "le")
                         if name in sample.labels]
                found[(sample.name, *extra)] = sample.value
    return found


def test_requests_are_counted(router, mock, counted, stream):
    mock.always(say("x", usage=COUNTS))
    for _ in range(3):
        raw_http.post(router, "openai", raw_http.chat_body("counted/m", stream=stream))
    found = samples(router, counted)
    assert found["omniroute_requests_total", "2xx"] == 3
    assert found["omniroute_attempts_total",] == 3
    assert found["gen_ai_server_request_duration_count",] == 3
    assert found["gen_ai_server_request_duration_bucket", "+Inf"] == 3
    assert found["gen_ai_client_token_usage_sum", "input"] == 360
    assert found["gen_ai_client_token_usage_sum", "output"] == 180
    assert found["omniroute_tokens_total", "reasoning"] == 120
    assert found["gen_ai_server_time_to_first_token_count",] == (3 if stream else 0)
    summary = router.admin.call("GET", "/api/telemetry/summary")
    assert summary["providers"][counted["id"]]["count"] == 3
    assert summary["count"] >= 3


def test_only_this_machine_reads_metrics_without_login(router):
    with httpx.Client(base_url=str(router.admin.http.base_url), trust_env=False) as stranger:
        assert stranger.get("/metrics").status_code == 200
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
            assert stranger.get("/metrics", headers={name: "for=192.0.2.1"}).status_code == 401
        assert stranger.get("/api/telemetry/summary").status_code == 401


def cooling(router) -> dict:
    """What is put aside, by metric and labels."""
    families = text_string_to_metric_families(router.admin.http.get("/metrics").text)
    return {(sample.name, *sorted(sample.labels.items())): sample.value
            for family in families for sample in family.samples if sample.name.startswith(("omniroute_c", "omniroute_b"))}


def test_cooldowns_are_told(router, mock, counted):
    reason = (("reason", "rateLimited"), ("scope", "model"))
    assert ("omniroute_cooling", *reason) not in cooling(router)
    mock.always(faults.error(429, "slow down", retry_after="60"))
    for _ in range(2):
        assert raw_http.post(router, "openai", raw_http.chat_body("counted/m")).status == 429
    found = cooling(router)
    assert found["omniroute_cooling", *reason] == 1
    assert found["omniroute_cooldowns_total", *reason] == 1
    assert found["omniroute_breakers", ("scope", "account"), ("state", "open")] == 0
    router.admin.call("POST", "/api/resilience/reset")
    found = cooling(router)
    assert ("omniroute_cooling", *reason) not in found
    assert found["omniroute_cooldowns_total", *reason] == 1


def test_the_routers_own_time_is_told_without_the_upstreams(router, mock, counted, stream):
    mock.always(faults.slowly(say("x", usage=COUNTS), 0.3))
    body = raw_http.chat_body("counted/m", stream=stream)
    answer = raw_http.post(router, "openai", body, "X-OmniRoute-Overhead: true")
    assert answer.status == 200
    assert 0 < int(answer.headers["x-omniroute-overhead"]) < 200_000
    mock.always(say("x", usage=COUNTS))
    assert "x-omniroute-overhead" not in raw_http.post(router, "openai", body).headers
    found = samples(router, counted)
    assert found["omniroute_overhead_seconds_count",] == 2
    assert 0 < found["omniroute_overhead_seconds_sum",] < 0.4
    overhead = router.admin.call("GET", "/api/telemetry/summary")["providers"][counted["id"]]["overheadUs"]
    assert overhead["count"] == 2 and 0 < overhead["p50"] <= overhead["p95"] <= overhead["p99"] < 250_000


def logs(router) -> list[dict]:
    return router.admin.call("GET", "/api/usage/request-logs", params={"limit": 1})["logs"]


def test_errors_tell_the_routers_own_time_too(router):
    answer = raw_http.post(router, "openai", raw_http.chat_body("nowhere/m"), "X-OmniRoute-Overhead: true")
    assert answer.status == 404 and int(answer.headers["x-omniroute-overhead"]) > 0
    router.mock.wait_until(lambda: logs(router), timeout=3, why="it is written")
    (log,) = logs(router)
    assert log["status"] == 404 and log["overheadUs"] > 0
