# SPDX-License-Identifier: GPL-3.0-or-later
"""The services outside this machine: which are configured, and whether they can be reached."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

SECRETS = ("MILVUS_API_KEY", "DEEPSEEK_API_KEY")


@dataclass(frozen=True)
class Address:
    """Where a service listens."""

    service: str
    host: str
    port: int


def addresses(environ: Mapping[str, str]) -> list[Address]:
    """The services that the environment names. Raises ValueError on a port that is none."""
    found = []
    if host := environ.get("MILVUS_HOST"):
        found.append(Address("Milvus", host, int(environ.get("MILVUS_PORT") or 19530)))
    if endpoint := environ.get("MODELARTS_ENDPOINT"):
        parts = urlsplit(endpoint if "//" in endpoint else f"https://{endpoint}")
        if parts.hostname:
            port = parts.port or (80 if parts.scheme == "http" else 443)
            found.append(Address("ModelArts", parts.hostname, port))
    return found


def secret_states(environ: Mapping[str, str]) -> dict[str, bool]:
    """Whether each secret is set. Never its value."""
    return {name: bool(environ.get(name)) for name in SECRETS}


def reachable(address: Address, timeout: float = 2.0) -> bool:
    """Whether something accepts a connection there."""
    try:
        with socket.create_connection((address.host, address.port), timeout):
            return True
    except OSError:
        return False
