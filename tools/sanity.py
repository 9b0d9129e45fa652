# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ansible-test` needs: a real copy of the collection beside its peers, real interpreters, and pip offline.

It resolves symbolic links, so the collection itself must be a copy; it does not look into site-packages, so peers
are linked beside it; and it fetches pip from a server of its own, for which Python's bundled pip stands in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tools.prepare import PYTHONS, ROOT, find_python

_GET_PIP = """\
# A stand-in for the get-pip.py that ansible-test downloads: installs the pip that Python bundles.
import ensurepip, glob, os, runpy, sys

bundled = glob.glob(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "pip-*.whl"))
sys.path.insert(0, bundled[0])
sys.argv = ["pip", "install", "--quiet"] + [a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
#: The names under which ansible-core 2.19 to 2.21 look for it.
_GET_PIP_NAMES = ("get_pip_24_2.py", "get_pip_25_2.py")
#: Tests that ask ansible-core itself. What the others say of a file does not depend on the core: once is enough.
_ASKS_THE_CORE = ("action-plugin-docs", "ansible-doc", "ignores", "import", "runtime-metadata", "validate-modules")
#: Peers that our code imports or takes documentation fragments from.
_PEERS = ("amazon.aws",)


def command(version: str, newest: bool) -> tuple[str, ...]:
    """All tests with the newest ansible-core; with an older one those that ask it, in the Python that it runs with."""
    whole = ("ansible-test", "sanity", "--venv", "--color", "no")
    if newest:
        return whole
    asked = (word for name in _ASKS_THE_CORE for word in ("--test", name))
    return (*whole, "--python", version, *asked)


def lay_out(home: Path, root: Path) -> None:
    """Copy what git knows or would know of this checkout to `root`, and link the peers of the environment `home`."""
    _provide_pip()
    target = root / "ansible_collections" / "slipway" / "containers"
    if target.exists():
        shutil.rmtree(target)
    for name in tracked_files():
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy)
    peers = next(home.glob("lib/python3.*/site-packages/ansible_collections"))
    for peer in _PEERS:
        namespace, name = peer.split(".")
        link = root / "ansible_collections" / namespace / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(peers / namespace / name, target_is_directory=True)


def tracked_files() -> list[str]:
    """What git tracks, and what it would track: not ignored, not deleted."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def _provide_pip() -> None:
    cache = Path.home() / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in _GET_PIP_NAMES:
        (cache / name).write_text(_GET_PIP, encoding="utf-8")


def path_with(home: Path) -> str:
    """PATH with the environment's programs first, then the real interpreters before any shims."""
    interpreters = [find_python(version) for version in (*PYTHONS, "3.10", "3.9")]
    folders = [str(home / "bin"), *(str(python.parent) for python in interpreters if python)]
    return os.pathsep.join([*dict.fromkeys(folders), os.environ.get("PATH", os.defpath)])
