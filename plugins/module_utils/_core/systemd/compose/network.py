# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network is the host's: services find each other at 127.0.0.1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, REFUSED
from .draft import ServiceDraft
from .key import Key, lose

_HOSTS = ("host", "bridge", "default")


def _network_mode(service: ServiceDraft, value: str) -> None:
    if value == "none":
        service.confine("PrivateNetwork")
    elif value.startswith("container:"):
        service.report("compose-refused", "network_mode", f"'{value}' is a container outside the project")
    elif ":" not in value and value not in _HOSTS:
        service.report("compose-left-out", "network_mode", f"the network '{value}' is the host's own here")


def _networks(service: ServiceDraft, value: Mapping[str, Any]) -> None:
    if service.service.name in service.app.names.kept_in:
        _keep_in(service)
    for name, settings in value.items():
        for key in OF_A_NETWORK:
            if (settings or {}).get(key.name.rpartition(".")[2]):
                lose(key, service, f"networks.{name}.{key.name.rpartition('.')[2]}")


def _keep_in(service: ServiceDraft) -> None:
    """Networks that let nothing out: it talks with this host alone, where the others of its networks are."""
    if not service.service.ports:
        service.confine("IPAddressDeny")
    else:
        message = "its networks let nothing out, and it publishes ports: it reaches what its host reaches"
        hint = "limit what it reaches with x-systemd: {hardening: {IPAddressDeny: true}}, or with a firewall"
        service.report("compose-ignored", "networks", message, hint)


def _links(service: ServiceDraft, value: Sequence[str]) -> None:
    for link in value:
        name, _colon, alias = link.partition(":")
        message = f"the name '{alias or name}' does not exist: '{name}' is reached at 127.0.0.1"
        service.report("compose-approximated", f"links[{alias or name}]", message)


_ADDRESS = "the address is the host's"
OF_A_NETWORK = (
    Key("networks.ipv4_address", IGNORED, "nothing", _ADDRESS, minor=True),
    Key("networks.ipv6_address", IGNORED, "nothing", _ADDRESS, minor=True),
    Key("networks.link_local_ips", IGNORED, "nothing", _ADDRESS, minor=True),
    Key("networks.mac_address", IGNORED, "nothing", _ADDRESS, minor=True),
    Key("networks.driver_opts", IGNORED, "nothing", "the network is the host's", minor=True),
    Key("networks.interface_name", IGNORED, "nothing", "the network is the host's", minor=True),
)
_RESOLVER = "names are resolved as the host does"
KEYS = (
    Key(
        "network_mode",
        APPROXIMATED,
        "nothing",
        "All services share the host's network; `none` is `PrivateNetwork`.",
        handle=_network_mode,
    ),
    Key(
        "networks",
        APPROXIMATED,
        "nothing",
        "All services share the host's network. With networks that let nothing out it talks with the host alone:"
        " `IPAddressDeny`.",
        handle=_networks,
    ),
    Key("networks.aliases", APPROXIMATED, "addresses", "They count as names of the service in addresses."),
    *OF_A_NETWORK,
    Key("networks.priority", NOT_NEEDED, "nothing", "There is one network."),
    Key("networks.gw_priority", NOT_NEEDED, "nothing", "There is one network."),
    Key("links", APPROXIMATED, "addresses", "Aliases count as names of the service in addresses.", handle=_links),
    Key(
        "external_links",
        REFUSED,
        "nothing",
        "a container outside the project is none that systemd knows",
        "name its address in a variable",
    ),
    Key(
        "extra_hosts",
        IGNORED,
        "nothing",
        "a service has no hosts file of its own",
        "write the names into /etc/hosts of the host",
    ),
    Key("hostname", IGNORED, "nothing", "it has the host's name", minor=True),
    Key(
        "container_name",
        NOT_NEEDED,
        "addresses",
        "Units are called after app and service; it counts as a name of the service in addresses.",
    ),
    Key("domainname", IGNORED, "nothing", "it has the host's name", minor=True),
    Key("dns", IGNORED, "nothing", _RESOLVER, "set the servers on the host"),
    Key("dns_search", IGNORED, "nothing", _RESOLVER, "write names in full"),
    Key("dns_opt", IGNORED, "nothing", _RESOLVER, minor=True),
    Key("mac_address", IGNORED, "nothing", _ADDRESS, minor=True),
)
