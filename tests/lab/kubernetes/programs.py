# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes' own programs, built once of Debian's source package: no registry and no release server is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from tools.prepare import one_at_a_time

from .. import engine, images

RECIPE = Path(__file__).parent / "recipe"
HOME = engine.HOME / "kubernetes"
# Where recipe/build.sh says `|| true`, a file that grep cannot read is no reason to stop: were definitions missing, the
# API server would not compile.
#: The newest of which Debian's archive carries the whole source. Bookworm's Go builds it, and its libraries run it.
VERSION = "1.20.2"
SUITE = "bookworm"
KEPT = 2


def key() -> str:
    sources = sorted(path for path in (RECIPE / "programs").rglob("*.go"))
    names = [str(path.relative_to(RECIPE)) for path in sources]
    return images.key([VERSION, SUITE, RECIPE / "build.sh", *names, *sources])


def built() -> Path:
    """The folder with kubeadm, kubelet, kubectl, the control plane's programs, and stand-ins for crictl and CoreDNS."""
    home = HOME / f"programs-{key()}"
    with one_at_a_time(HOME / "programs"):
        if home.is_dir():
            os.utime(home)
        else:
            _build(home)
            _forget_old()
    return home


def _build(home: Path) -> None:
    started = time.monotonic()
    print(
        "lab: building Kubernetes from source: eight minutes the first time, one when Go's cache is there", flush=True
    )
    work, unfinished = HOME / "work", home.with_suffix(".new")
    if unfinished.exists():  # of a build that was ended
        shutil.rmtree(unfinished)
    for folder in (work, unfinished):
        folder.mkdir(parents=True, exist_ok=True)
    mounted = {RECIPE: "/recipe:ro", work: "/work", unfinished: "/out"}
    volumes = [word for local, place in mounted.items() for word in ("--volume", f"{local}:{place}")]
    command = ["docker", "--host", engine.SOCKET, "run", "--rm", *engine.labels(), *volumes, images.bare(SUITE)]
    # Not through engine.docker, which shows nothing before the end.
    done = subprocess.run(
        [*command, "bash", "/recipe/build.sh", VERSION],
        env={**os.environ, "PATH": engine.search_path()},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the build of Kubernetes failed:\n{done.stderr[-3000:]}")
    unfinished.rename(home)
    print(f"lab: built Kubernetes {VERSION} in {time.monotonic() - started:.0f} s", flush=True)


def _forget_old() -> None:
    folders = sorted(HOME.glob("programs-*/"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders[KEPT:]:
        shutil.rmtree(folder)
