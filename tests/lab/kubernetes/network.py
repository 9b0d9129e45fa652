# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes' network, on which addresses last, and what a cluster changes of the machine's kernel."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.prepare import one_at_a_time

from .. import engine
from ..engine import docker
from .programs import HOME

NAME = "slipway-lab-kubernetes"
#: Of the range that RFC 2544 keeps for tests, so it is nobody's.
SUBNET = ipaddress.IPv4Network("198.18.53.0/24")
#: What kubelet sets for the whole machine, as processes in containers cannot have their own.
CHANGED = ("kernel.panic", "kernel.panic_on_oops", "vm.overcommit_memory")
#: Each kubelet, containerd and systemd watches files; the usual 128 are gone with a few nodes.
WATCHES = "fs.inotify.max_user_instances"
WATCHES_NEEDED = 1024
REMEMBERED = HOME / "sysctls.json"


@contextlib.contextmanager
def joined() -> Iterator[list[str]]:
    """Options of `docker run` for one more container on the network, which has to be started in the `with` block."""
    engine.ensure()
    with one_at_a_time(HOME / "network"):
        if docker("network", "inspect", NAME, check=False).returncode != 0:
            docker("network", "create", "--subnet", str(SUBNET), NAME)
        _remember()
        yield ["--network", NAME, "--ip", _free_address()]


def _free_address() -> str:
    """Stopped containers keep theirs: a node that comes back has to be the same."""
    listed = docker("ps", "--all", "--quiet", "--filter", f"network={NAME}").stdout.split()
    layout = f'{{{{with index .NetworkSettings.Networks "{NAME}"}}}}{{{{.IPAMConfig.IPv4Address}}}}{{{{end}}}}'
    used = set(docker("inspect", "--format", layout, *listed).stdout.split()) if listed else set()
    _gateway, *others = map(str, SUBNET.hosts())
    return min((address for address in others if address not in used), key=ipaddress.IPv4Address)


def left() -> None:
    """After a container is gone: with the last one, the network goes and the machine's settings come back."""
    with one_at_a_time(HOME / "network"):
        present = docker("ps", "--all", "--quiet", "--filter", f"network={NAME}", check=False).stdout.split()
        if present or docker("network", "rm", NAME, check=False).returncode != 0:
            return
        if REMEMBERED.exists():
            for name, value in json.loads(REMEMBERED.read_text(encoding="ascii")).items():
                _set(name, value)
            REMEMBERED.unlink()


def _remember() -> None:
    if not REMEMBERED.exists():
        now = {name: _file(name).read_text(encoding="ascii").strip() for name in (*CHANGED, WATCHES)}
        REMEMBERED.write_text(json.dumps(now), encoding="ascii")
    if int(_file(WATCHES).read_text(encoding="ascii")) < WATCHES_NEEDED:
        _set(WATCHES, str(WATCHES_NEEDED))


def _file(name: str) -> Path:
    return Path("/proc/sys", *name.split("."))


def _set(name: str, value: str) -> None:
    """Where this machine does not let us, as in a container, the setting stays as it is."""
    subprocess.run(
        ["sysctl", "-qw", f"{name}={value}"], env={"PATH": engine.search_path()}, check=False, capture_output=True
    )
