"""
A daemon that is killed in the middle of changes: what it acknowledged is there afterwards, and the database is whole.

Every kind of change that is kept is made over and over by a client of its own until the daemon is gone.
"""

import random
import signal
import sqlite3
import threading
import time
from pathlib import Path

import httpx
from admin import Admin
from daemon import Daemon

ROUNDS = 6
# From the first change to the kill, in seconds: within the first ones, and in the middle of many.
MOMENTS = (0.2, 0.9)


class Kind:
    """One kind of change: how it is made, and how what is there is read, as names with values."""

    def change(self, number: int):
        """Returns method, path, body, and what has to be there afterwards."""
        raise NotImplementedError

    def answered(self, answer: dict):
        """What the daemon said to the change."""

    def there(self, admin: Admin) -> dict:
        raise NotImplementedError


class Keys(Kind):
    """Made and revoked in turn, for a key that was revoked must stay so."""

    made = ""

    def change(self, number):
        name = f"key-{number // 2}"
        if number % 2:
            return "DELETE", f"/api/keys/{self.made}", None, {name: False}
        return "POST", "/api/keys", {"name": name}, {name: True}

    def answered(self, answer):
        self.made = answer.get("id", self.made)

    def there(self, admin):
        return {key["name"]: key["isActive"] for key in admin.call("GET", "/api/keys")["keys"]}


class Connections(Kind):
    def change(self, number):
        body = {"provider": "openai", "apiKey": f"sk-kill-{number}-0123456789", "name": f"account-{number}"}
        return "POST", "/api/providers", body, {f"account-{number}": f"sk-k****6789"}

    def there(self, admin):
        connections = admin.call("GET", "/api/providers")["connections"]
        return {one["name"]: one.get("apiKeyMasked") for one in connections}


class Nodes(Kind):
    def change(self, number):
        body = {"name": f"node {number}", "prefix": f"n{number}", "baseUrl": "http://127.0.0.1:9"}
        return "POST", "/api/provider-nodes", body, {f"n{number}": "http://127.0.0.1:9"}

    def there(self, admin):
        return {one["prefix"]: one["baseUrl"] for one in admin.call("GET", "/api/provider-nodes")["nodes"]}


class Combos(Kind):
    def change(self, number):
        body = {"name": f"combo-{number}", "models": ["openai/gpt-4o"], "strategy": "random"}
        return "POST", "/api/combos", body, {f"combo-{number}": ["openai/gpt-4o"]}

    def there(self, admin):
        return {one["name"]: one["models"] for one in admin.call("GET", "/api/combos")["combos"]}


class Aliases(Kind):
    """Made and removed in turn, for what was removed must stay so."""

    def change(self, number):
        name = f"alias-{number // 2}"
        if number % 2:
            return "DELETE", f"/api/models/alias?alias={name}", None, {name: None}
        return "PUT", "/api/models/alias", {"alias": name, "model": "openai/gpt-4o"}, {name: "openai/gpt-4o"}

    def there(self, admin):
        return admin.call("GET", "/api/models/alias")["aliases"]


class Prices(Kind):
    def change(self, number):
        return "PATCH", "/api/pricing", {"openai": {f"model-{number}": {"input": number}}}, {f"model-{number}": number}

    def there(self, admin):
        prices = admin.call("GET", "/api/pricing").get("openai", {})
        return {model: row["input"] for model, row in prices.items() if model.startswith("model-")}


class Policies(Kind):
    def change(self, number):
        body = {"name": f"policy-{number}", "enabled": False, "priority": number, "action": "deny"}
        return "POST", "/api/policies", body, {f"policy-{number}": number}

    def there(self, admin):
        return {one["name"]: one["priority"] for one in admin.call("GET", "/api/policies")["policies"]}


class Models(Kind):
    def change(self, number):
        name = f"own-{number}"
        return "POST", "/api/provider-models", {"provider": "openai", "modelId": name}, {name: True}

    def there(self, admin):
        models = admin.call("GET", "/api/provider-models?provider=openai")["models"]
        return {model["id"]: True for model in models}


