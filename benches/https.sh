#!/usr/bin/env bash
# The first HTTPS request of a process, apitest's against curl's, by turns: the wall time of a whole run, connection and
# handshake included, against one nginx with an authority of its own.
#
#   benches/https.sh [ROUNDS]          default 7; prints medians and the ratio against the bar, for TLS 1.3 and 1.2
#
# Needs nginx, curl and openssl (`apt-get install nginx-light curl openssl`). APITEST names a binary built elsewhere, EACH how
# many runs a measurement has.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-7}
each=${EACH:-50}
if [ -z "${APITEST:-}" ]; then
    cargo build --release --quiet --bin apitest
fi
apitest=${APITEST:-${CARGO_TARGET_DIR:-target}/release/apitest}
nginx=$(command -v nginx || echo /usr/sbin/nginx)

folder=$(mktemp -d)
chmod 755 "$folder" # the server's worker may be another user
server=
finish() {
    [ -z "$server" ] || kill "$server" 2> /dev/null || true
    [ -z "$server" ] || wait "$server" 2> /dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

# -- the authority and the server --------------------------------------------------------------------------------------

mkdir -p "$folder/tmp"
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$folder/$1.key"; }
key ca
openssl req -x509 -new -key "$folder/ca.key" -days 2 -out "$folder/ca.pem" -subj '/CN=Bench' -addext basicConstraints=critical,CA:TRUE 2> /dev/null
key server
openssl req -new -key "$folder/server.key" -subj '/CN=localhost' -out "$folder/server.csr" 2> /dev/null
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' > "$folder/ext"
openssl x509 -req -in "$folder/server.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 2 -extfile "$folder/ext" \
    -out "$folder/server.pem" 2> /dev/null

start() {
    cat > "$folder/nginx.conf" << CONF
daemon off;
worker_processes 1;
pid $folder/nginx.pid;
error_log $folder/error.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $folder/tmp/a; proxy_temp_path $folder/tmp/b; fastcgi_temp_path $folder/tmp/c;
    uwsgi_temp_path $folder/tmp/d; scgi_temp_path $folder/tmp/e;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate $folder/server.pem; ssl_certificate_key $folder/server.key; ssl_session_cache off;
    server { listen 127.0.0.1:$1 ssl; location / { default_type application/json; return 200 '{"message":"hello"}'; } }
}
CONF
    "$nginx" -p "$folder" -e "$folder/error.log" -c "$folder/nginx.conf" 2> /dev/null &
    server=$!
    for _ in $(seq 50); do
        curl -sf --cacert "$folder/ca.pem" -o /dev/null "https://127.0.0.1:$1/" && return 0
        kill -0 "$server" 2> /dev/null || break
        sleep 0.05
    done
    kill "$server" 2> /dev/null || true
    server=
    return 1
}
for _ in $(seq 20); do
    port=$((20000 + RANDOM % 20000))
    if start "$port"; then break; fi
done
[ -n "$server" ] || { echo "nginx did not start: $(tail -n 3 "$folder/error.log")" >&2; exit 1; }
url=https://127.0.0.1:$port/
printf '[[request]]\nget = "%s"\nexpect.status = 200\n' "$url" > "$folder/one.toml"

# -- measuring ---------------------------------------------------------------------------------------------------------

wall() { # name, command: adds milliseconds a run, of as many runs as make a measurement
    local name=$1 from to
    shift
    from=$(date +%s%N)
    for ((i = 0; i < each; i++)); do
        "$@" > "$folder/out" 2>&1 || { echo "$name failed:" >&2; tail -n 20 "$folder/out" >&2; exit 1; }
    done
    to=$(date +%s%N)
    awk -v a="$from" -v b="$to" -v n="$each" 'BEGIN { printf "%.3f\n", (b - a) / n / 1e6 }' >> "$folder/$name.times"
}
median() { sort -n "$folder/$1.times" | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

echo "the first HTTPS request of a process, $each runs a measurement, $rounds rounds, $(nproc) processors; milliseconds a run"
for version in 1.3 1.2; do
    for _ in $(seq "$rounds"); do
        wall "curl-$version" curl -sSf --cacert "$folder/ca.pem" "--tlsv$version" --tls-max "$version" "$url"
        wall "apitest-$version" "$apitest" run --no-progress --cacert "$folder/ca.pem" --tls-min "$version" --tls-max "$version" "$folder/one.toml"
    done
    awk -v v="$version" -v a="$(median "apitest-$version")" -v c="$(median "curl-$version")" 'BEGIN {
        printf "TLS %s: curl %.1f, apitest %.1f   ratio %.2f   at most 1.0: %s\n", v, c, a, a / c, (a / c <= 1) ? "met" : "MISSED" }'
done
