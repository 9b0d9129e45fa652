# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of daemon.json: kind, whether a running dockerd takes a change on SIGHUP, flag, and first Engine.

Source: moby's daemon/config (fields and their JSON names), daemon/command/config.go (flags) and daemon/reload.go with
reload_unix.go (what SIGHUP applies), Engine 20.10 to 29.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .kinds import Kind, ListOf, MapOf, Plain, Struct

BOOL = Plain("true or false", (bool,))
NUMBER = Plain("a whole number", (int,))
TEXT = Plain("a string", (str,))
SIZE = Plain("a number of bytes, or a string such as 64M", (int, str))
ENTRY = Plain("a mapping", (dict,))
TEXTS = ListOf(TEXT)

#: A change needs a restart.
RESTART = "restart"
#: SIGHUP takes a new value. A key that is gone from the file keeps its old value until a restart.
WHEN_SET = "when set"
#: SIGHUP takes a new value, and the default where the key is gone.
ALWAYS = "always"


@dataclass(frozen=True)
class Key:
    """`flags` are those of dockerd that set the same thing; `since` is the first Engine that knows the key."""

    kind: Kind
    reload: str = RESTART
    flags: tuple[str, ...] = ()
    since: tuple[int, int] = (0, 0)


_RUNTIME = Struct({"path": TEXT, "runtimeType": TEXT, "runtimeArgs": TEXTS, "options": ENTRY}, "a mapping")
_ULIMIT = Struct({"Name": TEXT, "Hard": NUMBER, "Soft": NUMBER}, "a mapping with Name, Hard and Soft")
_GC = Struct(
    {
        "enabled": BOOL,
        "defaultKeepStorage": TEXT,
        "defaultReservedSpace": TEXT,
        "defaultMaxUsedSpace": TEXT,
        "defaultMinFreeSpace": TEXT,
        "policy": ListOf(ENTRY),
    }
)
_BUILDER = Struct(
    {"gc": _GC, "entitlements": Struct({"network-host": BOOL, "security-insecure": BOOL, "device": BOOL})}
)
_NRI = Struct({"enable": BOOL, "plugin-path": TEXT, "plugin-config-path": TEXT, "socket-path": TEXT})

