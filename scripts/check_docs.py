#!/usr/bin/env python3
"""Rules for documentation and for tracked files as a whole.

    check_docs.py links|settings|paths

Prints one line `file:line: reason` for each finding and exits 1 when there is any.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def tracked():
    """Files that are or would be committed."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
        capture_output=True, text=True,
    ).stdout
    for name in sorted(set(filter(None, listing.split("\0")))):
        if (ROOT / name).is_file():
            yield name


def prose(text):
    """Lines of a Markdown text with their numbers, fenced code left out."""
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors(text):
    """The fragments GitHub gives a text's headings."""
    found = {}
    for _, line in prose(text):
        heading = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if not heading:
            continue
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        count = found.get(slug, 0)
        found[slug] = count + 1
        yield slug if count == 0 else f"{slug}-{count}"


def links():
    for name in tracked():
        if not name.endswith(".md"):
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        for number, line in prose(text):
            for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)[^)]*\)", re.sub(r"`[^`]*`", "``", line)):
                if re.match(r"[a-z][a-z+.-]*:", target):
                    continue  # another site; nothing here reaches out
                path, _, fragment = target.partition("#")
                file = (ROOT / name).parent / path if path else ROOT / name
                if not file.exists():
                    yield name, number, f"the link {target} leads nowhere"
                elif fragment and file.suffix == ".md" and fragment not in set(anchors(file.read_text(encoding="utf-8"))):
                    yield name, number, f"{path or name} has no heading #{fragment}"


# Names in capitals that the executable's sources may hold without being settings of the daemon.
NOT_SETTINGS = {"XDG_CONFIG_HOME", "NO_COLOR"}


def environment_name(key):
    """`maxBodySizeBytes` as the environment spells it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).upper()


def settings():
    document = ROOT / "docs/configuration.md"
    documented, read = {}, {}
    for number, line in prose(document.read_text(encoding="utf-8")):
        cell = re.match(r"\|\s*`([A-Z][A-Z0-9_]*)`\s*\|", line)
        if cell:
            documented[cell[1]] = number
    for path in sorted((ROOT / "Sources/omniroute").rglob("*.swift")):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            line = re.sub(r"(^|\s)//.*", "", line)
            keys = re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"', line)
            found = re.findall(r'(?:forKey: |\bsource\.\w+\()"([a-z][A-Za-z]*)"', line)
            keys += map(environment_name, found)
            for key in keys:
                read.setdefault(key, (path.relative_to(ROOT).as_posix(), number))
    for key, (path, number) in sorted(read.items()):
        if key not in documented and key not in NOT_SETTINGS:
            yield path, number, f"{key} is not in docs/configuration.md"
    for key, number in sorted(documented.items()):
        if key not in read:
            yield "docs/configuration.md", number, f"{key} is not read anywhere in Sources/omniroute"


def machine_paths():
    """Folders that exist on this machine only and say nothing to anybody else."""
    general = {Path(p) for p in ("/", "/tmp", "/var", "/usr", "/usr/bin", "/usr/local/bin", "/home", "/Users", "/opt")}
    folders = {ROOT, ROOT.parent, Path.home()}
    if swift := shutil.which("swift"):
        folders |= {Path(swift).parent, Path(os.path.realpath(swift)).parent.parent}
    return [str(folder) for folder in folders if folder not in general]


def paths():
    known = "|".join(re.escape(folder) for folder in machine_paths())
    pattern = re.compile(rf"(?<![\w.$}}~-])(?:{known}|/home/\w+|/Users/\w+|/root)(?=[/\s\"'`:,)]|$)")
    for name in tracked():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if (found := pattern.search(line)) and name != "scripts/check_docs.py":
                yield name, number, f"{found[0]} is a path of one machine"


def main():
    rules = {"links": links, "settings": settings, "paths": paths}
    if len(sys.argv) != 2 or sys.argv[1] not in rules:
        sys.exit(__doc__)
    findings = list(rules[sys.argv[1]]())
    for name, number, reason in findings:
        print(f"{name}:{number}: {reason}")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
