# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of an app's roles: what its task definitions need, and nothing beside it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.ecs_policies import FilterModule

ecs_policies = FilterModule().filters()["ecs_policies"]
PLACE = {"region": "eu-central-1", "account_id": "111122223333", "app": "shop"}
REGISTRY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
SECRET = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-db-AbCdEf"


def definition(family: str = "web", volumes: Any = None, **container: Any) -> dict[str, Any]:
    containers = [{"name": "web", "image": "nginx:1.27", **container}]
    return {"family": family, "containerDefinitions": containers, **({"volumes": volumes} if volumes else {})}


def policies(*definitions: dict[str, Any], **options: Any) -> Any:
    return ecs_policies(list(definitions), **{**PLACE, **options})


def statements(document: Any) -> dict[str, Any]:
    """By Sid, each as (actions, resources) and with its condition where it has one."""
    found = {}
    for statement in document["Statement"] if document else []:
        assert statement["Effect"] == "Allow"
        conditions = [statement["Condition"]] if "Condition" in statement else []
        found[statement["Sid"]] = (statement["Action"], statement["Resource"], *conditions)
    return found


def execution(*definitions: dict[str, Any], **options: Any) -> dict[str, Any]:
    return statements(policies(*definitions, **options)["execution"])


def task(*definitions: dict[str, Any], **options: Any) -> dict[str, Any]:
    return statements(policies(*definitions, **options)["task"])


def test_what_needs_nothing_gets_no_policy() -> None:
    found = policies(definition())
    assert (found["execution"], found["task"], found["findings"]) == (None, None, [])


@pytest.mark.parametrize("tail", ["", ":1.4.0", "@sha256:" + "a" * 64, ":1.4.0@sha256:" + "a" * 64])
def test_images_are_pulled_from_their_repositories_alone(tail: str) -> None:
    found = execution(definition(image=f"{REGISTRY}/shop/web{tail}"))
    assert found["GetRegistryToken"] == (["ecr:GetAuthorizationToken"], ["*"])
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert found["PullImages"] == (actions, ["arn:aws:ecr:eu-central-1:111122223333:repository/shop/web"])


def test_repositories_lie_where_the_image_says() -> None:
    elsewhere = "999988887777.dkr.ecr.us-east-1.amazonaws.com/base:1"
    named = ["jobs", f"{REGISTRY}/api", "arn:aws:ecr:eu-west-1:111122223333:repository/tools"]
    found = execution(definition(image=elsewhere), repositories=named)
    assert found["PullImages"][1] == [
        "arn:aws:ecr:eu-central-1:111122223333:repository/api",
        "arn:aws:ecr:eu-central-1:111122223333:repository/jobs",
        "arn:aws:ecr:eu-west-1:111122223333:repository/tools",
        "arn:aws:ecr:us-east-1:999988887777:repository/base",
    ]


def logs(**options: str) -> dict[str, Any]:
    prefixed = {f"awslogs-{name}": text for name, text in options.items()}
    return {"logConfiguration": {"logDriver": "awslogs", "options": prefixed}}


def test_logs_are_written_to_named_groups() -> None:
    found = execution(definition(**logs(group="/slipway/shop", region="eu-central-1")), log_groups=["/more"])
    groups = [f"arn:aws:logs:eu-central-1:111122223333:log-group:{name}:*" for name in ("/more", "/slipway/shop")]
    assert found == {"WriteLogs": (["logs:CreateLogStream", "logs:PutLogEvents"], groups)}


def test_a_log_group_is_made_where_the_definition_asks_for_it() -> None:
    made = definition(**{"logConfiguration": logs(group="/a", region="us-east-1")["logConfiguration"]})
    made["containerDefinitions"][0]["logConfiguration"]["options"]["awslogs-create-group"] = "true"
    arn = "arn:aws:logs:us-east-1:111122223333:log-group:/a:*"
    assert execution(made)["MakeLogGroups"] == (["logs:CreateLogGroup"], [arn])


def test_the_arn_of_a_log_group_may_end_as_the_console_shows_it() -> None:
    arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/a"
    assert execution(log_groups=[f"{arn}:*", arn])["WriteLogs"][1] == [f"{arn}:*"]


def secrets(*sources: str) -> dict[str, Any]:
    return {"secrets": [{"name": f"S{index}", "valueFrom": source} for index, source in enumerate(sources)]}


def test_secrets_are_read_whole_whatever_key_is_taken() -> None:
    found = execution(definition(**secrets(f"{SECRET}:password::", f"{SECRET}:user::", SECRET)))
    assert found == {"ReadSecrets": (["secretsmanager:GetSecretValue"], [SECRET])}


