# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: openpgp_fingerprints
short_description: Fingerprints of an OpenPGP key, without gpg
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Returns the fingerprints of the primary keys in a text, so that a key can be compared with the fingerprint that its
    owner publishes before anything trusts it.
  - Keys of version 4 are known, which all keys of package repositories are.
positional: _input
options:
  _input:
    description: The key in ASCII armor.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Tell which keys a file holds
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.file', 'archive-key.asc') | slipway.containers.openpgp_fingerprints }}"
"""

RETURN = r"""
_value:
  description: A fingerprint of 40 digits for each primary key, in their order.
  type: list
  elements: str
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._core.openpgp import KeyTextError, fingerprints


def openpgp_fingerprints(text: Any) -> list[str]:
    if not isinstance(text, str):
        raise AnsibleFilterError(f"openpgp_fingerprints: found {type(text).__name__}, expected a key as text")
    try:
        return fingerprints(text)
    except KeyTextError as problem:
        raise AnsibleFilterError(f"openpgp_fingerprints: {problem}") from problem


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"openpgp_fingerprints": openpgp_fingerprints}
