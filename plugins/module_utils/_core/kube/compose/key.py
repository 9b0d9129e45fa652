# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table's lines for Kubernetes."""

from __future__ import annotations

from ...compose_keys import Key as AnyKey
from ...compose_keys import apply, lose
from .draft import ServiceDraft

Key = AnyKey[ServiceDraft]

__all__ = ["Key", "apply", "lose"]
