"""What Gemini refuses although its types allow it."""

import re

from . import hosted_rules, schema
from .anthropic_rules import SIGNATURE
from .media import is_base64

SENTINEL = "skip_thought_signature_validator"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")
DATA_FIELDS = {
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
}
SCHEMA_KEYWORDS = {
    *("$id", "$defs", "$ref", "$anchor", "type", "format", "title", "description", "enum", "items", "prefixItems"),
    *("minItems", "maxItems", "minimum", "maximum", "anyOf", "oneOf", "properties", "additionalProperties"),
    *("required", "propertyOrdering"),
}


STANDARD = str.maketrans("-_", "+/")
# Members whose keys are the client's own.
FREE = {"args", "response", "parameters", "parametersJsonSchema", "responseSchema", "responseJsonSchema", "labels"}


class Refused(Exception):
    pass


def camel_case(value):
    """Google takes snake_case too, and its Python SDK sends some; the rules are written for one spelling."""
    if isinstance(value, list):
        return [camel_case(member) for member in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, member in value.items():
        key = re.sub(r"_([a-z])", lambda match: match.group(1).upper(), key)
        found[key] = member if key in FREE else camel_case(member)
    return found


def same_bytes(one: str, other: str) -> bool:
    """Google reads both alphabets of base64, and its Python SDK writes the one for URLs."""
    return one.translate(STANDARD) == other.translate(STANDARD)


def _is_media(data: str, media_type: str) -> bool:
    return is_base64(data.translate(STANDARD), media_type)


def violation(headers, body, genuine: bool, model: str = "") -> str | None:
    """The message of the first rule broken; None when the request is legal."""
    try:
        keys, bearers = headers("x-goog-api-key"), headers("authorization")
        if len(keys) + len(bearers) != 1:
            raise Refused(f"exactly one of x-goog-api-key and authorization is needed, got {len(keys) + len(bearers)}")
        if any(headers(name) for name in ("x-api-key", "anthropic-version", "anthropic-beta", "openai-organization")):
            raise Refused("headers of another vendor")
        if not isinstance(body, dict):
            raise Refused("the body must be an object")
        if found := schema.violation("gemini", body):
            raise Refused(found)
        _contents(body["contents"])
        if "gemini-3" in model:
            _signatures(body["contents"])
        _tools(body)
        hosted_rules.gemini(body, Refused)
        _configuration(body.get("generationConfig") or {})
    except Refused as refused:
        return str(refused)
    return None


def _contents(contents):
    if not contents:
        raise Refused("GenerateContentRequest.contents: contents is not specified")
    open_calls: list[dict] = []
    for index, content in enumerate(contents):
        where, parts, role = f"contents[{index}]", content.get("parts"), content.get("role", "user")
        if role not in ("user", "model"):
            raise Refused("Please use a valid role: user, model.")
        if not parts:
            raise Refused(f"{where}.parts must not be empty.")
        for part in parts:
            _part(part, where)
        results = [part["functionResponse"] for part in parts if "functionResponse" in part]
        calls = [part["functionCall"] for part in parts if "functionCall" in part]
        if calls and (role != "model" or index == 0):
            raise Refused("a function call turn must come after a user turn or after a function response turn")
        if results and role != "user":
            raise Refused(f"{where}: a function response needs the role user")
        if open_calls or results:
            _pairing(open_calls, results, where)
        open_calls = calls
    if contents[0].get("role") == "model":
        raise Refused("contents[0]: the first turn must be the user's")
    if open_calls:
        raise Refused("the last function calls have no responses")


def _signatures(contents):
    """Every step of the current turn begins with a signed call."""
    for content in reversed(contents):
        if content.get("role") != "model":
            if any("functionResponse" not in part for part in content["parts"]):
                return
            continue
        calls = [part for part in content["parts"] if "functionCall" in part]
        if calls and not calls[0].get("thoughtSignature"):
            name = calls[0]["functionCall"]["name"]
            raise Refused(f"Function call is missing a thought_signature in functionCall parts: {name}")


def _pairing(calls, results, where):
    if len(calls) != len(results):
        raise Refused(
            f"{where}: the number of function response parts must equal the number of function call parts of the "
            f"function call turn: {len(results)} instead of {len(calls)}"
        )
    if sorted(call["name"] for call in calls) != sorted(result["name"] for result in results):
        raise Refused(f"{where}: function responses name other functions than the calls")
    ids = {call["id"] for call in calls if call.get("id")}
    if ids and {result.get("id") for result in results} != ids:
        raise Refused(f"{where}: function responses have other ids than the calls")


def _part(part, where):
    if len(DATA_FIELDS & set(part)) != 1:
        raise Refused(f"{where}.parts: required oneof field 'data' must have one initialized field")
    if "inlineData" in part and not _is_media(part["inlineData"]["data"], part["inlineData"]["mimeType"]):
        raise Refused(f"{where}.parts: unable to process input image")
    for kind in ("functionCall", "functionResponse"):
        if kind in part and not NAME.fullmatch(part[kind].get("name", "")):
            raise Refused(f"{where}.parts.{kind}.name: Invalid function name")
    if "functionResponse" in part and not isinstance(part["functionResponse"].get("response"), dict):
        raise Refused(f"{where}.parts.functionResponse.response: an object is needed")
    for piece in (part.get("functionResponse") or {}).get("parts") or []:
        if len({"inlineData", "fileData"} & set(piece)) != 1:
            raise Refused(f"{where}.parts.functionResponse.parts: only inlineData and fileData stand here")
    signature = part.get("thoughtSignature")
    if signature is not None and signature != SENTINEL and not SIGNATURE.fullmatch(signature):
        raise Refused("Thought signature is not valid")


def _tools(body):
    declared = [function for tool in body.get("tools") or [] for function in tool.get("functionDeclarations") or []]
    names = [function["name"] for function in declared]
    for function in declared:
        if not NAME.fullmatch(function["name"]):
            raise Refused("tools.function_declarations.name: Invalid function name")
        if "parameters" in function and "parametersJsonSchema" in function:
            raise Refused("parameters and parameters_json_schema exclude each other")
        json_schema(function.get("parametersJsonSchema"))
    if len(set(names)) != len(names):
        raise Refused("tools: Duplicate function declaration found")
    calling = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    allowed = calling.get("allowedFunctionNames")
    if calling and not declared:
        raise Refused("Function calling config is set without function_declarations.")
    if allowed and calling.get("mode") not in ("ANY", "VALIDATED"):
        raise Refused("allowed_function_names should only be set when the mode is ANY or VALIDATED")
    if strangers := set(allowed or []) - set(names):
        raise Refused(f"allowed_function_names: {strangers} not found in function_declarations")


def json_schema(node):
    """Refuses what Gemini does not know in a JSON Schema."""
    if not isinstance(node, dict):
        return
    if unknown := set(node) - SCHEMA_KEYWORDS:
        raise Refused(f"Invalid JSON payload received. Unknown name \"{sorted(unknown)[0]}\" in schema")
    if "$ref" in node and any(not key.startswith("$") for key in node):
        raise Refused("a schema with $ref may hold no other keyword")
    for member in (*(node.get("properties") or {}).values(), *(node.get("$defs") or {}).values()):
        json_schema(member)
    for member in (node.get("items"), node.get("additionalProperties"), *(node.get("anyOf") or [])):
        json_schema(member)


def _configuration(options):
    for name, low, high in (
        ("temperature", 0, 2),
        ("topP", 0, 1),
        ("candidateCount", 1, 8),
        ("logprobs", 0, 20),
        ("maxOutputTokens", 1, 1 << 20),
    ):
        if options.get(name) is not None and not low <= options[name] <= high:
            raise Refused(f"{name} must be between {low} and {high}")
    if len(options.get("stopSequences") or []) > 5:
        raise Refused("stop_sequences: at most 5 are allowed")
    if "responseSchema" in options and "responseJsonSchema" in options:
        raise Refused("response_schema and response_json_schema exclude each other")
    has_schema = {"responseSchema", "responseJsonSchema"} & set(options)
    if has_schema and options.get("responseMimeType") not in ("application/json", "text/x.enum"):
        raise Refused("response_schema is only supported with response_mime_type application/json")
    json_schema(options.get("responseJsonSchema"))
    thinking = options.get("thinkingConfig") or {}
    if "thinkingBudget" in thinking and "thinkingLevel" in thinking:
        raise Refused("thinking_budget and thinking_level exclude each other")
