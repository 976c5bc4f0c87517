# Sourced by the benches: a folder for all that they make, and one nginx in it that ends with the script.

nginx=$(command -v nginx || echo /usr/sbin/nginx)
folder=$(mktemp -d)
chmod 755 "$folder" # the server's worker may be another user
mkdir -p "$folder/www" "$folder/tmp"
server=

end_server() {
    [ -z "$server" ] || kill "$server" 2> /dev/null || true
    [ -z "$server" ] || wait "$server" 2> /dev/null || true
    server=
}
finish() {
    end_server
    rm -rf "$folder"
}
trap finish EXIT

# start_nginx SCHEME: on a free port that is `$port` from then on, with `$folder/www` as its files over http; over https with
# `server.pem`, `server.key` and `ca.pem` of the folder, and one short answer.
start_nginx() {
    local scheme=$1 options listening trust=()
    if [ "$scheme" = https ]; then
        trust=(--cacert "$folder/ca.pem")
        options="ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate $folder/server.pem; ssl_certificate_key $folder/server.key; ssl_session_cache off;"
        listening=' ssl; location / { default_type application/json; return 200 "{\"message\":\"hello\"}"; }'
    else
        options='types { application/json json; } keepalive_requests 10000000; keepalive_timeout 600s;'
        listening="; root $folder/www;"
    fi
    for _ in $(seq 20); do
        port=$((20000 + RANDOM % 20000))
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
    $options
    server { listen 127.0.0.1:$port$listening }
}
CONF
        "$nginx" -p "$folder" -e "$folder/error.log" -c "$folder/nginx.conf" 2> /dev/null &
        server=$!
        for _ in $(seq 50); do
            # Whatever it answers, it is there.
            ! curl -s ${trust[@]+"${trust[@]}"} -o /dev/null "$scheme://127.0.0.1:$port/" || return 0
            kill -0 "$server" 2> /dev/null || break
            sleep 0.05
        done
        end_server
    done
    echo "nginx did not start: $(tail -n 3 "$folder/error.log")" >&2
    exit 1
}

# median LIST [COLUMN]: of the figures in `$folder/LIST.times`.
median() {
    awk -v c="${2:-1}" '{ print $c }' "$folder/$1.times" | sort -n |
        awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# wall EACH LIST COMMAND...: runs the command so many times, since one run takes milliseconds, and adds the milliseconds of one
# to its list; a command that fails ends the comparison.
wall() {
    local each=$1 list=$2 from to
    shift 2
    from=$(date +%s%N)
    for ((i = 0; i < each; i++)); do
        "$@" > "$folder/out" 2>&1 || { echo "$list failed:" >&2; tail -n 20 "$folder/out" >&2; exit 1; }
    done
    to=$(date +%s%N)
    awk -v a="$from" -v b="$to" -v n="$each" 'BEGIN { printf "%.3f\n", (b - a) / n / 1e6 }' >> "$folder/$list.times"
}
