#!/bin/sh
# Secure servers, for `tests/secure.rs`: nginx that speaks TLS 1.2 alone (TLS_NGINX12_URL), 1.3 alone with HTTP/2 and gzip (TLS_NGINX13_URL), and one
# that wants a client's certificate (TLS_NGINX_MTLS_URL); `openssl s_server` with a weak key (TLS_WEAK_URL), a signature by SHA-1 (TLS_SHA1_URL), and with TLS 1.1
# (TLS_OLD_URL), where OpenSSL still has them; and with the broken certificates of tests/data/tls (TLS_EXPIRED_URL, TLS_EARLY_URL, TLS_OTHER_URL, TLS_SELF_URL). TLS_FOLDER holds ca.pem, client.pem, client.key, client.p12 and locked.key (password: lovelace), and v1.pem and v1.p12, the same of X.509 version 1. `openssl s_server` that wants a client certificate is TLS_VERIFY_URL.
# apt: nginx openssl
set -eu
. "$(dirname "$0")/lib.sh"
at=$peers/tls

stop() {
    end "$at/nginx.pid" nginx
    for name in weak sha1 old verify expired early other self; do end "$at/$name.pid" s_server; done
}

# issue NAME EXTENSIONS NEWKEY ARGUMENTS: a key and its certificate, by the authority.
issue() {
    digest=${4:--sha256}
    openssl req -newkey "$3" -nodes -keyout "$at/$1.key" -out "$at/$1.csr" -subj "/CN=$1/O=Peers" 2> /dev/null
    printf '%s\n' "$2" > "$at/$1.ext"
    openssl x509 -req -in "$at/$1.csr" -CA "$at/ca.pem" -CAkey "$at/ca.key" -CAcreateserial -days 90 "$digest" -extfile "$at/$1.ext" -out "$at/$1.pem" 2> /dev/null
}

certificates() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 90 -keyout "$at/ca.key" -out "$at/ca.pem" -subj "/CN=Peers' own authority" \
        -addext basicConstraints=critical,CA:TRUE 2> /dev/null
    issue server 'subjectAltName=DNS:localhost,IP:127.0.0.1' rsa:2048
    issue weak 'subjectAltName=DNS:localhost,IP:127.0.0.1' rsa:1024
    issue sha1 'subjectAltName=DNS:localhost,IP:127.0.0.1' rsa:2048 -sha1
    issue client 'extendedKeyUsage=clientAuth' rsa:2048
    # Without extensions it is of X.509 version 1.
    openssl x509 -req -in "$at/client.csr" -CA "$at/ca.pem" -CAkey "$at/ca.key" -CAcreateserial -days 90 -out "$at/v1.pem" 2> /dev/null
    openssl pkcs12 -export -in "$at/v1.pem" -inkey "$at/client.key" -out "$at/v1.p12" -passout pass:lovelace
    openssl pkcs12 -export -in "$at/client.pem" -inkey "$at/client.key" -out "$at/client.p12" -passout pass:lovelace
    openssl pkcs8 -topk8 -in "$at/client.key" -out "$at/locked.key" -passout pass:lovelace
}

# block PORT SETTINGS: a server of nginx's.
block() {
    echo "server { listen 127.0.0.1:$1 ssl; $2 ssl_certificate $at/server.pem; ssl_certificate_key $at/server.key;
        location / { default_type application/json; return 200 '{\"tls\":\"\$ssl_protocol\",\"http\":\"\$server_protocol\",\"client\":\"\$ssl_client_s_dn\",\"name\":\"\$ssl_server_name\"}'; } }"
}

# serve NAME PORT ARGUMENTS: an `openssl s_server`.
serve() {
    name=$1 port=$2
    shift 2
    openssl s_server -accept "127.0.0.1:$port" -www -quiet "$@" > "$at/$name.log" 2>&1 &
    echo $! > "$at/$name.pid"
    listens "$port"
}

start() {
    mkdir -p "$at/temp"
    stop
    certificates
    tls12=$(free_port) && tls13=$(free_port) && mtls=$(free_port)
    {
        echo "daemon on; pid $at/nginx.pid; error_log $at/nginx.log; events {} http { access_log off; client_body_temp_path $at/temp;"
        echo "proxy_temp_path $at/temp; fastcgi_temp_path $at/temp; uwsgi_temp_path $at/temp; scgi_temp_path $at/temp;"
        block "$tls12" 'ssl_protocols TLSv1.2;'
        block "$tls13" 'ssl_protocols TLSv1.3; gzip on; gzip_min_length 1; gzip_types application/json;' | sed 's/ ssl;/ ssl http2;/'
        block "$mtls" "ssl_verify_client on; ssl_client_certificate $at/ca.pem;"
        echo '}'
    } > "$at/nginx.conf"
    nginx -c "$at/nginx.conf" 2> "$at/nginx.out" || { cat "$at/nginx.out" >&2; exit 1; }
    listens "$tls12"
    weak=$(free_port) && serve weak "$weak" -cert "$at/weak.pem" -key "$at/weak.key" -cipher DEFAULT@SECLEVEL=0
    old=$(free_port) && serve old "$old" -cert "$at/server.pem" -key "$at/server.key" -tls1_1 -cipher DEFAULT@SECLEVEL=0
    sha1=$(free_port) && serve sha1 "$sha1" -cert "$at/sha1.pem" -key "$at/sha1.key" -cipher DEFAULT@SECLEVEL=0
    verify=$(free_port) && serve verify "$verify" -cert "$at/server.pem" -key "$at/server.key" -Verify 2 -verify_return_error -CAfile "$at/ca.pem"
    echo "TLS_SHA1_URL=https://127.0.0.1:$sha1"
    echo "TLS_VERIFY_URL=https://127.0.0.1:$verify"
    for name in expired early other self; do
        port=$(free_port)
        serve "$name" "$port" -cert "$root/tests/data/tls/$name.pem" -key "$root/tests/data/tls/server.key"
        echo "TLS_$(echo "$name" | tr a-z A-Z)_URL=https://127.0.0.1:$port"
    done
    echo "TLS_FOLDER=$at"
    echo "TLS_NGINX12_URL=https://127.0.0.1:$tls12"
    echo "TLS_NGINX13_URL=https://127.0.0.1:$tls13"
    echo "TLS_NGINX_MTLS_URL=https://127.0.0.1:$mtls"
    echo "TLS_WEAK_URL=https://127.0.0.1:$weak"
    echo "TLS_OLD_URL=https://127.0.0.1:$old"
}

peer_main "$@"
