#!/usr/bin/env bash
# What reports cost when there are very many requests: peak memory, time and the size of each file, with none of them and with
# all kinds at once, at a tenth of the requests and at all of them. What streams takes as much memory for both.
#
#   benches/reports.sh [COUNT]         default 100000; a hundredth of the requests fail
#
# Needs nginx and GNU time (`apt-get install nginx-light time`). APITEST names a binary built elsewhere, KINDS other kinds than
# all, KEEP a folder that the last reports are left in.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-100000}
if [ -z "${APITEST:-}" ]; then
    cargo build --release --quiet --bin apitest
fi
apitest=$(realpath "${APITEST:-${CARGO_TARGET_DIR:-target}/release/apitest}")
kinds=${KINDS:-junit html json markdown github gitlab tap har ctrf prometheus}
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

mkdir -p "$folder/www" "$folder/tmp"
echo '{"order":{"id":4711,"state":"paid","total":129.95,"customer":{"name":"Ada Lovelace","email":"ada@example.com"},"items":[{"sku":"A-100","qty":1},{"sku":"B-200","qty":2}]}}' > "$folder/www/order.json"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$folder/nginx.conf" << CONF
daemon off;
worker_processes 1;
pid $folder/nginx.pid;
error_log $folder/error.log;
events { worker_connections 64; }
http {
    access_log off;
    types { application/json json; }
    keepalive_requests 10000000;
    keepalive_timeout 600s;
    client_body_temp_path $folder/tmp/a; proxy_temp_path $folder/tmp/b; fastcgi_temp_path $folder/tmp/c;
    uwsgi_temp_path $folder/tmp/d; scgi_temp_path $folder/tmp/e;
    server { listen 127.0.0.1:$port; root $folder/www; }
}
CONF
"$nginx" -p "$folder" -e "$folder/error.log" -c "$folder/nginx.conf" &
server=$!
sleep 1

cat > "$folder/many.toml" << TOML
base_url = "http://127.0.0.1:$port"

[[request]]
name = "order {{ n }}"
rows = "rows.csv"
get = "/order.json?n={{ n }}"
expect.status = 200
expect.jsonpath."\$.order.id" = "{{ id | int }}"
TOML

# measured COUNT WHAT [ARGUMENT...]: a run, its line of the table.
measured() {
    local rows=$1 what=$2
    shift 2
    awk -v rows="$rows" 'BEGIN { print "n,id"; for (n = 1; n <= rows; n++) print n "," (n % 100 ? 4711 : 1) }' > "$folder/rows.csv"
    (cd "$folder" && env time -o time -f '%M %e %U' "$apitest" run many.toml --no-progress "$@" > out.txt 2> err.txt) || true
    grep -q "$((rows / 100)) failed, $((rows - rows / 100)) passed" "$folder/out.txt" || { tail -n 5 "$folder/out.txt" "$folder/err.txt"; exit 1; }
    tail -n 1 "$folder/time" | awk -v rows="$rows" -v what="$what" '{ printf "| %d | %s | %.1f | %.1f | %.1f |\n", rows, what, $1 / 1024, $2, $3 }'
}

reports=()
for kind in $kinds; do reports+=(--report "$kind=report.$kind"); done
echo "| requests | reports | peak MB | wall s | user s |"
echo "| ---: | --- | ---: | ---: | ---: |"
for rows in $((count / 10)) "$count"; do
    measured "$rows" none
    measured "$rows" "all kinds at once" "${reports[@]}"
done
echo
for kind in $kinds; do
    printf '%-10s %10.2f MB\n' "$kind" "$(stat -c %s "$folder/report.$kind" | awk '{ print $1 / 1e6 }')"
done
if [ -n "${KEEP:-}" ]; then
    mkdir -p "$KEEP"
    cp "$folder"/report.* "$KEEP"
fi
