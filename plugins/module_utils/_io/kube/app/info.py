# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this host reaches a cluster, which version that has, and which release of an app is good there."""

from __future__ import annotations

import json
from typing import Any

from ...._core.kube.app.objects import selector
from ...._core.kube.app.releases import history
from ...._core.kube.versions import minor_of
from ...app_module import Context
from ..kubectl import Kubectl, KubectlError


def work(context: Context) -> dict[str, Any]:
    """A host that does not reach it is an answer, too."""
    params = context.params
    kubectl = Kubectl(kubeconfig=params["kubeconfig"], patience_seconds=params["patience"])
    found: dict[str, Any] = {"changed": False, "answers": False, "why": "", "server": "", "minor": "", "release": ""}
    try:
        version = json.loads(kubectl.raw("/version"))["gitVersion"]
        namespace = params["namespace"] or params["name"]
        secrets = kubectl.items("secrets", namespace, selector(params["name"])) if params["name"] else []
    except KubectlError as error:
        return {**found, "server": kubectl.server, "why": str(error)}
    good = history(secrets).good
    found.update(answers=True, server=kubectl.server, minor=str(minor_of(version)), release=good.id if good else "")
    return found
