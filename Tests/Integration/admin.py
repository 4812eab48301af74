"""The management API as its administrator uses it."""

import httpx


class Admin:
    """A logged-in session. Calls return the parsed answer and fail the test on an unexpected status."""

    def __init__(self, url: str, password: str | None):
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)
        if password is not None:
            self.login = self.http.post("/api/auth/login", json={"password": password})
            assert self.login.status_code == 200, self.login.text

    def close(self):
        self.http.close()

    def call(self, method: str, path: str, body=None, expect: int | tuple[int, ...] = 200, **options):
        answer = self.http.request(method, path, json=body, **options)
        expected = (expect,) if isinstance(expect, int) else expect
        assert answer.status_code in expected, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def node(self, prefix: str, dialect: str, base_url: str, **extra) -> dict:
        api_type = {"openai": "chat", "responses": "responses"}.get(dialect)
        kind = "openai" if api_type else dialect
        body = {"name": f"node {prefix}", "prefix": prefix, "type": f"{kind}-compatible", "baseUrl": base_url}
        if api_type:
            body["apiType"] = api_type
        return self.call("POST", "/api/provider-nodes", body | extra, expect=201)["node"]

    def connection(self, provider: str, key: str, name: str, **extra) -> dict:
        body = {"provider": provider, "apiKey": key, "name": name} | extra
        return self.call("POST", "/api/providers", body, expect=201)["connection"]

    def key(self, name: str) -> dict:
        return self.call("POST", "/api/keys", {"name": name}, expect=201)

    def alias(self, alias: str, model: str):
        return self.call("POST", "/api/models/alias", {"alias": alias, "model": model}, expect=(200, 201))

    def remove_node(self, node: dict):
        self.call("DELETE", f"/api/provider-nodes/{node['id']}")
