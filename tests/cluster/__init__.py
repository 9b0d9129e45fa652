# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters of real nodes: what roles and playbooks for kubeadm make of bare hosts. docs/lab.md says how to run it."""
