# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bootstrap tokens and the uploaded certificates of control planes: made, listed and revoked through the API.

No word of any program holds a token or a key: they go by standard input, and in documents on a file system in memory.
"""

from __future__ import annotations

import json
import secrets
import string
import time

from ..._core.kube.documents import upload_document
from ..._core.kube.tokens import NAMESPACE, PREFIX, Token, manifest, owners, token_of
from ..._core.kube.versions import minor_of
from ..app_module import AppError
from . import secret_documents
from .kubeadm import Kubeadm
from .kubectl import Kubectl

CERTIFICATES = "kubeadm-certs"
_KEY_BYTES = 32
_LETTERS = string.ascii_lowercase + string.digits
_VERSION = "kubernetesVersion:"


def new_token() -> str:
    """As kubeadm writes them: six letters that are public, and sixteen that are not."""
    return f"{_letters(6)}.{_letters(16)}"


def _letters(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _position in range(count))


def listed(kubectl: Kubectl) -> list[Token]:
    """All bootstrap tokens of the cluster, without what is secret of them."""
    where = (f"--namespace={NAMESPACE}", "--field-selector=type=bootstrap.kubernetes.io/token")
    return [token_of(secret) for secret in json.loads(kubectl.run("get", "secrets", *where, "--output=json"))["items"]]


def create(kubectl: Kubectl, token: str, seconds: int, description: str) -> str:
    """When it ends, as the API writes points in time."""
    expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    kubectl.send("create", [manifest(token, description, expires)])
    return expires


def revoke(kubectl: Kubectl, *identities: str, dry_run: bool = False) -> bool:
    """Whether there was one."""
    names = [f"{PREFIX}{identity}" for identity in identities]
    return kubectl.delete("secret", *names, namespace=NAMESPACE, dry_run=dry_run)


def upload_certificates(kubectl: Kubectl, cri_socket: str, kubeadm: Kubeadm, key: str) -> None:
    """The certificates that control planes share, for as long as it takes: encrypted with the key, in a Secret."""
    config = kubectl.get("configmap", "kubeadm-config", NAMESPACE)
    if config is None:
        raise AppError("the cluster has no ConfigMap kubeadm-config in kube-system: it was not made by kubeadm")
    text = config["data"]["ClusterConfiguration"]
    version = next(line.partition(":")[2] for line in text.splitlines() if line.startswith(_VERSION))
    document = upload_document(minor_of(version.strip().strip("\"'")), cri_socket, key)
    with secret_documents.written([document, text]) as path:
        kubeadm.run("init", "phase", "upload-certs", "--upload-certs", f"--config={path}")


def new_key() -> str:
    return secrets.token_hex(_KEY_BYTES)


def revoke_certificates(kubectl: Kubectl, dry_run: bool = False) -> bool:
    """With the token that kubeadm made so that they end with it. Whether there were any."""
    secret = kubectl.get("secret", CERTIFICATES, NAMESPACE)
    if secret is None:
        return False
    kubectl.delete("secret", CERTIFICATES, *owners(secret), namespace=NAMESPACE, dry_run=dry_run)
    return True
