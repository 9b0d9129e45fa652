# SPDX-License-Identifier: GPL-3.0-or-later
"""What the embedded AWS adds to moto beside ECS: scaling, load balancers and EC2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Boto = Callable[[str], Any]
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/app/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.fixture
def scaling(boto: Boto) -> Any:
    ecs = boto("ecs")
    ecs.create_cluster(clusterName="app")
    ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "web:1", "memory": 128}])
    ecs.create_service(cluster="app", serviceName="web", taskDefinition="web", desiredCount=1)
    return boto("application-autoscaling")


def test_a_target_keeps_its_tags(scaling: Any) -> None:
    arn = scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=3, Tags={"app": "web"})[
        "ScalableTargetARN"
    ]
    scaling.tag_resource(ResourceARN=arn, Tags={"owner": "me"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["app"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"owner": "me"}
    with pytest.raises(ClientError, match="ResourceNotFound"):
        scaling.list_tags_for_resource(ResourceARN=arn + "0")


@pytest.mark.parametrize("limits", [{"MinCapacity": 1}, {"MaxCapacity": 1}, {"MinCapacity": 3, "MaxCapacity": 1}])
def test_limits_that_cannot_be_are_refused(scaling: Any, limits: dict[str, int]) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        scaling.register_scalable_target(**TARGET, **limits)


def test_a_deregistered_target_takes_its_policies_and_actions_with_it(scaling: Any) -> None:
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=3)
    metric = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
    scaling.put_scaling_policy(
        **TARGET,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 70.0, **metric},
    )
    scaling.put_scheduled_action(
        **TARGET, ScheduledActionName="night", Schedule="cron(0 22 * * ? *)", ScalableTargetAction={"MinCapacity": 0}
    )
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert set(target["SuspendedState"].values()) == {False}
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []
    assert scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"] == []


def test_a_load_balancer_has_all_its_attributes(boto: Boto, aws: object) -> None:
    subnets = [subnet["SubnetId"] for subnet in boto("ec2").describe_subnets()["Subnets"]][:2]
    arn = boto("elbv2").create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    described = boto("elbv2").describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    attributes = {each["Key"]: each["Value"] for each in described}
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "false"
    assert attributes["load_balancing.cross_zone.enabled"] == "true"


def test_tags_of_a_launch_template_are_no_data_of_it(boto: Boto, aws: object) -> None:
    ec2 = boto("ec2")
    tags = [{"Key": "app", "Value": "web"}]
    ec2.create_launch_template(
        LaunchTemplateName="web",
        LaunchTemplateData={
            "InstanceType": "t3.micro",
            "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}],
        },
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
    )
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateName="web")["LaunchTemplateVersions"]
    assert [each["ResourceType"] for each in version["LaunchTemplateData"]["TagSpecifications"]] == ["instance"]
    assert ec2.describe_launch_templates(LaunchTemplateNames=["web"])["LaunchTemplates"][0]["Tags"] == tags


def test_tags_of_nat_gateways_are_found(boto: Boto, aws: object) -> None:
    ec2 = boto("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet)["NatGateway"]["NatGatewayId"]
    ec2.create_tags(Resources=[gateway], Tags=[{"Key": "app", "Value": "web"}])
    (tag,) = ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["natgateway"]}])["Tags"]
    assert (tag["ResourceId"], tag["ResourceType"]) == (gateway, "natgateway")


def test_metrics_of_a_group_can_be_switched_off(boto: Boto, aws: object) -> None:
    groups, subnet = boto("autoscaling"), boto("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    groups.create_launch_configuration(LaunchConfigurationName="web", ImageId="ami-12c6146b", InstanceType="t3.micro")
    members = {"LaunchConfigurationName": "web", "MinSize": 0, "MaxSize": 0, "VPCZoneIdentifier": subnet}
    groups.create_auto_scaling_group(AutoScalingGroupName="web", **members)
    groups.enable_metrics_collection(AutoScalingGroupName="web", Granularity="1Minute", Metrics=["GroupMinSize"])
    groups.disable_metrics_collection(AutoScalingGroupName="web")
    (group,) = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group.get("EnabledMetrics", []) == []


def test_managed_draining_can_be_changed(boto: Boto, aws: object) -> None:
    ecs = boto("ecs")
    arn = "arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:1:autoScalingGroupName/web"
    ecs.create_capacity_provider(name="web", autoScalingGroupProvider={"autoScalingGroupArn": arn})
    ecs.update_capacity_provider(name="web", autoScalingGroupProvider={"managedDraining": "DISABLED"})
    (provider,) = ecs.describe_capacity_providers(capacityProviders=["web"])["capacityProviders"]
    assert provider["autoScalingGroupProvider"]["managedDraining"] == "DISABLED"


def test_tags_of_a_file_system_by_the_old_call(boto: Boto, aws: object) -> None:
    efs, tags = boto("efs"), [{"Key": "app", "Value": "web"}]
    system = efs.create_file_system(CreationToken="web", Tags=tags)["FileSystemId"]
    assert efs.describe_tags(FileSystemId=system)["Tags"] == tags
    with pytest.raises(ClientError, match="FileSystemNotFound"):
        efs.describe_tags(FileSystemId="fs-0123456789abcdef0")
