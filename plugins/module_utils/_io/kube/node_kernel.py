# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules, settings and swap of the kernel of this machine, now and at boot, by the programs of systemd."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._core.kube import node_facts
from ..._core.kube.node_kernel import (
    BOOT,
    MODULE,
    SETTING,
    SWAP,
    Kernel,
    Setting,
    Step,
    reason,
    refusal,
    steps,
    text_of,
)
from ..app_module import AppError
from ..systemd import systemctl

MODULES_PATH = "/etc/modules-load.d/slipway-kubernetes.conf"
#: Behind all that distributions have, since the last one that says something wins.
SETTINGS_PATH = "/etc/sysctl.d/99-zz-slipway-kubernetes.conf"
_MASK = Path("/etc/systemd/system/swap.target")
_PROGRAMS = {
    MODULE: ("/usr/lib/systemd/systemd-modules-load", MODULES_PATH),
    SETTING: ("/usr/lib/systemd/systemd-sysctl", SETTINGS_PATH),
    BOOT: ("systemctl", "mask", "swap.target"),
    SWAP: ("swapoff", "--all"),
}
#: What is in swap has to be read back first.
_SECONDS = 600.0


def look(wanted: Mapping[str, Any]) -> Kernel:
    """The kernel as it is, beside settings that are wanted."""
    kind = node_facts.container(text("/run/systemd/container"), text("/proc/1/environ"))
    return Kernel(
        container=kind,
        modules=node_facts.modules(text("/proc/filesystems"), _loaded(), Path("/proc/sys/net/bridge").is_dir()),
        settings={name: _setting(name, text_of(value), kind) for name, value in wanted.items()},
        swaps=node_facts.swaps(text("/proc/swaps")),
        swap_masked=_MASK.is_symlink() and str(_MASK.readlink()) == os.devnull,
    )


def text(path: str) -> str:
    """A file that need not be there."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def names(folder: str) -> list[str]:
    """What is in a folder that need not be there."""
    try:
        return sorted(path.name for path in Path(folder).iterdir())
    except OSError:
        return []


def _loaded() -> set[str]:
    """Modules, built in or not, as far as the kernel lists them."""
    listed = (line.split()[0] for line in text("/proc/modules").splitlines() if line.split())
    return {*listed, *names("/sys/module")}


def _setting(name: str, wanted: str, kind: str) -> Setting:
    path = f"/proc/sys/{name.replace('.', '/')}"
    why_not = reason(kind, name, Path(path).exists(), os.access(path, os.W_OK))
    return Setting(" ".join(text(path).split()), wanted, why_not)


def apply(planned: list[Step], wanted: Mapping[str, Any], swap_off: bool) -> None:
    """In the order of the programs: modules bring settings with them. What did not take is an error."""
    kinds = dict.fromkeys(step.kind for step in planned)
    said = [_run(words) for kind, words in _PROGRAMS.items() if kind in kinds]
    remaining = steps(look(wanted), swap_off)
    if remaining:
        raise AppError(" ".join([refusal(remaining), *(line for line in said if line)]))


def _run(words: tuple[str, ...]) -> str:
    ended = systemctl.call(*words, seconds=_SECONDS)
    return " ".join(ended.lines)
