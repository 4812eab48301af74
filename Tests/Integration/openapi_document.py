"""The daemon's own description of its interface, as tests that cover all of it are made from it."""

import functools
import json
import subprocess
from dataclasses import dataclass

from daemon import binary


# Operations after which nothing else can be tried, each with the reason. The tests of these themselves are elsewhere.
ENDING = {
    "daemon.shutdown": "it ends the daemon",
    "daemon.restart": "it ends the daemon",
    "password.change": "it ends the session and changes the password",
    "logins.end-all": "it ends the session",
    "events.watch": "its answer never ends",
}


@functools.cache
def document() -> dict:
    """What `/api/openapi.json` serves; asked of the command, so that tests can be made before a daemon runs."""
    printed = subprocess.run([binary(), "openapi"], capture_output=True, check=True, timeout=60)
    return json.loads(printed.stdout)


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    # Area and verb.
    name: str
    is_management: bool

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def definition(self) -> dict:
        return document()["paths"][self.path][self.method.lower()]

    @property
    def access(self) -> str:
        """`everyone`, or what the route's access policy is called."""
        return self.definition.get("x-access", "everyone")

    @property
    def path_parameters(self) -> list[str]:
        return [one["name"] for one in self.definition.get("parameters", []) if one["in"] == "path"]

    @property
    def query(self) -> dict[str, dict]:
        """Schemas by name."""
        return {one["name"]: one["schema"] for one in self.definition.get("parameters", []) if one["in"] == "query"}

    @property
    def body(self) -> dict | None:
        """The schema of a JSON body."""
        content = self.definition.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    @property
    def statuses(self) -> set[int]:
        """Those that are declared."""
        return {int(status) for status in self.definition["responses"] if status != "default"}


def operations() -> list[Operation]:
    found = []
    for path, methods in document()["paths"].items():
        for method, definition in methods.items():
            name = definition["operationId"].rsplit("-" + method, 1)[0]
            is_management = "default" not in definition["responses"]
            found.append(Operation(method.upper(), path, name, is_management))
    return found


def resolved(schema: dict) -> dict:
    """The schema itself where it is a reference."""
    reference = schema.get("$ref")
    return resolved(document()["components"]["schemas"][reference.rsplit("/", 1)[1]]) if reference else schema


def with_closed_objects(value):
    """The same document, in which objects hold nothing that is not told: what answers hold besides is a finding."""
    if isinstance(value, list):
        return [with_closed_objects(one) for one in value]
    if not isinstance(value, dict):
        return value
    closed = {name: with_closed_objects(one) for name, one in value.items()}
    if isinstance(closed.get("properties"), dict) and "type" in closed and "additionalProperties" not in closed:
        closed["additionalProperties"] = False
    return closed
