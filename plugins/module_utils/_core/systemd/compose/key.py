# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table's lines for systemd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ... import compose_keys
from .draft import ServiceDraft

Handler = Callable[[ServiceDraft, Any], None]


@dataclass(frozen=True)
class Key(compose_keys.Key[ServiceDraft]):
    """`answer` are options of the hardened unit: who turns one of them off has seen to what the key loses."""

    answer: tuple[str, ...] = ()


def apply(key: Key, service: ServiceDraft, value: Any) -> None:
    """Translate the key, or say what is lost."""
    if not service.turned_off(key.answer):
        compose_keys.apply(key, service, value)


def lose(key: Key, service: ServiceDraft, place: str) -> None:
    """Say that the key is left out at a place, for the reason that stands in the table."""
    if not service.turned_off(key.answer):
        compose_keys.lose(key, service, place)
