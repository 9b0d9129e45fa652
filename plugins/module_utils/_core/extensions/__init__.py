# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension fields x-ecs, x-kubernetes and x-systemd of a service: what Compose has no word for."""

from __future__ import annotations

from .ecs import EcsOptions, EfsVolume, Scaling
from .kubernetes import Ingress, KubernetesOptions, SecretKey
from .schema import RULE, read_options
from .systemd import SystemdOptions

#: The field's name -> what is made of it. `Service` has each under the name without the x-.
EXTENSIONS = {"x-ecs": EcsOptions, "x-kubernetes": KubernetesOptions, "x-systemd": SystemdOptions}

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
    "read_options",
]
