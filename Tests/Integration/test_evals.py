"""Evals: suites of questions put to models through the whole router, judged, kept and compared."""

import time

import pytest
from admin import Admin
from daemon import Daemon
from mock_upstream import Gate, Hang, Reply, faults, say

EVALS = "/api/evals"
RUNS = "/api/evals/runs"
# Dollars for a million tokens: with the mock's 18 tokens an answer costs 18 thousandths of a dollar.
PRICE = {"input": 1000, "output": 1000}
COST = 0.018
HANG = Reply(head=False, steps=[Hang()])


def exact(value, **extra):
    return {"type": "exact", "value": value} | extra


def case(id_, question, *judges, **extra):
    return {"id": id_, "name": f"Case {id_}", "input": question, "judges": list(judges)} | extra


@pytest.fixture
def suite(router):
    """A function that makes a suite, which goes when the test is over."""
    made = []

    def make(*cases, name="Test suite", **extra):
        suite = router.admin.call("POST", EVALS, {"name": name, "cases": list(cases)} | extra, expect=201)
        made.append(suite["id"])
        return suite

    yield make
    for id_ in made:
        router.admin.call("DELETE", f"{EVALS}/{id_}", expect=(200, 404))


@pytest.fixture
def priced(router):
    router.admin.call("PATCH", "/api/pricing", {"mo": {"m": PRICE, "judge": PRICE}})
    yield
    router.admin.call("DELETE", "/api/pricing?provider=mo")


def start(router, suite, expect=202, **options):
    return router.admin.call("POST", EVALS, {"suiteId": suite["id"]} | options, expect=expect)


def run(router, suite, **options):
    """A run somebody waits for."""
    return start(router, suite, expect=200, wait=True, **options)


def shown(router, run):
    return router.admin.call("GET", f"{RUNS}/{run['id']}")


def ended(router, mock, run):
    mock.wait_until(
        lambda: shown(router, run)["status"] not in ("queued", "running"), timeout=15, why="the run is over"
    )
    return shown(router, run)


def answers(mock, by_question, model="m"):
    """The mock answers by what it is asked; a reply in place of a text is used as it is."""

    def reply(recorded):
        question = recorded.json["messages"][-1]["content"]
        answer = by_question[question] if isinstance(by_question, dict) else by_question(question)
        return answer if isinstance(answer, Reply) else faults.normal(recorded, say(answer))

    mock.always(reply, model=model)


def by_case(run):
    return {result["caseId"]: result for result in run["results"]}


def test_built_in_suites_are_there(router):
    suites = router.admin.call("GET", EVALS)
    ids = [suite["id"] for suite in suites]
    assert ids[-4:] == ["golden-set", "coding-proficiency", "reasoning-logic", "multilingual"]
    for suite in suites[-4:]:
        assert suite["isBuiltIn"] and suite["caseCount"] == len(suite["cases"]) > 3
        assert set(suite["cases"][0]) == {"id", "name", "model", "input", "tags"}
        assert suite["cases"][0]["input"]["messages"][0]["role"] == "user"
    whole = router.admin.call("GET", f"{EVALS}/golden-set")
    assert all(case["judges"] and case["expected"]["strategy"] for case in whole["cases"])
    router.admin.call("GET", f"{EVALS}/none", expect=404)
    for method, body in (("PUT", {"name": "x", "cases": [case("a", "q", exact("a"))]}), ("PATCH", {}), ("DELETE", None)):
        assert router.admin.call(method, f"{EVALS}/golden-set", body, expect=409)["error"]["code"] == "built_in"


