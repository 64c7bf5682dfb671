#!/usr/bin/env bash
# Writes the Go module of one Kubernetes version, so that build.sh can build it: go.mod, go.sum and tools.go.
#   pin.sh VERSION      exact, such as 1.37.2; a module of the same minor version is replaced
# Needs Go, and the network once. Afterwards: build.sh MINOR, VERSIONS in the Makefile, `make generate`.
set -euo pipefail

version=${1:?usage: pin.sh VERSION, such as 1.37.2}
module=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/${version%.*}
export GOFLAGS=-mod=mod GOTOOLCHAIN=local GOWORK=off

upstream=$(cd / && go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
mkdir -p "$module"
rm -f "$module/go.mod" "$module/go.sum"
{
  printf 'module k8sadmission-toolkit/control-plane/%s\n\n' "${version%.*}"
  grep -m1 '^go ' "$upstream"
  printf '\n// The one version to change; the datasets name it.\nrequire k8s.io/kubernetes v%s\n' "$version"
  printf '\n// Kubernetes names its own parts v0.0.0 in its go.mod; these are the versions published with it.\nreplace (\n'
  sed -n 's/^\t\(k8s\.io\/[a-z-]*\) v0\.0\.0$/\1/p' "$upstream" | sort -u | while read -r part; do
    printf '\t%s => %s v0.%s\n' "$part" "$part" "${version#1.}"
  done
  printf ')\n'
} > "$module/go.mod"
cat > "$module/tools.go" <<'END'
//go:build tools

// Package tools names the programs that make a control plane, so that go.sum pins all they are built from.
package tools

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
)
END
cd "$module" && go mod tidy
