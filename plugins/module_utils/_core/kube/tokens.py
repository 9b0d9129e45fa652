# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bootstrap tokens, as the Secrets that they are."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NAMESPACE = "kube-system"
PREFIX = "bootstrap-token-"
#: By this label our own are known; kubeadm's have none.
LABEL = "app.kubernetes.io/managed-by"
OWNER = "slipway"
GROUP = "system:bootstrappers:kubeadm:default-node-token"
_TOKEN = re.compile(r"[a-z0-9]{6}\.[a-z0-9]{16}")


@dataclass(frozen=True)
class Token:
    """What may be seen of one. `expires` is a point in time as the API writes it; empty where it never ends."""

    id: str
    description: str = ""
    expires: str = ""
    ours: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "description": self.description, "expires": self.expires, "ours": self.ours}


def manifest(token: str, description: str, expires: str) -> dict[str, Any]:
    """For joining alone: it signs the cluster's address, and lets a kubelet ask for a certificate."""
    identity, _dot, secret = token.partition(".")
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": f"{PREFIX}{identity}", "namespace": NAMESPACE, "labels": {LABEL: OWNER}},
        "type": "bootstrap.kubernetes.io/token",
        "stringData": {
            "token-id": identity,
            "token-secret": secret,
            "description": description,
            "expiration": expires,
            "usage-bootstrap-authentication": "true",
            "usage-bootstrap-signing": "true",
            "auth-extra-groups": GROUP,
        },
    }


def token_of(secret: Mapping[str, Any]) -> Token:
    data = secret.get("data") or {}
    metadata = secret["metadata"]
    return Token(
        id=metadata["name"][len(PREFIX) :],
        description=_text(data.get("description")),
        expires=_text(data.get("expiration")),
        ours=(metadata.get("labels") or {}).get(LABEL) == OWNER,
    )


def is_token(text: str) -> bool:
    return bool(_TOKEN.fullmatch(text))


def to_prune(tokens: Iterable[Token]) -> list[str]:
    """The ids of those that a run of ours made: nobody needs them once it has ended."""
    return [token.id for token in tokens if token.ours]


def owners(secret: Mapping[str, Any] | None) -> list[str]:
    """The tokens that kubeadm made so that uploaded certificates end with them."""
    found = ((secret or {}).get("metadata") or {}).get("ownerReferences") or []
    return [entry["name"] for entry in found if entry.get("kind") == "Secret" and entry["name"].startswith(PREFIX)]


def _text(encoded: Any) -> str:
    return base64.b64decode(encoded).decode("utf-8", "replace") if encoded else ""
