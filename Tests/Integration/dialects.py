"""The official SDKs behind one face, so that a test can be written once for all pairs."""

import json

import anthropic
import openai
from gemini_client import GeminiClient
from google.genai import errors
from heard import Client, Heard
from ollama_client import OllamaClient
from openai.lib.streaming.chat import ChatCompletionStreamState


class OpenAIClient(Client):
    dialect = "openai"
    errors = openai

    def __init__(self, url: str, key: str):
        super().__init__(url, key)
        self.http = openai.DefaultHttpxClient(event_hooks={"response": [self._note]}, trust_env=False)
        self.sdk = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=20, http_client=self.http)

    def close(self):
        self.sdk.close()

    def ask(self, model: str, prompt="Hello", stream: bool = False, **options) -> Heard:
        """- prompt: the text of a user message, or a list of messages."""
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        if not stream:
            answer = self.sdk.chat.completions.create(model=model, messages=messages, **options)
            return self.hear(answer)
        options.setdefault("stream_options", {"include_usage": True})
        # The SDK's own accumulator; its `stream()` helper would insist on strict tools.
        state, thinking = ChatCompletionStreamState(), ""
        with self.sdk.chat.completions.create(model=model, messages=messages, stream=True, **options) as chunks:
            for chunk in chunks:
                state.handle_chunk(chunk)
                for choice in chunk.choices:
                    thinking += getattr(choice.delta, "reasoning_content", None) or ""
        heard = self.hear(state.current_completion_snapshot)
        heard.thinking = thinking
        return heard

    def hear(self, answer) -> Heard:
        message = answer.choices[0].message
        heard = Heard(
            text=message.content or "",
            refusal=message.refusal,
            finish=answer.choices[0].finish_reason,
            thinking=getattr(message, "reasoning_content", None) or "",
            raw=answer,
            headers=self.headers,
        )
        heard.calls = [(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or []]
        if answer.usage:
            prompt, output = answer.usage.prompt_tokens_details, answer.usage.completion_tokens_details
            heard.usage = {
                "prompt": answer.usage.prompt_tokens,
                "completion": answer.usage.completion_tokens,
                "total": answer.usage.total_tokens,
                "cached": (prompt and prompt.cached_tokens) or 0,
                "cache_write": (prompt and prompt.cache_write_tokens) or 0,
                "reasoning": (output and output.reasoning_tokens) or 0,
            }
        return heard


class AnthropicClient(Client):
    dialect = "anthropic"
    errors = anthropic

    def __init__(self, url: str, key: str):
        super().__init__(url, key)
        self.http = anthropic.DefaultHttpxClient(event_hooks={"response": [self._note]}, trust_env=False)
        self.sdk = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, timeout=20, http_client=self.http)

    def close(self):
        self.sdk.close()

    def ask(self, model: str, prompt="Hello", stream: bool = False, **options) -> Heard:
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        options.setdefault("max_tokens", 4096)
        if not stream:
            return self.hear(self.sdk.messages.create(model=model, messages=messages, **options))
        with self.sdk.messages.stream(model=model, messages=messages, **options) as events:
            for _ in events:
                pass
            return self.hear(events.get_final_message())

    def hear(self, answer) -> Heard:
        heard = Heard(finish=answer.stop_reason, stop_sequence=answer.stop_sequence, raw=answer, headers=self.headers)
        for block in answer.content:
            match block.type:
                case "text":
                    heard.text += block.text
                case "thinking":
                    heard.thinking += block.thinking
                    heard.signatures.append(block.signature)
                case "redacted_thinking":
                    heard.signatures.append(block.data)
                case "tool_use":
                    heard.calls.append((block.id, block.name, json.dumps(block.input)))
        usage = answer.usage
        details = getattr(usage, "output_tokens_details", None)
        heard.usage = {
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "cache_read": usage.cache_read_input_tokens or 0,
            "cache_write": usage.cache_creation_input_tokens or 0,
            "reasoning": (details and details.thinking_tokens) or 0,
        }
        return heard


