"""The official Gemini SDK as a client of the daemon."""

import json

import httpx
from google import genai
from google.genai import errors, types
from heard import Client, Heard


class GeminiClient(Client):
    dialect = "gemini"
    failure = errors.APIError

    def __init__(self, url: str, key: str):
        super().__init__(url, key)
        self.http = httpx.Client(event_hooks={"response": [self._note]}, trust_env=False, timeout=20)
        self.sdk = genai.Client(
            api_key=key, http_options=types.HttpOptions(base_url=url, timeout=20000, httpx_client=self.http)
        )

    def close(self):
        self.sdk.close()
        self.http.close()

    def ask(self, model: str, prompt="Hello", stream: bool = False, **config) -> Heard:
        """- prompt: a text, or a list of contents."""
        if not stream:
            answer = self.sdk.models.generate_content(model=model, contents=prompt, config=config or None)
            return self.hear([answer])
        return self.hear(list(self.sdk.models.generate_content_stream(model=model, contents=prompt, config=config)))

    def hear(self, chunks: list) -> Heard:
        """- chunks: one whole answer or the pieces of a streamed one."""
        heard = Heard(raw=chunks, headers=self.headers)
        for chunk in chunks:
            # Of several candidates the first; pieces of the others come between its own.
            for candidate in [candidate for candidate in chunk.candidates or [] if not candidate.index]:
                for part in (candidate.content and candidate.content.parts) or []:
                    self._part(part, heard)
                if candidate.finish_reason:
                    heard.finish = candidate.finish_reason.value
            if usage := chunk.usage_metadata:
                heard.usage = {
                    "prompt": usage.prompt_token_count or 0,
                    "cached": usage.cached_content_token_count or 0,
                    "output": usage.candidates_token_count or 0,
                    "reasoning": usage.thoughts_token_count or 0,
                    "total": usage.total_token_count or 0,
                }
        return heard

    @staticmethod
    def _part(part, heard: Heard):
        if part.thought_signature:
            heard.signatures.append(part.thought_signature)
        if part.function_call:
            call = part.function_call
            heard.calls.append((call.id or "", call.name, json.dumps(call.args or {})))
        elif part.thought:
            heard.thinking += part.text or ""
        else:
            heard.text += part.text or ""
