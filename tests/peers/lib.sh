# What the scripts beside this one share. A peer is a script `NAME.sh`:
#
#   export $(tests/peers/NAME.sh start)      # installs and starts it on loopback, prints `NAME_URL=…` lines
#   tests/peers/NAME.sh stop
#
# A line `# apt: PACKAGE …` names the Debian packages that `.ci/run` installs first. What pip and npm bring goes into
# target/peers, once. A script that cannot start its peer says why on standard error and exits with 1.
# shellcheck shell=sh
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
peers=$(mkdir -p "${CARGO_TARGET_DIR:-target}/peers" && cd "${CARGO_TARGET_DIR:-target}/peers" && pwd)
PATH=$PATH:/usr/sbin:/sbin

# free_port: a loopback port that is free now.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# venv NAME PACKAGE...: a Python environment with these packages, made once; prints its folder.
venv() {
    at=$peers/$1
    shift
    if [ ! -f "$at/complete" ]; then
        python3 -m venv "$at" >&2 && "$at/bin/pip" install --quiet --disable-pip-version-check "$@" >&2 && touch "$at/complete"
    fi
    [ -f "$at/complete" ] && echo "$at"
}

# listens PORT: waits until something listens there, for ten seconds at most.
listens() {
    for _ in $(seq 100); do
        python3 -c "import socket, sys; s = socket.socket(); s.settimeout(1); sys.exit(s.connect_ex(('127.0.0.1', $1)) != 0)" && return 0
        sleep 0.1
    done
    echo "nothing listens on port $1" >&2
    return 1
}

# end PIDFILE WORD: ends the process that was started here, and only that: its command line must hold WORD.
end() {
    [ -f "$1" ] || return 0
    if tr '\0' ' ' < "/proc/$(cat "$1")/cmdline" 2> /dev/null | grep -qs -- "$2"; then
        kill "$(cat "$1")" 2> /dev/null || true
    fi
    rm -f "$1"
}

# peer_main ARGUMENT: `start` or `stop`, as functions of the script.
peer_main() {
    case ${1:-start} in
        start) start ;;
        stop) stop ;;
        *) echo "usage: $0 start|stop" >&2; exit 2 ;;
    esac
}