def test_suites_are_made_changed_and_deleted(router, suite):
    made = suite(case("a", "What?", exact("that")), id="my-suite", description="Two words")
    assert made["id"] == "my-suite" and made["caseCount"] == 1 and not made["isBuiltIn"]
    assert router.admin.call("POST", EVALS, made, expect=409)["error"]["field"] == "id"
    changed = router.admin.call("PATCH", f"{EVALS}/my-suite", {"name": "Renamed"})
    assert changed["name"] == "Renamed" and changed["description"] == "Two words" and changed["cases"] == made["cases"]
    # What was shown can be sent back.
    assert router.admin.call("PUT", f"{EVALS}/my-suite", made)["cases"] == made["cases"]
    router.admin.call("PUT", f"{EVALS}/my-suite", {"name": "Renamed"}, expect=400)
    assert "my-suite" in [one["id"] for one in router.admin.call("GET", EVALS)]
    router.admin.call("DELETE", f"{EVALS}/my-suite")
    router.admin.call("GET", f"{EVALS}/my-suite", expect=404)


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "name"),
        ({"name": "x"}, "cases"),
        ({"name": "x", "cases": []}, "cases"),
        ({"name": "x", "cases": [{"input": "q"}]}, "cases[0].judges"),
        ({"name": "x", "cases": [case("a", "q", {"type": "regex", "pattern": "(a"})]}, "cases[0].judges[0].pattern"),
        ({"name": "x", "cases": [case("a", "q", {"type": "regex", "pattern": r"(a)\1"})]}, "cases[0].judges[0].pattern"),
        ({"name": "x", "cases": [case("a", "q", {"type": "json_schema", "schema": {"if": {}}})]}, "cases[0].judges[0].schema.if"),
        ({"name": "x", "cases": [case("a", "q", exact("a")), case("a", "q", exact("a"))]}, "cases[1].id"),
        ({"name": "x", "cases": [{"input": {"messages": [{"role": "user", "content": "q"}], "stream": True}}]}, "cases[0].input.stream"),
        ({"name": "x", "id": "runs", "cases": [case("a", "q", exact("a"))]}, "id"),
        ({"name": "x", "id": "../x", "cases": [case("a", "q", exact("a"))]}, "id"),
        ({"suiteId": "golden-set"}, "model"),
        ({"suiteId": "golden-set", "model": "no/such-model"}, "model"),
        ({"suiteId": "golden-set", "models": ["mo/m", "mo/m"]}, "models[1]"),
        ({"suiteId": "golden-set", "models": ["mo/m"], "model": "mo/m"}, "model"),
        ({"suiteId": "golden-set", "combo": "none"}, "combo"),
        ({"suiteId": "golden-set", "model": "mo/m", "concurrency": 0}, "concurrency"),
        ({"suiteId": "golden-set", "model": "mo/m", "maxCostUsd": 0}, "maxCostUsd"),
        ({"suiteId": "golden-set", "model": "mo/m", "timeoutMs": 10}, "timeoutMs"),
        ({"suiteId": "golden-set", "model": "mo/m", "keyId": "none"}, "keyId"),
        ({"suiteId": "golden-set", "model": "mo/m", "colour": "red"}, "colour"),
        ({"suiteId": "golden-set", "outputs": ["a"]}, "outputs"),
        ({"suiteId": "golden-set", "outputs": {"none": "a"}}, "outputs.none"),
        ({"suiteId": "golden-set", "outputs": {"sort": 1}}, "outputs.sort"),
    ],
)
def test_what_is_wrong_is_refused_with_its_field(router, mock, body, field):
    error = router.admin.call("POST", EVALS, body, expect=400)["error"]
    assert error["field"] == field and error["message"].startswith(field), error
    assert mock.requests == []


def test_a_model_judge_needs_a_model(router, suite):
    made = suite(case("a", "q", {"type": "model", "rubric": "Is it kind?"}))
    assert start(router, made, expect=400, model="mo/m")["error"]["field"] == "judgeModel"
    assert start(router, made, expect=400, model="mo/m", judgeModel="no/such")["error"]["field"] == "judgeModel"
    start(router, {"id": "none"}, expect=404, model="mo/m")


def test_outputs_are_graded_at_once(router, mock, suite):
    made = suite(
        case("good", "q1", exact("yes")), case("bad", "q2", exact("yes")), case("missing", "q3", exact("yes")),
        case("contract", "q4", judges=None, expected={"strategy": "contains", "value": "HELLO"}),
    )
    answer = start(router, made, expect=200, outputs={"good": "yes", "bad": "no", "contract": "oh hello"})
    assert (answer["suiteId"], answer["suiteName"], answer["kind"]) == (made["id"], "Test suite", "outputs")
    assert {key: answer["summary"][key] for key in ("total", "passed", "failed", "passRate")} == {
        "total": 4, "passed": 2, "failed": 2, "passRate": 50,
    }
    assert [(one["caseId"], one["caseName"], one["passed"]) for one in answer["results"]] == [
        ("good", "Case good", True), ("bad", "Case bad", False), ("missing", "Case missing", False),
        ("contract", "Case contract", True),
    ]
    assert all(one["durationMs"] >= 0 and one["details"]["judgements"] for one in answer["results"])
    assert mock.requests == []
    assert shown(router, answer)["summary"] == answer["summary"]


