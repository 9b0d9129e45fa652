# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension fields x-ecs, x-kubernetes and x-systemd of a service: what Compose has no word for."""

from __future__ import annotations

from typing import Any, TypeVar

from ..findings import Finding
from ..options.schema import read
from .across import RULE
from .ecs import EcsOptions, EfsVolume, Scaling
from .kubernetes import Ingress, KubernetesOptions, SecretKey, Toleration
from .systemd import SystemdOptions, TimerOptions

#: The field's name -> what is made of it. `Service` has each under the name without the x-.
EXTENSIONS = {"x-ecs": EcsOptions, "x-kubernetes": KubernetesOptions, "x-systemd": SystemdOptions}

_Options = TypeVar("_Options")

__all__ = [
    "EXTENSIONS",
    "RULE",
    "EcsOptions",
    "EfsVolume",
    "Ingress",
    "KubernetesOptions",
    "Scaling",
    "SecretKey",
    "SystemdOptions",
    "TimerOptions",
    "Toleration",
    "read_options",
]


def read_options(options: type[_Options], value: Any, path: str) -> tuple[_Options, list[Finding]]:
    """What a service's extension field says, and everything that is wrong with it; what is wrong keeps its default."""
    made, findings = read(options, value, path, RULE)
    return (options() if made is None else made), findings
