# SPDX-License-Identifier: GPL-3.0-or-later
"""`python:3.13-slim` for hosts that reach no Docker Hub: the same name, made of Debian trixie's packages.

As in the official image `pip install` works in a plain RUN. What this machine trusts and where its pip looks are read
when the image is made; both stay on this machine.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import yaml

from tools.prepare import ROOT, newest_python, one_at_a_time

from . import images
from .engine import HOME

NAME = "python:3.13-slim"
PACKAGES = ("python3", "python3-pip", "ca-certificates", "adduser")
#: Settings of pip that say where packages come from. Indexes in folders of this machine mean nothing elsewhere.
INDEX_SETTINGS = ("index-url", "extra-index-url", "trusted-host")
EXAMPLE = ROOT / "examples" / "streamlit_budget"
#: Debian says with this file that pip must not install beside its packages; the official image has no such file.
MARKER = "usr/lib/python3*/EXTERNALLY-MANAGED"


def base() -> tuple[str, Path]:
    """The image as a tar, and its name there: here it is not called as the official one, which may be here, too."""
    hooks = [
        f'--customize-hook=rm -f "$1"/{MARKER}; ln -s python3 "$1/usr/bin/python"',
        f"--customize-hook=cat > \"$1/etc/pip.conf\" <<'END'\n{pip_config()}END",
    ]
    parts: list[str | Path] = [*PACKAGES, *hooks, *images.certificates(), images.RECIPE / "make-root.sh"]
    tag = images.cached("python-3.13-slim", parts, lambda made: _make(made, hooks))
    return tag, images.copy_of(tag)


def _make(tag: str, hooks: list[str]) -> None:
    images.import_root("trixie", PACKAGES, tag, hooks, cmd='CMD ["python3"]')


def pip_config() -> str:
    """pip.conf for the image: the CA certificates, and the indexes of this machine that are reached over HTTP."""
    listed = subprocess.run(
        [newest_python()[1], "-m", "pip", "config", "list"], capture_output=True, text=True, check=False, env=os.environ
    )
    settings = {"cert": "/etc/ssl/certs/ca-certificates.crt"}
    for line in listed.stdout.splitlines():
        name, _equals, value = line.partition("=")
        words = [word for word in value.strip("'\"").split() if "://" not in word or word.startswith("http")]
        if name.rpartition(".")[2] in INDEX_SETTINGS and words:
            settings[name.rpartition(".")[2]] = " ".join(words)
    return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in sorted(settings.items()))


def built_of() -> list[str | Path]:
    """All that the images of the example depend on. Of its Compose file that is little, and the rest changes often."""
    files = sorted(
        path
        for path in EXAMPLE.rglob("*")
        if path.is_file() and path.suffix not in (".md", ".yml", ".yaml") and "__pycache__" not in path.parts
    )
    services = yaml.safe_load((EXAMPLE / "compose.yaml").read_text(encoding="utf-8"))["services"]
    built = {name: [service.get("build"), service.get("image")] for name, service in services.items()}
    return [json.dumps(built), *(str(path.relative_to(EXAMPLE)) for path in files), *files]


def example() -> Path:
    """The images of examples/streamlit_budget as a tar, for tests in which the build is not the point."""
    from .hosts import Host

    copy = HOME / "images" / f"streamlit-budget-{images.key([base()[0], *built_of()])}.tar"
    with one_at_a_time(HOME / "images" / "streamlit-budget"):
        if not copy.exists():
            with Host.create("build-example") as host:
                host.load_python()
                host.push(EXAMPLE, "/srv/streamlit_budget")
                host.run("docker", "compose", "--project-directory", "/srv/streamlit_budget", "build", "--quiet")
                host.save_images(["streamlit-budget-app:1.0.0", "streamlit-budget-health:1.0.0"], copy)
            images.forget_old("streamlit-budget", copy)
    return copy
