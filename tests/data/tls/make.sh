#!/bin/sh
# Makes the certificates of this folder anew: an authority, and six certificates of one key.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
touch "$work/index.txt"
echo 01 > "$work/serial"
cat > "$work/ca.cnf" <<CONF
[ca]
default_ca = all
[all]
database = $work/index.txt
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
CONF

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2> "$work/log"; }
# sign <certificate> <names> <from> <to>
sign() {
    openssl req -new -key server.key -subj "/CN=$1" -out "$work/$1.csr"
    printf 'subjectAltName = %s\nbasicConstraints = CA:FALSE\n' "$2" > "$work/$1.ext"
    openssl ca -batch -notext -config "$work/ca.cnf" -cert ca.pem -keyfile "$work/ca.key" -in "$work/$1.csr" \
        -extfile "$work/$1.ext" -startdate "$3" -enddate "$4" -out "$1.pem" 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
}

key "$work/ca.key"
key server.key
openssl req -x509 -new -key "$work/ca.key" -subj "/CN=apitest authority" -days 36500 -out ca.pem
here=DNS:localhost,IP:127.0.0.1,IP:::1
sign server "$here" 20200101000000Z 21200101000000Z
sign expired "$here" 20200101000000Z 20210102000000Z
sign early "$here" 21190102000000Z 21200101000000Z
sign other DNS:other.example,DNS:*.other.example 20200101000000Z 21200101000000Z
# Client certificates that a library for servers' certificates refuses: of version 1, and with a critical extension that nobody knows.
openssl req -new -key server.key -subj "/CN=v1" -out "$work/v1.csr"
openssl x509 -req -in "$work/v1.csr" -signkey server.key -days 36500 -out v1.pem 2> "$work/log"
echo '1.3.6.1.4.1.99999.1 = critical,ASN1:UTF8String:x' > "$work/unknown.ext"
openssl x509 -req -in "$work/v1.csr" -signkey server.key -days 36500 -extfile "$work/unknown.ext" -out unknown.pem 2> "$work/log"
openssl req -x509 -new -key server.key -subj "/CN=self" -addext "subjectAltName = $here" \
    -addext "basicConstraints = critical,CA:FALSE" -days 36500 -out self.pem
