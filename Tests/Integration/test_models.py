"""How a model's name finds its provider, and what the lists show."""

import anthropic
import openai
import pytest


def test_node_prefix_in_any_case(openai_client, mock):
    openai_client.ask("MO/mock-model")
    assert mock.last.model == "mock-model"


def test_model_ids_with_slashes_and_colons(client, model, mock):
    prefix = model.split("/")[0]
    for name in ("Qwen/Qwen3-235B-A22B", "a/b/c:free", "llama3.1:8b", "models/x@2026"):
        client.ask(f"{prefix}/{name}")
        assert mock.last.model == name


@pytest.mark.parametrize("name", ["openai/gpt-4o", "OpenAI/gpt-4o"])
def test_catalogue_provider(openai_client, mock, name):
    openai_client.ask(name)
    assert mock.last.model == "gpt-4o"
    assert mock.last.path == "/genuine/openai/v1/chat/completions"
    assert mock.last.credential == "sk-catalogue-openai-0123456789"


def test_catalogue_provider_in_the_other_dialect(anthropic_client, openai_client, mock):
    anthropic_client.ask("openai/gpt-6-luna")
    assert mock.last.path == "/genuine/openai/v1/chat/completions"
    openai_client.ask("anthropic/claude-opus-5-5")
    assert mock.last.path == "/genuine/anthropic/v1/messages"
    assert mock.last.header_values("anthropic-version") == ["2026-10-21"]


def test_bare_name_when_one_provider_has_it(router, openai_client, mock):
    listed = [
        model["id"]
        for model in router.admin.http.get("/v1/models", headers={"authorization": f"Bearer {router.key}"}).json()[
            "data"
        ]
    ]
    owners = {}
    for name in listed:
        provider, _, model = name.partition("/")
        owners.setdefault(model, set()).add(provider)
    bare = next(model for model, providers in sorted(owners.items()) if providers == {"openai"} and "gpt" in model)
    openai_client.ask(bare)
    assert mock.last.model == bare
    assert mock.last.path.startswith("/genuine/openai/")


def test_provider_alias_of_the_catalogue(router, openai_client, mock):
    """`cc/` is Claude Code, `cx/` Codex and so on: known names, even while no account exists."""
    for alias in ("cc", "cx"):
        with pytest.raises(openai.APIStatusError) as caught:
            openai_client.ask(f"{alias}/some-model")
        assert caught.value.status_code in (400, 404)
        assert "did you mean" not in str(caught.value)
    assert mock.requests == []


def test_aliased_provider_id_reaches_the_account(router, client, mock):
    """A connection may be made with a provider's alias; its models answer to both names."""
    made = router.admin.connection("ds", "sk-deepseek-0123456789", "via alias", baseUrl=mock.url("openai"))
    try:
        assert made["provider"] == "deepseek"
        for name in ("ds/deepseek-chat", "deepseek/deepseek-chat"):
            client.ask(name)
            assert mock.last.model == "deepseek-chat"
    finally:
        router.admin.call("DELETE", f"/api/providers/{made['id']}")


def test_no_account_is_said_clearly(client):
    with pytest.raises((openai.NotFoundError, anthropic.NotFoundError), match="connection|account"):
        client.ask("groq/llama-3.3-70b-versatile")


def test_model_list_of_each_sdk(openai_client, anthropic_client):
    names = [model.id for model in openai_client.sdk.models.list()]
    assert "sim/echo" in names
    assert len(names) == len(set(names))
    listed = list(anthropic_client.sdk.models.list())
    assert "sim/echo" in [model.id for model in listed]
    assert all(model.type == "model" and model.display_name for model in listed)
    assert openai_client.sdk.models.retrieve("sim/echo").id == "sim/echo"
    assert anthropic_client.sdk.models.retrieve("sim/echo").id == "sim/echo"
    with pytest.raises(openai.NotFoundError):
        openai_client.sdk.models.retrieve("sim/nothing")


def test_aliases_are_listed(router, openai_client):
    router.admin.alias("my-favorite", "sim/echo")
    try:
        assert "my-favorite" in [model.id for model in openai_client.sdk.models.list()]
        assert openai_client.ask("my-favorite").text
    finally:
        router.admin.call("DELETE", "/api/models/alias?alias=my-favorite")


@pytest.mark.parametrize("name", ["sim/echo", "sim/long", "sim/tools", "sim/reasoning", "sim/slow"])
def test_simulator(client, stream, name):
    heard = client.ask(name, "Say something", stream=stream)
    assert heard.text or heard.calls
    assert heard.usage


def test_simulated_failure(client, stream):
    with pytest.raises((openai.APIError, anthropic.APIError)):
        client.ask("sim/fail", stream=stream)


def test_count_tokens(anthropic_client):
    counted = anthropic_client.sdk.messages.count_tokens(
        model="ma/m", messages=[{"role": "user", "content": "Hi " * 400}]
    )
    assert 50 < counted.input_tokens < 2000
