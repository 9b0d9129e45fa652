# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates of a node, wherever they are: files of their own, in kubeconfigs, and those of the kubelet."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..._core.kube.certificates import CertificateError, Found, embedded, in_words, name_of, read_pem
from ..app_module import AppError, Context

_KUBELET = ("kubelet-client-current.pem", "kubelet-server-current.pem", "kubelet.crt")


def work(context: Context) -> dict[str, Any]:
    folder, kubelet = Path(context.params["folder"]), Path(context.params["kubelet_folder"])
    within, now = context.params["within_days"], time.time()
    read = [_read(name, path) for name, path in _places(folder, kubelet)]
    found = [one for one in read if isinstance(one, Found)]
    unreadable = [one for one in read if isinstance(one, str)]
    if not found and not unreadable:
        raise AppError(f"there is no certificate below {folder} and {kubelet}: this host is no node of a cluster")
    found.sort(key=lambda one: one.certificate.not_after)
    leaves = [one for one in found if not one.certificate.authority]
    return {
        "changed": False,
        "certificates": [in_words(one, now) for one in found],
        "expiring": [one.name for one in found if one.certificate.days_left(now) < within],
        "days_left": min((one.certificate.days_left(now) for one in leaves), default=None),
        "unreadable": unreadable,
    }


def _places(folder: Path, kubelet: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob("pki/**/*.crt")):
        yield name_of(str(path.relative_to(folder / "pki"))), path
    for path in sorted(folder.glob("*.conf")):
        yield path.name, path
    for name in _KUBELET:
        if (kubelet / name).exists():
            yield Path(name).stem, kubelet / name


def _read(name: str, path: Path) -> Found | str | None:
    """In words where it cannot be read. Of a file with several, the first is its own, and the others sign it."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".conf":
            text = embedded(text)
        return Found(name, str(path), read_pem(text)[0]) if text else None  # the kubelet's are found by themselves
    except (CertificateError, OSError) as error:
        return f"{path}: {error}"
