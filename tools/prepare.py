# SPDX-License-Identifier: GPL-3.0-or-later
"""Make what the other tools stand on: `.venv`, the Python matrix, and the collection tree.

Standard library only, for it runs before anything is installed. What can be shared between checkouts
lies under ~/.cache/slipway, keyed by its content; nothing is made twice.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path.home() / ".cache" / "slipway"
TREE = ROOT / "build" / "collections"
LOCK = ROOT / "requirements-dev.txt"
NEWEST_BOTOCORE = CACHE / "newest-botocore"
UV = "uv==0.13.8"
OLD_SCHEMAS = "kubernetes-validate==1.20.0"
#: Newest first; each has its ansible-core in requirements-dev.in.
PYTHONS = ("3.13", "3.12", "3.11")


class NotPossibleHereError(Exception):
    """Something this machine lacks, said in a sentence with the remedy."""


def find_python(version: str) -> Path | None:
    """The interpreter of `version` ("3.12"): on PATH, or among pyenv's versions (whose shims may refuse)."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [
        *(Path(folder) / f"python{version}" for folder in os.environ.get("PATH", "").split(os.pathsep)),
        *sorted(pyenv.glob(f"{version}.*/bin/python{version}"), reverse=True),
    ]
    return next((path for path in candidates if path.is_file() and _runs(path)), None)


def _runs(python: Path) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def newest_python() -> tuple[str, Path]:
    for version in PYTHONS:
        python = find_python(version)
        if python:
            return version, python
    raise NotPossibleHereError(
        f"no Python {' or '.join(PYTHONS)} found on PATH; on Debian: apt-get install python3-venv"
    )


def uv() -> Path:
    """uv, which installs in seconds what pip takes a minute for; made once with pip."""
    home = CACHE / UV.replace("==", "-")
    program = home / "bin" / "uv"
    if not program.exists():
        _version, python = newest_python()
        _make_plain_venv(python, home)
        run([home / "bin" / "python", "-m", "pip", "install", "--quiet", UV])
    return program


def _make_plain_venv(python: Path, home: Path) -> None:
    command: list[str | Path] = [python, "-m", "venv", "--clear", home]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):  # Debian splits ensurepip from python3
        run(["apt-get", "update", "-qq"])
        run(["apt-get", "install", "-y", "-qq", "python3-venv"])
        run(command)
        return
    raise NotPossibleHereError(
        f"{python} cannot make a virtual environment; install python3-venv:\n{made.stdout}{made.stderr}"
    )


def run(command: list[str | Path], cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    subprocess.run([str(word) for word in command], check=True, cwd=cwd, env=env)


@contextlib.contextmanager
def one_at_a_time(home: Path) -> Iterator[None]:
    """Of processes that want the same thing made, one makes it and the others wait."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_name(f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(home: Path, python: Path, *requirements: Path, compiled: bool = False) -> None:
    """A virtual environment with exactly these requirement files; kept while its key says that nothing changed.

    `compiled` pays off for programs that are told not to write bytecode themselves, as in images.
    """
    key = hashlib.sha256(b"\0".join([str(python).encode(), *(file.read_bytes() for file in requirements)]))
    stamp = home / "slipway-key"
    with one_at_a_time(home):
        if stamp.is_file() and stamp.read_text() == key.hexdigest():
            return
        environment = {**os.environ, "UV_CACHE_DIR": str(CACHE / "uv"), "VIRTUAL_ENV": str(home)}
        run([uv(), "venv", "--quiet", "--clear", "--python", python, home], env=environment)
        files = [word for file in requirements for word in ("--requirement", file)]
        run([uv(), "pip", "install", "--quiet", *(["--compile-bytecode"] if compiled else []), *files], env=environment)
        stamp.write_text(key.hexdigest())


def make_venv() -> Path:
    _version, python = newest_python()
    install(ROOT / ".venv", python, LOCK)
    return ROOT / ".venv"


def matrix() -> Iterator[tuple[str, Path | None]]:
    """Each supported Python with its environment; None where the machine has no such Python."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    for version in PYTHONS:
        python = find_python(version)
        if python is None:
            yield version, None
            continue
        home = CACHE / "venvs" / f"py{version}-{digest}"
        install(home, python, LOCK)
        yield version, home


def install_newest_botocore() -> None:
    """The botocore that PyPI has today, beside the pinned one; fetched only when there is a new one."""
    environment = {**os.environ, "UV_CACHE_DIR": str(CACHE / "uv")}
    command = [uv(), "pip", "install", "--quiet", "--upgrade", "--target", NEWEST_BOTOCORE, "botocore"]
    try:
        run([*command, "--python", newest_python()[1]], env=environment)
    except subprocess.CalledProcessError as problem:
        raise NotPossibleHereError(f"PyPI has no answer: uv ended with {problem.returncode}") from problem


def old_schemas() -> Path:
    """The schemas of Kubernetes 1.20, which the pinned kubernetes-validate has no longer; fetched once."""
    home = CACHE / OLD_SCHEMAS.replace("==", "-")
    stamp = home / "slipway-key"
    with one_at_a_time(home):
        if not stamp.is_file():
            environment = {**os.environ, "UV_CACHE_DIR": str(CACHE / "uv")}
            command = [uv(), "pip", "install", "--quiet", "--no-deps", "--target", home, OLD_SCHEMAS]
            run([*command, "--python", newest_python()[1]], env=environment)
            stamp.write_text(OLD_SCHEMAS)
    return home / "kubernetes_validate"


def lay_out_tree() -> Path:
    """build/collections/ansible_collections/slipway/containers -> this checkout, whatever its path."""
    link = TREE / "ansible_collections" / "slipway" / "containers"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or link.resolve() != ROOT:
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)
    return TREE


def lock() -> None:
    """Resolve requirements-dev.in for all supported Pythons into requirements-dev.txt."""
    run(
        [
            *(uv(), "pip", "compile", "--quiet", "--universal", "--python-version", PYTHONS[-1]),
            *("--no-annotate", "--no-emit-index-url", "--custom-compile-command", "make lock"),
            *("--output-file", LOCK.name, "requirements-dev.in"),
        ],
        cwd=ROOT,
    )


def main(arguments: list[str]) -> int:
    steps = {"venv": make_venv, "tree": lay_out_tree, "lock": lock, "matrix": lambda: list(matrix())}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="+", choices=steps)
    try:
        for step in parser.parse_args(arguments).steps:
            steps[step]()
    except NotPossibleHereError as problem:
        print(f"prepare: {problem}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as problem:
        print(f"prepare: {' '.join(map(str, problem.cmd))} ended with {problem.returncode}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
