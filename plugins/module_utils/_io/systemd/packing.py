# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory of the controller as one archive, for a host that does not have its release."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

from ..._core.placing import FILE, FOLDER, LINK, Entry
from ..local_folder import read_unchanged

_KINDS = {FILE: tarfile.REGTYPE, FOLDER: tarfile.DIRTYPE, LINK: tarfile.SYMTYPE}


def pack(file: Path, folder: Path, entries: Iterable[Entry]) -> None:
    """Raises PlacingError where a file is not what it was when it was listed. Nothing says who or when."""
    with file.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed, _tar(packed) as tar:
        for entry in entries:
            member = tarfile.TarInfo(entry.path)
            member.type, member.mode, member.linkname = _KINDS[entry.kind], entry.mode, entry.target
            content = read_unchanged(folder / entry.path, entry.sha256) if entry.kind == FILE else b""
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def _tar(packed: gzip.GzipFile) -> tarfile.TarFile:
    return tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT)
