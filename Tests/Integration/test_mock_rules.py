"""The rules of the mock for Responses, Gemini and Ollama: the samples are legal, and each rule bites."""

import pytest
from mock_upstream import anthropic_rules, gemini_rules, ollama_rules, responses_rules

PNG = "iVBORw0KGgo="
HEADERS = {
    "responses": {"authorization": ["Bearer k"]},
    "gemini": {"x-goog-api-key": ["k"]},
    "ollama": {},
}
RULES = {"responses": responses_rules, "gemini": gemini_rules, "ollama": ollama_rules}


def broken(dialect: str, body, genuine: bool = False, **headers) -> str:
    table = HEADERS[dialect] | {name.replace("_", "-"): [value] for name, value in headers.items()}
    found = RULES[dialect].violation(lambda name: table.get(name, []), body, genuine)
    return (found[0] if isinstance(found, tuple) else found) or ""


USER = {"role": "user", "content": "x"}
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "1"}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "EState"}
FILE = {"type": "input_file", "filename": "document.pdf"}
CLOSED = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
TOOL = {"type": "function", "name": "f", "parameters": CLOSED, "strict": True}


def test_legal_responses():
    body = {"model": "m", "input": [USER, THOUGHT, CALL, OUTPUT], "tools": [TOOL], "store": False}
    assert broken("responses", body) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"surprise": 1}, "surprise: Extra inputs"),
        ({"max_tokens": 1}, "max_tokens: Extra inputs"),
        ({"input": []}, "Missing required"),
        ({"input": [USER, CALL]}, "No tool output found"),
        ({"input": [USER, OUTPUT]}, "No tool call found"),
        ({"input": [USER, CALL, OUTPUT, OUTPUT]}, "more than one output"),
        ({"input": [USER, {**CALL, "call_id": "c" * 65}, {**OUTPUT, "call_id": "c" * 65}]}, "maximum 64"),
        ({"input": [USER, {**CALL, "name": "a b"}, OUTPUT]}, "pattern"),
        ({"input": [USER, {**THOUGHT, "encrypted_content": "rtr1.e30"}, CALL, OUTPUT]}, "could not be verified"),
        ({"input": [USER, THOUGHT, USER]}, "required following item"),
        ({"input": [USER, {**THOUGHT, "encrypted_content": None}, CALL, OUTPUT], "store": False}, "not persisted"),
        ({"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]}, "Invalid value"),
        ({"input": [{"role": "user", "content": [{**FILE, "file_data": "data:text/csv;base64,YQ=="}]}]}, "not what it is"),
        ({"tools": [{**TOOL, "parameters": {"type": "object"}}]}, "additionalProperties"),
        ({"tools": [TOOL, TOOL]}, "duplicate"),
        ({"tool_choice": "required"}, "requires 'tools'"),
        ({"max_output_tokens": 5}, ">= 16"),
        ({"text": {"format": {"type": "json_schema", "name": "a b", "schema": CLOSED}}}, "schema name"),
        ({"temperature": 3}, "between"),
    ],
)
def test_responses_rules_bite(change, words):
    assert words in broken("responses", {"model": "m", "input": "x", **change})


def test_foreign_credentials_bite():
    assert "another vendor" in broken("responses", {"model": "m", "input": "x"}, x_api_key="k")
    assert "exactly one" in broken("gemini", {"contents": [SAID]}, authorization="Bearer k")
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    assert "another vendor" in broken("ollama", body, anthropic_version="2023-06-01")


