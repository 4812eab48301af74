#!/usr/bin/env bash
# Builds and runs Examples/EmbedRouter, and checks that a program that embeds the router links no database and no server.
set -euo pipefail
cd "$(dirname "$0")/../Examples/EmbedRouter"

quiet=()
[[ -t 2 ]] || quiet=(--quiet)
swift build "${quiet[@]}"
binary=$(swift build --show-bin-path)/EmbedRouter

answer=$("$binary")
echo "$answer"
grep -q '^200: .*Hello from inside' <<<"$answer" || {
    echo "error: the example did not answer its own question" >&2
    exit 1
}

failed=0
libraries=$(if command -v ldd >/dev/null; then ldd "$binary"; else otool -L "$binary"; fi)
for library in sqlite3 libcurl 'Foundation\.so'; do
    if line=$(grep -E "$library" <<<"$libraries"); then
        echo "error: the embedded router links $line" >&2
        failed=1
    fi
done
# Swift's symbols carry the module's name with its length in front.
symbols=$(nm "$binary")
for module in Hummingbird HummingbirdCore GRDB GRDBSQLite OmniStore OmniHTTP; do
    if line=$(grep -m 1 "\$s${#module}${module}" <<<"$symbols"); then
        echo "error: the embedded router links $module: ${line##* }" >&2
        failed=1
    fi
done
if grep -q ' [TtUu] sqlite3_' <<<"$symbols"; then
    echo "error: the embedded router calls SQLite" >&2
    failed=1
fi
# Proves that the search above can find something.
grep -q '\$s8OmniCore' <<<"$symbols" || {
    echo "error: no symbol of OmniCore was found; is the binary stripped?" >&2
    exit 1
}
((failed == 0)) && echo "the embedded router links no database and no server"
exit "$failed"
