# SPDX-License-Identifier: GPL-3.0-or-later
"""For each price key, the one product of AWS's price list that it stands for.

Usage types are compared as a whole. A match by the end of the word would take `ARM-vCPU-Hours` for `vCPU-Hours`, and
`RegionalNatGateway-Hours` for `NatGateway-Hours`. Where the usage type does not tell, filters do: a Classic Load
Balancer has the one of an Application Load Balancer, and another price.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from plugins.module_utils._core.cost.catalogue import EC2_LINUX, PLANS
from plugins.module_utils._core.cost.price import GLOBAL

#: What usage types of a region begin with. In us-east-1 most begin with nothing, some with USE1-, and of logs both
#: are seen; they never mean different things there, and two prices would stop the run.
PREFIXES: Mapping[str, tuple[str, ...]] = {
    "af-south-1": ("AFS1-",),
    "ap-east-1": ("APE1-",),
    "ap-northeast-1": ("APN1-",),
    "ap-northeast-2": ("APN2-",),
    "ap-northeast-3": ("APN3-",),
    "ap-south-1": ("APS3-",),
    "ap-southeast-1": ("APS1-",),
    "ap-southeast-2": ("APS2-",),
    "ap-southeast-3": ("APS4-",),
    "ca-central-1": ("CAN1-",),
    "eu-central-1": ("EUC1-",),
    "eu-north-1": ("EUN1-",),
    "eu-south-1": ("EUS1-",),
    "eu-west-1": ("EU-",),
    "eu-west-2": ("EUW2-",),
    "eu-west-3": ("EUW3-",),
    "me-central-1": ("MEC1-",),
    "me-south-1": ("MES1-",),
    "sa-east-1": ("SAE1-",),
    "us-east-1": ("", "USE1-"),
    "us-east-2": ("USE2-",),
    "us-west-1": ("USW1-",),
    "us-west-2": ("USW2-",),
    GLOBAL: ("",),
}

#: Where nobody names regions.
REGIONS = (
    *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1"),
    *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "us-east-1", "us-east-2", "us-west-2"),
)

#: Where nobody names instance types.
INSTANCE_TYPES = (
    *("c5.large", "c6i.large", "c7g.large", "m5.large", "m6i.large", "m7g.large", "m7i.large"),
    *("t3.large", "t3.medium", "t3.micro", "t3.small", "t4g.large", "t4g.medium", "t4g.micro", "t4g.small"),
)

SAVINGS_PLAN = "AWSComputeSavingsPlan"


@dataclass(frozen=True)
class Sku:
    """`usagetypes` are without the region's prefix; there are two where AWS spells one thing in two ways.

    `filters` are attributes and the values that they must have. `per` is how many of AWS's units make one of ours.
    `region_field` is the attribute that names the region; what costs the same everywhere has none.
    """

    key: str
    service: str
    usagetypes: tuple[str, ...]
    filters: Mapping[str, str] = field(default_factory=dict)
    units: tuple[str, ...] = ()
    per: int = 1
    region_field: str = "regionCode"

    def usagetypes_in(self, region: str) -> tuple[str, ...]:
        return tuple(prefix + usagetype for prefix in PREFIXES[region] for usagetype in self.usagetypes)

    def matches(self, attributes: Mapping[str, str], region: str) -> bool:
        here = not self.region_field or attributes.get(self.region_field) == region
        return (
            here
            and attributes.get("usagetype") in self.usagetypes_in(region)
            and all(attributes.get(name, "") == value for name, value in self.filters.items())
        )


_HOURS = ("Hrs", "hours", "Hours", "hour")
_ALB = {"productFamily": "Load Balancer-Application"}
_NLB = {"productFamily": "Load Balancer-Network"}
_NAT = {"operation": "NatGateway"}
_CREDITS = {"operatingSystem": "Linux", "productFamily": "CPU Credits"}
_ENDPOINT = {"productFamily": "VpcEndpoint"}
_OUT = {"transferType": "AWS Outbound", "toLocation": "External"}
_BETWEEN_ZONES = {"transferType": "IntraRegion"}
_FROM = "fromRegionCode"
_GB, _GB_MONTH = ("GB", "Gigabytes"), ("GB-Mo", "GB-month")

_REGIONAL = (
    Sku("alb.hour", "AWSELB", ("LoadBalancerUsage",), _ALB, _HOURS),
    Sku("alb.lcu_hour", "AWSELB", ("LCUUsage",), _ALB, ("LCU-Hrs",)),
    Sku(
        *("cross_az.gb_each_way", "AWSDataTransfer", ("DataTransfer-Regional-Bytes",), _BETWEEN_ZONES, _GB),
        region_field=_FROM,
    ),
    Sku("ebs.gp3_gb_month", "AmazonEC2", ("EBS:VolumeUsage.gp3",), {"volumeApiName": "gp3"}, _GB_MONTH),
    Sku("ecr.gb_month", "AmazonECR", ("TimedStorage-ByteHrs",), {}, _GB_MONTH),
    Sku("efs.standard_gb_month", "AmazonEFS", ("TimedStorage-ByteHrs",), {}, _GB_MONTH),
    Sku(
        *("egress.gb_first_10tb", "AWSDataTransfer", ("DataTransfer-Out-Bytes",), _OUT, _GB),
        region_field=_FROM,
    ),
    Sku("eks.cluster_hour", "AmazonEKS", ("AmazonEKS-Hours:perCluster",), {}, _HOURS),
    Sku("eks.extended_extra_hour", "AmazonEKS", ("AmazonEKS-Hours:extendedSupport",), {}, _HOURS),
    Sku("fargate.arm.gb_hour", "AmazonECS", ("Fargate-ARM-GB-Hours",)),
    Sku("fargate.arm.vcpu_hour", "AmazonECS", ("Fargate-ARM-vCPU-Hours:perCPU",)),
    Sku("fargate.ephemeral_gb_hour", "AmazonECS", ("Fargate-EphemeralStorage-GB-Hours",)),
    Sku("fargate.windows.gb_hour", "AmazonECS", ("Fargate-Windows-GB-Hours",)),
    Sku("fargate.windows.os_vcpu_hour", "AmazonECS", ("Fargate-Windows-OS-Hours:perCPU",)),
    Sku("fargate.windows.vcpu_hour", "AmazonECS", ("Fargate-Windows-vCPU-Hours:perCPU",)),
    Sku("fargate.x86.gb_hour", "AmazonECS", ("Fargate-GB-Hours",)),
    Sku("fargate.x86.vcpu_hour", "AmazonECS", ("Fargate-vCPU-Hours:perCPU",)),
    # The family of public addresses is empty, so there is nothing to filter by but the usage type.
    Sku("ipv4.hour", "AmazonVPC", ("PublicIPv4:InUseAddress",), {}, _HOURS),
    Sku("logs.ingest_gb", "AmazonCloudWatch", ("DataProcessing-Bytes",), {}, _GB),
    Sku("logs.store_gb_month", "AmazonCloudWatch", ("TimedStorage-ByteHrs",), {}, _GB_MONTH),
    Sku("nat.gb", "AmazonEC2", ("NatGateway-Bytes",), _NAT, _GB),
    Sku("nat.hour", "AmazonEC2", ("NatGateway-Hours",), _NAT, _HOURS),
    Sku("nlb.hour", "AWSELB", ("LoadBalancerUsage",), _NLB, _HOURS),
    Sku("nlb.nlcu_hour", "AWSELB", ("LCUUsage",), _NLB),
    Sku("s3.put_1k", "AmazonS3", ("Requests-Tier1",), {"group": "S3-API-Tier1"}, ("Requests",), per=1000),
    Sku("s3.standard_gb_month", "AmazonS3", ("TimedStorage-ByteHrs",), {"volumeType": "Standard"}, _GB_MONTH),
    Sku(
        *("secret.calls_10k", "AWSSecretsManager"),
        usagetypes=("AWSSecretsManagerAPIRequest", "AWSSecretsManager-APIRequests"),
        per=10000,
    ),
    Sku("secret.month", "AWSSecretsManager", ("AWSSecretsManager-Secrets", "AWSSecretsManager-Secret")),
    Sku("t3.surplus_vcpu_hour", "AmazonEC2", ("CPUCredits:t3",), _CREDITS, ("vCPU-Hours",)),
    Sku("t4g.surplus_vcpu_hour", "AmazonEC2", ("CPUCredits:t4g",), _CREDITS, ("vCPU-Hours",)),
    Sku("vpc_endpoint.gb", "AmazonVPC", ("VpcEndpoint-Bytes",), _ENDPOINT, _GB),
    Sku("vpc_endpoint.hour", "AmazonVPC", ("VpcEndpoint-Hours",), _ENDPOINT, _HOURS),
)
_GLOBAL = (Sku("route53.zone_month", "AmazonRoute53", ("HostedZone",), region_field=""),)


def instance(instance_type: str) -> Sku:
    """The hour of an instance; the filters keep out Windows, dedicated hosts and capacity that is only reserved."""
    filters = {
        "instanceType": instance_type,
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
        "operation": "RunInstances",
    }
    return Sku(EC2_LINUX + instance_type, "AmazonEC2", (f"BoxUsage:{instance_type}",), filters, _HOURS)


def savings_plans() -> Iterator[Sku]:
    """Fargate's hours under Compute Savings Plans. EKS has the same usage types, in its own service."""
    usagetypes = {sku.key: sku.usagetypes for sku in _REGIONAL if sku.service == "AmazonECS"}
    for plan in PLANS:
        years, option = plan.split("y_", 1)
        for name in ("x86.vcpu_hour", "x86.gb_hour", "arm.vcpu_hour", "arm.gb_hour"):
            filters = {
                "productFamily": "ComputeSavingsPlans",
                "discountedServiceCode": "AmazonECS",
                "leaseContractLength": years,
                "purchaseOption": option.replace("_", " ").title(),
            }
            key = f"savings_plan.{plan}.fargate.{name}"
            yield Sku(key, SAVINGS_PLAN, usagetypes[f"fargate.{name}"], filters)


def wanted(region: str, instance_types: Iterable[str], with_savings_plans: bool) -> tuple[Sku, ...]:
    """All that is looked for in a region."""
    if region == GLOBAL:
        return _GLOBAL
    plans = tuple(savings_plans()) if with_savings_plans else ()
    return (*_REGIONAL, *(instance(each) for each in sorted(set(instance_types))), *plans)
