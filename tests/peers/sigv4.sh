#!/bin/sh
# AWS, for `tests/peers.rs`: moto (github.com/getmoto/moto), which answers only what is signed by its user (SIGV4_MOTO_URL, SIGV4_MOTO_KEY_ID,
# SIGV4_MOTO_SECRET), one that answers everybody, since the first fails on what needs no signature (SIGV4_OPEN_URL), and servers that let botocore
# sign again what came (SIGV4_VERIFIER_URL, SIGV4_VERIFIER_WEBSOCKET_URL).
# apt: python3-venv
set -eu
. "$(dirname "$0")/lib.sh"

stop() {
    end "$peers/moto.pid" moto_server
    end "$peers/open.pid" moto_server
    end "$peers/verifier.pid" sigv4_verifier.py
}

start() {
    at=$(venv aws 'moto[iam,sts,s3,server]' boto3 websockets)
    stop
    moto=$(free_port)
    INITIAL_NO_AUTH_ACTION_COUNT=1000 "$at/bin/moto_server" -H 127.0.0.1 -p "$moto" > "$peers/moto.log" 2>&1 < /dev/null &
    echo $! > "$peers/moto.pid"
    open=$(free_port)
    "$at/bin/moto_server" -H 127.0.0.1 -p "$open" > "$peers/open.log" 2>&1 < /dev/null &
    echo $! > "$peers/open.pid"
    http=$(free_port) && sockets=$(free_port)
    "$at/bin/python" tests/peers/sigv4_verifier.py "$http" "$sockets" > "$peers/verifier.log" 2>&1 < /dev/null &
    echo $! > "$peers/verifier.pid"
    listens "$moto" && listens "$open" && listens "$http" && listens "$sockets" || { stop; exit 1; }
    "$at/bin/python" tests/peers/sigv4_accounts.py "http://127.0.0.1:$moto" || { stop; exit 1; }
    echo "SIGV4_MOTO_URL=http://127.0.0.1:$moto"
    echo "SIGV4_OPEN_URL=http://127.0.0.1:$open"
    echo "SIGV4_VERIFIER_URL=http://127.0.0.1:$http"
    echo "SIGV4_VERIFIER_WEBSOCKET_URL=http://127.0.0.1:$sockets"
}

peer_main "$@"
