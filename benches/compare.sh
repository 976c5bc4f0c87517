#!/usr/bin/env bash
# The named speed bars, measured: apitest against a bare reqwest + serde_json loop, hurl and curl, by turns, on the same
# requests to one nginx on a loopback port.
#
#   benches/compare.sh [ROUNDS]        default 5; prints medians and the ratios against the bars
#
# Needs nginx, curl and GNU time (`apt-get install nginx-light curl time`); with hurl (`cargo install hurl@8.0.1 --locked`, or
# HURL=path) its column too. APITEST and BARE name binaries built elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5}
count=${COUNT:-5000}
target=${CARGO_TARGET_DIR:-target}
hurl=${HURL:-$(command -v hurl || true)}

if [ -z "${APITEST:-}" ] || [ -z "${BARE:-}" ]; then
    cargo build --profile dist --quiet --bin apitest --example bare
fi
apitest=${APITEST:-$target/dist/apitest}
bare=${BARE:-$target/dist/examples/bare}
. benches/nginx.sh

# -- the server ------------------------------------------------------------------------------------------------------

cat > "$folder/www/order.json" << 'JSON'
{"order":{"id":4711,"state":"paid","currency":"EUR","total":129.95,"customer":{"id":"c-1009","name":"Ada Lovelace","email":"ada@example.com","address":{"street":"12 St James's Square","city":"London","zip":"SW1Y 4JH","country":"GB"}},"items":[{"sku":"A-100","name":"desk","qty":1,"price":89.95,"tags":["wood","office"]},{"sku":"B-200","name":"lamp","qty":2,"price":15.00,"tags":["light"]},{"sku":"C-300","name":"pen","qty":10,"price":1.00,"tags":[]}],"created":"2024-03-01T12:30:45Z","notes":null,"gift":false},"links":{"self":"/orders/4711","customer":"/customers/c-1009"}}
JSON

start_nginx http
url=http://127.0.0.1:$port/order.json

# -- the same requests, in two languages -----------------------------------------------------------------------------

collection() {
    printf 'name = "compare"\nbase_url = "http://127.0.0.1:%s"\n' "$port"
    for ((i = 1; i <= $1; i++)); do
        printf '\n[[request]]\nname = "order %d"\nget = "/order.json"\nexpect.status = 200\n' "$i"
        printf 'expect.jsonpath."$.order.id" = 4711\nexpect.jsonpath."$.order.items[1].name" = "lamp"\n'
    done
}
hurl_file() {
    for ((i = 1; i <= $1; i++)); do
        printf 'GET %s\nHTTP 200\n[Asserts]\njsonpath "$.order.id" == 4711\njsonpath "$.order.items[1].name" == "lamp"\n\n' "$url"
    done
}
collection "$count" > "$folder/many.toml"
collection 1 > "$folder/one.toml"
hurl_file "$count" > "$folder/many.hurl"
hurl_file 1 > "$folder/one.hurl"

# -- measuring -------------------------------------------------------------------------------------------------------

# Runs a command, adds "wall cpu megabytes" to its list; a command that fails ends the comparison.
timed() {
    local name=$1
    shift
    if ! /usr/bin/time -o "$folder/time" -f '%e %U %S %M' "$@" > "$folder/out" 2> "$folder/err"; then
        echo "$name failed:" >&2
        tail -n 20 "$folder/out" "$folder/err" >&2
        exit 1
    fi
    awk '{ printf "%.3f %.3f %.1f\n", $1, $2 + $3, $4 / 1024 }' "$folder/time" >> "$folder/$name.times"
}
over() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
bar() { # what, value, relation, limit
    local met
    met=$(awk -v v="$2" -v r="$3" -v l="$4" 'BEGIN { print ((r == "at least" && v >= l) || (r == "at most" && v <= l)) ? "met" : "MISSED" }')
    printf '%-58s %8s   %s %s: %s\n' "$1" "$2" "$3" "$4" "$met"
}

echo "$count requests with two JSONPath checks each, one kept connection, $rounds rounds, $(nproc) processors"
for _ in $(seq "$rounds"); do
    timed bare "$bare" "$url" "$count"
    timed apitest "$apitest" run --no-progress "$folder/many.toml"
    [ -z "$hurl" ] || timed hurl "$hurl" --test --jobs 1 "$folder/many.hurl"
done
printf '%-10s %10s %10s %10s %10s\n' "" "wall s" "cpu s" "peak MB" "requests/s"
for name in bare apitest hurl; do
    [ -s "$folder/$name.times" ] || continue
    printf '%-10s %10s %10s %10s %10.0f\n' $name "$(median $name 1)" "$(median $name 2)" "$(median $name 3)" "$(over "$count" "$(median $name 1)")"
done

each=${EACH:-100}
for _ in $(seq "$rounds"); do
    wall "$each" nothing /bin/true
    wall "$each" curl curl -sf "$url"
    wall "$each" one "$apitest" run --no-progress "$folder/one.toml"
    [ -z "$hurl" ] || wall "$each" hurl-one "$hurl" --test --jobs 1 "$folder/one.hurl"
done
echo
echo "one request, milliseconds a run (starting a process at all: $(median nothing 1))"
printf 'curl %s, apitest %s%s\n' "$(median curl 1)" "$(median one 1)" "${hurl:+, hurl $(median hurl-one 1)}"

echo
bar "rate, of the bare loop's" "$(over "$(median bare 1)" "$(median apitest 1)")" "at least" 0.8
bar "peak memory, MB" "$(median apitest 3)" "at most" 40
bar "one request: wall, of curl's" "$(over "$(median one 1)" "$(median curl 1)")" "at most" 0.6
if [ -n "$hurl" ]; then
    bar "processor time, of hurl's" "$(over "$(median apitest 2)" "$(median hurl 2)")" "at most" 0.55
    printf '%-58s %8s   (told, no bar)\n' "rate, of hurl's" "$(over "$(median hurl 1)" "$(median apitest 1)")"
    printf '%-58s %8s   (told, no bar)\n' "the bare loop's processor time, of hurl's" "$(over "$(median bare 2)" "$(median hurl 2)")"
else
    echo "hurl is not there: its bars were NOT measured (cargo install hurl@8.0.1 --locked)"
fi
