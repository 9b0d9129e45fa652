# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of hosts, each made once: its tag is the hash of its recipe, and a copy lies under ~/.cache/slipway/lab."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tools.prepare import ROOT, NotPossibleHereError, one_at_a_time

from . import engine
from .engine import HOME, docker

RECIPE = Path(__file__).parent / "recipe"
INITS = ("init-cgroup1", "init-cgroup2", "init-common")
CERTIFICATES = Path("/usr/local/share/ca-certificates")
SUITES = ("trixie", "bookworm")
BARE = ("systemd", "systemd-sysv", "dbus", "python3", "python3-apt", "sudo", "iproute2", "ca-certificates", "procps")
#: They would hold apt's lock at some moment of the day.
MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer")
#: What the role `docker_host` installs from Debian's own archive.
PACKAGES = ("docker.io", "docker-cli", "docker-compose", "docker-buildx", "iptables", "ca-certificates")
ROLE = ROOT / "roles" / "docker_host"
#: What a host must not share with the image that is made of it. Without the mark, its PID 1 fills /etc/hosts anew;
#: without the stamps, no timer catches up on what it missed since.
FORGET = """
apt-get clean; : > /etc/machine-id
rm -rf /var/lib/apt/lists/* /var/log/journal/* /var/lib/systemd/timers/* /etc/.lab-seeded
"""
#: Copies of an image that are kept under the cache, for checkouts that differ in a recipe.
KEPT = 2


def bare(suite: str) -> str:
    """The image of a host with systemd and Python, and nothing else."""
    if suite not in SUITES:
        raise ValueError(f"no image of {suite!r}; there are {', '.join(SUITES)}")
    files = [RECIPE / "make-root.sh", *(RECIPE / name for name in INITS)]
    hooks = [f'--customize-hook=ln -s /dev/null "$1/etc/systemd/system/{timer}"' for timer in MASKED]
    parts: list[str | Path] = [suite, *BARE, *hooks, *certificates(), *files]
    return cached(f"host-{suite}", parts, lambda tag: _make_bare(suite, hooks, tag))


def _make_bare(suite: str, hooks: list[str], tag: str) -> None:
    inits = " ".join(str(RECIPE / name) for name in INITS)
    copied = f"--customize-hook=copy-in {inits} /usr/sbin"
    import_root(suite, BARE, tag, [copied, *hooks], cmd='CMD ["/usr/sbin/init-cgroup1"]')


def certificates() -> list[Path]:
    """What this machine trusts beside the public authorities."""
    return sorted(CERTIFICATES.glob("*.crt"))


def import_root(suite: str, packages: Iterable[str], tag: str, hooks: Iterable[str] = (), cmd: str = "") -> None:
    """A Debian of these packages as the image `tag`."""
    engine.apt_install({"mmdebstrap": "mmdebstrap"})
    archive, security = archives()
    make: list[str | Path] = [RECIPE / "make-root.sh", suite, archive, security, ",".join(packages), *hooks]
    changes = [word for change in ("ENV container=docker", cmd) if change for word in ("--change", change)]
    root = HOME / f"{tag.replace('/', '-').replace(':', '-')}.root.tar"
    try:
        with root.open("wb") as file:
            made = subprocess.run(make, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE, check=False)
        if made.returncode != 0:
            said = made.stderr.decode(errors="replace").strip()
            raise NotPossibleHereError(f"mmdebstrap made no {suite}: {said[-1000:]}")
        docker("import", *changes, root, tag)
    finally:
        root.unlink(missing_ok=True)


