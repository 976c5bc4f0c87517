#!/bin/sh
# Proxies, for `tests/proxies.rs`: tinyproxy without (PROXIES_TINYPROXY_URL) and with a login (PROXIES_TINYPROXY_LOGIN_URL), squid that refuses most
# ports (PROXIES_SQUID_URL), microsocks without (PROXIES_SOCKS_URL) and with a login (PROXIES_SOCKS_LOGIN_URL), proxy.py over TLS with a login (PROXIES_SECURE_URL). Logins are ada:lovelace.
# apt: tinyproxy squid microsocks
set -eu
. "$(dirname "$0")/lib.sh"
at=$peers/proxies

stop() {
    end "$at/tiny.pid" tinyproxy
    end "$at/login.pid" tinyproxy
    end "$at/squid.pid" squid
    end "$at/socks.pid" microsocks
    end "$at/socks-login.pid" microsocks
    end "$at/secure.pid" proxy
}

# tiny NAME PORT LOGIN: starts a tinyproxy.
tiny() {
    printf 'Port %s\nListen 127.0.0.1\nTimeout 30\nAllow 127.0.0.1\nPidFile "%s"\n%s\n' "$2" "$at/$1.pid" "$3" > "$at/$1.conf"
    tinyproxy -d -c "$at/$1.conf" > "$at/$1.log" 2>&1 &
    echo $! > "$at/$1.pid"
}

# socks NAME PORT ARGUMENTS: starts a microsocks.
socks() {
    name=$1 port=$2
    shift 2
    microsocks -i 127.0.0.1 -p "$port" "$@" > "$at/$name.log" 2>&1 &
    echo $! > "$at/$name.pid"
}

start() {
    mkdir -p "$at"
    stop
    tiny=$(free_port) && tiny tiny "$tiny" ''
    listens "$tiny"
    login=$(free_port) && tiny login "$login" 'BasicAuth ada lovelace'
    listens "$login"
    socks=$(free_port) && socks socks "$socks"
    listens "$socks"
    socks_login=$(free_port) && socks socks-login "$socks_login" -u ada -P lovelace
    listens "$socks_login"
    squid=$(free_port)
    cat > "$at/squid.conf" <<END
http_port 127.0.0.1:$squid
acl SSL_ports port 443
http_access deny CONNECT !SSL_ports
http_access allow localhost
http_access deny all
cache deny all
access_log none
cache_log $at/squid.log
pid_filename none
coredump_dir $at
shutdown_lifetime 0 seconds
END
    chmod -R a+rwX "$at"
    squid -N -f "$at/squid.conf" > "$at/squid.out" 2>&1 &
    echo $! > "$at/squid.pid"
    listens "$squid"
    secure=$(free_port)
    python=$(venv proxy-py proxy.py)
    "$python/bin/proxy" --hostname 127.0.0.1 --port "$secure" --num-workers 1 --num-acceptors 1 --basic-auth ada:lovelace \
        --cert-file "$root/tests/data/tls/server.pem" --key-file "$root/tests/data/tls/server.key" > "$at/secure.log" 2>&1 &
    echo $! > "$at/secure.pid"
    listens "$secure"
    echo "PROXIES_SECURE_URL=https://127.0.0.1:$secure"
    echo "PROXIES_TINYPROXY_URL=http://127.0.0.1:$tiny"
    echo "PROXIES_TINYPROXY_LOGIN_URL=http://127.0.0.1:$login"
    echo "PROXIES_SQUID_URL=http://127.0.0.1:$squid"
    echo "PROXIES_SOCKS_URL=socks5h://127.0.0.1:$socks"
    echo "PROXIES_SOCKS_LOGIN_URL=socks5h://127.0.0.1:$socks_login"
}

peer_main "$@"
