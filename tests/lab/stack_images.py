# SPDX-License-Identifier: GPL-3.0-or-later
"""Images for the stacks of tests, built with no registry: Debian's busybox-static and a shell script.

All lie in one tar under ~/.cache/slipway/lab, which a host loads in half a second. stack_images/ holds the Dockerfiles.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tools.prepare import one_at_a_time

from .engine import HOME, docker
from .images import forget_old, key, save
from .packages import unpacked

SOURCE = Path(__file__).parent / "stack_images"
PREFIX = "slipway-test"
#: Folder, tag and build arguments, in the order in which they build on each other.
BUILDS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("busybox", "1", {}),
    *(("web", version, {"VERSION": version}) for version in ("1", "2", "3")),
    *(("healthy", version, {"VERSION": version}) for version in ("1", "2", "3")),
    ("sick", "1", {}),
    ("crash", "1", {}),
    ("oom", "1", {}),
    ("job", "1", {}),
)
TAGS = [f"{PREFIX}/{name}:{tag}" for name, tag, _arguments in BUILDS]


def archive() -> Path:
    """The tar with all of them."""
    files = [Path(__file__), *sorted(path for path in SOURCE.rglob("*") if path.is_file())]
    copy = HOME / "images" / f"stacks-{key(files)}.tar"
    with one_at_a_time(HOME / "images" / "stacks"):
        if not copy.exists():
            with tempfile.TemporaryDirectory(dir=HOME) as folder:
                _build(Path(folder), copy)
            forget_old("stacks", copy)
    return copy


def _build(work: Path, copy: Path) -> None:
    for name, tag, arguments in BUILDS:
        context = work / name
        if not context.exists():
            shutil.copytree(SOURCE / name, context)
            if name == "busybox":
                shutil.copy2(_busybox(), context / "busybox")
        given = [word for key, value in arguments.items() for word in ("--build-arg", f"{key}={value}")]
        # The classic builder: the machine's client may have no buildx.
        docker(
            "build", "--quiet", *given, "--tag", f"{PREFIX}/{name}:{tag}", context, environment={"DOCKER_BUILDKIT": "0"}
        )
    save(TAGS, copy)


def _busybox() -> Path:
    return next(path for path in unpacked("busybox-static").rglob("busybox") if path.is_file())
