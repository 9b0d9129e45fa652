#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_cluster
short_description: Create, change and delete Amazon ECS clusters
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Brings a cluster to what the options say. An option that is left out leaves that setting as it is.
  - Capacity providers are never removed by omission, only with O(purge_capacity_providers).
  - Options are checked before any call to AWS, in check mode too, and everything wrong with them is reported at once.
  - A run that changes nothing makes one API call, and a second one where a namespace is given by name, for AWS answers
    with ARNs.
options:
  name:
    description: The name of the cluster.
    type: str
    required: true
  state:
    description:
      - V(present) creates the cluster, or changes what differs.
      - V(absent) deletes it. It fails, before anything is changed, while services, tasks or container instances are in
        it.
    type: str
    choices: [present, absent]
    default: present
  container_insights:
    description:
      - Whether CloudWatch collects metrics of containers, and how many. What it collects is billed.
      - Shorthand for the setting C(containerInsights) in O(settings).
    type: str
    choices: [disabled, enabled, enhanced]
  settings:
    description: The settings of the cluster, each with C(name) and C(value). Those that are not named stay.
    type: list
    elements: dict
  configuration:
    description:
      - C(executeCommandConfiguration) and C(managedStorageConfiguration), in the API's case.
      - Members that are not named stay. With C(logging) other than C(OVERRIDE), C(logConfiguration) goes.
    type: dict
  service_connect_namespace:
    description:
      - The Cloud Map namespace, by name or ARN, that services with Service Connect use by default. Amazon ECS creates
        one of that name if there is none. It stays when the cluster is deleted.
      - An empty text removes the default.
      - Shorthand for C(namespace) in O(service_connect_defaults).
    type: str
  service_connect_defaults:
    description: The defaults of Service Connect, in the API's case.
    type: dict
  capacity_providers:
    description:
      - Capacity providers that the cluster is to have, in any order. V(FARGATE) and V(FARGATE_SPOT) always exist, those
        of Auto Scaling groups have to be made before.
      - Others that the cluster has stay, unless O(purge_capacity_providers) is V(true).
    type: list
    elements: str
  purge_capacity_providers:
    description: Whether capacity providers that O(capacity_providers) does not name are taken from the cluster.
    type: bool
    default: false
  default_capacity_provider_strategy:
    description:
      - What services and tasks use that name neither a launch type nor a strategy. Each item has C(capacityProvider),
        C(weight) and C(base). The order does not matter.
      - It replaces the present strategy as a whole. An empty list removes it.
    type: list
    elements: dict
  wait_timeout:
    description: For how many seconds to wait until capacity providers are ready and attached.
    type: int
    default: 300
  tags:
    description: Tags of the cluster. Left out, tags are left alone.
    type: dict
    aliases: [resource_tags]
extends_documentation_fragment:
  - slipway.containers.aws
  - slipway.containers.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  diff_mode:
    description: Shows the cluster before and after, sets and named things without order.
    support: full
notes:
  - "IAM permissions: C(ecs:DescribeClusters), C(ecs:CreateCluster), C(ecs:UpdateCluster) for settings, configuration
    and namespace, C(ecs:PutClusterCapacityProviders), C(ecs:TagResource) and C(ecs:UntagResource) for tags,
    C(ecs:DeleteCluster) with O(state=absent), C(servicediscovery:GetNamespace) where a namespace is given by name."
  - AWS says that Container Insights does not turn on for a cluster that is made anew within 7 days after one of its
    name without Container Insights was deleted.
seealso:
  - module: slipway.containers.ecs_scaling
"""

EXAMPLES = r"""
- name: Make a cluster where one task in five runs on demand and the others on Spot
  slipway.containers.ecs_cluster:
    name: shop
    container_insights: enabled
    capacity_providers: [FARGATE, FARGATE_SPOT]
    default_capacity_provider_strategy:
      - capacityProvider: FARGATE
        base: 1
        weight: 1
      - capacityProvider: FARGATE_SPOT
        weight: 4
    service_connect_namespace: shop
    tags:
      app: shop

- name: Keep a record of what is done with ECS Exec
  slipway.containers.ecs_cluster:
    name: shop
    configuration:
      executeCommandConfiguration:
        logging: OVERRIDE
        logConfiguration:
          cloudWatchLogGroupName: /slipway/shop/exec

- name: Show what would change with no more Spot
  slipway.containers.ecs_cluster:
    name: shop
    capacity_providers: [FARGATE]
    purge_capacity_providers: true
    default_capacity_provider_strategy:
      - capacityProvider: FARGATE
        weight: 1
  check_mode: true
  diff: true

- name: Delete the cluster
  slipway.containers.ecs_cluster:
    name: shop
    state: absent
