# SPDX-License-Identifier: GPL-3.0-or-later
"""Bare nodes for clusters, and all that kubeadm fetches, with no release server and no registry of the internet."""

from .lab import Lab, Played, playbook
from .nodes import Node

__all__ = ["Lab", "Node", "Played", "playbook"]
