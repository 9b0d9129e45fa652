# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets that an app is derived for, and what they have in common."""

from __future__ import annotations

TARGETS = ("systemd", "compose", "fargate", "ecs_ec2", "kubeadm", "eks")

HOSTS = ("systemd", "compose")
ECS = ("fargate", "ecs_ec2")
KUBERNETES = ("kubeadm", "eks")
#: Where instances make up a pool that packing counts.
CLUSTERS = ("ecs_ec2", "kubeadm", "eks")

#: What sizing calls each target.
SIZING = {
    **{target: target for target in HOSTS},
    **dict.fromkeys(ECS, "ecs"),
    **dict.fromkeys(KUBERNETES, "kubernetes"),
}

#: How people call them.
NAMES = {"hosts": "a host", "ecs": "ECS", "kubernetes": "Kubernetes"}


def family(target: str) -> str:
    """Which of NAMES a target belongs to: there, an app runs the same number of copies."""
    return "hosts" if target in HOSTS else SIZING[target]