def test_parameters_are_read_by_name_and_by_arn() -> None:
    arn = "arn:aws:ssm:us-east-1:111122223333:parameter/shop/key"
    found = execution(definition(**secrets("/shop/dsn", "plain", arn)))
    here = "arn:aws:ssm:eu-central-1:111122223333:parameter"
    assert found == {"ReadParameters": (["ssm:GetParameters"], [f"{here}/plain", f"{here}/shop/dsn", arn])}


def test_secrets_of_log_drivers_and_logins_of_registries_are_read_too() -> None:
    log = {"logDriver": "splunk", "secretOptions": [{"name": "splunk-token", "valueFrom": SECRET}]}
    login = {"credentialsParameter": "hub-login"}
    found = execution(definition(logConfiguration=log, repositoryCredentials=login))
    by_name = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:hub-login-??????"
    assert found["ReadSecrets"][1] == [by_name, SECRET]


def test_a_key_decrypts_for_secrets_and_for_nothing_else() -> None:
    found = execution(definition(**secrets(SECRET)), kms_keys=["1234-abcd"])
    services = ["secretsmanager.eu-central-1.amazonaws.com", "ssm.eu-central-1.amazonaws.com"]
    assert found["DecryptSecrets"] == (
        ["kms:Decrypt"],
        ["arn:aws:kms:eu-central-1:111122223333:key/1234-abcd"],
        {"StringEquals": {"kms:ViaService": services}},
    )
    assert execution(definition(), kms_keys=["1234-abcd"]) == {}


def test_files_that_ecs_fetches() -> None:
    file = {"value": "arn:aws:s3:::shop-config/web.env", "type": "s3"}
    options = {"config-file-type": "s3", "config-file-value": "arn:aws:s3:::shop-logs/fluent.conf"}
    found = execution(definition(environmentFiles=[file], firelensConfiguration={"options": options}))
    assert found["ReadFiles"] == (["s3:GetObject"], [file["value"], options["config-file-value"]])
    assert found["FindBuckets"] == (["s3:GetBucketLocation"], ["arn:aws:s3:::shop-config", "arn:aws:s3:::shop-logs"])


def efs(point: str | None = "fsap-1", iam: str = "ENABLED") -> list[dict[str, Any]]:
    authorization = {"iam": iam, **({"accessPointId": point} if point else {})}
    configuration = {"fileSystemId": "fs-1", "authorizationConfig": authorization}
    return [{"name": "data", "efsVolumeConfiguration": configuration}]


@pytest.mark.parametrize(("read_only", "actions"), [(True, ["ClientMount"]), (False, ["ClientMount", "ClientWrite"])])
def test_file_systems_are_mounted_by_the_task_role(read_only: bool, actions: list[str]) -> None:
    mount = {"sourceVolume": "data", "containerPath": "/data", "readOnly": read_only}
    found = task(definition(volumes=efs(), mountPoints=[mount]))
    point = "arn:aws:elasticfilesystem:eu-central-1:111122223333:access-point/fsap-1"
    assert found == {
        "MountFileSystem1": (
            [f"elasticfilesystem:{action}" for action in actions],
            ["arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-1"],
            {"StringEquals": {"elasticfilesystem:AccessPointArn": point}},
        )
    }


def test_a_file_system_that_asks_no_role_needs_no_permission() -> None:
    assert task(definition(volumes=efs(iam="DISABLED"))) == {}
    without_point = task(definition(volumes=efs(point=None)))["MountFileSystem1"]
    assert len(without_point) == 2, "no condition"


def test_a_shell_is_allowed_where_it_is_asked_for() -> None:
    channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"]
    found = task(definition(), execute_command=True)
    assert found == {"OpenShell": ([f"ssmmessages:{name}" for name in channels], ["*"])}


