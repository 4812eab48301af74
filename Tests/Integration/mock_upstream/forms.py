"""Forms with files (RFC 7578), read without mercy."""

import re


class BadForm(Exception):
    """The bytes are no form that a vendor would read."""


def read_form(content_type: str, body: bytes) -> dict:
    """Fields as texts, or numbers where they look like ones; files as (name, type, bytes); names in `[]` as lists."""
    found = re.fullmatch(r'multipart/form-data; ?boundary=(?:"([^"]+)"|([^\s;"]+))', content_type)
    if not found:
        raise BadForm(f"content-type: {content_type}")
    boundary = b"--" + (found[1] or found[2]).encode()
    if not body.startswith(boundary + b"\r\n") or not body.endswith(b"\r\n" + boundary + b"--\r\n"):
        raise BadForm("the form does not begin or end with its boundary")
    fields: dict = {}
    inner = body[len(boundary) + 2 : -len(boundary) - 6]
    for part in inner.split(b"\r\n" + boundary + b"\r\n"):
        head, separator, contents = part.partition(b"\r\n\r\n")
        if not separator:
            raise BadForm("a part without an end of its head")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        lines = {name.lower(): value for name, value in lines.items()}
        said = re.fullmatch(r'form-data; name="([^"]+)"(?:; filename="([^"]*)")?', lines["content-disposition"])
        if not said:
            raise BadForm(f"content-disposition: {lines['content-disposition']}")
        value = contents.decode() if said[2] is None else (said[2], lines.get("content-type"), contents)
        if isinstance(value, str) and value.isdigit():
            value = int(value)
        if said[1].endswith("[]"):
            fields.setdefault(said[1], []).append(value)
        elif said[1] in fields:
            raise BadForm(f"{said[1]}: twice")
        else:
            fields[said[1]] = value
    return fields
