# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that has a price: its key, its unit, and the AWS service that bills it. No other list of keys exists.

GB is AWS's GB, which is 2**30 bytes. A month of storage is a GB kept for a month.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Of a Compute Savings Plan, the terms that have prices here.
PLANS = {
    "1y_no_upfront": "1 year, nothing upfront",
    "3y_no_upfront": "3 years, nothing upfront",
    "3y_all_upfront": "3 years, all upfront",
}


@dataclass(frozen=True)
class Item:
    """`says` names in a few words what one `unit` of it is."""

    unit: str
    says: str
    service: str


def _savings() -> dict[str, Item]:
    """What Fargate costs under a Compute Savings Plan."""
    return {
        f"savings_plan.{plan}.fargate.{architecture}.{name}": Item(unit, f"{noun}, {words}", "AWSComputeSavingsPlan")
        for plan, words in PLANS.items()
        for architecture, chip in (("x86", "x86"), ("arm", "ARM"))
        for name, unit, noun in (
            ("vcpu_hour", "vCPU-hour", f"Fargate vCPU ({chip})"),
            ("gb_hour", "GB-hour", f"Fargate memory ({chip})"),
        )
    }


ITEMS: Mapping[str, Item] = {
    "alb.hour": Item("hour", "an Application Load Balancer", "AWSELB"),
    "alb.lcu_hour": Item("LCU-hour", "a capacity unit of an Application Load Balancer", "AWSELB"),
    "cross_az.gb_each_way": Item("GB", "traffic between zones, in each direction", "AWSDataTransfer"),
    "ebs.gp3_gb_month": Item("GB-month", "a gp3 disk", "AmazonEC2"),
    "ecr.gb_month": Item("GB-month", "images in a private registry", "AmazonECR"),
    "efs.standard_gb_month": Item("GB-month", "a file system in several zones", "AmazonEFS"),
    "egress.gb_first_10tb": Item("GB", "traffic to the internet, the first 10 TB of a month", "AWSDataTransfer"),
    "eks.cluster_hour": Item("hour", "an EKS control plane", "AmazonEKS"),
    "eks.extended_extra_hour": Item("hour", "what extended support of its version adds", "AmazonEKS"),
    "fargate.arm.gb_hour": Item("GB-hour", "Fargate memory (ARM)", "AmazonECS"),
    "fargate.arm.vcpu_hour": Item("vCPU-hour", "Fargate vCPU (ARM)", "AmazonECS"),
    "fargate.ephemeral_gb_hour": Item("GB-hour", "Fargate storage above 20 GB", "AmazonECS"),
    "fargate.windows.gb_hour": Item("GB-hour", "Fargate memory (Windows)", "AmazonECS"),
    "fargate.windows.os_vcpu_hour": Item("vCPU-hour", "the licence of Windows on Fargate", "AmazonECS"),
    "fargate.windows.vcpu_hour": Item("vCPU-hour", "Fargate vCPU (Windows)", "AmazonECS"),
    "fargate.x86.gb_hour": Item("GB-hour", "Fargate memory (x86)", "AmazonECS"),
    "fargate.x86.vcpu_hour": Item("vCPU-hour", "Fargate vCPU (x86)", "AmazonECS"),
    "fargate_spot.arm.gb_hour": Item("GB-hour", "Fargate Spot memory (ARM)", "AmazonECS"),
    "fargate_spot.arm.vcpu_hour": Item("vCPU-hour", "Fargate Spot vCPU (ARM)", "AmazonECS"),
    "fargate_spot.x86.gb_hour": Item("GB-hour", "Fargate Spot memory (x86)", "AmazonECS"),
    "fargate_spot.x86.vcpu_hour": Item("vCPU-hour", "Fargate Spot vCPU (x86)", "AmazonECS"),
    "ipv4.hour": Item("hour", "a public IPv4 address", "AmazonVPC"),
    "logs.ingest_gb": Item("GB", "logs sent to CloudWatch", "AmazonCloudWatch"),
    "logs.store_gb_month": Item("GB-month", "logs kept in CloudWatch", "AmazonCloudWatch"),
    "nat.gb": Item("GB", "traffic through a NAT gateway", "AmazonEC2"),
    "nat.hour": Item("hour", "a NAT gateway", "AmazonEC2"),
    "nlb.hour": Item("hour", "a Network Load Balancer", "AWSELB"),
    "nlb.nlcu_hour": Item("NLCU-hour", "a capacity unit of a Network Load Balancer", "AWSELB"),
    "route53.zone_month": Item("zone-month", "a hosted zone, of the first 25", "AmazonRoute53"),
    "s3.put_1k": Item("1000 requests", "PUT, COPY, POST and LIST requests", "AmazonS3"),
    "s3.standard_gb_month": Item("GB-month", "objects in S3 Standard, the first 50 TB", "AmazonS3"),
    "secret.calls_10k": Item("10000 calls", "calls for secrets", "AWSSecretsManager"),
    "secret.month": Item("secret-month", "a secret", "AWSSecretsManager"),
    "t3.surplus_vcpu_hour": Item("vCPU-hour", "T3 CPU above the baseline", "AmazonEC2"),
    "t4g.surplus_vcpu_hour": Item("vCPU-hour", "T4g CPU above the baseline", "AmazonEC2"),
    "vpc_endpoint.gb": Item("GB", "traffic through an interface endpoint", "AmazonVPC"),
    "vpc_endpoint.hour": Item("hour", "an interface endpoint, in each zone", "AmazonVPC"),
    **_savings(),
}

#: What costs the same everywhere has its price in the region GLOBAL.
GLOBAL_KEYS = frozenset({"route53.zone_month"})

#: One key for each type of instance.
EC2_LINUX = "ec2.linux."
_INSTANCE = re.compile(r"ec2\.linux\.[a-z][a-z0-9-]*\.[a-z0-9-]+")


def known(key: str) -> bool:
    return key in ITEMS or bool(_INSTANCE.fullmatch(key))


def item_of(key: str) -> Item | None:
    if key in ITEMS:
        return ITEMS[key]
    if not known(key):
        return None
    return Item("hour", f"an instance {key[len(EC2_LINUX) :]} with Linux", "AmazonEC2")


def unit_of(key: str) -> str:
    """The unit, or nothing for a key that is not known."""
    item = item_of(key)
    return item.unit if item else ""


def is_global(key: str) -> bool:
    return key in GLOBAL_KEYS
