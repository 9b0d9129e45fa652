# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine's own Docker Engine, on which the hosts of the lab run as containers.

An engine that answers is used as it is. Else one is installed from Debian's archive and started in the background;
its process id is kept, so that the same lab, and nobody else, stops it again.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from subprocess import PIPE

from tools.prepare import CACHE, ROOT, NotPossibleHereError, one_at_a_time

HOME = CACHE / "lab"
PID = HOME / "dockerd.pid"
LOG = HOME / "dockerd.log"
SOCKET = "unix:///var/run/docker.sock"
START_SECONDS = 60
STOP_SECONDS = 30
#: Every container of the lab carries these; the checkout and the owner say who may remove it.
LABEL = "slipway.lab"
CHECKOUT = "slipway.lab.checkout"
OWNER = "slipway.lab.owner"
KEPT_BY_HAND = "nobody"
#: The process that a run of scenarios belongs to: with it, the hosts that they keep are not kept for ever.
RUN_OWNER = "SLIPWAY_LAB_OWNER"


def docker(
    *words: str | Path,
    check: bool = True,
    input: str | Path = "",
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """The Docker client against the machine's engine, whatever DOCKER_HOST or context the caller has.

    A Path as `input` is a file that is read, a string is what it reads itself. `environment` may hold any variable,
    for `exec --env NAME` hands it on: the client is told by options, and found beforehand.
    """
    command = [shutil.which("docker", path=search_path()) or "docker", "--host", SOCKET, *map(str, words)]
    variables = {**os.environ, "PATH": search_path(), **(environment or {})}
    run = partial(subprocess.run, command, stdout=PIPE, stderr=PIPE, env=variables, errors="replace", check=False)
    if isinstance(input, Path):
        with input.open("rb") as file:
            done = run(stdin=file)
    else:
        done = run(input=input)
    if check and done.returncode != 0:
        raise RuntimeError(f"docker {' '.join(command[3:])}\nended with {done.returncode}: {done.stderr}{done.stdout}")
    return done


def search_path() -> str:
    """Debian keeps dockerd and iptables where an ordinary PATH does not look."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"])


def has(program: str) -> bool:
    return shutil.which(program, path=search_path()) is not None


def answers() -> bool:
    return has("docker") and docker("info", check=False).returncode == 0


def require() -> None:
    """Why this machine cannot have a lab, as an exception."""
    if os.geteuid() != 0:
        raise NotPossibleHereError("the lab needs root: its hosts are containers with systemd; try sudo")
    if not has("apt-get") or not has("dpkg"):
        raise NotPossibleHereError("the lab is made of Debian's packages, and this is neither Debian nor Ubuntu")


def apt_install(programs: dict[str, str]) -> None:
    """Packages whose program is missing: {program: package}."""
    packages = sorted({package for program, package in programs.items() if not has(program)})
    if not packages:
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (install, ["apt-get", "update", "-qq"], install):
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode == 0 and command is install:
            return
    raise NotPossibleHereError(f"apt-get install {' '.join(packages)} failed: {done.stderr.strip()}")


def ensure(by_hand: bool = False) -> bool:
    """A running engine. True when this call started it; unless `by_hand`, `release` ends it again."""
    require()
    HOME.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(HOME / "engine"):
        if answers():
            return False
        apt_install({"dockerd": "docker.io", "iptables": "iptables"})
        if not has("docker"):  # trixie packs the client apart
            apt_install({"docker": "docker-cli"})
        if answers():
            return False
        if Path("/run/systemd/system").is_dir():
            raise NotPossibleHereError("Docker Engine is installed and does not run; systemctl start docker")
        _start(KEPT_BY_HAND if by_hand else identity(os.getpid()))
        return True


#: Engines outlive the call that starts them. Python warns of a running process that nobody holds, and pytest fails.
_STARTED: list[subprocess.Popen[bytes]] = []


def _start(starter: str) -> None:
    with LOG.open("ab") as log:
        process = subprocess.Popen(
            ["dockerd", "--host", SOCKET],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "PATH": search_path()},
            start_new_session=True,
        )
    _STARTED.append(process)
    PID.write_text(f"{identity(process.pid)}\n{starter}\n", encoding="ascii")
    limit = time.monotonic() + START_SECONDS
    while not answers():
        if process.poll() is not None or time.monotonic() > limit:
            process.kill()
            PID.unlink(missing_ok=True)
            last = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
            raise NotPossibleHereError("dockerd does not come up on this machine: " + " / ".join(last))
        time.sleep(0.2)


def release() -> str:
    """At the end of a run: stop the engine if this process started it, or one that was killed and no longer can."""
    if not PID.exists():
        return ""
    starter = PID.read_text(encoding="ascii").splitlines()[1]
    ours = starter == identity(os.getpid())
    return stop() if ours or (starter != KEPT_BY_HAND and not alive(starter)) else ""


def stop() -> str:
    """End the engine that the lab started, unless somebody's hosts still run on it. Says what it did."""
    with one_at_a_time(HOME / "engine"):
        if not PID.exists():
            return "not started by the lab: left as it is"
        daemon = PID.read_text(encoding="ascii").splitlines()[0]
        if not alive(daemon):
            PID.unlink()
            return "is not running any more"
        if answers() and docker("ps", "--quiet", "--filter", f"label={LABEL}").stdout.strip():
            return "hosts of the lab still run on it: left as it is"
        os.kill(int(daemon.partition(":")[0]), signal.SIGTERM)
        limit = time.monotonic() + STOP_SECONDS
        while alive(daemon) and time.monotonic() < limit:
            time.sleep(0.1)
        PID.unlink()
        return "stopped"


def identity(pid: int) -> str:
    """A process for ever: its id and the clock tick at which it started, so that a reused id is not taken for it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return f"{pid}:gone"
    fields = stat.rpartition(")")[2].split()
    return f"{pid}:gone" if fields[0] == "Z" else f"{pid}:{fields[19]}"


def alive(owner: str) -> bool:
    pid = owner.partition(":")[0]
    return pid.isdigit() and identity(int(pid)) == owner and not owner.endswith(":gone")


def labels(kept: bool = False) -> list[str]:
    """Options of `docker run` that say whose container it is. `kept` ones stay until they are removed by hand."""
    owner = os.environ.get(RUN_OWNER, KEPT_BY_HAND) if kept else identity(os.getpid())
    pairs = {LABEL: "1", CHECKOUT: str(ROOT), OWNER: owner}
    return [word for key, value in pairs.items() for word in ("--label", f"{key}={value}")]


def remove(names: Iterable[str]) -> None:
    """Containers with their anonymous volumes."""
    present = list(names)
    if present:
        docker("rm", "--force", "--volumes", *present, check=False)


def remove_owned() -> None:
    """Containers of this very process, or of a run of scenarios that it drives."""
    mine = identity(os.getpid())
    remove(name for name, _checkout, owner in containers() if owner == mine)


def remove_leftovers(by_hand: bool = False) -> list[str]:
    """Containers of runs that were killed: their owner is dead, and it worked in this checkout or in one that is gone.

    What a developer made by hand stays, unless `by_hand`; then that of this checkout goes, too.
    """
    found = []
    for name, checkout, owner in containers():
        ours, gone = checkout == str(ROOT), not Path(checkout).exists()
        dead = by_hand if owner == KEPT_BY_HAND else not alive(owner)
        if (ours and dead) or (gone and (dead or owner == KEPT_BY_HAND)):
            found.append(name)
    remove(found)
    return found


def containers() -> list[list[str]]:
    """Name, checkout and owner of each container of any lab on this machine."""
    layout = f'{{{{.Names}}}}\t{{{{.Label "{CHECKOUT}"}}}}\t{{{{.Label "{OWNER}"}}}}'
    listed = docker("ps", "--all", "--filter", f"label={LABEL}", "--format", layout).stdout
    return [line.split("\t") for line in listed.splitlines()]