SAID = {"role": "user", "parts": [{"text": "x"}]}
CALLED = {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "EState+1"}]}
TOLD = {"name": "f", "response": {"output": "1"}, "parts": [{"text": "x"}]}
ANSWERED = {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"output": "1"}}}]}
DECLARED = {"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"type": "object"}}]}


def test_legal_gemini():
    assert broken("gemini", {"contents": [SAID, CALLED, ANSWERED], "tools": [DECLARED]}) == ""
    assert broken("gemini", gemini_rules.camel_case({"contents": [SAID], "generation_config": {"top_k": 3}})) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"surprise": 1}, "surprise: Extra inputs"),
        ({"generationConfig": {"surprise": 1}}, "surprise: Extra inputs"),
        ({"contents": []}, "not specified"),
        ({"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]}, "valid role"),
        ({"contents": [{"role": "user", "parts": []}]}, "must not be empty"),
        ({"contents": [{"role": "user", "parts": [{}]}]}, "oneof"),
        ({"contents": [{"role": "user", "parts": [{"text": "x", "functionCall": {"name": "f"}}]}]}, "oneof"),
        ({"contents": [CALLED]}, "function call turn"),
        ({"contents": [SAID, CALLED]}, "no responses"),
        ({"contents": [SAID, CALLED, SAID]}, "number of function response parts"),
        ({"contents": [SAID, CALLED, {"role": "user", "parts": [{"functionResponse": TOLD}]}]}, "functionResponse"),
        ({"contents": [SAID, ANSWERED]}, "number of function response parts"),
        ({"contents": [{"role": "model", "parts": [{"text": "x"}]}, SAID]}, "the first turn"),
        ({"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/jpeg", "data": PNG}}]}]}, "image"),
        ({"contents": [{"role": "model", "parts": [{"text": "x", "thoughtSignature": "cnRyMS4="}]}]}, "signature"),
        ({"tools": [{"functionDeclarations": [{"name": "a b"}]}]}, "function name"),
        (
            {"tools": [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"$schema": "x"}}]}]},
            'Unknown name "$schema"',
        ),
        ({"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}, "without function_declarations"),
        (
            {
                "tools": [DECLARED],
                "toolConfig": {"functionCallingConfig": {"mode": "AUTO", "allowedFunctionNames": ["f"]}},
            },
            "ANY or VALIDATED",
        ),
        ({"generationConfig": {"stopSequences": ["a"] * 6}}, "at most 5"),
        ({"generationConfig": {"responseJsonSchema": {"type": "object"}}}, "response_mime_type"),
        ({"generationConfig": {"thinkingConfig": {"thinkingBudget": 1, "thinkingLevel": "LOW"}}}, "exclude"),
    ],
)
def test_gemini_rules_bite(change, words):
    assert words in broken("gemini", {"contents": [SAID], **change})


def test_gemini_3_wants_signed_calls():
    unsigned = {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]}
    headers = {"x-goog-api-key": ["k"]}

    def found(*contents, model="gemini-3.1-pro-preview"):
        body = {"contents": list(contents), "tools": [DECLARED]}
        return gemini_rules.violation(lambda name: headers.get(name, []), body, False, model=model) or ""

    assert "missing a thought_signature" in found(SAID, unsigned, ANSWERED)
    assert "missing a thought_signature" in found(SAID, CALLED, ANSWERED, unsigned, ANSWERED)
    assert found(SAID, CALLED, ANSWERED) == ""
    assert found(SAID, unsigned, ANSWERED, SAID) == ""
    assert found(SAID, unsigned, ANSWERED, model="gemini-2.5-pro") == ""


OLLAMA_CALL = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}
OLLAMA_RESULT = {"role": "tool", "content": "1", "tool_name": "f"}


def test_legal_ollama():
    assert broken("ollama", {"model": "m", "messages": [USER, OLLAMA_CALL, OLLAMA_RESULT], "think": True}) == ""
    assert broken("ollama", {"model": "gpt-oss:20b", "messages": [USER], "think": "low"}) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"surprise": 1}, "surprise: Extra inputs"),
        ({"tool_choice": "auto"}, "tool_choice: Extra inputs"),
        ({"options": {"max_tokens": 1}}, "options.max_tokens: Extra inputs"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "developer", "content": "x"}]}, "role"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}, "content"),
        ({"messages": [{"role": "user", "content": "x", "images": [f"data:image/png;base64,{PNG}"]}]}, "base64"),
        ({"messages": [USER, OLLAMA_CALL]}, "no tool messages"),
        ({"messages": [USER, OLLAMA_CALL, USER]}, "without tool messages"),
        ({"messages": [USER, OLLAMA_RESULT]}, "without its call"),
        ({"messages": [USER, OLLAMA_CALL, {**OLLAMA_RESULT, "tool_name": "g"}]}, "without its call"),
        ({"messages": [{"role": "user", "content": ""}]}, "empty message"),
        ({"think": "xhigh"}, "think"),
        ({"think": "low"}, "think value"),
        ({"format": "yaml"}, "format"),
    ],
)
def test_ollama_rules_bite(change, words):
    assert words in broken("ollama", {"model": "m", "messages": [USER], **change})


SERVER = {"type": "mcp", "server_label": "d", "server_url": "https://e", "require_approval": "never"}
SEARCHED = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}}
RAN = {
    "type": "code_interpreter_call",
    "id": "ci_1",
    "status": "completed",
    "code": "1",
    "container_id": "cntr_1",
    "outputs": [],
}


