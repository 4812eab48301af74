"""The official Ollama SDK as a client of the daemon."""

import json

import ollama
from heard import Client, Heard


class OllamaClient(Client):
    dialect = "ollama"
    failure = ollama.ResponseError

    def __init__(self, url: str, key: str):
        super().__init__(url, key)
        self.sdk = ollama.Client(
            host=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=20,
            trust_env=False,
            event_hooks={"response": [self._note]},
        )

    def close(self):
        self.sdk.close()

    def ask(self, model: str, prompt="Hello", stream: bool = False, **options) -> Heard:
        """- prompt: the text of a user message, or a list of messages."""
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        answer = self.sdk.chat(model=model, messages=messages, stream=stream, **options)
        return self.hear(list(answer) if stream else [answer])

    def hear(self, lines: list) -> Heard:
        """- lines: one whole answer or the lines of a streamed one."""
        heard = Heard(raw=lines, headers=self.headers)
        for line in lines:
            heard.text += line.message.content or ""
            heard.thinking += line.message.thinking or ""
            for call in line.message.tool_calls or []:
                heard.calls.append(("", call.function.name, json.dumps(call.function.arguments)))
            if line.done:
                heard.finish = line.done_reason
                heard.usage = {"prompt": line.prompt_eval_count, "output": line.eval_count}
        return heard
