#!/usr/bin/env bash
# Installs what a command needs and this machine lacks. Quick and silent when nothing is missing.
#
#   scripts/install-prerequisites.sh build|check|test|bench
#
# Debian packages are installed with apt-get, as root or through sudo. Python packages go to .venv in the repository.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-build}
case $purpose in
build | check | test | bench) ;;
*)
    echo "usage: $0 build|check|test|bench" >&2
    exit 2
    ;;
esac

command -v swift >/dev/null || {
    echo "error: swift was not found. Install Swift 6.3 or later first: https://www.swift.org/install/linux/" >&2
    exit 1
}

has_header() { # Whether the C compiler finds a header, wherever it was installed from.
    local compiler
    for compiler in "${CC:-}" clang cc; do
        [[ -n $compiler ]] && command -v "$compiler" >/dev/null || continue
        echo "#include <$1>" | "$compiler" -E -x c - >/dev/null 2>&1 && return 0
    done
    return 1
}

missing=()
need() { # need PACKAGE TEST...: remembers the package when the test fails.
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

if [[ $purpose != check ]]; then
    need libsqlite3-dev has_header sqlite3.h # the store
    need zlib1g-dev has_header zlib.h        # compressed answers
    need libcurl4-openssl-dev has_header curl/curl.h # tunnels through network proxies
fi
if [[ $purpose != build ]]; then
    need python3 command -v python3
fi
if [[ $purpose == test ]]; then
    need python3-venv python3 -c 'import venv, ensurepip'
    need chromium command -v chromium # the dashboard in a real browser
    need tinyproxy-bin command -v tinyproxy # proxies to go through
    need microsocks command -v microsocks
fi
# The benchmark's own tools (nginx, wrk) are installed by Benchmarks/run.

if ((${#missing[@]} > 0)); then
    as_root=()
    if ((EUID != 0)); then as_root=(sudo); fi
    if ! command -v apt-get >/dev/null || { ((EUID != 0)) && ! command -v sudo >/dev/null; }; then
        echo "error: missing: ${missing[*]} (Debian's names)" >&2
        echo "       They cannot be installed from here: that takes apt-get, and root or sudo." >&2
        echo "       On Debian, as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    echo "installing: ${missing[*]}"
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "error: apt-get could not install: ${missing[*]}" >&2
        exit 1
    fi
fi

if [[ $purpose == test ]]; then
    requirements=Tests/Integration/requirements.txt
    wanted=$(cksum <"$requirements")
    if [[ ! -x .venv/bin/python || $(cat .venv/requirements.cksum 2>/dev/null || true) != "$wanted" ]]; then
        echo "preparing .venv from $requirements"
        [[ -x .venv/bin/python ]] || python3 -m venv .venv
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
        echo "$wanted" >.venv/requirements.cksum
    fi
fi
