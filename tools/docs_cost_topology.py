# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page of topologies: the keys from their schema, and the resources by deriving an example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.compose_app import app
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.derive.derive import derive
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.derive.effects import targets_of
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.derive.network import INTERFACES
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.derive.targets import TARGETS
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.derive.topology import Topology
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.registry import KINDS
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.price import Book
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import checks_of, keys_of

_HEAD = """\
# Topologies: what a Compose file does not say, and cost depends on

Generated from the schema by `make generate`; do not edit.

A scenario with `compose` and `target` has its resources derived: what runs by the app, and what that cannot do without.
`topology` says how it is laid out there. Nothing of it has to be written. What is left out is assumed, and each line of
the result says what was assumed for it. A key that has no effect on the target is a warning, `no-effect`.
"""

_COPIES = """\
## What runs

The size of a service is what the size function of all targets says: `x-ecs.cpu` and `x-ecs.memory` on ECS, else
reservations, else limits, else 0.25 vCPU and 512 MiB. On ECS, services with the same `x-ecs.task` are one task, and on
Fargate it gets the smallest size that holds them.

| | low | expected | high |
| --- | --- | --- | --- |
| a host | `deploy.replicas` | the same | the same |
| ECS without `scaling` | `x-ecs.desired_count`, else `deploy.replicas` | the same | the same |
| ECS with `scaling` | `x-ecs.min`, else 1 | `x-ecs.desired_count`, else halfway, rounded up | `x-ecs.max` |
| Kubernetes without `max` | `x-kubernetes.replicas`, else `deploy.replicas` | the same | the same |
| Kubernetes with `max` | `min`, else 1 | `replicas`, else halfway, rounded up | `x-kubernetes.max` |

`copies` goes before all of them. A service that others wait for to complete, and that nothing starts again, takes no
room for good. With `x-ecs.schedule` a task runs `scheduled_hours` a month on Fargate, and has room at any time on
`ecs_ec2`. With `deploy.mode: global` a service runs on each node.

## Nodes

Copies are packed on equal nodes by first fit decreasing, at the low, the expected and the high number of copies. What
the system and its add-ons take is not free, nor is what runs on each node. A copy that is too large for an empty node
is an error, `does-not-fit`. On a single host memory that is missing is an error, and CPU that is missing a warning, for
it is shared. Not in it are pods that a cluster has once, such as CoreDNS or a controller of load balancers: raise
`addons_mib` where they matter.

## High availability and autoscaling

`high_availability` is provided where the loss of one machine stops nothing: two zones, two nodes (Fargate has its
own), at least two copies of each service at any time, on different nodes, and on kubeadm three control planes. What is
missing is told by `no-high-availability`. `autoscaling` is provided by all targets but a host.
"""

#: A service that is public, three copies of 0.5 vCPU and 1 GiB, with a volume.
_EXAMPLE = """\
name: shop
services:
  web:
    image: registry.example.com/shop/web:1.0.0
    ports: [{target: 80, published: "80", protocol: tcp, mode: ingress}]
    volumes: [{type: volume, source: data, target: /data}]
    deploy:
      replicas: 3
      resources: {reservations: {cpus: 0.5, memory: "1073741824"}}
volumes:
  data: {}
"""


def topology_page() -> str:
    """The page."""
    return "\n".join([_HEAD, _keys(), _COPIES, _endpoints(), _example()])


def _keys() -> str:
    rows = [_row(name) for name in keys_of(Topology)]
    rules = [f"- {check.sentence} ({check.severity})" for check in checks_of(Topology)]
    head = [
        "## Keys",
        "",
        "| key | what | left out | where | says | example |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *rows, "", "Between keys:", "", *rules, ""])


def _row(name: str) -> str:
    key, targets = keys_of(Topology)[name], targets_of(name)
    where = "all" if targets == TARGETS else ", ".join(targets)
    left_out = key.left_out or f"`{_flow(_default(name))}`"
    return _line(f"`{name}`", key.kind.noun, left_out, where, key.says, f"`{_flow(key.example)}`")


def _default(name: str) -> Any:
    value = getattr(Topology(), name)
    assert value is not None, f"{name} has no default, and no left_out says what it means"
    return value if isinstance(value, dict) else _plain(value)


def _endpoints() -> str:
    rows = [_line(target, ", ".join(names)) for target, names in INTERFACES.items()]
    says = (
        "With `network: private_endpoints` these interface endpoints are in each zone, and `logs` where logs go to\n"
        "CloudWatch; on ECS also `secretsmanager`, `ssm` and `ssmmessages`, where `x-ecs.secrets` and `x-ecs.exec`\n"
        "need them."
    )
    return "\n".join(["## Endpoints", "", says, "", "| target | endpoints |", "| --- | --- |", *rows, ""])


def _example() -> str:
    head = ["## Example", "", "What is derived for this app, with `instance_type: t3.medium`:", ""]
    tables = [line for target in TARGETS for line in _derived(target)]
    return "\n".join([*head, "```yaml", f"---\n{_EXAMPLE}```", "", *tables])


def _derived(target: str) -> Iterator[str]:
    made, _found = app(yaml.safe_load(_EXAMPLE))
    topology = Topology() if target == "fargate" else Topology(instance_type="t3.medium")
    parts = derive(made, target, topology, "us-east-1", Book()).parts
    yield from (f"### `{target}`", "", "| part | kind | options | assumed |", "| --- | --- | --- | --- |")
    yield from (
        _line(part.label, f"`{part.resource.KIND}`", _options(part.resource), part.assumption) for part in parts
    )
    yield ""


def _options(resource: Any) -> str:
    """What differs from the defaults of the kind, as it would be written."""
    known = keys_of(KINDS[resource.KIND])
    said = {each.name: getattr(resource, each.name) for each in fields(resource) if each.name in known}
    usual = {each.name: each.default for each in fields(resource)}
    plain = {name: _plain(value) for name, value in said.items() if value is not None and value != usual[name]}
    return f"`{_flow(plain)}`" if plain else ""


def _plain(value: Any) -> Any:
    if isinstance(value, (str, bool, int)):
        return value
    return int(value) if value == int(value) else float(value)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _flow(value: Any) -> str:
    """YAML on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000)
    return text.removesuffix("...\n").strip()