def test_every_judge_and_what_an_answer_cost(router, mock, suite, priced):
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    made = suite(
        case("exact", "q1", exact("forty-two")),
        case("contains", "q2", {"type": "contains", "values": ["left", "right"]}),
        case("regex", "q3", {"type": "regex", "pattern": r"^\d{4}$"}),
        case("schema", "q4", {"type": "json_schema", "schema": schema}),
        case("wrong", "q5", {"type": "contains", "value": "bad", "negate": True}),
        case("broken", "q6", exact("x")),
    )
    texts = {"q1": "forty-two", "q2": "Left, then RIGHT.", "q3": "2026", "q4": '{"n": 1}', "q5": "that is bad"}
    answers(mock, texts | {"q6": Reply(status=400, headers=[("content-type", "application/json")], steps=[b'{"error":{"message":"too odd"}}'])})
    ended = run(router, made, model="mo/m", concurrency=2)
    assert ended["status"] == "completed" and ended["progress"] == {"total": 6, "done": 6, "percent": 100}
    results = by_case(ended)
    outcomes = {id_: result["outcome"] for id_, result in results.items()}
    assert outcomes == dict(exact="passed", contains="passed", regex="passed", schema="passed", wrong="failed", broken="error")
    good = results["exact"]
    assert good["output"] == "forty-two" and good["servedModel"] == "m" and good["provider"]
    assert (good["inputTokens"], good["outputTokens"]) == (11, 7) and good["costUsd"] == pytest.approx(COST)
    assert good["latencyMs"] >= 0 and good["finishReason"] == "stop"
    assert "too odd" in results["broken"]["error"] and results["broken"]["statusCode"] == 400
    assert ended["costUsd"] == pytest.approx(5 * COST) and ended["summary"]["errors"] == 1
    assert ended["byModel"][0]["model"] == "mo/m" and ended["byModel"][0]["passed"] == 4
    # The same requests stand in the log of requests.
    mock.wait_until(
        lambda: router.admin.call("GET", f"/api/usage/request-logs?search={ended['id']}")["logs"], why="they are logged"
    )
    log = router.admin.call("GET", f"/api/usage/request-logs/{good['requestId']}")["log"]
    assert log["path"] == "/api/evals" and log["cost"] == pytest.approx(COST)


def test_a_catastrophic_pattern_does_no_harm(router, suite):
    made = suite(case("a", "q", {"type": "regex", "pattern": "^(a+)+$"}))
    began = time.monotonic()
    answer = start(router, made, expect=200, outputs={"a": "a" * 5000 + "!"})
    assert not answer["results"][0]["passed"] and time.monotonic() - began < 10


def test_a_model_judges(router, mock, suite, priced):
    kind = {"type": "model", "rubric": "The answer is kind."}
    made = suite(
        case("kind", "q1", kind), case("rude", "q2", kind), case("unclear", "q3", kind), case("skipped", "q4", kind, exact("x"))
    )
    answers(mock, lambda question: f"answer to {question}")

    def verdict(material):
        if "q1" in material:
            return '{"verdict": "pass", "score": 0.9, "reason": "friendly"}'
        return '{"verdict": "fail"}' if "q2" in material else "I would say it passes."

    answers(mock, verdict, model="judge")
    results = by_case(run(router, made, model="mo/m", judgeModel="mo/judge", concurrency=1))
    assert {id_: one["outcome"] for id_, one in results.items()} == {
        "kind": "passed", "rude": "failed", "unclear": "error", "skipped": "failed",
    }
    (judgement,) = results["kind"]["details"]["judgements"]
    assert judgement["score"] == 0.9 and judgement["reason"] == "friendly" and judgement["model"] == "mo/judge"
    # The judge is paid for too, unless a cheaper one has decided before.
    assert results["kind"]["costUsd"] == pytest.approx(2 * COST) and results["skipped"]["costUsd"] == pytest.approx(COST)
    assert "no verdict" in results["unclear"]["error"]


def test_a_limit_of_cost_ends_a_run(router, mock, suite, priced):
    made = suite(*[case(f"c{n}", f"q{n}", exact("Hi!")) for n in range(30)])
    ended = run(router, made, model="mo/m", concurrency=8, maxCostUsd=3.5 * COST)
    assert ended["status"] == "stopped" and "limit" in ended["reason"]
    assert ended["summary"]["total"] == 4 and ended["costUsd"] == pytest.approx(4 * COST)
    assert len(mock.requests) == 4
    # A model without a price cannot keep to any limit.
    unpriced = run(router, made, model="mo/unpriced", maxCostUsd=1)
    assert unpriced["status"] == "stopped" and "maxCostUsd" in unpriced["reason"] and unpriced["summary"]["total"] == 1


