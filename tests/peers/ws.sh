#!/bin/sh
# A server on ws (github.com/websockets/ws) and http-auth (github.com/gevorg/http-auth), for `tests/peers.rs`: WS_URL.
# apt: nodejs npm
set -eu
. "$(dirname "$0")/lib.sh"
pid=$peers/ws.pid
at=$peers/ws-node

stop() { end "$pid" ws_server.js; }

start() {
    if [ ! -f "$at/complete" ]; then
        mkdir -p "$at"
        npm install --silent --no-audit --no-fund --prefix "$at" ws@8 http-auth@4 >&2
        touch "$at/complete"
    fi
    stop
    port=$(free_port)
    node tests/peers/ws_server.js "$at" "$port" > "$peers/ws.log" 2>&1 < /dev/null &
    echo $! > "$pid"
    listens "$port" || { stop; exit 1; }
    echo "WS_URL=http://127.0.0.1:$port"
}

peer_main "$@"
