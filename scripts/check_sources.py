#!/usr/bin/env python3
"""Rules for Swift sources that the formatter does not know.

    check_sources.py imports|bans|sizes|documentation

Prints one line `file:line: reason` for each finding and exits 1 when there is any.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The C library: clocks and such. One of them exists on each system.
SYSTEM = {"Glibc", "Musl", "Darwin"}

# Modules from bottom to top, each with everything it may import. Arrows point down only: what is not named here is
# forbidden, however convenient. Package.swift must agree; this list is the one that is read in reviews.
IMPORTS = {
    "OmniJSON": set(),
    "OmniTranslate": {"OmniJSON"},
    "OmniCore": {"OmniTranslate", "OmniJSON", "NIOCore", "Logging", "Crypto", "Synchronization", "FoundationEssentials"}
    | SYSTEM,
    "OmniProviders": {
        "OmniCore", "OmniTranslate", "OmniJSON", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "NIOTLS",
        "NIOHTTPCompression", "Synchronization", "FoundationEssentials", "CCurl",
    }
    # Sockets that libcurl gives away.
    | SYSTEM,
    "OmniStore": {
        "OmniCore", "OmniJSON", "GRDB", "GRDBSQLite", "Crypto", "CryptoExtras", "CZlib", "Logging", "Synchronization",
        "Foundation",
    },
    # Tools on this machine: their files, and whether they start.
    "OmniTools": {"OmniCore", "OmniJSON", "Synchronization"} | SYSTEM,
    "OmniHTTP": {
        "OmniTools", "OmniCore", "OmniTranslate", "OmniJSON", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOHTTPTypesHTTP1", "Hummingbird",
        "HummingbirdCore", "HTTPTypes", "Logging", "Crypto", "CryptoExtras", "ServiceLifecycle", "Synchronization",
        "FoundationEssentials",
    }
    # Files without a name.
    | SYSTEM,
    "omniroute": {
        "OmniHTTP", "OmniProviders", "OmniStore", "OmniTools", "OmniCore", "Logging", "NIOCore", "NIOPosix", "ArgumentParser",
        "Configuration", "SystemPackage", "ServiceLifecycle", "UnixSignals", "Hummingbird", "HummingbirdCore", "OmniJSON",
        "Synchronization", "Foundation", "FoundationEssentials",
    },
}

TASK_EXCEPTION = "Sources/OmniHTTP/DataPlane/DataPlaneHandler.swift"

# (pattern, reason, folders it does not apply to)
BANS = [
    (r"\bURLSession\b", "URLSession leaks on Linux; upstream calls go through UpstreamTransport", ()),
    (
        r"\b(JSONSerialization|JSONDecoder|JSONEncoder)\b", "Foundation's JSON loses order and is slow; use OmniJSON",
        ("Sources/OmniStore/", "Sources/omniroute/", "Tests/"),
    ),
    (r"\b(ISO8601)?DateFormatter\b", "date formatters load ICU", ()),
    (
        r"(?<![\w.])(print|debugPrint|dump)\(", "write to the Logger; only the command line prints",
        ("Sources/omniroute/",),
    ),
    (r"\bTask(\.detached|\.immediate)?\s*(<[^>]*>\s*)?(\(executorPreference|\(priority|\(name|\{|\(\))",
     "unstructured task; use a task group or a service", ("Tests/",)),
    (r"\bDispatch(Queue|Semaphore|Group)\b", "dispatch queues block event loops", ("Tests/",)),
    (r"\btry!", "a crash in place of an error", ()),
    (r"\bas!", "a crash in place of an error", ()),
    (r"\bfatalError\(", "use preconditionFailure with the reason why it cannot happen", ()),
    (r"\bDate\(\)|\bDate\.now\b", "inject a clock", ("Tests/",)),
    (r"\bimport XCTest\b", "tests use Swift Testing", ()),
    (r"\.disabled\(|\bwithKnownIssue\b", "no skipped checks", ()),
]
MARKS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def code_only(text):
    """The text with comments and string contents blanked, newlines and interpolated code kept."""
    out, stack, i = list(text), ["code"], 0
    parens = []

    def blank(start, end):
        for k in range(start, min(end, len(out))):
            if out[k] != "\n":
                out[k] = " "

    while i < len(text):
        mode = stack[-1]
        if mode == "code":
            if text.startswith("//", i):
                end = text.find("\n", i)
                end = len(text) if end < 0 else end
                blank(i, end)
                i = end
                continue
            if text.startswith("/*", i):
                depth, end = 1, i + 2
                while depth and end < len(text):
                    if text.startswith("/*", end):
                        depth, end = depth + 1, end + 2
                    elif text.startswith("*/", end):
                        depth, end = depth - 1, end + 2
                    else:
                        end += 1
                blank(i, end)
                i = end
                continue
            opening = re.compile(r'(#*)("""|")').match(text, i)
            if opening:
                stack.append((opening[1], opening[2]))
                i = opening.end()
                continue
            if parens and text[i] == "(":
                parens[-1] += 1
            elif parens and text[i] == ")":
                parens[-1] -= 1
                if parens[-1] == 0:
                    parens.pop()
                    stack.pop()
            i += 1
            continue
        hashes, quote = mode
        if text.startswith(quote + hashes, i):
            stack.pop()
            i += len(quote + hashes)
        elif text.startswith("\\" + hashes + "(", i):
            blank(i, i + 1 + len(hashes))
            parens.append(1)
            stack.append("code")
            i += 2 + len(hashes)
        elif text.startswith("\\" + hashes, i):
            blank(i, i + 2 + len(hashes))
            i += 2 + len(hashes)
        else:
            blank(i, i + 1)
            i += 1
    return "".join(out)


