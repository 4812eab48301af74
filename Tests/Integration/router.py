"""A running daemon with the mock behind it: a node of each dialect, two catalogue providers, one client key."""

import sys
from dataclasses import dataclass

from admin import Admin
from daemon import Daemon
from dialects import client

# How a test's name for an upstream becomes the prefix of its models.
PREFIX = {"openai": "mo", "responses": "mr", "anthropic": "ma", "gemini": "mg", "ollama": "ml"}
DIALECTS = tuple(PREFIX)
# The two that the tests of transport, robustness and management are done with.
CORE = ("openai", "anthropic")


@dataclass
class Router:
    daemon: Daemon
    admin: Admin
    key: str
    mock: object

    @classmethod
    def start(cls, mock, **settings) -> "Router":
        daemon = Daemon(**settings).start()
        try:
            admin = Admin(daemon.url, Daemon.PASSWORD)
            for dialect in DIALECTS:
                node = admin.node(PREFIX[dialect], dialect, mock.url(dialect))
                admin.connection(node["id"], f"node-key-of-{dialect}-0123456789", f"{dialect} node")
            for dialect in CORE:
                admin.connection(
                    dialect,
                    f"sk-catalogue-{dialect}-0123456789",
                    f"{dialect} account",
                    baseUrl=mock.url(dialect, genuine=True),
                )
            return cls(daemon, admin, admin.key("integration")["key"], mock)
        except BaseException:
            sys.stderr.write(daemon.stderr[-4000:])
            daemon.remove()
            raise

    def client(self, dialect: str):
        return client(dialect, self.daemon.url, self.key)

    def stop(self):
        self.admin.close()
        try:
            assert self.daemon.stop() == 0
        finally:
            self.daemon.remove()