"""

RETURN = r"""
cluster:
  description:
    - The cluster as AWS describes it, in the API's case, its tags as a dictionary; in check mode, and where something
      would change, as it would be.
    - V(none) where there is none.
  returned: always
  type: dict
  sample:
    clusterName: shop
    clusterArn: arn:aws:ecs:eu-central-1:111122223333:cluster/shop
    status: ACTIVE
    capacityProviders: [FARGATE, FARGATE_SPOT]
reasons:
  description: What differs, as paths. Empty when nothing does.
  returned: when state is present
  type: list
  elements: str
  sample: ["settings.containerInsights", "defaultCapacityProviderStrategy.FARGATE_SPOT.weight"]
"""

from typing import Any

from ..module_utils._core.ecs import clusters as core
from ..module_utils._core.findings import Finding, report
from ..module_utils._io.aws import botocore_model
from ..module_utils._io.aws.calls import AwsError
from ..module_utils._io.aws.clusters import Clusters, namespace_name
from ..module_utils._io.aws.module import Context, RefusedError, run

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "container_insights": {"type": "str", "choices": list(core.INSIGHTS_VALUES)},
    "settings": {"type": "list", "elements": "dict"},
    "configuration": {"type": "dict"},
    "service_connect_namespace": {"type": "str"},
    "service_connect_defaults": {"type": "dict"},
    "capacity_providers": {"type": "list", "elements": "str"},
    "purge_capacity_providers": {"type": "bool", "default": False},
    "default_capacity_provider_strategy": {"type": "list", "elements": "dict"},
    "wait_timeout": {"type": "int", "default": 300},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def refuse(name: str, found: list[Finding]) -> None:
    if found:
        facts = [finding.as_dict() for finding in found]
        raise RefusedError(report(found, f"cluster {name}"), findings=facts, changed=False)


def present_state(context: Context) -> dict[str, Any]:
    clusters = Clusters(context.client("ecs"), context.done)
    model = botocore_model.load(clusters.client.meta.service_model, core.SHAPE)
    wish, wrong = core.read(context.params, model)
    refuse(wish.name, wrong)
    present = clusters.read(wish.name)
    decision = core.decide(wish, present, namespaces(context, wish, present))
    refuse(wish.name, core.conflicts(wish, decision))
    cluster = decision.cluster
    if not context.check_mode:
        cluster = apply(context, clusters, decision) if decision.changed else (present or {})
    return {"changed": decision.changed, "cluster": cluster, "reasons": decision.reasons, "diff": diff(decision)}


def namespaces(context: Context, wish: core.Wish, present: dict[str, Any] | None) -> dict[str, str]:
    """The name of the namespace of which only the ARN is known, where it has to be compared with a name."""
    arn = core.namespace_to_look_up(wish, present)
    return {arn: namespace_name(context.client("servicediscovery"), core.namespace_id(arn))} if arn else {}


def apply(context: Context, clusters: Clusters, decision: core.Decision) -> dict[str, Any]:
    """Send what was decided, one kind of change after the other, and wait for capacity providers to be attached."""
    name, timeout = decision.cluster["clusterName"], context.params["wait_timeout"]
    if decision.create:
        clusters.create(decision.create, timeout)
    if decision.update:
        clusters.update(name, decision.update)
    if decision.providers:
        clusters.wait(name, core.is_settled, timeout)  # ECS takes no second change of them before the first is done
        clusters.put_providers(name, decision.providers, timeout)
    if decision.tags and not decision.create:
        clusters.tag(decision.cluster["clusterArn"], decision.tags)
    cluster = clusters.wait(name, core.is_settled, timeout)
    failed = core.failure(cluster)
    if failed:
        raise AwsError(failed)
    return cluster


def absent_state(context: Context) -> dict[str, Any]:
    name = context.params["name"]
    refuse(name, core.check_name(name))
    clusters = Clusters(context.client("ecs"), context.done)
    present = clusters.read(name)
    if present is None:
        return {"changed": False, "cluster": None, "diff": {"before": {}, "after": {}}}
    held = core.in_use(present)
    if held:
        raise RefusedError(f"Cluster {name} is in use ({', '.join(held)}). Nothing was changed. Remove these first.")
    if not context.check_mode:
        clusters.delete(name)
    return {"changed": True, "cluster": None, "diff": {"before": {"clusterArn": present["clusterArn"]}, "after": {}}}


def diff(decision: core.Decision) -> dict[str, Any]:
    header = f"cluster {decision.cluster['clusterName']}"
    return {"before": decision.before, "after": decision.after, "before_header": header, "after_header": header}


def work(context: Context) -> dict[str, Any]:
    return present_state(context) if context.params["state"] == "present" else absent_state(context)


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
