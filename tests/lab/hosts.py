# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of the lab, for tests: commands, files, modules and playbooks on a real systemd machine."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tools.compose_cli import RELEASES, compose
from tools.prepare import ROOT, lay_out_tree

from . import engine, images, python_image, stack_images
from .engine import docker

CAPABILITIES = (
    *("SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "SYSLOG", "DAC_READ_SEARCH"),
    *("IPC_LOCK", "LINUX_IMMUTABLE", "SYS_NICE", "SYS_BOOT"),  # never SYS_TIME: it moves the clock of the machine
)
PREFIX = "slipway-lab-"
UP_SECONDS = 120
#: Where each host finds this checkout, ansible-core's module_utils and both Compose CLIs, all read-only.
PYTHON = "/opt/lab/python"
COMPOSE = "/opt/lab/compose"
DATA = "/var/lib/docker"


@dataclass(frozen=True)
class Host:
    """A running container with systemd as PID 1. As a context manager it is removed at the end."""

    container: str
    name: str

    @classmethod
    def create(
        cls,
        name: str,
        suite: str = "trixie",
        docker: bool = True,
        cgroup: int = 1,
        volumes: Iterable[str] = (),
        extra_args: Iterable[str] = (),
        kept: bool = False,
    ) -> Host:
        """A new host. `kept` ones have exactly this name and stay until they are removed; others get a suffix."""
        engine.ensure()
        image = images.with_docker(suite) if docker else images.bare(suite)
        host = cls.existing(name) if kept else cls(f"{PREFIX}{name}-{secrets.token_hex(3)}", name)
        if host.is_there():
            raise ValueError(f"{host.container} is there already: python -m tests.lab remove {host.name}")
        try:
            host._run_container(image, cgroup, [*mounts(), *with_data(volumes)], [*engine.labels(kept), *extra_args])
            host.wait_until_up()
            if docker:
                host.wait_for_docker()
        except BaseException:
            engine.remove([host.container])
            raise
        return host

    @classmethod
    def existing(cls, name: str) -> Host:
        """One that `python -m tests.lab host NAME` or a scenario made."""
        plain = name.removeprefix(PREFIX)
        return cls(f"{PREFIX}{plain}", plain)

    def is_there(self) -> bool:
        return engine.docker("container", "inspect", self.container, check=False).returncode == 0

    def _run_container(self, image: str, cgroup: int, volumes: list[str], more: list[str]) -> None:
        granted = [word for capability in CAPABILITIES for word in ("--cap-add", capability)]
        mounted = [word for volume in volumes for word in ("--volume", volume)]
        docker(
            *("run", "--detach", "--name", self.container, "--hostname", self.name.replace("_", "-")),
            *granted,
            *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--cgroupns=private"),
            *("--tmpfs", "/run", "--tmpfs", "/run/lock", "--stop-signal", "SIGRTMIN+3"),
            *mounted,
            *more,
            *(image, f"/usr/sbin/init-cgroup{cgroup if machine_cgroup() == 1 else 2}"),
        )

    def __enter__(self) -> Host:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        engine.remove([self.container])

    def kill(self) -> None:
        """As when the power fails."""
        docker("kill", self.container)

    def start(self) -> None:
        """After `kill`."""
        docker("start", self.container)
        self.wait_until_up()

    @property
    def address(self) -> str:
        layout = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
        return docker("inspect", "--format", layout, self.container).stdout.split()[0]

    def run(
        self, *argv: str, check: bool = True, input: str | Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A command as root, without a shell: for one, `run("sh", "-c", ...)`. A Path as `input` is a local file."""
        variables = [word for key in env or {} for word in ("--env", key)]  # values stay out of argv
        done = engine.docker(
            *("exec", "--interactive", *variables, self.container, *argv),
            check=False,
            input=input or "",
            environment=env,
        )
        if check and done.returncode != 0:
            said = f"{done.stderr}{done.stdout}"
            raise AssertionError(f"{self.name}: {shlex.join(argv)} ended with {done.returncode}: {said}")
        return done

    def read(self, path: str) -> str:
        return self.run("cat", path).stdout

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """A file with these contents; its folders are made."""
        script = 'set -e; mkdir -p "$(dirname "$1")"; umask 077; cat > "$1"; chmod "$2" "$1"'
        self.run("sh", "-c", script, "sh", path, mode, input=text)

    def push(self, local_path: str | Path, remote_path: str) -> None:
        """A file, or a folder with all it holds, as `remote_path`."""
        local = Path(local_path)
        self.run("mkdir", "-p", remote_path if local.is_dir() else str(Path(remote_path).parent))
        docker("cp", f"{local}/." if local.is_dir() else local, f"{self.container}:{remote_path}")

    def wait_until_up(self) -> None:
        """Until systemd has started what it starts at boot."""
        limit = time.monotonic() + UP_SECONDS
        while True:
            state = self._systemd_state()
            if state in ("running", "degraded"):
                return
            if time.monotonic() > limit:
                failed = self.run("systemctl", "--failed", "--plain", check=False).stdout
                log = docker("logs", "--tail", "20", self.container, check=False)
                said = f"{failed}{log.stdout}{log.stderr}"
                raise AssertionError(f"{self.name}: systemd is {state or 'not up'} after {UP_SECONDS} s\n{said}")
            time.sleep(0.1)

    def _systemd_state(self) -> str:
        """Not asked before systemd runs: a command in here keeps /proc/sys busy, which init-common unmounts."""
        first = docker("inspect", "--format", "{{.State.Pid}}", self.container).stdout.strip()
        try:
            program = Path("/proc", first, "comm").read_text(encoding="ascii").strip()
        except OSError:
            return ""
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() if program == "systemd" else ""

    def wait_for_docker(self) -> None:
        limit = time.monotonic() + UP_SECONDS
        while self.run("docker", "info", check=False).returncode != 0:
            if time.monotonic() > limit:
                log = self.run("journalctl", "-u", "docker", "-n", "20", "--no-pager", check=False).stdout
                raise AssertionError(f"{self.name}: dockerd does not answer after {UP_SECONDS} s\n{log}")
            time.sleep(0.1)

    def load_images(self) -> None:
        """The images slipway-test/*: see stack_images.py."""
        self.load(stack_images.archive())

    def load_python(self) -> None:
        """python:3.13-slim: see python_image.py."""
        tag, copy = python_image.base()
        self.load(copy)
        self.run("docker", "tag", tag, python_image.NAME)
        self.run("docker", "rmi", tag)

    def load_example(self) -> None:
        """The images of examples/streamlit_budget, built before."""
        self.load(python_image.example())

    def load(self, copy: Path) -> None:
        """Images from a tar on this machine."""
        self.run("docker", "load", "--quiet", input=copy)

    def save_images(self, tags: Iterable[str], copy: Path) -> None:
        """Images of this host as a tar on this machine."""
        unfinished = copy.with_suffix(".new")
        self.run("docker", "save", "--output", "/root/images.tar", *tags)
        docker("cp", f"{self.container}:/root/images.tar", unfinished)
        self.run("rm", "/root/images.tar")
        unfinished.rename(copy)

    def module(
        self,
        name: str,
        args: Mapping[str, Any],
        check_mode: bool = False,
        diff: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """What a module of this collection returns here, run as Ansible runs it and without a controller.

        A full name is a module of another collection: ansible.builtin's or community.docker's.
        """
        modes = {"_ansible_check_mode": check_mode, "_ansible_diff": diff, "_ansible_no_log": False}
        variables = {**(env or {}), "PYTHONPATH": PYTHON, "PYTHONPYCACHEPREFIX": "/var/cache/lab-python"}
        request = json.dumps({"ANSIBLE_MODULE_ARGS": {**args, **modes}})
        done = self.run("python3", "-m", python_name(name), check=False, input=request, env=variables)
        if not done.stdout.strip():
            raise AssertionError(f"{self.name}: {name} printed no result (status {done.returncode}): {done.stderr}")
        result: dict[str, Any] = json.loads(done.stdout)
        return result


def python_name(module: str) -> str:
    """What `python -m` calls a module: of this collection, or with its full name of another one."""
    if "." not in module:
        return f"ansible_collections.slipway.containers.plugins.modules.{module}"
    namespace, collection, name = module.split(".")
    if (namespace, collection) == ("ansible", "builtin"):
        return f"ansible.modules.{name}"
    return f"ansible_collections.{namespace}.{collection}.plugins.modules.{name}"


def mounts() -> list[str]:
    """What each host sees of this machine, read-only."""
    packages = Path(sys.executable).parent.parent / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    shared = {
        ROOT: "ansible_collections/slipway/containers",
        packages / "ansible": "ansible",
        packages / "ansible_collections/community/docker": "ansible_collections/community/docker",
    }
    compose_clis = [
        f"{compose(release)}:{COMPOSE}/{version}/docker-compose:ro" for release, version in RELEASES.items()
    ]
    return [*(f"{local}:{PYTHON}/{place}:ro" for local, place in shared.items()), *compose_clis]


def with_data(volumes: Iterable[str]) -> list[str]:
    """An anonymous volume for Docker's data, unless it has a place already: overlay2 does not stack on overlay2."""
    given = list(volumes)
    places = [volume.removesuffix(":ro").rpartition(":")[2] for volume in given]
    return given if DATA in places else [*given, DATA]


def machine_cgroup() -> int:
    """On a machine with cgroup v2 its hosts have v2, with limits, whatever flavour was asked for."""
    return 2 if Path("/sys/fs/cgroup/cgroup.controllers").exists() else 1


def inventory(hosts: Iterable[Host], group: str = "lab") -> dict[str, Any]:
    """An Ansible inventory of these hosts."""
    variables = {
        "ansible_connection": "community.docker.docker",
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    return {group: {"hosts": {host.name: {"ansible_host": host.container} for host in hosts}, "vars": variables}}


def playbook(
    path: str | Path,
    *args: str,
    hosts: Iterable[Host] | Mapping[str, Any],
    env: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> subprocess.CompletedProcess[str]:
    """Run ansible-playbook against hosts of the lab, or an inventory as a mapping.

    `path` may be the full name of a playbook of this collection.
    """
    binaries = Path(sys.executable).parent
    listing = json.dumps(hosts if isinstance(hosts, Mapping) else inventory(hosts))
    file = engine.HOME / f"inventory-{secrets.token_hex(6)}.json"
    file.write_text(listing, encoding="utf-8")
    environment = {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{engine.search_path()}",
        "PWD": str(folder),
        "ANSIBLE_COLLECTIONS_PATH": str(lay_out_tree()),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_HOST_PATTERN_MISMATCH": "error",
        "ANSIBLE_PIPELINING": "1",
        "DOCKER_HOST": engine.SOCKET,
        **(env or {}),
    }
    try:
        return subprocess.run(
            [binaries / "ansible-playbook", "-i", file, path, *args],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        file.unlink()
