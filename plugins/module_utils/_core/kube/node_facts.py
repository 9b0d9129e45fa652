# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files and programs of a machine say of it. Each function takes a text and returns values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_QUOTED = re.compile(r"""^(['"])(.*)\1$""")


def os_release(text: str) -> dict[str, str]:
    """/etc/os-release; `version` is empty where there is none, as on Debian's testing."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    said = {key.strip(): _QUOTED.sub(r"\2", value.strip()) for key, _equals, value in pairs}
    name = said.get("PRETTY_NAME") or said.get("NAME") or "an unknown system"
    codename = said.get("VERSION_CODENAME", "")
    return {"id": said.get("ID", ""), "version": said.get("VERSION_ID", ""), "codename": codename, "name": name}


def swaps(text: str) -> list[dict[str, Any]]:
    """/proc/swaps: what is in use as swap."""
    lines = (line.split() for line in text.splitlines()[1:])
    return [{"name": fields[0], "size_bytes": int(fields[2]) * 1024} for fields in lines if len(fields) >= 3]


def container(marker: str, environ: str) -> str:
    """What kind of container this is, by systemd's marker or the environment of the first process; '' for none."""
    said = (pair.partition("=") for pair in environ.split("\0"))
    return marker.strip() or next((value for key, _equals, value in said if key == "container"), "")


def modules(filesystems: str, loaded: Iterable[str], bridged: bool) -> dict[str, bool]:
    """Whether those that a node needs are there. What they do is looked for: one that is built in is in no list."""
    names = set(loaded)
    overlay = any(line.split()[-1:] == ["overlay"] for line in filesystems.splitlines())
    return {"overlay": overlay or "overlay" in names, "br_netfilter": bridged or "br_netfilter" in names}


def packages(text: str) -> dict[str, str]:
    """Of `dpkg-query --show` with name, state and version between tabs: what is installed."""
    lines = (line.split("\t") for line in text.splitlines())
    return {fields[0]: fields[2] for fields in lines if len(fields) == 3 and fields[1].startswith(("ii", "hi"))}


def held(text: str) -> list[str]:
    """Of the same: those that apt leaves as they are."""
    lines = (line.split("\t") for line in text.splitlines())
    return [fields[0] for fields in lines if len(fields) == 3 and fields[1].startswith("h")]


def candidate(text: str) -> str:
    """Of `apt-cache policy`: the version that would be installed; '' where there is none."""
    found = re.search(r"^\s*Candidate: (\S+)$", text, re.MULTILINE)
    return found[1] if found and found[1] != "(none)" else ""


def pause_image(text: str) -> str:
    """Of `kubeadm config images list`: the image of sandboxes; '' where there is none."""
    names = (line.strip() for line in text.splitlines())
    return next((name for name in names if re.fullmatch(r"(?:\S+/)?pause(?::\S+|@\S+)", name)), "")


def source_url(text: str) -> str:
    """Of a .sources file: its address."""
    found = re.search(r"^URIs:\s*(\S+)", text, re.MULTILINE)
    return found[1] if found else ""
