#!/bin/sh
# Apply an example: apply.sh FOLDER NAME, where NAME is that of its namespace, Service, Secret and Deployment.
# The webhook comes last, when what it calls is ready.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1 name=$2
kubectl=${KUBECTL:-kubectl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$here/certificate.sh" "$name" "$name" "$work" 2>/dev/null
$kubectl apply -f "$folder/k8s/namespace.yaml"
$kubectl -n "$name" create secret tls "$name" --cert="$work/tls.crt" --key="$work/tls.key" --dry-run=client -o yaml |
  $kubectl apply -f -
$kubectl apply -f "$folder/k8s/config.yaml" -f "$folder/k8s/service.yaml" -f "$folder/k8s/deployment.yaml"
$kubectl -n "$name" rollout status "deployment/$name" --timeout=180s
sed "s|CA_BUNDLE|$(base64 < "$work/ca.crt" | tr -d '\n')|" "$folder/k8s/webhook.yaml" | $kubectl apply -f -
