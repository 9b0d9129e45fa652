#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_token
short_description: Tokens with which machines join a kubeadm cluster, for as long as they join
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Makes and revokes bootstrap tokens, and the certificates that a control plane needs to join.
  - It runs on a control plane. Tokens and keys go by standard input and in documents on a file system in memory; no
    argument of a program holds one.
  - The result of V(present) holds secrets. Use C(no_log) on that task.
options:
  state:
    description:
      - V(present) makes a new token; there is nothing that it could be compared with, so it always changes something.
      - V(absent) revokes the token O(token_id).
      - V(pruned) revokes all tokens that this module has made, and certificates that were uploaded. Those that
        others made stay.
    type: str
    choices: [present, absent, pruned]
    default: present
  ttl:
    description: How many seconds a new token lives, where nobody revokes it.
    type: int
    default: 900
  description:
    description: What a new token is for.
    type: str
    default: slipway join
  certificates:
    description:
      - With V(present), also upload the certificates of control planes, encrypted with a new key.
      - With V(absent), also revoke them.
    type: bool
    default: false
  token_id:
    description: The public part of a token, its first six letters.
    type: str
  cri_socket:
    description: The socket of containerd.
    type: str
    default: unix:///run/containerd/containerd.sock
  kubeconfig:
    description: With what the API server is asked.
    type: path
    default: /etc/kubernetes/admin.conf
attributes:
  check_mode:
    description: No token is made. V(absent) and V(pruned) say what would go.
    support: full
  diff_mode:
    description: Shows the ids of tokens, which are public.
    support: full
  idempotent:
    description: V(absent) and V(pruned) are.
    support: partial
    details: V(present) makes a token each time.
seealso:
  - module: slipway.containers.kubeadm_member
"""

EXAMPLES = r"""
- name: Let machines join
  slipway.containers.kubeadm_token:
    ttl: 900
  register: admission
  no_log: true

- name: Nobody joins any more
  slipway.containers.kubeadm_token:
    state: pruned
"""

RETURN = r"""
token:
  description: The new token. A secret.
  returned: with V(present), but not in check mode
  type: str
token_id:
  description: Its public part.
  returned: with V(present), but not in check mode
  type: str
certificate_key:
  description: The key of the certificates, where they were uploaded. A secret.
  returned: with V(present), but not in check mode
  type: str
expires:
  description: When it ends by itself.
  returned: with V(present), but not in check mode
  type: str
  sample: "2026-11-22T04:15:00Z"
revoked:
  description: The ids of the tokens that were revoked.
  returned: with V(absent) and V(pruned)
  type: list
  elements: str
"""

import re
from collections.abc import Sequence
from typing import Any

from ..module_utils._core.kube.tokens import to_prune
from ..module_utils._io.app_module import AppError, Context, run
from ..module_utils._io.kube import tokens
from ..module_utils._io.kube.kubeadm import Kubeadm
from ..module_utils._io.kube.kubectl import ADMIN_CONF, Kubectl

_ID = re.compile(r"[a-z0-9]{6}")

ARGUMENTS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent", "pruned"], "default": "present"},
    "ttl": {"type": "int", "default": 900},
    "description": {"type": "str", "default": "slipway join"},
    "certificates": {"type": "bool", "default": False},
    "token_id": {"type": "str", "no_log": False},
    "cri_socket": {"type": "str", "default": "unix:///run/containerd/containerd.sock"},
    "kubeconfig": {"type": "path", "default": ADMIN_CONF},
}


def work(context: Context) -> dict[str, Any]:
    params = context.params
    if params["state"] == "present":
        return {"changed": True} if context.check_mode else _made(params)
    if params["state"] == "pruned":
        kubectl = Kubectl(params["kubeconfig"])
        return _revoked(kubectl, to_prune(tokens.listed(kubectl)), True, context.check_mode)
    if not _ID.fullmatch(params["token_id"] or ""):
        raise AppError(
            f"token_id: found '{params['token_id'] or ''}', expected the six letters before the dot of a token"
        )
    return _revoked(Kubectl(params["kubeconfig"]), [params["token_id"]], params["certificates"], context.check_mode)


def _made(params: dict[str, Any]) -> dict[str, Any]:
    """A token is made first: where the certificates fail, it ends by itself."""
    token, key = tokens.new_token(), tokens.new_key() if params["certificates"] else ""
    kubectl = Kubectl(params["kubeconfig"], hidden=tuple(filter(None, (token, token.partition(".")[2], key))))
    progress: list[str] = []
    expires = tokens.create(kubectl, token, params["ttl"], params["description"])
    if key:
        tokens.upload_certificates(kubectl, params["cri_socket"], Kubeadm(progress.append, (key,)), key)
    made = {"token": token, "token_id": token.partition(".")[0], "certificate_key": key, "expires": expires}
    return {"changed": True, **made}


def _revoked(kubectl: Kubectl, identities: Sequence[str], certificates: bool, dry_run: bool) -> dict[str, Any]:
    gone = [identity for identity in identities if tokens.revoke(kubectl, identity, dry_run=dry_run)]
    uploaded = tokens.revoke_certificates(kubectl, dry_run) if certificates else False
    lines = [f"token {identity}\n" for identity in gone] + (["certificates of control planes\n"] if uploaded else [])
    return {"changed": bool(lines), "revoked": gone, "diff": {"before": "".join(lines), "after": ""}}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