def archives() -> tuple[str, str]:
    """Addresses of Debian's archive and of its security archive as this machine knows them."""
    command = ["apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    known = [line.partition(" ")[2] for line in listed if line.startswith("Debian ")]
    plain = [address for address in known if "security" not in address]
    security = [address for address in known if "security" in address]
    return (
        plain[0] if plain else "http://deb.debian.org/debian",
        security[0] if security else "http://deb.debian.org/debian-security",
    )


def with_docker(suite: str) -> str:
    """The image of a host on which the role `docker_host` has installed Docker Engine and Compose v2.

    Made again when a file of the role changes, or the module that writes daemon.json. SLIPWAY_LAB_DOCKER=apt leaves
    the role out, for who works on it.
    """
    if suite != "trixie":
        raise ValueError(f"{suite} has no Compose v2 in its archive; make a bare host and install from upstream")
    start = bare(suite)
    if os.environ.get("SLIPWAY_LAB_DOCKER") == "apt":
        return cached(f"apt-docker-{suite}", [start, *PACKAGES], lambda tag: _install_by_apt(start, tag))
    files = [path for path in sorted(ROLE.rglob("*")) if path.is_file() and path.suffix != ".md"]
    files += sorted((ROOT / "plugins").rglob("*daemon*.py"))
    names = [str(path.relative_to(ROOT)) for path in files]
    return cached(f"docker-{suite}", [start, *names, *files], _install_by_role)


def _install_by_role(tag: str) -> None:
    from .hosts import Host, playbook  # which need images themselves

    with Host.create("make-docker", docker=False) as host, tempfile.TemporaryDirectory(dir=HOME) as folder:
        play = Path(folder, "play.yml")
        play.write_text("- hosts: lab\n  roles: [slipway.containers.docker_host]\n", encoding="utf-8")
        done = playbook(play, hosts=[host])
        if done.returncode != 0:
            said = f"{done.stdout[-3000:]}{done.stderr[-1000:]}"
            raise RuntimeError(f"the role docker_host failed (SLIPWAY_LAB_DOCKER=apt does without it):\n{said}")
        host.run("systemctl", "stop", "docker.socket", "docker", "containerd")
        host.run("sh", "-c", FORGET)
        docker("commit", host.container, tag)


def _install_by_apt(start: str, tag: str) -> None:
    name = f"slipway-lab-make-{secrets.token_hex(3)}"
    docker("run", "--detach", "--name", name, *engine.labels(), start, "sleep", "infinity")
    try:
        # There is no systemd yet that could start anything; policy-rc.d says so to maintainer scripts.
        script = f"""
            set -e; export DEBIAN_FRONTEND=noninteractive
            printf 'exit 101' > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d
            apt-get update -qq; apt-get install -y -qq --no-install-recommends {" ".join(PACKAGES)} >/dev/null
            rm /usr/sbin/policy-rc.d; {FORGET}"""
        docker("exec", name, "sh", "-c", script)
        docker("commit", "--change", 'CMD ["/usr/sbin/init-cgroup1"]', name, tag)
    finally:
        engine.remove([name])


def key(parts: Iterable[str | Path]) -> str:
    """A hash of words, and of files by their content."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:16]


def cached(name: str, parts: Iterable[str | Path], make: Callable[[str], None]) -> str:
    """The image slipway-lab/NAME:KEY: in the engine, else from the copy in the cache, else made now."""
    tag = f"slipway-lab/{name}:{key(parts)}"
    copy = copy_of(tag)
    with one_at_a_time(HOME / "images" / name):
        if copy.exists():
            copy.touch()  # forget_old goes by the time of the last use
        if docker("image", "inspect", tag, check=False).returncode == 0:
            return tag
        if copy.exists():
            docker("load", "--input", copy)
            return tag
        started = time.monotonic()
        print(f"lab: making {tag}", flush=True)
        make(tag)
        save([tag], copy)
        print(f"lab: made {tag} in {time.monotonic() - started:.0f} s", flush=True)
        forget_old(name, copy)
        return tag


def copy_of(tag: str) -> Path:
    return HOME / "images" / f"{tag.rpartition('/')[2].replace(':', '-')}.tar"


def save(tags: list[str], copy: Path) -> None:
    """Written beside and renamed, so that a copy is whole or is not there."""
    unfinished = copy.with_suffix(".new")
    docker("save", "--output", unfinished, *tags)
    unfinished.rename(copy)


def forget_old(name: str, newest: Path) -> None:
    """Recipes change; of each image the last few copies are kept."""
    copies = sorted(newest.parent.glob(f"{name}-*.tar"), key=lambda file: file.stat().st_mtime, reverse=True)
    for copy in copies[KEPT:]:
        copy.unlink(missing_ok=True)
        docker("rmi", f"slipway-lab/{name}:{copy.stem.rpartition('-')[2]}", check=False)
