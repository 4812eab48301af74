"""Both official SDKs behind one face, so that a test can be written once for all four pairs."""

import json
from dataclasses import dataclass, field

import anthropic
import openai
from openai.lib.streaming.chat import ChatCompletionStreamState


@dataclass
class Heard:
    """What a client understood of an answer."""

    text: str = ""
    thinking: str = ""
    signatures: list[str] = field(default_factory=list)
    # (id, name, arguments as text)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    finish: str | None = None
    refusal: str | None = None
    stop_sequence: str | None = None
    usage: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    # The SDK's own object.
    raw: object = None

    @property
    def arguments(self) -> list[tuple[str, object]]:
        return [(name, json.loads(text or "{}")) for _, name, text in self.calls]


class Client:
    """One SDK, pointed at the daemon, without its own retries."""

    dialect: str

    def __init__(self, url: str, key: str):
        self.headers: dict = {}
        self.url, self.key = url, key

    def _note(self, response):
        self.headers = dict(response.headers)


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


def client(dialect: str, url: str, key: str) -> OpenAIClient | AnthropicClient:
    return {"openai": OpenAIClient, "anthropic": AnthropicClient}[dialect](url, key)


def expected_usage(dialect: str, usage) -> dict:
    """What this client shall read when the model used so much."""
    if dialect == "openai":
        return {
            "prompt": usage.openai_prompt,
            "completion": usage.total_output,
            "total": usage.openai_prompt + usage.total_output,
            "cached": usage.cache_read,
            "cache_write": usage.cache_write,
            "reasoning": usage.reasoning,
        }
    return {
        "input": usage.input,
        "output": usage.total_output,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "reasoning": usage.reasoning,
    }
