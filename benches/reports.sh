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
    cargo build --profile dist --quiet --bin apitest
fi
apitest=$(realpath "${APITEST:-${CARGO_TARGET_DIR:-target}/dist/apitest}")
kinds=${KINDS:-junit html json markdown github gitlab tap har ctrf prometheus}
. benches/nginx.sh

echo '{"order":{"id":4711,"state":"paid","total":129.95,"customer":{"name":"Ada Lovelace","email":"ada@example.com"},"items":[{"sku":"A-100","qty":1},{"sku":"B-200","qty":2}]}}' > "$folder/www/order.json"
start_nginx http

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