class Budgets(Kind):
    def change(self, number):
        body = {"model": f"openai/budget-{number}", "dailyLimitUsd": number + 1}
        return "POST", "/api/usage/budget", body, {f"openai/budget-{number}": number + 1}

    def there(self, admin):
        limits = admin.call("GET", "/api/usage/budget")["limits"]
        return {one["model"]: one["limits"]["dailyLimitUsd"] for one in limits if one["scope"] == "model"}


class Addresses(Kind):
    """Entries of one setting, which each change writes anew as a whole."""

    def change(self, number):
        address = f"10.0.{number // 250}.{number % 250}"
        return "PATCH", "/api/settings/ip-filter", {"addBlacklist": address}, {address: True}

    def there(self, admin):
        return dict.fromkeys(admin.call("GET", "/api/settings/ip-filter")["blacklist"], True)


class Profiles(Kind):
    """A value that is overwritten each time: the last one that was acknowledged is there, or one that came after it."""

    last = 0

    def change(self, number):
        return "PATCH", "/api/resilience", {"profiles": {"local": {"transientCooldown": number}}}, {"newest": number}

    def answered(self, answer):
        self.last = answer["profiles"]["local"]["transientCooldown"]

    def there(self, admin):
        kept = admin.call("GET", "/api/resilience")["profiles"]["local"]["transientCooldown"]
        assert kept >= self.last
        return {"newest": kept}


KINDS = [
    Keys(), Connections(), Nodes(), Combos(), Aliases(), Prices(), Policies(), Models(), Budgets(), Addresses(),
    Profiles(),
]  # fmt: skip


class Writer(threading.Thread):
    """Makes one change after the other until the daemon is gone."""

    def __init__(self, daemon: Daemon, cookie: str, kind: Kind, number: int):
        super().__init__()
        self.daemon_url, self.cookie, self.kind, self.number = daemon.url, cookie, kind, number
        self.acknowledged: dict = {}
        self.refusal = None
        self.count = 0

    def run(self):
        headers = {"cookie": f"auth_token={self.cookie}"}
        with httpx.Client(base_url=self.daemon_url, timeout=5, trust_env=False, headers=headers) as http:
            while True:
                method, path, body, expected = self.kind.change(self.number)
                self.number += 1
                try:
                    answer = http.request(method, path, json=body)
                except httpx.HTTPError:
                    # Whether this one is there, nobody was told.
                    for name in expected:
                        self.acknowledged.pop(name, None)
                    return
                if answer.status_code >= 300:
                    self.refusal = f"{method} {path}: {answer.status_code} {answer.text}"
                    return
                self.kind.answered(answer.json())
                self.acknowledged |= expected
                self.count += 1


def test_what_was_acknowledged_is_there(new_daemon):
    daemon = new_daemon(LOG_LEVEL="error").start()
    moments = random.Random(11)
    admin = Admin(daemon.url, Daemon.PASSWORD)
    cookie = admin.http.cookies["auth_token"]
    acknowledged: list[dict] = [{} for _ in KINDS]
    numbers, counts = [0] * len(KINDS), [0] * len(KINDS)
    for _ in range(ROUNDS):
        # Even, for what is removed in turn is made first.
        writers = [
            Writer(daemon, cookie, kind, number + number % 2) for kind, number in zip(KINDS, numbers, strict=True)
        ]
        for writer in writers:
            writer.start()
        time.sleep(moments.uniform(*MOMENTS))
        daemon.process.send_signal(signal.SIGKILL)
        daemon.process.wait()
        for writer in writers:
            writer.join(20)
            assert not writer.is_alive()
            assert writer.refusal is None
        for path in Path(daemon.data_dir).glob("*.sqlite"):
            with sqlite3.connect(path) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], path
        admin.close()
        daemon.start()
        admin = Admin(daemon.url, Daemon.PASSWORD)
        cookie = admin.http.cookies["auth_token"]
        for index, (kind, writer) in enumerate(zip(KINDS, writers, strict=True)):
            acknowledged[index] |= writer.acknowledged
            numbers[index] = writer.number
            counts[index] += writer.count
            there = kind.there(admin)
            known = acknowledged[index]
            missing = {name: (value, there.get(name)) for name, value in known.items() if there.get(name) != value}
            assert not missing, f"{type(kind).__name__}: {missing}"
    admin.close()
    assert min(counts) >= 5, counts
