# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of a task, and the names by which containers find each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...addresses import Address
from ...app import Service
from ...peers import link_aliases
from .draft import ContainerDraft, TaskDraft
from .image import to
from .key import APPROXIMATED, IGNORED, NOT_NEEDED, REFUSED, TRANSLATED, Key, lose
from .rewriting import report_elsewhere
from .target import EcsTarget

_DEFAULTS = ("bridge", "default")
_MODES = ("host", "none")


def task_network_mode(target: EcsTarget, services: Sequence[Service]) -> str:
    """The mode that is stated; else awsvpc on Fargate, and on EC2 what all services ask for, or bridge.

    Bridge is ECS's own default on EC2. Containers keep their names there, instances with few network interfaces hold
    many tasks, and no task needs a NAT gateway to reach the internet, as one in awsvpc mode does.
    """
    stated = target.network_mode or target.definition.get("networkMode")
    if stated or target.fargate:
        return str(stated or "awsvpc")
    asked = {service.keys.get("network_mode") for service in services}
    return next((mode for mode in _MODES if asked == {mode}), "bridge")


def _network_mode(container: ContainerDraft, value: str) -> None:
    task = container.task
    if ":" in value:
        shared_namespace(container, "network_mode", value, task.shares_localhost)
    elif value in _MODES and task.target.fargate:
        lose(NETWORK_MODE, container, "network_mode", REFUSED)
    elif value == "none" and task.network_mode == "bridge":
        container.fields["disableNetworking"] = True
    elif value not in (*_DEFAULTS, task.network_mode):
        message = f"the service asks for network '{value}', its task has network mode {task.network_mode}"
        container.report("network-mode", "network_mode", message, "give it a task of its own, or the same mode")


def shared_namespace(container: ContainerDraft, place: str, value: str, possible: bool = True) -> bool:
    """Whether service:NAME in `value` is a container that the namespace can be shared with."""
    kind, _colon, name = value.partition(":")
    task = container.task
    if kind == "service" and name in task.services and possible:
        return True
    if kind == "service" and name in task.services:
        message = f"'{name}' has a network of its own in network mode {task.network_mode}"
        container.report("network-mode", place, message, "set networkMode: awsvpc in the definition")
    elif kind == "service":
        hint = f"put both into one task with x-ecs: {{task: {name}}}"
        container.report("another-task", place, f"'{name}' runs in another task", hint)
    else:
        container.report("compose-refused", place, f"the container '{name}' is not one of this project")
    return False


def _networks(container: ContainerDraft, value: Mapping[str, Any]) -> None:
    kept_in = container.task.directory.kept_in
    if kept_in[:1] == [container.service.name]:  # once for all of them
        message = f"the networks of {', '.join(kept_in)} let nothing out; in ECS security groups and routes decide"
        container.report("compose-ignored", "networks", message, "limit the outbound rules of the security groups")
    for name, settings in value.items():
        for key in OF_A_NETWORK:
            if (settings or {}).get(key.name.rpartition(".")[2]):
                lose(key, container, f"networks.{name}.{key.name.rpartition('.')[2]}")


def _links(container: ContainerDraft, value: Sequence[str]) -> None:
    task = container.task
    for alias, name in link_aliases(container.service).items():
        if name not in task.services:
            report_elsewhere(container, f"links[{alias}]", Address(alias, None, 0), task.app.services[name])
        elif task.shares_localhost:
            message = f"the name '{alias}' does not exist: '{name}' is reached at localhost"
            container.report("compose-approximated", f"links[{alias}]", message)
        else:
            container.links[alias] = name


def report_shared_network(task: TaskDraft) -> None:
    """Addresses in variables and commands are rewritten; what stands in images nobody sees from here."""
    if len(task.services) > 1 and task.shares_localhost:
        message = f"{', '.join(task.services)} share one network: their names do not resolve there"
        task.report("shared-network", message, "code and files within the images must say localhost, too")


def _extra_hosts(container: ContainerDraft, value: Sequence[str]) -> None:
    if container.task.network_mode == "awsvpc":
        lose(EXTRA_HOSTS, container, "extra_hosts", REFUSED)
        return
    entries = []
    for entry in value:
        name, _equals, address = entry.partition("=")
        if address == "host-gateway":
            message = "the agent does not know the address that host-gateway stands for"
            container.report("compose-refused", f"extra_hosts[{name}]", message, "name the address")
        else:
            entries.append({"hostname": name, "ipAddress": address})
    if entries:
        container.fields["extraHosts"] = entries


