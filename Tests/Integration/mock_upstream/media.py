"""Whether bytes that were sent are what they are said to be."""

import base64

MAGIC = {
    "image/png": b"\x89PNG",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
    "application/pdf": b"%PDF",
}


def is_base64(text: str, media_type: str | None = None) -> bool:
    """Standard base64, and of this type where its first bytes are known; of any known type for None."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    if media_type is None:
        return data.startswith(tuple(MAGIC.values()))
    return data.startswith(MAGIC.get(media_type, b""))


def is_data_url(url: str, kind: str) -> bool:
    head, _, payload = url.removeprefix("data:").partition(",")
    return head.startswith(kind) and head.endswith(";base64") and is_base64(payload, head.removesuffix(";base64"))
