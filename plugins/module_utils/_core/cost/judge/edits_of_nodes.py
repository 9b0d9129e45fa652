# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of EC2 instances and of the clusters that they are nodes of.

Instances that were derived hold what was packed onto them, and smaller ones would not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from ..instances import INSTANCES
from ..kinds.clusters import EksCluster
from ..kinds.ec2 import Ec2Instance
from ..scenario import Scenario
from .edit import P95, Edit, named, on_each, option, parts_of, topology

#: Of x86 families, the one on ARM that has the same sizes.
_ON_ARM = {
    **dict.fromkeys(("t3", "t3a"), "t4g"),
    **dict.fromkeys(("c5", "c6i", "c7i"), "c7g"),
    **dict.fromkeys(("m5", "m6i", "m7i"), "m7g"),
    **dict.fromkeys(("r5", "r6i", "r7i"), "r7g"),
}


def edits_of_nodes(scenario: Scenario, labels: Collection[str]) -> Iterator[Edit]:
    nodes = parts_of(scenario, Ec2Instance)
    for part, node in nodes:
        smaller = None if scenario.target else _smaller(node)
        if part.label in labels and smaller:
            sentence = f"run {part.label} on the smaller {smaller.type} (type: {smaller.type}), {P95}"
            yield Edit(sentence, f"size of {part.label}", on_each(Ec2Instance, (part.label,), _smaller))
    on_arm = {part.label: made for part, made in ((part, _arm(node)) for part, node in nodes) if made}
    if on_arm:
        types = " and ".join(dict.fromkeys(node.type for node in on_arm.values()))
        written = option(scenario, f"type: {types}", topology("architecture: arm"))
        sentence = f"run {named(on_arm)} on ARM {written}"
        yield Edit(sentence, "architecture of nodes", on_each(Ec2Instance, tuple(on_arm), _arm))
    extended = [part.label for part, cluster in parts_of(scenario, EksCluster) if cluster.extended_support]
    if extended:
        written = option(scenario, "extended_support: false", topology("extended_support: false"))
        sentence = f"upgrade {named(extended)} to a Kubernetes version in standard support {written}"
        yield Edit(sentence, "EKS support", on_each(EksCluster, extended, _supported))


def _smaller(node: Ec2Instance) -> Ec2Instance | None:
    """The next smaller type of the same family."""
    known = INSTANCES.get(node.type)
    if known is None:
        return None
    below = [each for each in INSTANCES.values() if each.family == known.family and each.memory_gib < known.memory_gib]
    found = max(below, key=lambda each: each.memory_gib, default=None)
    return None if found is None else replace(node, type=found.type)


def _arm(node: Ec2Instance) -> Ec2Instance | None:
    """The same size on ARM."""
    family, dot, size = node.type.partition(".")
    found = f"{_ON_ARM.get(family, '')}{dot}{size}"
    return replace(node, type=found) if found in INSTANCES else None


def _supported(cluster: EksCluster) -> EksCluster | None:
    return replace(cluster, extended_support=False) if cluster.extended_support else None