KEYS: Mapping[str, Key] = {
    "allow-direct-routing": Key(BOOL, since=(28, 2)),
    "allow-nondistributable-artifacts": Key(TEXTS, WHEN_SET, ("allow-nondistributable-artifacts",)),
    "api-cors-header": Key(TEXT),
    "authorization-plugins": Key(TEXTS, WHEN_SET, ("authorization-plugin",)),
    "bip": Key(TEXT),
    "bip6": Key(TEXT, since=(27, 0)),
    "bridge": Key(TEXT, flags=("bridge", "b")),
    "bridge-accept-fwmark": Key(TEXT, since=(28, 3)),
    "builder": Key(_BUILDER),
    "cdi-spec-dirs": Key(TEXTS, flags=("cdi-spec-dir",), since=(25, 0)),
    "cgroup-parent": Key(TEXT),
    "containerd": Key(TEXT),
    "containerd-namespace": Key(TEXT),
    "containerd-plugin-namespace": Key(TEXT, flags=("containerd-plugins-namespace",)),
    "containerd-plugins-namespace": Key(TEXT),
    "cpu-rt-period": Key(NUMBER),
    "cpu-rt-runtime": Key(NUMBER),
    "cri-containerd": Key(BOOL),
    "data-root": Key(TEXT),
    "debug": Key(BOOL, WHEN_SET, ("debug", "D")),
    "default-address-pools": Key(ListOf(ENTRY), flags=("default-address-pool",)),
    "default-cgroupns-mode": Key(TEXT, WHEN_SET),
    "default-gateway": Key(TEXT),
    "default-gateway-v6": Key(TEXT),
    "default-init": Key(TEXT),
    "default-ipc-mode": Key(TEXT, WHEN_SET),
    "default-network-opts": Key(MapOf(MapOf(TEXT)), flags=("default-network-opt",), since=(24, 0)),
    "default-runtime": Key(TEXT, WHEN_SET),
    "default-shm-size": Key(SIZE, WHEN_SET),
    "default-stop-timeout": Key(NUMBER, WHEN_SET, since=(29, 0)),
    "default-ulimits": Key(MapOf(_ULIMIT), flags=("default-ulimit",)),
    "deprecated-key-path": Key(TEXT),
    "dns": Key(TEXTS),
    "dns-opts": Key(TEXTS, flags=("dns-opt",)),
    "dns-search": Key(TEXTS),
    "exec-opts": Key(TEXTS, flags=("exec-opt",)),
    "exec-root": Key(TEXT),
    "experimental": Key(BOOL),
    "features": Key(MapOf(BOOL), ALWAYS, ("feature",)),
    "firewall-backend": Key(TEXT, since=(29, 0)),
    "fixed-cidr": Key(TEXT),
    "fixed-cidr-v6": Key(TEXT),
    "group": Key(TEXT, flags=("group", "G")),
    "host-gateway-ip": Key(TEXT, since=(20, 10)),
    "host-gateway-ips": Key(TEXTS, flags=("host-gateway-ip",), since=(28, 0)),
    "hosts": Key(TEXTS, flags=("host", "H")),
    "icc": Key(BOOL),
    "init": Key(BOOL),
    "init-path": Key(TEXT),
    "insecure-registries": Key(TEXTS, WHEN_SET, ("insecure-registry",)),
    "ip": Key(TEXT),
    "ip-forward": Key(BOOL),
    "ip-forward-no-drop": Key(BOOL, since=(28, 0)),
    "ip-masq": Key(BOOL),
    "ip6tables": Key(BOOL),
    "iptables": Key(BOOL),
    "ipv6": Key(BOOL),
    "labels": Key(TEXTS, WHEN_SET, ("label",)),
    "live-restore": Key(BOOL, WHEN_SET),
    "log-driver": Key(TEXT),
    "log-format": Key(TEXT, since=(25, 0)),
    "log-level": Key(TEXT, flags=("log-level", "l")),
    "log-opts": Key(MapOf(TEXT), flags=("log-opt",)),
    "max-concurrent-downloads": Key(NUMBER, ALWAYS),
    "max-concurrent-uploads": Key(NUMBER, ALWAYS),
    "max-download-attempts": Key(NUMBER, ALWAYS),
    "metrics-addr": Key(TEXT),
    "mtu": Key(NUMBER),
    "network-control-plane-mtu": Key(NUMBER),
    "network-diagnostic-port": Key(NUMBER, ALWAYS),
    "no-new-privileges": Key(BOOL),
    "node-generic-resources": Key(TEXTS, flags=("node-generic-resource",)),
    "nri-opts": Key(_NRI, WHEN_SET, since=(29, 0)),
    "oom-score-adjust": Key(NUMBER),
    "pidfile": Key(TEXT, flags=("pidfile", "p")),
    "proxies": Key(
        Struct({"http-proxy": TEXT, "https-proxy": TEXT, "no-proxy": TEXT}),
        flags=("http-proxy", "https-proxy", "no-proxy"),
        since=(23, 0),
    ),
    "raw-logs": Key(BOOL),
    "registry-mirrors": Key(TEXTS, WHEN_SET, ("registry-mirror",)),
    "resolv-conf": Key(TEXT),
    "rootless": Key(BOOL),
    # dockerd itself lets flags and the file name runtimes together.
    "runtimes": Key(MapOf(_RUNTIME), WHEN_SET, ("",)),
    "seccomp-profile": Key(TEXT),
    "selinux-enabled": Key(BOOL),
    "shutdown-timeout": Key(NUMBER, WHEN_SET),
    "storage-driver": Key(TEXT, flags=("storage-driver", "s")),
    "storage-opts": Key(TEXTS, flags=("storage-opt",)),
    "swarm-default-advertise-addr": Key(TEXT),
    "swarm-raft-election-tick": Key(NUMBER),
    "swarm-raft-heartbeat-tick": Key(NUMBER),
    "tls": Key(BOOL),
    "tlscacert": Key(TEXT),
    "tlscert": Key(TEXT),
    "tlskey": Key(TEXT),
    "tlsverify": Key(BOOL),
    "userland-proxy": Key(BOOL),
    "userland-proxy-path": Key(TEXT),
    "userns-remap": Key(TEXT),
}

#: Mappings below this are one thing for a merge: a runtime is ours or the host's, never half of each.
DEPTH: Mapping[str, int] = {"builder": 3, "default-network-opts": 3}
_ORDINARY_DEPTH = 2

#: The default bridge, which dockerd sets up anew only when it starts with no container running. Source: moby's
#: daemon/daemon_unix.go, initNetworkController ("updated network configuration will not take affect").
OF_THE_BRIDGE = (
    *("bip", "bip6", "bridge", "default-gateway", "default-gateway-v6", "fixed-cidr", "fixed-cidr-v6"),
    *("icc", "ip", "ip-masq", "ipv6", "mtu"),
)

#: Of the features, those that a running dockerd takes.
RELOADED_FEATURES = ("buildkit",)


def depth(key: str) -> int:
    """How many names lead to what is merged as one: ("log-opts", "max-size") are two."""
    return DEPTH.get(key, _ORDINARY_DEPTH)