def test_budgets_hold(router, mock, suite, priced):
    key = router.admin.key("evaluator")
    router.admin.call("POST", "/api/usage/budget", {"keyId": key["id"], "limit": COST / 2, "period": "daily"})
    made = suite(case("first", "q1", exact("Hi!")), case("second", "q2", exact("Hi!")))
    results = by_case(run(router, made, model="mo/m", keyId=key["id"], concurrency=1))
    assert results["first"]["passed"] and results["second"]["statusCode"] == 429
    assert "budget" in results["second"]["error"] and len(mock.requests) == 1
    router.admin.call("DELETE", f"/api/usage/budget?keyId={key['id']}")


def test_several_models_run_in_the_background_and_are_watched(router, mock, suite):
    gate = Gate()
    made = suite(*[case(f"c{n}", f"q{n}", exact("Hi!")) for n in range(4)])
    mock.always(lambda recorded: _gated(recorded, gate), model="slow")
    started = start(router, made, models=["mo/m", "mo/slow"], concurrency=8, note="nightly")
    assert started["status"] in ("queued", "running") and started["progress"]["total"] == 8
    mock.wait_until(lambda: shown(router, started)["progress"]["done"] == 4, why="the quick one is done")
    watched = router.admin.call("GET", f"{RUNS}/{started['id']}?after=3")
    assert watched["status"] == "running" and len(watched["results"]) == 1
    # As many are under way at once as was said.
    mock.wait_until(lambda: sum(one.model == "slow" for one in mock.requests) == 4, why="all are asked")
    gate.open()
    ended_run = ended(router, mock, started)
    assert ended_run["status"] == "completed" and [one["passed"] for one in ended_run["byModel"]] == [4, 4]
    listed = router.admin.call("GET", f"{RUNS}?suiteId={made['id']}&status=completed&limit=1")
    assert listed["total"] == 1 and listed["runs"][0]["note"] == "nightly" and "results" not in listed["runs"][0]
    assert router.admin.call("GET", f"{RUNS}?status=odd", expect=400)["error"]["field"] == "status"


def _gated(recorded, gate):
    reply = faults.normal(recorded, say("Hi!"))
    return reply.with_(steps=[gate, *reply.steps])


def test_concurrency_is_kept(router, mock, suite):
    gates = [Gate() for _ in range(6)]
    waiting = list(gates)
    mock.always(lambda recorded: _gated(recorded, waiting.pop(0)), model="m")
    made = suite(*[case(f"c{n}", f"q{n}", exact("Hi!")) for n in range(6)])
    started = start(router, made, model="mo/m", concurrency=2)
    for number, gate in enumerate(gates):
        mock.wait_until(lambda number=number: len(mock.requests) == min(6, number + 2), why="two are under way")
        gate.open()
    assert ended(router, mock, started)["summary"]["passed"] == 6


def test_a_run_is_cancelled_and_removed(router, mock, suite):
    mock.always(lambda recorded: HANG, model="m")
    made = suite(*[case(f"c{n}", f"q{n}", exact("Hi!")) for n in range(5)])
    started = start(router, made, model="mo/m", concurrency=2)
    mock.wait_until(lambda: len(mock.requests) == 2, why="two are asked")
    assert router.admin.call("DELETE", f"{RUNS}/{started['id']}") == {"success": True, "cancelled": True, "removed": False}
    over = ended(router, mock, started)
    assert over["status"] == "cancelled" and over["summary"]["total"] == 0 and over["finishedAt"]
    mock.wait_until(lambda: all(one.disconnected_at for one in mock.requests), why="the upstream is let go")
    assert len(mock.requests) == 2
    assert router.admin.call("DELETE", f"{RUNS}/{started['id']}")["removed"] is True
    router.admin.call("GET", f"{RUNS}/{started['id']}", expect=404)
    router.admin.call("DELETE", f"{RUNS}/{started['id']}", expect=404)


def test_a_case_that_hangs_ends(router, mock, suite):
    mock.always(lambda recorded: HANG, model="m")
    made = suite(case("a", "q", exact("Hi!")))
    began = time.monotonic()
    (result,) = run(router, made, model="mo/m", timeoutMs=1000)["results"]
    assert result["outcome"] == "error" and "no answer within 1000 ms" in result["error"]
    assert time.monotonic() - began < 8


def test_combos_and_conversations(router, mock, suite):
    router.admin.call("POST", "/api/combos", {"name": "graded", "models": ["mo/first", "ma/second"]}, expect=201)
    try:
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Well?"}]
        made = suite(case("a", {"messages": messages, "max_tokens": 50}, exact("Hi!")))
        mock.always(faults.error(500), model="first")
        (result,) = run(router, made, combo="graded")["results"]
        assert result["passed"] and result["model"] == "graded" and result["servedModel"] == "second"
        assert mock.last.json["max_tokens"] == 50 and mock.last.json["system"]
    finally:
        combos = router.admin.call("GET", "/api/combos")["combos"]
        for combo in combos:
            if combo["name"] == "graded":
                router.admin.call("DELETE", f"/api/combos/{combo['id']}")


