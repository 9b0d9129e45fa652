# sh test_docker_host_repository.sh VERSION...: an apt repository in /srv/repository, laid out as download.docker.com.
# Docker's package names, with the programs of Debian's own packages in them. Runs on a Debian 12 of the lab as root.
set -eu
pool=dists/bookworm/pool/stable
arch=$(dpkg --print-architecture)
mkdir -p /srv/work "/srv/repository/linux/debian/$pool"
cd /srv/work
apt-get update -qq
apt-get download -qq docker.io containerd runc 2>/dev/null
for deb in *.deb; do
  dpkg-deb -x "$deb" all
  dpkg-deb -e "$deb" "control-${deb%%_*}"
done

# Compose is that of Debian 13. Of buildx, only the name is needed here.
plugins=all/usr/libexec/docker/cli-plugins
mkdir -p $plugins
cp /opt/lab/compose/2.26.1/docker-compose $plugins/docker-compose
cat > $plugins/docker-buildx <<'PLUGIN'
#!/bin/sh
echo '{"SchemaVersion":"0.1.0","Vendor":"lab","Version":"0"}'
PLUGIN
chmod +x $plugins/docker-buildx

pack() { # NAME VERSION DEPENDS CONFLICTS SCRIPTS-OF PATHS...
  name=$1 version=$2 depends=$3 conflicts=$4 scripts=$5
  shift 5
  rm -rf tree
  mkdir -p tree/DEBIAN
  for path in "$@"; do
    mkdir -p "tree/$(dirname "$path")"
    cp -a "all/$path" "tree/$path"
  done
  cat > tree/DEBIAN/control <<CONTROL
Package: $name
Version: $version
Architecture: $arch
Maintainer: the lab <lab@example.org>
Depends: $depends
Conflicts: $conflicts
Description: stands in for Docker's package of this name
CONTROL
  for script in preinst postinst prerm postrm; do
    if [ -e "control-$scripts/$script" ]; then cp "control-$scripts/$script" tree/DEBIAN; fi
  done
  file=$(printf %s "$version" | tr -d :)
  dpkg-deb --root-owner-group -Znone -b tree "/srv/repository/linux/debian/$pool/${name}_$file.deb" > /dev/null
}

for version in "$@"; do
  pack docker-ce "$version" "iptables, adduser, tini, containerd.io, docker-ce-cli" docker.io docker.io \
    usr/bin/docker-init usr/sbin/dockerd usr/sbin/docker-proxy lib/systemd/system/docker.service lib/systemd/system/docker.socket
  pack docker-ce-cli "$version" libc6 docker.io none usr/bin/docker
done
pack containerd.io 1.6.20-1 "libc6, libseccomp2" "containerd, runc" containerd \
  usr/bin/containerd usr/bin/containerd-shim-runc-v2 usr/bin/ctr usr/sbin/runc lib/systemd/system/containerd.service
pack docker-compose-plugin 2.26.1-1~debian.12~bookworm libc6 docker-compose none \
  usr/libexec/docker/cli-plugins/docker-compose
pack docker-buildx-plugin 0.13.1-1~debian.12~bookworm libc6 docker-buildx none \
  usr/libexec/docker/cli-plugins/docker-buildx

cd /srv/repository/linux/debian
index=stable/binary-$arch/Packages
mkdir -p "dists/bookworm/stable/binary-$arch"
for deb in "$pool"/*.deb; do
  dpkg-deb -f "$deb"
  printf 'Filename: %s\nSize: %s\n' "$deb" "$(stat -c %s "$deb")"
  printf 'SHA256: %s\n\n' "$(sha256sum "$deb" | cut -d' ' -f1)"
done > "dists/bookworm/$index"
cd dists/bookworm
cat > Release <<RELEASE
Origin: Docker
Label: Docker CE
Suite: bookworm
Codename: bookworm
Components: stable
Architectures: $arch
SHA256:
 $(sha256sum "$index" | cut -d' ' -f1) $(stat -c %s "$index") $index
RELEASE
