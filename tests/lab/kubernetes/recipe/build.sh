#!/usr/bin/env bash
# build.sh VERSION: Kubernetes from Debian bookworm's source package, inside a container of bookworm that is thrown away.
# /recipe is this folder; /work keeps sources and Go's cache for the next time; /out gets the programs.
set -euo pipefail
version=$1 tree=/work/go/src/k8s.io/kubernetes
export DEBIAN_FRONTEND=noninteractive
say() { echo "lab: $*"; }

say "fetching Debian's source package of Kubernetes and Go 1.19"
sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > /etc/apt/sources.list.d/sources.list
apt-get update -qq
apt-get install -y -qq --no-install-recommends dpkg-dev golang-1.19-go golang-github-modern-go-reflect2-dev >/dev/null
if [ ! -e "$tree/.lab-unpacked" ]; then
  rm -rf "$tree"
  mkdir -p /work/source "$(dirname "$tree")"
  (cd /work/source && apt-get source -qq --download-only -o APT::Sandbox::User=root kubernetes)
  dpkg-source --no-check -x /work/source/kubernetes_*.dsc "$tree" >/dev/null
  # The vendored reflect2 reads what Go 1.18 changed: Debian's newer one takes its place.
  rm -f "$tree"/vendor/github.com/modern-go/reflect2/*.{go,s}
  cp /usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} "$tree/vendor/github.com/modern-go/reflect2/"
  rm -f "$tree"/vendor/github.com/modern-go/reflect2/*_test.go
  touch "$tree/.lab-unpacked"
fi
for program in /recipe/programs/*; do
  mkdir -p "$tree/cmd/lab-${program##*/}"
  cp "$program"/*.go "$tree/cmd/lab-${program##*/}/"
done

export GOPATH=/work/go GOCACHE=/work/cache GO111MODULE=off GOFLAGS= GOPROXY=off CGO_ENABLED=0
export PATH=/usr/lib/go-1.19/bin:$PATH
cd "$tree"
generated=pkg/generated/openapi/zz_generated.openapi.go
if [ ! -s "$generated" ]; then
  say "generating the API server's OpenAPI definitions, which the source package leaves out"
  go build -o /work/openapi-gen ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  # With a slash at the end grep follows the links from vendor to staging.
  mapfile -t packages < <(
    { grep -rl --include='*.go' '^// *+k8s:openapi-gen=' cmd pkg plugin vendor/k8s.io/*/ || true; } |
      grep -v -e /code-generator/ -e /sample-apiserver/ -e '/vendor/.*/vendor/' | xargs -n1 dirname | LC_ALL=C sort -u
  )
  inputs=$(printf 'k8s.io/kubernetes/%s,' "${packages[@]}")
  /work/openapi-gen --logtostderr --input-dirs "${inputs%,}" --output-package k8s.io/kubernetes/pkg/generated/openapi \
    --output-file-base zz_generated.openapi --report-filename /work/violations \
    --go-header-file vendor/k8s.io/code-generator/hack/boilerplate.go.txt
fi

stamps="-s -w"
for package in component-base client-go/pkg; do
  where=k8s.io/kubernetes/vendor/k8s.io/$package/version
  stamps+=" -X $where.gitVersion=v$version -X $where.gitMajor=1 -X $where.gitMinor=$(cut -d. -f2 <<<"$version")"
  stamps+=" -X $where.gitTreeState=clean -X $where.gitCommit=$(printf %040d 0) -X $where.buildDate=2021-01-13T00:00:00Z"
done
for program in kubeadm kubectl kubelet kube-proxy kube-apiserver kube-controller-manager kube-scheduler \
  lab-crictl lab-coredns lab-pause; do
  say "building ${program#lab-}"
  go build -trimpath -ldflags "$stamps" -o "/out/${program#lab-}" "./cmd/$program"
done
