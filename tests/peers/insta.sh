#!/bin/sh
# cargo-insta (insta.rs), for `tests/insta.rs`: INSTA_PROGRAM, the program. It is installed once, into a folder of its own.
set -eu
. "$(dirname "$0")/lib.sh"
at=$peers/cargo-insta

stop() { :; }

start() {
    [ -x "$at/bin/cargo-insta" ] || cargo install cargo-insta --locked --quiet --root "$at" --target-dir "$at-build" >&2
    echo "INSTA_PROGRAM=$at/bin/cargo-insta"
}

peer_main "$@"
