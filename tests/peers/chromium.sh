#!/bin/sh
# Chromium, for `tests/html.rs`: CHROMIUM, the program itself; a test starts it for each page.
# apt: chromium
set -eu
. "$(dirname "$0")/lib.sh"

stop() { :; }

start() {
    for name in chromium chromium-browser google-chrome; do
        if found=$(command -v "$name"); then
            echo "CHROMIUM=$found"
            return
        fi
    done
    echo "there is no Chromium" >&2
    exit 1
}

peer_main "$@"
