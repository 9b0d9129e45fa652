# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service asks of the kernel, and shares with its node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, REFUSED
from .draft import ServiceDraft
from .key import Key
from .logs import KEYS as LOGS

#: Those that a kubelet lets pods set without being told, and since when.
_SAFE = {
    "kernel.shm_rmid_forced": (1, 4),
    "net.ipv4.ip_local_port_range": (1, 4),
    "net.ipv4.tcp_syncookies": (1, 4),
    "net.ipv4.ping_group_range": (1, 18),
    "net.ipv4.ip_unprivileged_port_start": (1, 22),
    "net.ipv4.ip_local_reserved_ports": (1, 27),
    "net.ipv4.tcp_keepalive_time": (1, 29),
    "net.ipv4.tcp_fin_timeout": (1, 29),
    "net.ipv4.tcp_keepalive_intvl": (1, 29),
    "net.ipv4.tcp_keepalive_probes": (1, 29),
    "net.ipv4.tcp_rmem": (1, 32),
    "net.ipv4.tcp_wmem": (1, 32),
}


def _sysctls(service: ServiceDraft, value: Mapping[str, str]) -> None:
    listed = service.pod.setdefault("securityContext", {}).setdefault("sysctls", [])
    for name, text in value.items():
        listed.append({"name": name, "value": str(text)})
        if service.app.given.minor < _SAFE.get(name, (99, 0)):
            message = f"nodes refuse a pod that sets {name}, unless their kubelet allows it"
            service.report("compose-ignored", f"sysctls[{name}]", message, "allow it with allowedUnsafeSysctls")


def _namespace(key: str, field: str) -> Callable[[ServiceDraft, Any], None]:
    def handle(service: ServiceDraft, value: str) -> None:
        if value == "host":
            service.pod[field] = True
        elif value not in ("", "private", "shareable"):
            message = f"'{value}' is a namespace of another container, which pods do not share"
            service.report("compose-ignored", key, message, "let them talk over the network")

    return handle


KEYS = (
    *LOGS,
    Key(
        "sysctls",
        APPROXIMATED,
        "`sysctls`",
        "The same; what the kubelet does not count among the safe ones has to be allowed on the nodes.",
        handle=_sysctls,
    ),
    Key(
        "pid",
        APPROXIMATED,
        "`hostPID`",
        "`host`; those of other containers are not shared.",
        handle=_namespace("pid", "hostPID"),
    ),
    Key(
        "ipc",
        APPROXIMATED,
        "`hostIPC`",
        "`host`; those of other containers are not shared.",
        handle=_namespace("ipc", "hostIPC"),
    ),
    Key(
        "ulimits",
        IGNORED,
        "nothing",
        "a pod sets no limits of its own: those of the runtime on the node hold",
        "raise them for the runtime, or in the program",
    ),
    Key("memswap_limit", IGNORED, "nothing", "swap is the node's to give", minor=True),
    Key("mem_swappiness", IGNORED, "nothing", "swap is the node's to give", minor=True),
    Key("oom_kill_disable", IGNORED, "nothing", "a container that exceeds its memory is killed", "raise the limit"),
    Key("oom_score_adj", IGNORED, "nothing", "requests and limits decide who is killed first", minor=True),
    Key("blkio_config", IGNORED, "nothing", "nothing limits its disk traffic", minor=True),
    Key("uts", IGNORED, "nothing", "a pod has a name of its own", minor=True),
    Key("userns_mode", NOT_NEEDED, "nothing", "The users of a pod are those of its node."),
    Key("cgroup", IGNORED, "nothing", "its control group is the kubelet's to choose", quiet=("private",), minor=True),
    Key("cgroup_parent", IGNORED, "nothing", "its control group is the kubelet's to choose", minor=True),
    Key("isolation", NOT_NEEDED, "nothing", "A word of Windows."),
    Key("credential_spec", REFUSED, "nothing", "a word of Windows", "run it on Windows"),
    Key(
        "use_api_socket",
        REFUSED,
        "nothing",
        "nodes have no engine of Docker that the service could call",
        "let it call the cluster, with x-kubernetes.service_account",
    ),
)
