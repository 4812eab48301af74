#!/usr/bin/env bash
# Every check that needs no build. Prints file:line and the reason for each finding; fails when there is one.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=0
stage() { # stage NAME COMMAND...
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok      $name"
    else
        failed=1
        echo "FAILED  $name"
        # Findings with paths from the repository's root, so that editors can follow them.
        sed "s|^$PWD/||; s/^/        /" <<<"$output"
    fi
}

swift_files=(Package.swift Sources Plugins)
for path in Tests Benchmarks Examples/*/Package.swift Examples/*/Sources; do [[ -e $path ]] && swift_files+=("$path"); done

lint() {
    local findings finding path line rest status=0 remaining=0
    findings=$(swift format lint --strict --parallel --recursive "${swift_files[@]}" 2>&1) || status=$?
    while IFS= read -r finding; do
        # Wire data in tests stands on one line, as it does on the wire: no formatter can break a string.
        if [[ $finding == *Tests/*'[LineLength]'* ]]; then
            IFS=: read -r path line rest <<<"$finding"
            [[ $(sed -n "${line}p" "$path") == *'"'* ]] && continue
        fi
        [[ -z $finding ]] && continue
        echo "$finding"
        remaining=1
    done <<<"$findings"
    # Failing without a finding is not passing.
    if ((status != 0)) && [[ -z $findings ]]; then echo "swift format ended with status $status"; return 1; fi
    return "$remaining"
}

stage "format" lint
stage "imports" python3 scripts/check_sources.py imports
stage "bans" python3 scripts/check_sources.py bans
stage "file sizes" python3 scripts/check_sources.py sizes
stage "type documentation" python3 scripts/check_sources.py documentation
stage "dashboard sources" python3 scripts/check_dashboard.py sources
stage "dashboard modules" python3 scripts/check_dashboard.py modules
stage "dashboard texts" python3 scripts/check_dashboard.py texts
stage "dashboard styles" python3 scripts/check_dashboard.py styles
stage "machine paths" python3 scripts/check_docs.py paths
stage "links" python3 scripts/check_docs.py links
stage "settings" python3 scripts/check_docs.py settings

if ((failed)); then
    echo "some checks failed"
    exit 1
fi
echo "all checks passed"