def test_legal_hosted_tools():
    body = {"model": "m", "input": [USER, SEARCHED, RAN], "tools": [SERVER, {"type": "web_search"}]}
    assert broken("responses", body) == ""
    code = [{"executableCode": {"language": "PYTHON", "code": "1"}}, {"codeExecutionResult": {"outcome": "OUTCOME_OK"}}]
    contents = [{"role": "user", "parts": [{"text": "x"}]}, {"role": "model", "parts": code}]
    assert broken("gemini", {"contents": contents, "tools": [{"codeExecution": {}}]}) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tools": [{**SERVER, "connector_id": "connector_gmail"}]}, "exactly one"),
        ({"tools": [{**SERVER, "authorization": "a", "headers": {"Authorization": "b"}}]}, "twice"),
        ({"tools": [SERVER, SERVER]}, "duplicate"),
        ({"input": [USER, {**SEARCHED, "id": "ws_rtr1.00"}]}, "Invalid 'id'"),
        ({"input": [USER, {**RAN, "container_id": ""}]}, "container_id"),
    ],
)
def test_hosted_responses_rules_bite(change, words):
    assert words in broken("responses", {"model": "m", "input": "x", **change})


def test_hosted_gemini_rules_bite():
    for parts in ([{"executableCode": {"language": "PYTHON", "code": "1"}}], [{"codeExecutionResult": {"output": "1"}}]):
        contents = [{"role": "user", "parts": [{"text": "x"}]}, {"role": "model", "parts": [*parts, {"text": "y"}]}]
        assert "executable code parts" in broken("gemini", {"contents": contents})
    assert "url" in broken("gemini", {"contents": [{"parts": [{"text": "x"}]}], "tools": [{"mcpServers": [{}]}]})


BETA = "mcp-client-2025-11-20"
SERVERS = [{"type": "url", "name": "d", "url": "https://e"}]
TOOLSET = {"type": "mcp_toolset", "mcp_server_name": "d"}
CODE = {"type": "code_execution_20250825", "name": "code_execution"}
RUN = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "code_execution", "input": {"code": "1"}}
PRINTED = {
    "type": "code_execution_tool_result",
    "tool_use_id": "srvtoolu_1",
    "content": {"type": "code_execution_result", "stdout": "1", "stderr": "", "return_code": 0, "content": []},
}
FOUND = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_1",
    "content": [{"type": "web_search_result", "url": "u", "title": "t", "encrypted_content": ""}],
}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}


def refused_by_anthropic(beta: str = "", history=(), **fields) -> str:
    turns = [USER, {"role": "assistant", "content": list(history)}, USER] if history else [USER]
    body = {"model": "m", "max_tokens": 9, "messages": turns, **fields}
    table = {"x-api-key": ["k"], "anthropic-version": ["2023-06-01"], "anthropic-beta": [beta] if beta else []}
    return anthropic_rules.violation(lambda name: table.get(name, []), body, True) or ""


def test_legal_hosted_anthropic():
    assert refused_by_anthropic(BETA, mcp_servers=SERVERS, tools=[TOOLSET]) == ""
    assert refused_by_anthropic(history=[RUN, PRINTED], tools=[CODE]) == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"mcp_servers": SERVERS}, "mcp_servers"),
        ({"beta": BETA, "mcp_servers": SERVERS}, "exactly one mcp_toolset"),
        ({"beta": BETA, "mcp_servers": [*SERVERS, *SERVERS], "tools": [TOOLSET]}, "unique"),
        ({"beta": BETA, "mcp_servers": [{**SERVERS[0], "url": "http://e"}], "tools": [TOOLSET]}, "https"),
        ({"tools": [{**SEARCH, "allowed_domains": ["a"], "blocked_domains": ["b"]}]}, "only one of"),
        ({"history": [RUN, PRINTED]}, "not among the tools"),
        ({"history": [PRINTED], "tools": [CODE]}, "without its"),
        ({"history": [{**RUN, "id": "srvtoolu_rtr1.0"}], "tools": [CODE]}, "pattern"),
        (
            {"history": [{**RUN, "name": "web_search", "input": {"query": "q"}}, FOUND], "tools": [SEARCH]},
            "encrypted_content",
        ),
    ],
)
def test_hosted_anthropic_rules_bite(arguments, words):
    assert words in refused_by_anthropic(**arguments)
