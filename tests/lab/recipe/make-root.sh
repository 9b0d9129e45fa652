#!/usr/bin/env bash
# make-root.sh SUITE ARCHIVE SECURITY_ARCHIVE PACKAGES: the root file system of a Debian, as a tar on standard output.
# It stays on this machine: it holds the machine's own CA certificates.
set -euo pipefail
suite=$1 archive=$2 security=$3 packages=$4
certificates=/usr/local/share/ca-certificates
exec mmdebstrap --quiet --variant=minbase --mode=root --format=tar \
  --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
  --include="$packages" \
  --aptopt='Acquire::Check-Valid-Until "false"' \
  --aptopt='APT::Install-Recommends "false"' \
  --aptopt='Acquire::Languages "none"' \
  --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook="if ls $certificates/*.crt >/dev/null 2>&1; then
      mkdir -p \"\$1$certificates\"; cp $certificates/*.crt \"\$1$certificates/\"; chroot \"\$1\" update-ca-certificates >/dev/null 2>&1
    fi" \
  --customize-hook=': > "$1/etc/machine-id"' \
  "${@:5}" \
  "$suite" - "deb $archive $suite main" "deb $archive $suite-updates main" "deb $security $suite-security main"
