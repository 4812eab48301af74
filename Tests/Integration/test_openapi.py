"""
Schemathesis against the daemon's own OpenAPI document: whatever is sent, answers are as they are declared.

Every operation is called with data that fits its schema, with names of what is there, and with data that does not fit.
Nothing fails with a status that is not declared, no answer holds more, less or other than its schema says.
"""

import json

import hypothesis
import openapi_document
import pytest
import requests
import schemathesis
from daemon import Daemon
from hypothesis import given, settings
from router import PREFIX, Router
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

# So many of each kind for an operation; the whole takes about a minute.
EXAMPLES = 8

load_all_checks()
CONFORMANCE = CHECKS.get_by_names(
    [f"{part}_conformance" for part in ("status_code", "content_type", "response_schema", "response_headers")]
)
SCHEMA = schemathesis.openapi.from_dict(openapi_document.with_closed_objects(openapi_document.document()))
OPERATIONS = {
    operation.label: SCHEMA[operation.path][operation.method]
    for operation in openapi_document.operations()
    if operation.name not in openapi_document.ENDING
}


@pytest.fixture(scope="module")
def fuzzed(shared_mock):
    shared_mock.reset()
    router = Router.start(shared_mock, LOG_LEVEL="error")
    shared_mock.expects_violations = True
    yield router
    router.stop()


@pytest.fixture(scope="module")
def session(fuzzed):
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(f"{fuzzed.daemon.url}/api/auth/login", json={"password": Daemon.PASSWORD})
        assert answer.status_code == 200
        yield session


class Things:
    """What is there on the daemon, so that calls can name it: names at random lead nowhere."""

    def __init__(self, router):
        self.admin, self.mock = router.admin, router.mock
        self.prefix = PREFIX["openai"]
        self.model = f"{self.prefix}/mock-model"
        self.oauth = "fuzz"
        self.ids, self.made_before = {}, 0
        self.refresh()
        chat = {"model": self.model, "messages": [{"role": "user", "content": "Hello"}]}
        answer = self.admin.http.post("/v1/chat/completions", json=chat)
        assert answer.status_code == 200, answer.text

    def refresh(self):
        """Puts back what the calls before have deleted."""
        if not any(node["prefix"] == self.prefix for node in self.admin.call("GET", "/api/provider-nodes")["nodes"]):
            node = self.admin.node(self.prefix, "openai", self.mock.url("openai"))
            self.admin.connection(node["id"], "node-key-0123456789", "mock")
        urls = {name: self.mock.url("openai") for name in ("authorizeUrl", "tokenUrl", "deviceUrl")}
        oauth = urls | {"provider": self.prefix, "clientId": "fuzz", "clientSecret": "fuzz"}
        self.admin.call("PUT", f"/api/settings/oauth/{self.oauth}", oauth)

    def made(self, path: str, member: str, body: dict) -> str:
        """The id of a thing of its own, made anew where the calls before have deleted it."""
        if not any(thing["id"] == self.ids.get(path) for thing in self.admin.call("GET", path)[member]):
            self.made_before += 1
            names = {name: f"{body[name]}-{self.made_before}" for name in ("name", "prefix") if name in body}
            thing = self.admin.call("POST", path, body | names, 201)
            self.ids[path] = (thing if "id" in thing else thing[member.removesuffix("s")])["id"]
        return self.ids[path]

    def connection(self):
        made = {"provider": "openai", "apiKey": "sk-fuzz-0123456789", "name": "fuzz"}
        made["baseUrl"] = self.mock.url("openai")
        return self.made("/api/providers", "connections", made)

    def key(self):
        return self.made("/api/keys", "keys", {"name": "fuzz"})

    def combo(self):
        return self.made("/api/combos", "combos", {"name": "fuzz-combo", "models": [self.model]})

    def policy(self):
        return self.made("/api/policies", "policies", {"name": "fuzz", "action": "allow", "enabled": False})

    def node(self):
        made = {"name": "fuzz", "prefix": "fuzz", "baseUrl": self.mock.url("openai")}
        return self.made("/api/provider-nodes", "nodes", made)

    def request(self):
        return self.admin.call("GET", "/api/usage/request-logs?limit=1")["logs"][0]["id"]

    def of_path(self, path: str) -> str | None:
        """What the parameter of a path may name."""
        makers = {
            "/api/providers": self.connection, "/api/provider-nodes": self.node, "/api/keys": self.key,
            "/api/combos": self.combo, "/api/policies": self.policy, "/api/usage": self.connection,
            "/api/usage/request-logs": self.request, "/api/usage/call-logs": self.request,
            "/api/oauth": lambda: self.oauth, "/api/settings/oauth": lambda: self.oauth,
            "/v1/providers": lambda: self.prefix, "/v1beta/models": lambda: self.model,
            "/v1/models": lambda: self.model,
            "/api/cli-tools": lambda: "codex", "/api/cli-tools/runtime": lambda: "claude",
        }  # fmt: skip
        make = makers.get(path.split("/{")[0])
        return make() if make else None

    def put_into(self, fields: dict, operation):
        """Has the members of a body or a query name what is there."""
        makers = {
            "provider": lambda: self.prefix, "model": lambda: self.model, "modelId": lambda: "fuzz-model",
            "connectionId": self.connection, "keyId": self.key, "comboName": self.combo, "alias": lambda: "fuzz-alias",
            "id": self.policy,
        }  # fmt: skip
        scopes = [name for name in ("keyId", "connectionId", "model") if name in fields]
        for name in set(fields) & set(makers):
            fields[name] = makers[name]()
        # Of scopes one is named.
        if "/budget" in operation.path:
            for name in scopes[1:] + ["apiKeyId", "scope"][: 2 * bool(scopes)]:
                fields.pop(name, None)


