# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second way into a container for as long as the engine takes it off a network or puts it on one again.

The engine removes a container's interface some 10 to 30 ms before its name server forgets it, and adds it as long after
the name is known. Whoever asks for the name in between gets an address where nobody answers. So the container gets
a spare interface with the same address on the same bridge first. With it, an old container answers until its last
connection has ended, and a new one stays reachable while it gets its aliases. Where this cannot be done (no root,
no `ip` and `nsenter`, an engine elsewhere, a network that is no bridge) the update works without it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from ..engine.client import Engine
from ..program_run import Run, run

#: Rules before the main table's, and tables, one for each network of a container. Nobody else numbers them so.
_RULES, _TABLES, _LAST_RULES = 7700, 7700, 40700
_SETTINGS, _STRICTNESS = "/proc/sys/net", "ipv4/conf/all/rp_filter"
_SECONDS = 10.0
#: What /sys says of a port of a bridge that lets packets through, and how long that may take.
_FORWARDING, _FORWARD_SECONDS = "3", 2.0


@dataclass(frozen=True)
class Spare:
    """`outside` is its end on the bridge, `inside` the one in the container. `number` is of its rules and tables."""

    pid: int
    outside: str
    inside: str
    number: int
    mac: str
    both: bool  # it has an address of IPv6, too
    strict: bool  # the container checks where packets come in, and has been told to be lenient


def keep(
    engine: Engine, inspected: Mapping[str, Any], network: str, number: int, comes_back: bool = False
) -> Spare | None:
    """A spare interface for a running container on one of its networks; None where that cannot be had.

    One that comes back to the network gets no address of IPv6 for the meantime: the engine would find it in its way.
    """
    endpoint = inspected["NetworkSettings"]["Networks"][network]
    definition = engine.get(f"/networks/{endpoint['NetworkID']}")
    bridge = _bridge(definition)
    if not (_possible(engine) and bridge and endpoint.get("IPAddress")):
        return None
    pid, mac = int(inspected["State"]["Pid"]), str(endpoint["MacAddress"])
    both = bool(endpoint.get("GlobalIPv6Address")) and not comes_back
    spare = Spare(pid, f"sw{inspected['Id'][:8]}{number}", f"spare{number}", number, mac, both, _strict(pid))
    plugged = _batch([], _outside(spare, bridge)) and _batch(_within(pid), _links(spare)) and _forwards(spare)
    if both:  # the engine turns it on for its own interfaces alone
        plugged = plugged and _set(pid, f"ipv6/conf/{spare.inside}/disable_ipv6", "0")
    if plugged and _batch(_within(pid), _ways(spare, endpoint)):
        # The container's other interface has the same hardware address, and may still speak now and then.
        _run(["bridge", "fdb", "replace", mac, "dev", spare.outside, "master", "static", "sticky"])
        return spare
    release(spare)
    return None


def release(spare: Spare) -> None:
    """The bridge may learn anew where the container is, then all leaves by its own interface, then the spare one goes.

    In any other order packets are lost for some milliseconds: at a dying port, or answers to an interface that did not
    ask. Who lost one waits a second until it is sent again.
    """
    _run(["bridge", "fdb", "delete", spare.mac, "dev", spare.outside, "master"])
    first, last = f"rule delete pref {_RULES + spare.number}", f"rule delete pref {_LAST_RULES + spare.number}"
    _batch(_within(spare.pid), [first, last])
    _batch([], [f"link set {spare.outside} nomaster", f"link delete {spare.outside}"])
    if spare.both:
        _batch(_within(spare.pid), [f"-6 {first}"])
    if spare.strict:
        _set(spare.pid, _STRICTNESS, "1")


def _possible(engine: Engine) -> bool:
    local = bool(engine.address.socket) and os.geteuid() == 0
    return local and bool(shutil.which("ip") and shutil.which("nsenter"))


