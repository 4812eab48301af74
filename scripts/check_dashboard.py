#!/usr/bin/env python3
"""Rules for the dashboard's files, which no other tool here reads.

    check_dashboard.py sources|modules|texts|styles

Prints one line `file:line: reason` for each finding and exits 1 when there is any.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "Sources" / "OmniHTTP" / "Dashboard" / "Assets"
LANGUAGES = ("en", "de")
# Nobody imports it: the page does.
ENTRANCES = ("app.js", "boot.js")
MAXIMUM_LINES = 400
# Of code: comments, and what stands in strings, are for people to break.
LONGEST_LINE = 120

findings: list[str] = []


def report(path: Path, line: int, reason: str):
    findings.append(f"{path.relative_to(ROOT)}:{line}: {reason}")


def files(*suffixes: str) -> list[Path]:
    return sorted(path for path in ASSETS.rglob("*") if path.suffix in suffixes)


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def code_only(text: str) -> str:
    """The text with comments and the contents of strings and patterns blanked, newlines and `${…}` kept."""
    out = list(text)
    # What is open: "code", with the depth of braces inside a template's `${`, or "template".
    stack: list[list] = [["code", 0]]
    i = 0
    last = ""

    def blank(start: int, end: int):
        for k in range(start, min(end, len(out))):
            if out[k] != "\n":
                out[k] = " "

    while i < len(text):
        kind = stack[-1][0]
        if kind == "template":
            if text[i] == "\\":
                blank(i, i + 2)
                i += 2
            elif text[i] == "`":
                stack.pop()
                last = "`"
                i += 1
            elif text.startswith("${", i):
                stack.append(["code", 0])
                last = "{"
                i += 2
            else:
                blank(i, i + 1)
                i += 1
            continue
        character = text[i]
        if text.startswith("//", i):
            end = text.find("\n", i)
            end = len(text) if end < 0 else end
            blank(i, end)
            i = end
        elif text.startswith("/*", i):
            end = text.find("*/", i)
            end = len(text) if end < 0 else end + 2
            blank(i, end)
            i = end
        elif character in "'\"":
            end = i + 1
            while end < len(text) and text[end] != character:
                end += 2 if text[end] == "\\" else 1
            blank(i + 1, end)
            last = character
            i = end + 1
        elif character == "`":
            stack.append(["template"])
            i += 1
        elif character == "/" and not re.match(r"[\w)\]`'\"]", last):
            end, in_class = i + 1, False
            while end < len(text) and (in_class or text[end] != "/") and text[end] != "\n":
                in_class = text[end] == "[" or (in_class and text[end] != "]")
                end += 2 if text[end] == "\\" else 1
            blank(i + 1, end)
            last = "/"
            i = end + 1
        elif character == "}" and len(stack) > 1 and stack[-1][1] == 0:
            stack.pop()
            i += 1
        else:
            if character in "{}" and len(stack) > 1:
                stack[-1][1] += 1 if character == "{" else -1
            if not character.isspace():
                last = character
            i += 1
    return "".join(out)


# (pattern, reason); strings and comments do not count.
BANS = [
    (r"\bconsole\.\w+\(", "a page tells people what is wrong, not the console"),
    (r"\bdebugger\b", "left from debugging"),
    (r"\b(inner|outer)HTML\b|\binsertAdjacentHTML\b|\bdocument\.write\b", "elements are made by h(); texts are never markup"),
    (r"\beval\(|\bnew Function\b", "the content security policy refuses it"),
    (r"\.style\.(?!setProperty\b)\w+|\bcssText\b", "the content security policy refuses styles; use classes, or `vars` of h()"),
    (r"\bvar\s", "const, or let"),
    (r"[^=!]==[^=]|!=[^=]", "=== or !==; == null alone says absent or null"),
    (r"(?<!function )\b(alert|confirm|prompt)\(", "dialogs are those of ui/dialog.js"),
]
ALLOWED = re.compile(r"[=!]=\s*null\b")
MARKS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
OUTSIDE = re.compile(r"https?://(?!www\.w3\.org/)[\w.-]+", re.I)


def check_sources():
    for path in files(".js", ".css", ".html", ".svg"):
        text = path.read_text()
        lines = text.split("\n")
        code = code_only(text).split("\n") if path.suffix == ".js" else []
        if not text.endswith("\n") or text.endswith("\n\n"):
            report(path, len(lines), "ends with one line feed")
        if len(lines) - 1 > MAXIMUM_LINES:
            report(path, MAXIMUM_LINES, f"longer than {MAXIMUM_LINES} lines")
        for number, line in enumerate(lines, 1):
            if line != line.rstrip():
                report(path, number, "white space at the end")
            if "\t" in line:
                report(path, number, "a tab; two spaces indent")
            if code:
                words = code[number - 1].rstrip()
                indent = len(words) - len(words.lstrip())
                if indent + len(re.sub(r" {2,}", " ", words.lstrip())) > LONGEST_LINE:
                    report(path, number, f"longer than {LONGEST_LINE} characters")
            if path.suffix == ".js" and not line.lstrip().startswith("*") and (len(line) - len(line.lstrip(" "))) % 2:
                report(path, number, "an odd indent; two spaces each")
            if MARKS.search(line):
                report(path, number, "what is to be done belongs into an issue")
        if path.suffix == ".js":
            check_code(path, text)


def check_code(path: Path, text: str):
    code = code_only(text)
    for pattern, reason in BANS:
        for found in re.finditer(pattern, code):
            if ALLOWED.search(code, max(0, found.start() - 1), found.end() + 6) and "===" in reason:
                continue
            report(path, line_of(code, found.start()), reason)
    if not text.lstrip().startswith(("/**", "//")):
        report(path, 1, "begins with a comment that says what it is for")
    for found in re.finditer(r"\bfetch\(|\bimport\(\s*['\"]|\bnew EventSource\(", text):
        if OUTSIDE.search(text[found.start() : found.start() + 200].split("\n")[0]):
            report(path, line_of(text, found.start()), "nothing is asked of other sites")


IMPORT = re.compile(r"""^(?:import|export)\s[^'"]*?from\s+'([^']+)';|^import\s+'([^']+)';""", re.M)
NAMED = re.compile(r"^import\s+\{([^}]*)\}\s+from\s+'([^']+)';", re.M)
DYNAMIC = re.compile(r"import\(\s*'([^']+)'\s*\)")
EXPORT = re.compile(r"^export\s+(?:async\s+)?(?:function\*?|class|const|let)\s+(\w+)|^export\s+default\b", re.M)


def resolve(path: Path, target: str) -> Path:
    return (path.parent / target).resolve()


def statics(path: Path) -> list[Path]:
    return [resolve(path, one or other) for one, other in IMPORT.findall(path.read_text())]


def reach(start: Path, follow) -> set[Path]:
    seen, waiting = set(), [start]
    while waiting:
        path = waiting.pop()
        if path not in seen and path.is_file():
            seen.add(path)
            waiting += follow(path)
    return seen


def check_modules():
    """Every import leads somewhere, every module and export is used, and what the first page imports is preloaded."""
    modules = files(".js")

    def all_imports(path: Path) -> list[Path]:
        text = path.read_text()
        found = statics(path) + [resolve(path, target) for target in DYNAMIC.findall(text)]
        # Catalogues are chosen by the language of the page.
        if "import(`../i18n/${language}.js`)" in text:
            found += [ASSETS / "i18n" / f"{language}.js" for language in LANGUAGES]
        return found

    used: dict[Path, set[str]] = {}
    for path in modules:
        text = path.read_text()
        for found in IMPORT.finditer(text):
            target = resolve(path, found[1] or found[2])
            if not target.is_file():
                report(path, line_of(text, found.start()), f"imports {found[1] or found[2]}, which is not there")
        for names, target in NAMED.findall(text):
            wanted = {name.split(" as ")[0].strip() for name in names.split(",") if name.strip()}
            used.setdefault(resolve(path, target), set()).update(wanted)
            local = code_only(text[text.index(names) + len(names) :])
            for name in (name.split(" as ")[-1].strip() for name in names.split(",") if name.strip()):
                # A member of something else has one dot before it, what is spread has three.
                if not re.search(rf"(?<!\w)(?:(?<!\.)|(?<=\.\.\.)){re.escape(name)}\b", local):
                    report(path, line_of(text, text.index(names)), f"imports {name} and does not use it")
    reached = set()
    for entrance in ENTRANCES:
        reached |= reach(ASSETS / entrance, all_imports)
    for path in modules:
        if path not in reached:
            report(path, 1, "no module leads here")
        text = path.read_text()
        for found in EXPORT.finditer(text):
            name = found[1]
            if not name or name == "render" or name in used.get(path, set()) or path.parent.name == "i18n":
                continue
            report(path, line_of(text, found.start()), f"exports {name}, which nobody imports")
    for path in modules:
        text = path.read_text()
        for target, names in ((resolve(path, target), names) for names, target in NAMED.findall(text)):
            exported = {found[1] for found in EXPORT.finditer(target.read_text())} if target.is_file() else set()
            for name in (name.split(" as ")[0].strip() for name in names.split(",") if name.strip()):
                if target.is_file() and name not in exported:
                    report(path, line_of(text, text.index(names)), f"{target.name} does not export {name}")
    page = ASSETS / "index.html"
    text = page.read_text()
    preloaded = set(re.findall(r'rel="modulepreload" href="/dashboard/assets/\{\{fingerprint\}\}/([^"]+)"', text))
    needed = {str(path.relative_to(ASSETS)) for path in reach(ASSETS / "app.js", statics)}
    for name in sorted(needed - preloaded):
        report(page, 1, f"{name} is imported for every page and not preloaded: it would wait for what imports it")
    for name in sorted(preloaded - needed):
        report(page, 1, f"{name} is preloaded and not imported for every page")


ENTRY = re.compile(r"^\s*'([^']+)':", re.M)
# A key that is put together: its constant beginning.
BUILT = re.compile(r"\bt(?:Or)?\(\s*`([\w.]+?)\$\{")
WRITTEN = re.compile(r"'([a-zA-Z]\w*(?:\.[\w-]+)+)'")


def catalogue(language: str) -> dict[str, tuple[Path, int]]:
    entries: dict[str, tuple[Path, int]] = {}
    for path in files(".js"):
        if path.parent.name != "i18n" or path.stem.split("-")[0] != language:
            continue
        text = path.read_text()
        for found in ENTRY.finditer(text):
            if found[1] in entries:
                report(path, line_of(text, found.start(1)), f"'{found[1]}' is there twice")
            entries[found[1]] = (path, line_of(text, found.start(1)))
    return entries


def check_texts():
    """Every language says the same, every text is used, and every text that is used is there."""
    catalogues = {language: catalogue(language) for language in LANGUAGES}
    main = catalogues[LANGUAGES[0]]
    for language, entries in catalogues.items():
        for key in sorted(main.keys() - entries.keys()):
            report(*main[key], f"'{key}' is missing in '{language}'")
        for key in sorted(entries.keys() - main.keys()):
            report(*entries[key], f"'{key}' is missing in '{LANGUAGES[0]}'")
    values = {language: texts_of(language) for language in LANGUAGES}
    for key in main:
        wanted = set(re.findall(r"\{(\w+)[|}]", values[LANGUAGES[0]].get(key, "")))
        for language in LANGUAGES[1:]:
            if key in values[language] and set(re.findall(r"\{(\w+)[|}]", values[language][key])) != wanted:
                report(*catalogues[language][key], f"'{key}' fills in other names than in '{LANGUAGES[0]}'")
    written, beginnings = set(), set()
    for path in files(".js"):
        if path.parent.name == "i18n":
            continue
        text = path.read_text()
        written |= set(WRITTEN.findall(text))
        beginnings |= set(BUILT.findall(text))
        # Choices made of a prefix and names: `choices('strategy', […])`.
        beginnings |= {f"{prefix}." for prefix in re.findall(r"\bchoices\('([\w.]+)'", text)}
        for found in re.finditer(r"\bt\(\s*'([^']+)'", text):
            if found[1] not in main:
                report(path, line_of(text, found.start()), f"the text '{found[1]}' is not there")
    for key, place in main.items():
        if key not in written and not any(key.startswith(beginning) for beginning in beginnings):
            report(*place, f"nobody says '{key}'")


def texts_of(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in files(".js"):
        if path.parent.name == "i18n" and path.stem.split("-")[0] == language:
            for key, text in re.findall(r"^\s*'([^']+)':\s*\n?\s*'((?:[^'\\]|\\.)*)'", path.read_text(), re.M):
                found[key] = text
    return found


# Left and right are wrong where a language is written the other way.
PHYSICAL = re.compile(
    r"(?<![\w-])(margin|padding|border)-(left|right|top|bottom)\b|(?<![\w-])(left|right|top|bottom|width|height)\s*:"
    r"|text-align\s*:\s*(left|right)|(?<![\w-])(min|max)-(width|height)\s*:"
)


def check_styles():
    """Logical properties only, colours from the tokens, and every custom property defined."""
    sheets = files(".css")
    defined = {name for path in sheets for name in re.findall(r"(--[\w-]+)\s*:", path.read_text())}
    # Set by pages where they depend on data.
    for path in files(".js"):
        code = code_only(path.read_text())
        for found in re.finditer(r"\bvars:\s*\{", code):
            end, depth = found.end(), 1
            while depth > 0:
                depth += {"{": 1, "}": -1}.get(code[end], 0)
                end += 1
            defined |= {f"--{name}" for name in re.findall(r"(\w+)\s*[:,}]", code[found.end() : end])}
    for path in sheets:
        text = re.sub(r"/\*.*?\*/", lambda found: re.sub(r"[^\n]", " ", found[0]), path.read_text(), flags=re.S)
        if text.count("{") != text.count("}"):
            report(path, 1, "braces do not match")
        for number, line in enumerate(text.split("\n"), 1):
            if PHYSICAL.search(line) and "@media" not in line:
                report(path, number, "a physical side or size; inline-size, margin-inline-start and so on follow the writing")
            # Of four sides the second and the fourth are right and left, whichever way is read.
            sides = re.search(r"(?<![\w-])(?:margin|padding|inset)\s*:\s*([^;]+);", line)
            if sides and len(parts := re.findall(r"[\w.-]+\([^()]*(?:\([^()]*\)[^()]*)*\)|\S+", sides[1])) == 4:
                if parts[1] != parts[3]:
                    report(path, number, "sides that differ; margin-inline and padding-inline follow the writing")
            if path.name != "tokens.css" and re.search(r"#[0-9a-fA-F]{3,8}\b", line) and "light-dark(" not in line:
                if not re.search(r"#fff\b|#ffffff\b", line):
                    report(path, number, "a colour of its own; colours are in tokens.css")
            for name, fallback in re.findall(r"var\((--[\w-]+)\s*(,)?", line):
                if name not in defined and not fallback:
                    report(path, number, f"{name} is defined nowhere")
        if re.search(r"@import\b|url\(\s*(?!['\"]?data:)", text):
            report(path, 1, "loads another file")


CHECKS = {"sources": check_sources, "modules": check_modules, "texts": check_texts, "styles": check_styles}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    CHECKS[sys.argv[1]]()
    print("\n".join(findings), end="\n" if findings else "")
    sys.exit(1 if findings else 0)