def swift_files(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.swift")):
            if ".build" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


IMPORT = re.compile(r"^\s*((?:@\w+(?:\([^)]*\))?\s+)*)((?:\w+\s+)?)import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)")


def imports():
    for path, text in swift_files("Sources", "Tests"):
        area, module = path.split("/")[:2]
        if area == "Sources" and module not in IMPORTS:
            yield path, 1, f"module {module} has no list of allowed imports in scripts/check_sources.py"
            continue
        for number, line in enumerate(code_only(text).split("\n"), 1):
            match = IMPORT.match(line)
            if not match:
                continue
            attributes, access, name = match[1].split(), match[2].strip(), match[3]
            if area == "Tests":
                if "@testable" in attributes and module != name + "Tests":
                    yield path, number, f"@testable import of {name}: a test looks inside its own module only"
                continue
            if attributes:
                yield path, number, f"{' '.join(attributes)} import is not used in sources"
            if access not in ("", "public", "package"):
                yield path, number, f"'{access} import' is not used; write import, package import or public import"
            if access == "public" and module == "omniroute":
                yield path, number, "nothing imports the executable: no public import"
            if name not in IMPORTS[module]:
                yield path, number, f"{module} may not import {name}"


def has_safety_comment(lines, index):
    if "// SAFETY:" in lines[index]:
        return True
    above = index - 1
    while above >= 0 and re.match(r"\s*(//|@)", lines[above]):
        if "// SAFETY:" in lines[above]:
            return True
        above -= 1
    return False


def argument_list(text):
    """The parenthesized list a text begins with; nothing when it begins with a brace."""
    depth = 0
    for position, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return text[:position]
    return text


def bans():
    for path, text in swift_files("Sources", "Tests", "Examples"):
        lines, code = text.split("\n"), code_only(text).split("\n")
        for index, line in enumerate(code):
            number = index + 1
            for pattern, reason, exceptions in BANS:
                found = re.search(pattern, line)
                if not found or path.startswith(exceptions):
                    continue
                if "unstructured" in reason and path == TASK_EXCEPTION and "executorPreference" in line:
                    continue  # the one task of each request: docs/architecture.md, "The data plane"
                if path.startswith("Examples/") and found[0].startswith("print"):
                    continue
                yield path, number, f"`{found[0].strip()}`: {reason}"
            stream = re.search(r"\bAsync(Throwing)?Stream\b\s*(<.*?>)?\s*(\.makeStream)?\s*[({]", line)
            if stream and "bufferingPolicy" not in argument_list("\n".join([line[stream.end() - 1 :]] + code[index + 1 :])):
                yield path, number, "a stream without a buffering policy has no bound"
            if re.search(r"@unchecked\s+Sendable|nonisolated\(unsafe\)", line) and not has_safety_comment(lines, index):
                yield path, number, "needs a `// SAFETY:` comment that says why it holds, on the line or above it"
            if MARKS.search(lines[index]):
                yield path, number, "finish it or file an issue; no notes to self"
    for path in sorted((ROOT / "Tests").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if re.search(r"\b(skip|skipif|xfail|importorskip)\(|mark\.(skip|xfail)", line):
                yield path.relative_to(ROOT).as_posix(), number, "no skipped checks"


def sizes():
    for path, text in swift_files("Sources"):
        count = text.count("\n")
        if count >= 400:
            yield path, count, f"{count} lines; files stay below 400"


TYPE = re.compile(r"(?:public |package |internal |final |indirect |private |fileprivate )*(struct|class|enum|protocol|actor) (\w+)")


def documentation():
    """Each type at the top of a file says what it is for."""
    for path, text in swift_files("Sources"):
        lines = text.split("\n")
        for index, line in enumerate(lines):
            match = TYPE.match(line)
            if not match:
                continue
            above = index - 1
            while above >= 0 and re.match(r"(@|//(?!/))", lines[above]):
                above -= 1
            if above < 0 or not lines[above].startswith("///"):
                yield path, index + 1, f"{match[1]} {match[2]} has no documentation comment"


def main():
    rules = {"imports": imports, "bans": bans, "sizes": sizes, "documentation": documentation}
    if len(sys.argv) != 2 or sys.argv[1] not in rules:
        sys.exit(__doc__)
    findings = list(rules[sys.argv[1]]())
    for path, number, reason in findings:
        print(f"{path}:{number}: {reason}")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