def _bridge(definition: Mapping[str, Any]) -> str:
    """The bridge's name; nothing where the network is another kind, or lets no container talk to another."""
    options = definition.get("Options") or {}
    if definition.get("Driver") != "bridge" or options.get("com.docker.network.bridge.enable_icc") == "false":
        return ""
    name = str(options.get("com.docker.network.bridge.name") or f"br-{definition['Id'][:12]}")
    return name if Path("/sys/class/net", name, "mtu").exists() else ""


def _outside(spare: Spare, bridge: str) -> list[str]:
    size = f"mtu {Path('/sys/class/net', bridge, 'mtu').read_text(encoding='ascii').strip()}"
    other = f"peer name {spare.inside} address {spare.mac} {size} netns {spare.pid}"
    return [f"link add {spare.outside} {size} type veth {other}", f"link set {spare.outside} master {bridge} up"]


def _links(spare: Spare) -> list[str]:
    return [f"link set {spare.inside} addrgenmode none", f"link set {spare.inside} up"]


def _forwards(spare: Spare) -> bool:
    """The bridge takes part of a second to notice that the other end is up, and drops everything until then."""
    state, end = Path("/sys/class/net", spare.outside, "brport/state"), time.monotonic() + _FORWARD_SECONDS
    while time.monotonic() < end:
        if state.exists() and state.read_text(encoding="ascii").strip() == _FORWARDING:
            return True
        time.sleep(0.002)
    return False


def _ways(spare: Spare, endpoint: Mapping[str, Any]) -> list[str]:
    """The address for itself, so that the engine sees no route of ours in the main table, where it would object.

    What goes to the network itself takes the spare interface at once; all else only where the main table knows no way.
    """
    lines, last = [], _LAST_RULES + spare.number
    for option, address, length in (
        ("", "IPAddress", "IPPrefixLen"),
        ("-6 ", "GlobalIPv6Address", "GlobalIPv6PrefixLen"),
    ):
        own, table = endpoint.get(address), _TABLES + spare.number
        if not own or (option and not spare.both):
            continue
        subnet = ip_network(f"{own}/{endpoint[length]}", strict=False)
        single = f"{own}/{subnet.max_prefixlen}{' nodad' if option else ''}"
        lines.append(f"{option}addr add {single} dev {spare.inside}")
        lines.append(f"{option}route add {subnet} dev {spare.inside} src {own} table {table}")
        lines.append(f"{option}rule add pref {_RULES + spare.number} lookup {table}")
    if endpoint.get("Gateway"):
        lines.append(f"route add default via {endpoint['Gateway']} dev {spare.inside} onlink table {last}")
        lines.append(f"rule add pref {last} lookup {last}")
    return lines


def _strict(pid: int) -> bool:
    """Where the kernel wants answers to leave by the way that questions came in, it would drop half of the packets."""
    seen = _run([*_within(pid), "cat", f"{_SETTINGS}/{_STRICTNESS}"])
    if seen is None or seen.strip() != "1":
        return False
    _set(pid, _STRICTNESS, "2")
    return True


def _set(pid: int, name: str, value: str) -> bool:
    """A setting of the container's own network."""
    return _run([*_within(pid), "tee", f"{_SETTINGS}/{name}"], value) is not None


def _within(pid: int) -> list[str]:
    return ["nsenter", "--target", str(pid), "--net"]


def _batch(prefix: list[str], lines: list[str]) -> bool:
    """Several commands of `ip` in one program. `-force`: where one fails the others still run, and it says so."""
    commands = [(line[3:], ["-6"]) if line.startswith("-6 ") else (line, []) for line in lines]
    done = True
    for family in ([], ["-6"]):
        text = "\n".join(line for line, given in commands if given == family)
        if text:
            done = _run([*prefix, "ip", *family, "-force", "-batch", "-"], f"{text}\n") is not None and done
    return done


def _run(words: list[str], text: str = "") -> str | None:
    """What it printed; None where it failed, which is never the end of an update."""
    try:
        ended = run(Run(tuple(words), os.environ, stdin=text, seconds=_SECONDS, whole=True))
    except OSError:
        return None
    return ended.stdout if ended.exit_code == 0 else None
