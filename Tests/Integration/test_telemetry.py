"""What is counted of requests, as Prometheus and the dashboard read it."""

import httpx
import pytest
import raw_http
from admin import Admin
from daemon import Daemon
from mock_upstream import Usage, say
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