def test_answers_are_never_the_caches(router, mock, suite):
    made = suite(case("a", {"messages": [{"role": "user", "content": "q"}], "temperature": 0}, exact("Hi!")))
    for _ in range(2):
        assert run(router, made, model="mo/m")["summary"]["passed"] == 1
    assert len(mock.requests) == 2


def test_runs_are_compared(router, mock, suite):
    made = suite(*[case(id_, id_, exact("yes")) for id_ in ("same", "fixed", "broken", "changed")])
    answers(mock, {"same": "yes", "fixed": "no", "broken": "yes", "changed": "yes"})
    before = run(router, made, model="mo/m", note="before")
    cases = [one | {"judges": [exact("YES", ignoreCase=True)]} if one["id"] == "changed" else one for one in made["cases"]]
    router.admin.call("PATCH", f"{EVALS}/{made['id']}", {"cases": cases})
    answers(mock, {"same": "yes", "fixed": "yes", "broken": "no", "changed": "yes"})
    after = run(router, made, model="mo/m", note="after")
    compared = router.admin.call("GET", f"{EVALS}/compare?runs={before['id']},{after['id']}")
    assert [column["note"] for column in compared["columns"]] == ["before", "after"]
    assert compared["columns"][1]["changes"] == {"same": 2, "fixed": 1, "broken": 1, "missing": 0}
    rows = {row["caseId"]: row for row in compared["cases"]}
    assert {id_: row["cells"][1]["change"] for id_, row in rows.items()} == {
        "same": "same", "fixed": "fixed", "broken": "broken", "changed": "same",
    }
    assert [id_ for id_, row in rows.items() if row["isChanged"]] == ["changed"]
    assert rows["broken"]["cells"][1]["result"]["output"] == "no"
    assert router.admin.call("GET", f"{EVALS}/compare?runs=", expect=400)["error"]["field"] == "runs"
    router.admin.call("GET", f"{EVALS}/compare?runs={before['id']},none", expect=404)


def test_suites_and_results_survive_and_a_restart_ends_runs(new_daemon, mock):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("mo", "openai", mock.url("openai"))
    admin.connection(node["id"], "node-key-0123456789", "node")
    made = admin.call("POST", EVALS, {"name": "Kept", "cases": [case(f"c{n}", f"q{n}", exact("Hi!")) for n in range(6)]}, expect=201)
    done = admin.call("POST", EVALS, {"suiteId": made["id"], "model": "mo/m", "wait": True, "concurrency": 1})
    mock.reply_with(say("Hi!"), *[HANG] * 20)
    begun = {"suiteId": made["id"], "model": "mo/m", "concurrency": 1}
    killed = admin.call("POST", EVALS, begun, expect=202)
    mock.wait_until(lambda: admin.call("GET", f"{RUNS}/{killed['id']}")["progress"]["done"] == 1, why="one is answered")
    daemon.process.kill()
    daemon.process.wait()
    admin.close()

    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    assert admin.call("GET", f"{EVALS}/{made['id']}")["cases"] == made["cases"]
    assert admin.call("GET", f"{RUNS}/{done['id']}") == done
    found = admin.call("GET", f"{RUNS}/{killed['id']}")
    assert found["status"] == "interrupted" and found["summary"]["total"] == len(found["results"]) == 1
    # So does an end in good order, at once.
    stopped = admin.call("POST", EVALS, begun, expect=202)
    mock.wait_until(lambda: admin.call("GET", f"{RUNS}/{stopped['id']}")["status"] == "running", why="it runs")
    admin.close()
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    assert admin.call("GET", f"{RUNS}/{stopped['id']}")["status"] == "interrupted"
    assert admin.call("GET", f"{RUNS}?suiteId={made['id']}")["total"] == 3
    admin.close()


def test_clients_have_no_business_here(router):
    import httpx

    for method, path in (("GET", EVALS), ("POST", EVALS), ("GET", RUNS), ("GET", f"{EVALS}/compare?runs=a"), ("DELETE", f"{RUNS}/a")):
        headers = {"authorization": f"Bearer {router.key}"}
        answer = httpx.request(method, router.daemon.url + path, headers=headers, trust_env=False)
        assert answer.status_code in (401, 403), (method, path, answer.text)
