#!/bin/sh
# httpbin (github.com/psf/httpbin) under gunicorn, for `tests/httpbin.rs`: HTTPBIN_URL.
# apt: python3-venv
set -eu
. "$(dirname "$0")/lib.sh"
pid=$peers/httpbin.pid

stop() { end "$pid" httpbin_mended:app; }

start() {
    at=$(venv httpbin httpbin gunicorn)
    stop
    port=$(free_port)
    "$at/bin/gunicorn" --bind "127.0.0.1:$port" --workers 1 --threads 8 --pid "$pid" --daemon --log-file "$peers/httpbin.log" \
        --pythonpath "$root/tests/peers" httpbin_mended:app
    listens "$port" || { stop; exit 1; }
    echo "HTTPBIN_URL=http://127.0.0.1:$port"
}

peer_main "$@"