def _hostname(container: ContainerDraft, value: str) -> None:
    if container.task.network_mode == "awsvpc":
        lose(HOSTNAME, container, "hostname", IGNORED)
    else:
        container.fields["hostname"] = value


NETWORK_MODE = Key(
    "network_mode",
    APPROXIMATED,
    APPROXIMATED,
    "`networkMode`",
    "Fargate has one network mode, awsvpc",
    "leave network_mode out, or use launch type EC2",
    handle=_network_mode,
)
EXTRA_HOSTS = Key(
    "extra_hosts",
    REFUSED,
    TRANSLATED,
    "`extraHosts`",
    "in awsvpc mode a container has no hosts file of its own, so these names do not resolve",
    "make them names of a private hosted zone in Route 53",
    handle=_extra_hosts,
)
HOSTNAME = Key(
    "hostname",
    IGNORED,
    TRANSLATED,
    "`hostname`",
    "in awsvpc mode a container is called after its address",
    "pass the name in a variable if the application needs it",
    handle=_hostname,
)
_DNS = "in awsvpc mode on Fargate names are resolved by the VPC"
OF_A_NETWORK = (
    Key(
        "networks.ipv4_address",
        IGNORED,
        IGNORED,
        "nothing",
        "ECS chooses the address",
        "call the service by name",
    ),
    Key(
        "networks.ipv6_address",
        IGNORED,
        IGNORED,
        "nothing",
        "ECS chooses the address",
        "call the service by name",
    ),
    Key("networks.link_local_ips", IGNORED, IGNORED, "nothing", "ECS chooses the address", "call the service by name"),
    Key("networks.mac_address", IGNORED, IGNORED, "nothing", "ECS chooses the address of the network interface"),
    Key("networks.driver_opts", IGNORED, IGNORED, "nothing", "ECS does not use Compose's networks", minor=True),
    Key("networks.interface_name", IGNORED, IGNORED, "nothing", "ECS names the network interface", minor=True),
)
KEYS = (
    NETWORK_MODE,
    Key(
        "networks",
        APPROXIMATED,
        APPROXIMATED,
        "security groups of the service",
        "All containers of a task reach each other; between tasks security groups decide. Networks that let nothing out"
        " are spoken of.",
        handle=_networks,
    ),
    Key(
        "networks.aliases", APPROXIMATED, APPROXIMATED, "addresses", "They count as names of the service in addresses."
    ),
    *OF_A_NETWORK,
    Key("networks.priority", NOT_NEEDED, NOT_NEEDED, "nothing", "A task has one network."),
    Key("networks.gw_priority", NOT_NEEDED, NOT_NEEDED, "nothing", "A task has one network."),
    Key(
        "links",
        APPROXIMATED,
        APPROXIMATED,
        "`links` in bridge mode",
        "In awsvpc and host mode a container of the same task is reached at localhost, and aliases count in addresses.",
        handle=_links,
    ),
    Key(
        "external_links",
        REFUSED,
        REFUSED,
        "nothing",
        "a container outside the project is none that ECS knows",
        "name its address in a variable",
    ),
    EXTRA_HOSTS,
    HOSTNAME,
    Key(
        "container_name",
        NOT_NEEDED,
        NOT_NEEDED,
        "addresses",
        "Containers are called after services; it counts as a name of the service in addresses.",
    ),
    Key("domainname", IGNORED, IGNORED, "nothing", "ECS has no domain name of a container", minor=True),
    Key("dns", IGNORED, TRANSLATED, "`dnsServers`", _DNS, "set DHCP options on the VPC", handle=to("dnsServers")),
    Key(
        "dns_search",
        IGNORED,
        TRANSLATED,
        "`dnsSearchDomains`",
        _DNS,
        "write names in full",
        handle=to("dnsSearchDomains"),
    ),
    Key("dns_opt", IGNORED, IGNORED, "nothing", "ECS has no options of the resolver"),
    Key("mac_address", IGNORED, IGNORED, "nothing", "ECS chooses the address of the network interface"),
)
