#!/bin/sh
# Make an authority and a certificate for a Service: certificate.sh SERVICE NAMESPACE FOLDER
# writes ca.crt, tls.crt and tls.key; the authority's own key is thrown away.
set -eu
service=$1 namespace=$2 folder=$3
name="$service.$namespace.svc"
umask 077
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

new_key "$work/ca.key"
openssl req -x509 -new -key "$work/ca.key" -sha256 -days 1460 -subj "/CN=$service authority" -out "$folder/ca.crt" \
  -addext "keyUsage=critical,keyCertSign,cRLSign"
new_key "$folder/tls.key"
openssl req -new -key "$folder/tls.key" -subj "/CN=$name" -out "$work/tls.csr"
printf 'subjectAltName=DNS:%s,DNS:%s.cluster.local\nextendedKeyUsage=serverAuth\n' "$name" "$name" > "$work/extensions"
openssl x509 -req -in "$work/tls.csr" -CA "$folder/ca.crt" -CAkey "$work/ca.key" -CAcreateserial \
  -CAserial "$work/ca.srl" -sha256 -days 500 -extfile "$work/extensions" -out "$folder/tls.crt"
