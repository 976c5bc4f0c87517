#!/bin/sh
# Starts httpbin (github.com/psf/httpbin) on a free loopback port and prints its URL, for `tests/httpbin.rs`:
#
#   HTTPBIN_URL=$(tests/peers/httpbin.sh start) cargo test --test httpbin -- --ignored
#   tests/peers/httpbin.sh stop
#
# The Python packages are installed once, into target/peers.
set -eu
cd "$(dirname "$0")/../.."
peers=${CARGO_TARGET_DIR:-target}/peers
venv=$peers/httpbin
pid=$peers/httpbin.pid
log=$peers/httpbin.log

stop() {
    [ -f "$pid" ] || return 0
    # Only what was started here: the number may have passed to another process since.
    if grep -qs httpbin:app "/proc/$(cat "$pid")/cmdline" || ps -p "$(cat "$pid")" -o args= 2> /dev/null | grep -qs httpbin:app; then
        kill "$(cat "$pid")"
    fi
    rm -f "$pid"
}

start() {
    mkdir -p "$peers"
    if [ ! -x "$venv/bin/gunicorn" ]; then
        python3 -m venv "$venv" >&2
        "$venv/bin/pip" install --quiet --disable-pip-version-check httpbin gunicorn >&2
    fi
    stop
    port=$("$venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "$venv/bin/gunicorn" --bind "127.0.0.1:$port" --workers 1 --threads 8 --pid "$pid" --daemon --log-file "$log" httpbin:app
    url=http://127.0.0.1:$port
    for _ in $(seq 100); do
        if "$venv/bin/python" -c "import urllib.request as r; r.urlopen('$url/get', timeout=1)" 2> /dev/null; then
            echo "$url"
            return 0
        fi
        sleep 0.1
    done
    echo "httpbin did not answer at $url; see $log" >&2
    stop
    exit 1
}

case ${1:-start} in
    start) start ;;
    stop) stop ;;
    *) echo "usage: $0 start|stop" >&2; exit 2 ;;
esac