@pytest.fixture(scope="module")
def things(fuzzed):
    return Things(fuzzed)


def _call(case, router, session):
    # A cookie that logs out is sent by nobody but its owner.
    used = requests.Session() if case.operation.path == "/api/auth/logout" else session
    response = case.call(base_url=router.daemon.url, session=used, timeout=20, allow_redirects=False)
    declared = case.operation.definition.raw["responses"]
    # What a provider failed with is told as such, and is declared.
    assert response.status_code != 500, response.text
    assert response.status_code < 500 or str(response.status_code) in declared or "default" in declared, response.text
    case.validate_response(response, checks=CONFORMANCE)


def _run(strategy, call):
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @given(case=strategy)
    def check(case):
        call(case)

    check()


@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_as_declared(label, fuzzed, session, things):
    operation = OPERATIONS[label]
    parameters = [one.name for one in operation.path_parameters.items]

    things.refresh()

    def call_by_names(case):
        known = things.of_path(operation.path)
        if known and parameters:
            case.path_parameters[parameters[0]] = known
        for fields in (case.body, case.query):
            if isinstance(fields, dict):
                things.put_into(fields, operation)
        _call(case, fuzzed, session)

    _run(operation.as_strategy(GenerationMode.POSITIVE), lambda case: _call(case, fuzzed, session))
    if parameters or operation.body.items or operation.query.items:
        _run(operation.as_strategy(GenerationMode.POSITIVE), call_by_names)
        _run(operation.as_strategy(GenerationMode.NEGATIVE), lambda case: _call(case, fuzzed, session))


def test_passwords_are_changed_as_declared(new_daemon):
    """On a daemon of its own, for it ends the session and changes the password."""
    daemon = new_daemon(LOG_LEVEL="error").start()
    password = Daemon.PASSWORD

    def change(session, operation, body):
        case = operation.Case(body=body, media_type="application/json")
        answer = case.call(base_url=daemon.url, session=session)
        case.validate_response(answer, checks=CONFORMANCE)
        return answer.status_code

    for method in ("PUT", "POST", "PATCH"):
        operation = SCHEMA["/api/settings/require-login"][method]
        with requests.Session() as session:
            assert session.post(f"{daemon.url}/api/auth/login", json={"password": password}).status_code == 200
            sent = {"password": f"{password}-next", "currentPassword": password}
            assert change(session, operation, sent) == 200
            password = sent["password"]
            for wrong in ({"requireLogin": False}, {"password": "short"}, {"password": 1}, {"password": "long enough"}):
                assert change(session, operation, wrong) in (400, 403), wrong


def test_what_is_served_is_what_is_tested(fuzzed):
    served = requests.get(f"{fuzzed.daemon.url}/api/openapi.json", timeout=10)
    assert served.status_code == 200
    assert served.json() == openapi_document.document()


def test_the_session_lasted(fuzzed, session):
    answer = session.get(f"{fuzzed.daemon.url}/api/auth/status", timeout=10)
    assert json.loads(answer.text) == {"authenticated": True}
