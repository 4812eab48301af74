"""Tools the provider runs itself: passed between vendors that both have them, refused elsewhere."""

import raw_http
import scenarios

SERVER = {"type": "url", "name": "files", "url": "https://mcp.example.com/sse", "authorization_token": "t-1"}


def test_a_search_asked_for_in_responses_is_claudes(router, mock):
    body = {
        "model": "anthropic/claude-sonnet-4-5",
        "store": False,
        "input": "News?",
        "tools": [{"type": "web_search", "filters": {"allowed_domains": ["example.com"]}}],
    }
    assert raw_http.exchange(router, "/v1/responses", body).status == 200
    tool = mock.last.json["tools"][0]
    assert tool["type"].startswith("web_search_") and tool["name"] == "web_search"
    assert tool["allowed_domains"] == ["example.com"]


def test_claudes_servers_are_asked_for_with_their_beta(router, mock):
    body = {
        "model": "anthropic/claude-sonnet-4-5",
        "store": False,
        "input": "Files?",
        "tools": [
            {
                "type": "mcp",
                "server_label": "files",
                "server_url": SERVER["url"],
                "authorization": "t-1",
                "require_approval": "never",
            }
        ],
    }
    assert raw_http.exchange(router, "/v1/responses", body).status == 200
    assert mock.last.json["mcp_servers"][0]["url"] == SERVER["url"]
    assert "mcp-client" in mock.last.header("anthropic-beta")


def test_who_cannot_search_says_so(router, mock):
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    for model in ("mo/m", "ml/m", "ma/m"):
        body = {"model": model, "max_tokens": 99, "messages": [scenarios.user("News?")], "tools": tools}
        answer = raw_http.exchange(router, "/v1/messages", body)
        assert answer.status == (200 if model == "ma/m" else 400), answer
