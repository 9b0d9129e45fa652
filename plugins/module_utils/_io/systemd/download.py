# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive from a network, which counts only if it is the one that was asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.error import URLError

from ansible.module_utils.urls import open_url

from ..._core.secrets import mask
from ..app_module import AppError

_SECONDS = 60
_BLOCK = 1 << 20


def fetched(address: str, sha256: str, folder: Path) -> Path:
    """The file, in a folder for temporary use. Raises AppError where it cannot be had, or is another one."""
    file = folder / "source"
    digest = hashlib.sha256()
    try:
        with open_url(address, timeout=_SECONDS, decompress=False) as answer, file.open("xb") as kept:
            while block := answer.read(_BLOCK):
                digest.update(block)
                kept.write(block)
    except (URLError, ValueError, TimeoutError, ConnectionError) as problem:
        raise AppError(f"{mask(address)} cannot be fetched: {mask(str(problem))}") from problem
    if digest.hexdigest() != sha256:
        raise AppError(
            f"{mask(address)} is not what was asked for: found sha256 {digest.hexdigest()}, expected {sha256}"
        )
    return file
