# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the lock file, and finds the digests that go into it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._core.stack.lockfile import Lock, Locked, LockFileError, digest_in, dumps, loads
from ..._core.stack.model import Service, Stack
from ..engine.client import Engine, EngineError, NoEngineError
from ..engine.reads import familiar, inspect_image
from ..private_files import write_private

#: What Compose gets; the lock file itself may have services that the project no longer has.
OVERRIDE = "lock.override.json"
_BUILT = "it is built here, and no registry has a digest of it"


def read_lock(path: Path) -> Lock | None:
    """None where there is none yet."""
    try:
        return loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except LockFileError as error:
        raise LockFileError(f"{path}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise LockFileError(f"{path} cannot be read: {error}") from error


def write_lock(path: Path, lock: Lock) -> bool:
    """Whole or not at all, readable for all as any file of a project: it has no secrets. False where it is the same."""
    text = dumps(lock)
    try:
        if path.read_text(encoding="utf-8") == text:
            return False
        mode = path.stat().st_mode & 0o777
    except (OSError, UnicodeDecodeError):
        mode = 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def write_override(folder: Path, override: Mapping[str, Any]) -> Path:
    """In the project's state folder. It goes behind the project's files: `files=(*files, str(path))`."""
    path, text = folder / OVERRIDE, json.dumps(override, sort_keys=True)
    try:
        if path.read_text(encoding="utf-8") == text:
            return path
    except OSError:
        pass  # there is none yet, or one that is no use
    write_private(path, text)
    return path


def resolve(engine: Engine, stack: Stack, fresh: bool = False) -> Lock:
    """What each image means now: by what is on the host, else by its registry; `fresh` asks the registry first.

    The registry is asked by the engine, without credentials. A private image therefore has to be pulled first.
    """
    services: dict[str, Locked] = {}
    unpinned: dict[str, str] = {}
    for name, service in sorted(stack.services.items()):
        if service.build is not None:
            unpinned[name] = _BUILT
        elif "@" not in service.image:
            digest, why = _digest(engine, service, fresh)
            if digest:
                services[name] = Locked(service.image, digest)
            else:
                unpinned[name] = why
    return Lock(services, unpinned)


def _digest(engine: Engine, service: Service, fresh: bool) -> tuple[str, str]:
    ways = (_of_registry, _of_host) if fresh else (_of_host, _of_registry)
    reasons = []
    for way in ways:
        digest, why = way(engine, service.image)
        if digest:
            return digest, ""
        reasons.append(why)
    return "", "; ".join(reasons)


def _of_host(engine: Engine, reference: str) -> tuple[str, str]:
    image = inspect_image(engine, reference)
    if image is None:
        return "", "it is not on the host"
    name = familiar(reference).rpartition(":")[0]
    return digest_in(reference, image.get("RepoDigests") or (), name), "it did not come from a registry"


def _of_registry(engine: Engine, reference: str) -> tuple[str, str]:
    try:
        answer = engine.get(f"/distribution/{reference}/json")
    except NoEngineError:
        raise
    except EngineError as error:
        return "", f"its registry does not tell: {error.message[:200]}"
    return str((answer.get("Descriptor") or {}).get("digest") or ""), "its registry has no digest"
