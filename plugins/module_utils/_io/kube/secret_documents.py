# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents with secrets in them, for kubeadm: on a file system in memory, for root alone, and only while it runs."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..private_files import make_private, write_private

FOLDER = Path("/run/slipway")
_SUFFIX = ".kubeadm.yaml"


@contextmanager
def written(documents: Sequence[Mapping[str, Any] | str], folder: Path = FOLDER) -> Iterator[Path]:
    """One file of them all. JSON is YAML; a text is YAML already."""
    texts = [document if isinstance(document, str) else json.dumps(document, indent=1) for document in documents]
    path = folder / f"{secrets.token_hex(8)}{_SUFFIX}"
    try:
        write_private(path, "\n---\n".join(texts) + "\n")
        yield path
    finally:
        path.unlink(missing_ok=True)


def sweep(folder: Path = FOLDER) -> None:
    """What a run that was killed has left."""
    make_private(folder)
    for path in folder.glob(f"*{_SUFFIX}"):
        path.unlink(missing_ok=True)
