"""Connections to catalogue providers that have more than chat, at the mock."""

import contextlib


@contextlib.contextmanager
def accounts(router, mock, *providers):
    """One account at each provider, below the mock's path of its name."""
    made = []
    try:
        for provider in providers:
            base = mock.url("openai").replace("/openai/", f"/{provider}/")
            key = f"{provider}-key-0123456789abcdef"
            made.append(router.admin.connection(provider, key, f"{provider} account", baseUrl=base)["id"])
        yield
    finally:
        for connection in made:
            router.admin.call("DELETE", f"/api/providers/{connection}")
