#!/bin/sh
# An OAuth 2 server on Authlib (github.com/authlib/authlib), for `tests/peers.rs`: OAUTH_URL.
# apt: python3-venv
set -eu
. "$(dirname "$0")/lib.sh"
pid=$peers/oauth.pid

stop() { end "$pid" oauth_server.py; }

start() {
    at=$(venv authlib authlib flask)
    stop
    port=$(free_port)
    AUTHLIB_INSECURE_TRANSPORT=1 "$at/bin/python" tests/peers/oauth_server.py "$port" > "$peers/oauth.log" 2>&1 < /dev/null &
    echo $! > "$pid"
    listens "$port" || { stop; exit 1; }
    echo "OAUTH_URL=http://127.0.0.1:$port"
}

peer_main "$@"