def test_scheduler_runs_these_families_in_this_cluster_and_passes_these_roles() -> None:
    own = {**definition("job"), "taskRoleArn": "job-role"}
    found = statements(policies(own, dead_letter_queues=["failed"])["scheduler"])
    arn = "arn:aws:ecs:eu-central-1:111122223333"
    cluster = {"ArnEquals": {"ecs:cluster": f"{arn}:cluster/shop"}}
    roles = [f"arn:aws:iam::111122223333:role/{name}" for name in ("job-role", "shop-execution", "shop-task")]
    assert found == {
        "RunTasks": (["ecs:RunTask"], [f"{arn}:task-definition/job", f"{arn}:task-definition/job:*"], cluster),
        "TagTasks": (["ecs:TagResource"], [f"{arn}:task/shop/*"], {"StringEquals": {"ecs:CreateAction": "RunTask"}}),
        "PassRoles": (["iam:PassRole"], roles, {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
        "KeepFailures": (["sqs:SendMessage"], ["arn:aws:sqs:eu-central-1:111122223333:failed"]),
    }
    assert policies()["scheduler"] is None


def test_names_follow_from_the_app_or_are_given() -> None:
    cluster = "arn:aws:ecs:eu-central-1:111122223333:cluster/main"
    given = policies(definition(), app=None, cluster=cluster, execution_role="e", task_role="t", schedule_group="g")
    assert statements(given["scheduler"])["RunTasks"][2] == {"ArnEquals": {"ecs:cluster": cluster}}
    assert statements(given["scheduler"])["TagTasks"][1] == ["arn:aws:ecs:eu-central-1:111122223333:task/main/*"]
    assert statements(given["scheduler"])["PassRoles"][1] == [f"arn:aws:iam::111122223333:role/{n}" for n in "et"]
    (statement,) = given["trust"]["scheduler"]["Statement"]
    group = "arn:aws:scheduler:eu-central-1:111122223333:schedule-group/g"
    assert statement["Condition"]["ArnEquals"] == {"aws:SourceArn": group}


@pytest.mark.parametrize(
    ("role", "service"), [("execution", "ecs-tasks"), ("task", "ecs-tasks"), ("scheduler", "scheduler")]
)
def test_a_role_is_taken_by_its_service_for_this_account(role: str, service: str) -> None:
    (statement,) = policies()["trust"][role]["Statement"]
    assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_partitions(region: str, partition: str) -> None:
    found = execution(definition(**secrets("dsn")), region=region, log_groups=["/a"], kms_keys=["k"])
    assert all(arn.startswith(f"arn:{partition}:") for entry in found.values() for arn in entry[1])
    (service, *_more) = found["DecryptSecrets"][2]["StringEquals"]["kms:ViaService"]
    assert service.endswith(".amazonaws.com.cn" if partition == "aws-cn" else ".amazonaws.com")


def test_what_the_app_itself_calls_is_added() -> None:
    own = {"Sid": "Own", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::shop/*"]}
    assert task(definition(), statements={"task": [own]}) == {"Own": (own["Action"], own["Resource"])}


def test_what_a_definition_does_not_tell_is_a_finding() -> None:
    container = {"credentialSpecs": ["credentialspecdomainless:arn"], "logConfiguration": {"logDriver": "awsfirelens"}}
    volumes = [{"name": "files", "s3filesVolumeConfiguration": {"fileSystemArn": "arn"}}]
    findings = policies(definition(volumes=volumes, **container))["findings"]
    assert [(finding["path"], finding["hint"]) for finding in findings] == [
        ("web.containerDefinitions[web].credentialSpecs", "add them to statements.execution"),
        ("web.containerDefinitions[web].logConfiguration", "add them to statements.task"),
        ("web.volumes[files].s3filesVolumeConfiguration", "add them to statements.task"),
    ]


def test_a_policy_that_iam_would_not_take_is_a_warning() -> None:
    (finding,) = policies(definition(**secrets(*(f"/{'x' * 60}/{n}" for n in range(150)))))["findings"]
    assert (finding["rule"], finding["severity"], finding["path"]) == ("policy-too-long", "warning", "execution")


def test_previews_of_the_filter_task_definition_will_do() -> None:
    preview = {"task_definition": definition("job"), "tags": None, "findings": []}
    assert policies(preview) == policies(definition("job")) == ecs_policies(definition("job"), **PLACE)


@pytest.mark.parametrize(
    ("definitions", "options", "message"),
    [
        ("web", {}, "expected a list of task definitions"),
        (["web"], {}, "expected a list of task definitions"),
        ([], {"account_id": 111}, "account_id is '111', expected 12 digits in quotes"),
        ([], {"account_id": None}, "account_id is '', expected 12 digits"),
        ([], {"region": "Frankfurt"}, "region is 'Frankfurt', expected one such as"),
        ([], {"log_groups": "/a"}, "log_groups is str, expected a list"),
        ([], {"statements": {"executor": []}}, "statements is a dictionary with execution, task, scheduler"),
        ([], {"log_group": []}, "unknown option 'log_group', expected region"),
    ],
)
def test_it_refuses_with_one_message(definitions: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        ecs_policies(definitions, **{**PLACE, **options})
