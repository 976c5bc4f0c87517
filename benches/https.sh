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
    cargo build --profile dist --quiet --bin apitest
fi
apitest=${APITEST:-${CARGO_TARGET_DIR:-target}/dist/apitest}
. benches/nginx.sh

# -- the authority and the server --------------------------------------------------------------------------------------

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$folder/$1.key"; }
key ca
openssl req -x509 -new -key "$folder/ca.key" -days 2 -out "$folder/ca.pem" -subj '/CN=Bench' -addext basicConstraints=critical,CA:TRUE 2> /dev/null
key server
openssl req -new -key "$folder/server.key" -subj '/CN=localhost' -out "$folder/server.csr" 2> /dev/null
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' > "$folder/ext"
openssl x509 -req -in "$folder/server.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 2 -extfile "$folder/ext" \
    -out "$folder/server.pem" 2> /dev/null

start_nginx https
url=https://127.0.0.1:$port/
printf '[[request]]\nget = "%s"\nexpect.status = 200\n' "$url" > "$folder/one.toml"

# -- measuring ---------------------------------------------------------------------------------------------------------

echo "the first HTTPS request of a process, $each runs a measurement, $rounds rounds, $(nproc) processors; milliseconds a run"
for version in 1.3 1.2; do
    for _ in $(seq "$rounds"); do
        wall "$each" "curl-$version" curl -sSf --cacert "$folder/ca.pem" "--tlsv$version" --tls-max "$version" "$url"
        wall "$each" "apitest-$version" "$apitest" run --no-progress --cacert "$folder/ca.pem" --tls-min "$version" --tls-max "$version" "$folder/one.toml"
    done
    awk -v v="$version" -v a="$(median "apitest-$version")" -v c="$(median "curl-$version")" 'BEGIN {
        printf "TLS %s: curl %.1f, apitest %.1f   ratio %.2f   at most 1.0: %s\n", v, c, a, a / c, (a / c <= 1) ? "met" : "MISSED" }'
done
