# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and networks: services find each other by name, and NetworkPolicies keep networks apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, REFUSED, TRANSLATED
from ...peers import link_aliases
from ..object_names import object_name
from .draft import ServiceDraft
from .key import Key, lose

_DEFAULT = "default"
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ADDRESS = re.compile(r"[0-9.]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+")


def add_networks(service: ServiceDraft) -> None:
    """The networks that its pods are on, and the further names by which others call it."""
    mode = str(service.service.keys.get("network_mode") or "")
    if mode == "host":
        service.fields["networks"] = None
    elif mode == "none":
        service.fields["cut_off"] = True
    else:
        service.fields["networks"] = tuple(service.service.keys.get("networks") or (_DEFAULT,))
        service.fields["kept_in"] = service.service.name in service.app.names.kept_in
    service.fields["aliases"] = tuple(name for name in _aliases(service) if name != service.name)


def _aliases(service: ServiceDraft) -> dict[str, None]:
    """Aliases on networks, those of links, and other names of the container that somebody of the app calls."""
    found: dict[str, None] = {}
    for network in (service.service.keys.get("networks") or {}).values():
        found.update(dict.fromkeys(object_name(alias) for alias in (network or {}).get("aliases") or ()))
    for caller in service.app.app.services.values():
        called = service.app.names.callees[caller.name].get(service.service.name, ())
        linked = [alias for alias, name in link_aliases(caller).items() if name == service.service.name]
        found.update(dict.fromkeys(object_name(name) for name in (*called, *linked)))
    others = {object_name(name) for name in service.app.app.services}
    return {name: None for name in found if name not in others}


def _network_mode(service: ServiceDraft, value: str) -> None:
    if value == "host":
        service.pod.update({"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"})
        message = "it shares the network of its node, where each port is there once"
        service.report("compose-approximated", "network_mode", message, "leave it out where it only publishes ports")
    elif value.startswith(("service:", "container:")):
        message = "a pod has a network of its own"
        hint = "let it call the other one by its name"
        service.report("compose-refused", "network_mode", message, hint)
    elif value not in ("none", "bridge", "default"):
        service.report("compose-left-out", "network_mode", f"the network '{value}' is the cluster's own here")


def _networks(service: ServiceDraft, value: Mapping[str, Any]) -> None:
    for name, settings in value.items():
        for key in OF_A_NETWORK:
            if (settings or {}).get(key.name.rpartition(".")[2]):
                lose(key, service, f"networks.{name}.{key.name.rpartition('.')[2]}")


def _links(service: ServiceDraft, value: Sequence[str]) -> None:
    for link in value:
        name, _colon, alias = link.partition(":")
        if alias and alias != name:
            message = f"everybody in the namespace knows '{name}' as '{object_name(alias)}', too"
            service.report("compose-approximated", f"links[{alias}]", message)


def _extra_hosts(service: ServiceDraft, value: Any) -> None:
    by_address: dict[str, list[str]] = {}
    for name, address in _hosts(value):
        if _ADDRESS.fullmatch(address.strip("[]")):
            by_address.setdefault(address.strip("[]"), []).append(name)
        else:
            message = f"'{name}' is to be '{address[:60]}', which is no address of a cluster"
            service.report("compose-ignored", f"extra_hosts[{name}]", message, "name an address")
    if by_address:
        service.pod["hostAliases"] = [{"ip": address, "hostnames": names} for address, names in by_address.items()]


def _hosts(value: Any) -> list[tuple[str, str]]:
    """In canonical form a list of name=address; a mapping is as good."""
    if isinstance(value, Mapping):
        pairs = [(name, each) for name, said in value.items() for each in (said if isinstance(said, list) else [said])]
        return [(str(name), str(address)) for name, address in pairs]
    split = (re.split(r"[=:]", str(entry), maxsplit=1) for entry in value)
    return [(pair[0], pair[1]) for pair in split if len(pair) == 2]


def _hostname(service: ServiceDraft, value: str) -> None:
    if _LABEL.fullmatch(value.lower()):
        service.pod["hostname"] = value.lower()
    else:
        service.report("compose-left-out", "hostname", f"'{value[:40]}' is no name of a pod")


def _dns(service: ServiceDraft, value: Sequence[str]) -> None:
    service.pod.setdefault("dnsConfig", {})["nameservers"] = [str(address) for address in value]


def _dns_search(service: ServiceDraft, value: Sequence[str]) -> None:
    service.pod.setdefault("dnsConfig", {})["searches"] = [domain for domain in value if domain != "."]


def _dns_opt(service: ServiceDraft, value: Sequence[str]) -> None:
    options = []
    for entry in value:
        name, colon, text = entry.partition(":")
        options.append({"name": name, **({"value": text} if colon else {})})
    service.pod.setdefault("dnsConfig", {})["options"] = options


_OWN_ADDRESS = "each pod gets an address of the cluster's"
_OWN_NETWORK = "the network is the cluster's"
OF_A_NETWORK = (
    Key("networks.ipv4_address", IGNORED, "nothing", _OWN_ADDRESS, minor=True),
    Key("networks.ipv6_address", IGNORED, "nothing", _OWN_ADDRESS, minor=True),
    Key("networks.link_local_ips", IGNORED, "nothing", _OWN_ADDRESS, minor=True),
    Key("networks.mac_address", IGNORED, "nothing", _OWN_ADDRESS, minor=True),
    Key("networks.driver_opts", IGNORED, "nothing", _OWN_NETWORK, minor=True),
    Key("networks.interface_name", IGNORED, "nothing", _OWN_NETWORK, minor=True),
)
KEYS = (
    Key(
        "network_mode",
        APPROXIMATED,
        "`hostNetwork`, a NetworkPolicy",
        "`host` is the node's network, `none` lets nothing in or out; that of another container is refused.",
        handle=_network_mode,
    ),
    Key(
        "networks",
        APPROXIMATED,
        "NetworkPolicies",
        "Pods that share a network reach each other, and those of internal networks nobody else. It takes a network of"
        " the cluster that enforces policies.",
        handle=_networks,
    ),
    Key("networks.aliases", TRANSLATED, "a further Service", "Known in the whole namespace."),
    *OF_A_NETWORK,
    Key("networks.priority", NOT_NEEDED, "nothing", "There is one network."),
    Key("networks.gw_priority", NOT_NEEDED, "nothing", "There is one network."),
    Key("links", APPROXIMATED, "a further Service", "An alias is known in the whole namespace.", handle=_links),
    Key(
        "external_links",
        REFUSED,
        "nothing",
        "a container outside the project is none that the cluster knows",
        "name its address in a variable",
    ),
    Key("extra_hosts", TRANSLATED, "`hostAliases`", "Addresses; Docker's host-gateway is none.", handle=_extra_hosts),
    Key("hostname", TRANSLATED, "`hostname`", "The name of the pod to itself.", handle=_hostname),
    Key(
        "container_name",
        NOT_NEEDED,
        "a further Service",
        "Where others of the app call it so.",
    ),
    Key("domainname", IGNORED, "nothing", "a pod's domain is the cluster's", minor=True),
    Key("dns", TRANSLATED, "`dnsConfig`", "Asked after the cluster's own.", handle=_dns),
    Key("dns_search", TRANSLATED, "`dnsConfig`", "Beside the cluster's own.", handle=_dns_search),
    Key("dns_opt", TRANSLATED, "`dnsConfig`", "The same.", handle=_dns_opt),
    Key("mac_address", IGNORED, "nothing", _OWN_ADDRESS, minor=True),
)
