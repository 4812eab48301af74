"""CPU of large embeddings: numbers passed on, and base64 made of an upstream's numbers, as OpenAI's SDKs want it."""

import base64
import json
import pathlib
import random
import statistics
import struct

import load
import payloads
from candidates import HEADERS
from dialects import DIALECTS
from load import Case, median

INPUTS, DIMENSIONS = 256, 1536
PATH = "/v1/embeddings"
# Of one run, also of a quick one: on a busy machine a request takes a second.
SECONDS = 3


def write_answer(folder):
    """What the upstream says, in numbers of nine digits, however it is asked."""
    numbers = random.Random(1)
    data = [
        {"object": "embedding", "index": index,
         "embedding": [float(f"{numbers.uniform(-0.1, 0.1):.9g}") for _ in range(DIMENSIONS)]}
        for index in range(INPUTS)
    ]
    usage = {"prompt_tokens": 8 * INPUTS, "total_tokens": 8 * INPUTS}
    file = pathlib.Path(f"{folder}/answers/whole/agent{PATH}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(payloads.dump({"object": "list", "data": data, "model": DIALECTS["chat"].MODEL, "usage": usage}))
    return data


class EmbeddingCase(Case):
    """One request for all vectors; identical ones must not wait for each other at the cache."""

    def __init__(self, name, proxy, encoding, data):
        super().__init__(name, proxy, "chat", "chat", "agent", steps=1)
        scenario = "" if proxy.translates else "/agent"
        self.target.path = f"{scenario}{PATH}"
        self.target.headers = HEADERS | self.target.headers | {"X-OmniRoute-No-Cache": "true"}
        texts = [f"{payloads.PROSE[:60]} {index}" for index in range(INPUTS)]
        self.body = payloads.dump({"model": self.target.model, "input": texts, "encoding_format": encoding})
        self.encoding, self.data = encoding, data

    def verify(self, events):
        status, body = self.target.post(self.body)
        if status != 200:
            raise RuntimeError(f"{self.name}: status {status}, {body[:300]!r}")
        for own, sent in zip(json.loads(body)["data"], self.data, strict=True):
            vector, expected = own["embedding"], sent["embedding"]
            if isinstance(vector, str):
                vector = list(struct.unpack(f"<{DIMENSIONS}f", base64.b64decode(vector)))
                expected = list(struct.unpack(f"<{DIMENSIONS}f", struct.pack(f"<{DIMENSIONS}f", *expected)))
            if own["index"] != sent["index"] or vector != expected:
                raise RuntimeError(f"{self.name}: a different vector came back at {sent['index']}")


def large(bench):
    """Against nginx, which passes the same bytes on."""
    data = write_answer(bench.folder)
    floor = EmbeddingCase("nginx, embeddings", bench.floor, "float", data)
    passed = EmbeddingCase("embeddings passed on", bench.candidate, "float", data)
    cases = [floor, passed]
    if bench.candidate.translates:
        cases.append(EmbeddingCase("embeddings to base64", bench.candidate, "base64", data))
    for case in cases:
        case.verify(None)
    samples = load.alternate(cases, bench, SECONDS)
    size = len(payloads.dump(data)) / 102_400
    for case in cases[1:]:
        added = statistics.median(
            own.total - base.total for own, base in zip(samples[case.name], samples[floor.name], strict=True))
        bench.report.add(
            f"{case.name}, {INPUTS} x {DIMENSIONS}", "CPU above nginx <= 1000 us for 100 KB", added / size, 1000, "us",
            f"{median(samples[case.name], 'total') / 1000:.1f} ms, nginx "
            f"{median(samples[floor.name], 'total') / 1000:.1f} ms, answer of {size / 10:.1f} MB, "
            f"{added * 1000 / (INPUTS * DIMENSIONS):.0f} ns a number")
