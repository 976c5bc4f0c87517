#!/bin/sh
# A server on websockets (github.com/python-websockets/websockets), for `tests/peers.rs`: WEBSOCKETS_URL.
# apt: python3-venv
set -eu
. "$(dirname "$0")/lib.sh"
pid=$peers/websockets.pid

stop() { end "$pid" websocket_echo.py; }

start() {
    at=$(venv websockets websockets)
    stop
    port=$(free_port)
    "$at/bin/python" tests/peers/websocket_echo.py "$port" > "$peers/websockets.log" 2>&1 < /dev/null &
    echo $! > "$pid"
    listens "$port" || { stop; exit 1; }
    echo "WEBSOCKETS_URL=http://127.0.0.1:$port"
}

peer_main "$@"
