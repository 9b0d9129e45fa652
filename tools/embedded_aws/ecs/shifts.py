# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments that run both revisions and shift traffic: BLUE_GREEN, LINEAR and CANARY."""

from __future__ import annotations

from .nouns import Moment, Service, ServiceDeployment


def shifting(service: Service, deployment: ServiceDeployment) -> bool:
    return False


def step(service: Service, deployment: ServiceDeployment, moment: Moment) -> None:
    raise NotImplementedError