class ResponsesClient(OpenAIClient):
    dialect = "responses"

    def ask(self, model: str, prompt="Hello", stream: bool = False, **options) -> Heard:
        """- prompt: a text, or a list of items."""
        options.setdefault("store", False)
        if not stream:
            return self.hear(self.sdk.responses.create(model=model, input=prompt, **options))
        final = None
        # The helper keeps a snapshot of its own and fails on events that do not fit together.
        with self.sdk.responses.stream(model=model, input=prompt, **options) as events:
            for number, event in enumerate(events):
                assert event.sequence_number == number, event
                if event.type == "error":
                    raise openai.APIError(event.message, events._response.request, body=event)
                if event.type in ("response.completed", "response.incomplete", "response.failed"):
                    final = event.response
        if final is None or final.status == "failed":
            raise openai.APIError(f"no whole response: {final and final.error}", events._response.request, body=final)
        return self.hear(final)

    def hear(self, answer) -> Heard:
        details = answer.incomplete_details
        heard = Heard(
            finish=f"{answer.status}:{details.reason}" if details else answer.status, raw=answer, headers=self.headers
        )
        for item in answer.output:
            match item.type:
                case "message":
                    for part in item.content:
                        if part.type == "refusal":
                            heard.refusal = (heard.refusal or "") + part.refusal
                        else:
                            heard.text += part.text
                case "reasoning":
                    heard.thinking += "\n\n".join(part.text for part in item.summary)
                    heard.thinking += "".join(part.text for part in item.content or [])
                    if item.encrypted_content:
                        heard.signatures.append(item.encrypted_content)
                case "function_call":
                    heard.calls.append((item.call_id, item.name, item.arguments))
        if usage := answer.usage:
            heard.usage = {
                "prompt": usage.input_tokens,
                "completion": usage.output_tokens,
                "total": usage.total_tokens,
                "cached": usage.input_tokens_details.cached_tokens,
                "cache_write": usage.input_tokens_details.cache_write_tokens,
                "reasoning": usage.output_tokens_details.reasoning_tokens,
            }
        return heard


CLIENTS = {
    kind.dialect: kind for kind in (OpenAIClient, ResponsesClient, AnthropicClient, GeminiClient, OllamaClient)
}


def client(dialect: str, url: str, key: str) -> Client:
    return CLIENTS[dialect](url, key)


def failures() -> tuple[type[Exception], ...]:
    """What the SDKs raise when an answer is an error."""
    return openai.APIError, anthropic.APIError, GeminiClient.failure, OllamaClient.failure


def failure_of(dialect: str, status: int) -> type[Exception]:
    """The class an SDK raises for an answer with this status."""
    if dialect in ("openai", "responses", "anthropic"):
        names = {
            400: "BadRequestError",
            401: "AuthenticationError",
            404: "NotFoundError",
            429: "RateLimitError",
            500: "InternalServerError",
        }
        return getattr(CLIENTS[dialect].errors, names[status])
    if dialect == "gemini":
        return errors.ClientError if status < 500 else errors.ServerError
    return OllamaClient.failure


def status_of(error: Exception) -> int | None:
    return getattr(error, "status_code", None) or getattr(error, "code", None)


def expected_usage(dialect: str, usage) -> dict:
    """What this client shall read when the model used so much."""
    total = usage.openai_prompt + usage.total_output
    match dialect:
        case "anthropic":
            return {
                "input": usage.input,
                "output": usage.total_output,
                "cache_read": usage.cache_read,
                "cache_write": usage.cache_write,
                "reasoning": usage.reasoning,
            }
        case "gemini":
            return {
                "prompt": usage.openai_prompt,
                "cached": usage.cache_read,
                "output": usage.output,
                "reasoning": usage.reasoning,
                "total": total,
            }
        case "ollama":
            return {"prompt": usage.openai_prompt, "output": usage.total_output}
    return {
        "prompt": usage.openai_prompt,
        "completion": usage.total_output,
        "total": total,
        "cached": usage.cache_read,
        "cache_write": usage.cache_write,
        "reasoning": usage.reasoning,
    }
