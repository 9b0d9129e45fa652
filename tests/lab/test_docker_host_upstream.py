# SPDX-License-Identifier: GPL-3.0-or-later
"""The role docker_host on a bare Debian 12 with Docker's packages, from a repository that is laid out as Docker's.

It holds the names of Docker's packages with Debian's programs in them: Engine 20.10 of Debian 12, which has no
`dockerd --validate`, and Compose 2.26 of Debian 13. It is signed with a key that is made on the spot.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.compose_cli import compose

from . import engine
from .hosts import Host
from .test_docker_host import Run, converge

VERSIONS = ("5:20.10.24-1~debian.12~bookworm", "5:20.10.25-1~debian.12~bookworm")
URL = "http://127.0.0.1:8080/linux/debian"

#: Makes the repository, on the host.
PACK = Path(__file__).parent / "test_docker_host_repository.sh"


@dataclass
class Upstream:
    host: Host
    fingerprint: str


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    with Host.create("docker-host-upstream", suite="bookworm", docker=False) as host:
        compose("trixie")  # is what /opt/lab/compose shows
        host.push(PACK, "/srv/pack.sh")
        host.run("sh", "/srv/pack.sh", *VERSIONS)
        fingerprint = sign(host, tmp_path_factory.mktemp("key"))
        serve = ("python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", "/srv/repository", "8080")
        host.run("systemd-run", "--unit", "repository", *serve)
        yield Upstream(host, fingerprint)


def sign(host: Host, home: Path) -> str:
    """Release files are signed on this machine, with a key that nobody keeps. Returns its fingerprint."""
    engine.apt_install({"gpg": "gpg"})
    place = "/srv/repository/linux/debian"
    home.chmod(0o700)

    def gpg(*words: str | Path) -> str:
        command = ["gpg", "--homedir", home, "--batch", "--quiet", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    gpg("--passphrase", "", "--quick-generate-key", "Lab (CE deb) <lab@example.org>", "rsa3072", "sign", "never")
    release = home / "Release"
    release.write_text(host.read(f"{place}/dists/bookworm/Release"), encoding="utf-8")
    gpg("--clearsign", "--output", home / "InRelease", release)
    host.push(home / "InRelease", f"{place}/dists/bookworm/InRelease")
    host.write(f"{place}/gpg", gpg("--armor", "--export"))
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
    listed = gpg("--with-colons", "--fingerprint").splitlines()
    return next(line.split(":")[9] for line in listed if line.startswith("fpr"))


def apply(upstream: Upstream, *arguments: str, fingerprint: str = "", **variables: object) -> Run:
    repository = {"url": URL, "fingerprint": fingerprint or upstream.fingerprint}
    return converge(upstream.host, *arguments, docker_host_repository=repository, **variables)


def installed(host: Host) -> dict[str, str]:
    listed = host.run("dpkg-query", "-W", "-f", "${Package} ${Version} ${db:Status-Abbrev}\n").stdout.splitlines()
    return {line.split()[0]: line.split()[1] for line in listed if line.endswith("ii ") or line.endswith("hi ")}


def test_a_key_with_another_fingerprint_is_refused_before_anything_changes(upstream: Upstream) -> None:
    failed = apply(upstream, fingerprint="9DC858229FC7DD38854AE2D88D81803C0EBFCD88")
    assert not failed.ok and failed.changed == 0
    assert f"has the fingerprint {upstream.fingerprint}" in failed.output and "Nothing was changed" in failed.output
    found = upstream.host.run("ls", "/etc/apt/sources.list.d", "/etc/docker", check=False).stdout
    assert "docker" not in found and "docker-ce" not in installed(upstream.host)


def test_check_mode_on_a_bare_host_checks_the_key_and_changes_nothing(upstream: Upstream) -> None:
    predicted = apply(upstream, "--check", "--diff")
    assert predicted.ok, predicted.output
    expected = {"Install the repository with its key", "Install Docker Engine and Compose", "Write programs and units"}
    assert expected <= set(predicted.changing)
    assert "docker-ce" not in installed(upstream.host)
    assert upstream.host.run("ls", "/etc/apt/sources.list.d/docker.sources", check=False).returncode != 0
    refused = apply(upstream, "--check", fingerprint="0" * 40)
    assert not refused.ok


def test_dockers_packages_at_the_version_that_was_asked_for(upstream: Upstream) -> None:
    host = upstream.host
    done = apply(upstream, docker_host_version=VERSIONS[0])
    assert done.ok, done.output
    packages = installed(host)
    assert packages["docker-ce"] == packages["docker-ce-cli"] == VERSIONS[0]
    assert {"containerd.io", "docker-compose-plugin", "docker-buildx-plugin"} <= set(packages)
    assert host.run("docker", "compose", "version", "--short").stdout.startswith("2.26.1")
    host.load_images()
    host.run("docker", "run", "--detach", "--init", "--name", "web", "slipway-test/web:1")
    again = apply(upstream, docker_host_version=VERSIONS[0])
    assert again.ok and again.changed == 0, again.changing


def test_an_upgrade_of_the_host_leaves_docker_alone(upstream: Upstream) -> None:
    """There is a newer version in the repository."""
    before = installed(upstream.host)
    upstream.host.run("sh", "-c", "DEBIAN_FRONTEND=noninteractive apt-get upgrade -y -qq")
    after = installed(upstream.host)
    assert {name: after[name] for name in before if "docker" in name} == {
        name: version for name, version in before.items() if "docker" in name
    }
    held = set(upstream.host.run("apt-mark", "showhold").stdout.split())
    assert held == {"docker-ce", "docker-ce-cli", "docker-buildx-plugin", "docker-compose-plugin", "containerd.io"}


def test_a_version_of_an_engine_without_validate_is_checked_by_the_table(upstream: Upstream) -> None:
    for config, said in (
        ({"firewall-backend": "nftables"}, "firewall-backend: needs Engine 29.0; this is 20.10"),
        ({"nonsense": 1}, "nonsense: found a setting, expected a key of daemon.json"),
    ):
        failed = upstream.host.module("docker_daemon", {"config": config})
        assert failed["failed"] and said in failed["msg"] and "Nothing was changed" in failed["msg"]


def test_another_version_replaces_the_one_that_is_held(upstream: Upstream) -> None:
    pid = ("docker", "inspect", "--format", "{{.State.Pid}}", "web")
    before = upstream.host.run(*pid).stdout
    done = apply(upstream, docker_host_version=VERSIONS[1])
    assert done.ok, done.output
    assert installed(upstream.host)["docker-ce"] == VERSIONS[1]
    assert upstream.host.run(*pid).stdout == before, "live-restore keeps containers while dockerd is replaced"


def test_absent_takes_the_repository_away_too(upstream: Upstream) -> None:
    done = apply(upstream, docker_host_state="absent", docker_host_purge_data=True)
    assert done.ok, done.output
    assert not {"docker-ce", "docker-ce-cli", "containerd.io"} & set(installed(upstream.host))
    gone = upstream.host.run("ls", "/etc/apt/sources.list.d/docker.sources", "/var/lib/containerd", check=False)
    assert gone.stdout == ""
    again = apply(upstream, docker_host_state="absent", docker_host_purge_data=True)
    assert again.ok and again.changed == 0, again.changing
