# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubelet of this node: started anew, and waited for until it looks after its node again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ..._core.kube.program_log import last_words
from ..._core.redaction import redact
from ..app_module import AppError
from ..systemd import journal, systemctl
from .kubectl import Kubectl, KubectlError

CONFIG = Path("/var/lib/kubelet/config.yaml")
#: A node may read and renew what is its own with it, and nothing else.
KUBELET_CONF = "/etc/kubernetes/kubelet.conf"
_UNIT = "kubelet.service"
_PAUSE_SECONDS = 1.0
#: systemd waits ten seconds before each of them.
_MOST_RESTARTS = 3
_TAIL = 6
_LINES = 400


def restart(node: str, seconds: float, say: Callable[[str], None]) -> None:
    """Until it has renewed the lease of its node, which it does as soon as it is up and reaches the API server."""
    say(f"waiting for the kubelet of {node}: that it renews the lease of its node")
    began, asked = time.monotonic(), time.time()
    systemctl.must("restart", _UNIT)
    restarts = systemctl.states([_UNIT])[_UNIT].restarts
    now = time.time()
    since = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1e6):06d}Z"
    kubectl = Kubectl(KUBELET_CONF, patience_seconds=0.0, seconds=20.0)
    while True:
        why = _not_yet(kubectl, node, since)
        spent = time.monotonic() - began
        if not why:
            say(f"the kubelet of {node} is back after {spent:.0f} s")
            return
        ended = systemctl.states([_UNIT])[_UNIT].restarts - restarts
        if ended >= _MOST_RESTARTS or spent > seconds:
            how = f"it ended {ended} times" if ended >= _MOST_RESTARTS else f"waited {seconds:.0f} s for it"
            lines = last_words(journal.tail(_UNIT, asked, lines=_LINES), _TAIL)
            said = "\n".join(redact(line, ()) for line in lines)
            raise AppError(f"the kubelet of {node} does not come up ({how}): {why}. It said last:\n{said}")
        time.sleep(_PAUSE_SECONDS)


def _not_yet(kubectl: Kubectl, node: str, since: str) -> str:
    """Why it is not back yet; empty where it is. Both moments are of this host's clock."""
    try:
        lease = kubectl.get("lease", node, "kube-node-lease") or {}
    except KubectlError as error:
        return str(error)
    renewed = str((lease.get("spec") or {}).get("renewTime", ""))
    if not renewed:
        return "its node has no lease"
    return "" if renewed > since else f"the lease of its node is from {renewed}"
