# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded AWS itself: what it records, how its faults look to boto3, and that it cleans up."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tools.embedded_aws import EmbeddedAws

CLI = Path(__file__).resolve().parents[2] / "tools" / "embedded_aws"
SCHEDULE = {"ResourceArn": "arn:aws:scheduler:eu-central-1:123456789012:schedule/default/nightly"}
CONTAINERS = [{"name": "web", "image": "web:1", "memory": 128}]

Client = Callable[..., Any]


@pytest.fixture(scope="module")
def client(server: EmbeddedAws) -> Client:
    """Real boto3 clients, which know of the server only by the environment it gives."""
    environment = server.environment(os.environ)
    with mock.patch.dict(os.environ, environment, clear=True):
        session = boto3.session.Session()

    @functools.cache
    def make(service: str, attempts: int = 1) -> Any:
        config = Config(retries={"total_max_attempts": attempts, "mode": "standard"})
        with mock.patch.dict(os.environ, environment, clear=True):
            return session.client(service, config=config)

    return make


def run_cli(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CLI), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}, timeout=60
    )


def listens(endpoint: str) -> bool:
    host, _colon, port = endpoint.strip().removeprefix("http://").rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def stops_listening(endpoint: str) -> bool:
    deadline = time.monotonic() + 10
    while listens(endpoint) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not listens(endpoint)


# -- what is recorded ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "method", "arguments", "name", "operation", "status"),
    [
        ("ecs", "list_clusters", {}, "ecs", "ListClusters", 200),
        ("ecs", "describe_task_definition", {"taskDefinition": "no"}, "ecs", "DescribeTaskDefinition", 400),
        ("ecr", "describe_repositories", {}, "ecr", "DescribeRepositories", 200),
        ("events", "list_rules", {}, "events", "ListRules", 200),
        ("scheduler", "list_schedules", {}, "scheduler", "ListSchedules", 200),
        ("scheduler", "get_schedule", {"Name": "nightly"}, "scheduler", "GetSchedule", 404),
        ("scheduler", "create_schedule_group", {"Name": "g"}, "scheduler", "CreateScheduleGroup", 200),
        ("scheduler", "list_tags_for_resource", SCHEDULE, "scheduler", "ListTagsForResource", 200),
        ("sts", "get_caller_identity", {}, "sts", "GetCallerIdentity", 200),
        ("elbv2", "describe_load_balancers", {}, "elasticloadbalancing", "DescribeLoadBalancers", 200),
        ("ec2", "describe_vpcs", {}, "ec2", "DescribeVpcs", 200),
        ("iam", "list_roles", {}, "iam", "ListRoles", 200),
        ("logs", "describe_log_groups", {}, "logs", "DescribeLogGroups", 200),
        ("servicediscovery", "list_namespaces", {}, "servicediscovery", "ListNamespaces", 200),
        ("efs", "describe_file_systems", {}, "elasticfilesystem", "DescribeFileSystems", 200),
        ("s3", "list_objects_v2", {"Bucket": "none"}, "s3", "GET /none", 404),
    ],
)
def test_a_call_is_recorded_under_its_name(
    aws: EmbeddedAws,
    client: Client,
    service: str,
    method: str,
    arguments: dict[str, Any],
    name: str,
    operation: str,
    status: int,
) -> None:
    with contextlib.suppress(ClientError):
        getattr(client(service), method)(**arguments)
    (call,) = aws.calls()
    expected = {"service": name, "operation": operation, "status": status, "fault": ""}
    assert call == {**expected, "milliseconds": call["milliseconds"]}
    assert call["milliseconds"] > 0


def test_calls_keep_their_order_and_can_be_cleared(aws: EmbeddedAws, client: Client) -> None:
    ecs = client("ecs")
    ecs.register_task_definition(family="app", containerDefinitions=CONTAINERS)
    ecs.describe_task_definition(taskDefinition="app")
    assert [call["operation"] for call in aws.calls()] == ["RegisterTaskDefinition", "DescribeTaskDefinition"]
    aws.clear_calls()
    assert aws.calls() == []


def test_every_one_of_many_parallel_calls_is_recorded(aws: EmbeddedAws, client: Client) -> None:
    ecs = client("ecs")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ecs.list_clusters(), range(40)))
    assert len(aws.calls()) == 40


def test_reset_forgets_resources_calls_and_faults(aws: EmbeddedAws, client: Client) -> None:
    client("ecs").create_cluster(clusterName="one")
    aws.set_faults([{"operation": "DescribeClusters"}])
    aws.reset()
    assert aws.calls() == []
    assert client("ecs").list_clusters()["clusterArns"] == []
    client("ecs").describe_clusters()


# -- faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "method", "operation"),
    [
        ("ecs", "list_clusters", "ListClusters"),
        ("sts", "get_caller_identity", "GetCallerIdentity"),
        ("iam", "list_roles", "ListRoles"),
        ("scheduler", "list_schedules", "ListSchedules"),
        ("ec2", "describe_vpcs", "DescribeVpcs"),
        ("servicediscovery", "list_namespaces", "ListNamespaces"),
        ("s3", "list_buckets", "GET /"),
    ],
)
@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, "ThrottlingException", "Rate exceeded"),
        (400, "ExpiredTokenException", "The security token included in the request is expired"),
        (
            400,
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/x is not authorized to perform: ecs:<any> on resource: *",
        ),
        (400, "UnrecognizedClientException", "The security token included in the request is invalid."),
        (500, "ServerException", "Service Unavailable. Please try again later."),
    ],
    ids=lambda value: value if str(value).endswith("Exception") else "",
)
def test_a_fault_reaches_boto3_as_that_error(
    aws: EmbeddedAws,
    client: Client,
    service: str,
    method: str,
    operation: str,
    status: int,
    code: str,
    message: str,
) -> None:
    aws.set_faults([{"operation": operation, "status": status, "code": code, "message": message}])
    with pytest.raises(ClientError) as raised:
        getattr(client(service), method)()
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["Error"]["Message"] == message
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert [(call["status"], call["fault"]) for call in aws.calls()] == [(status, code)]


def outcomes(call: Callable[[], Any], times: int) -> str:
    """One letter a call: "." for an answer, "x" for an error."""

    def outcome() -> str:
        try:
            call()
        except ClientError:
            return "x"
        return "."

    return "".join(outcome() for _time in range(times))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([{"operation": "ListClusters", "every": 3}], "..x..x..x"),
        ([{"operation": "ListClusters", "every": 2, "times": 2}], ".x.x....."),
        ([{"operation": "*", "times": 1}], "x........"),
        ([{"operation": "ListClusters", "service": "ecr"}], "........."),
        ([{"operation": "DescribeClusters"}], "........."),
        ([{"times": 2}, {"every": 3}], "xx..x..x."),
        ([], "........."),
    ],
)
def test_rules_choose_calls(aws: EmbeddedAws, client: Client, rules: list[dict[str, Any]], expected: str) -> None:
    aws.set_faults(rules)
    assert outcomes(client("ecs").list_clusters, 9) == expected


def test_cleared_faults_are_gone(aws: EmbeddedAws, client: Client) -> None:
    aws.set_faults([{}])
    aws.clear_faults()
    assert outcomes(client("ecs").list_clusters, 2) == ".."


@pytest.mark.parametrize("rule", [{"evry": 3}, {"every": 0}, "ListClusters"])
def test_a_rule_that_cannot_be_is_refused_and_changes_nothing(aws: EmbeddedAws, client: Client, rule: Any) -> None:
    aws.set_faults([{"operation": "ListClusters"}])
    with pytest.raises(ValueError, match="Error"):
        aws.set_faults([rule])
    assert outcomes(client("ecs").list_clusters, 1) == "x"


def test_the_sdk_retries_a_throttled_call(aws: EmbeddedAws, client: Client) -> None:
    aws.set_faults([{"operation": "RegisterTaskDefinition", "times": 1}])
    ecs = client("ecs", 3)
    ecs.register_task_definition(family="app", containerDefinitions=CONTAINERS)
    assert [call["status"] for call in aws.calls()] == [400, 200]
    assert ecs.describe_task_definition(taskDefinition="app")["taskDefinition"]["revision"] == 1


def test_a_large_request_gets_its_fault_and_not_a_broken_connection(aws: EmbeddedAws, client: Client) -> None:
    aws.set_faults([{}])
    containers = [{**CONTAINERS[0], "dockerLabels": {"note": "x" * 4_000_000}}]
    with pytest.raises(ClientError, match="ThrottlingException"):
        client("ecs").register_task_definition(family="app", containerDefinitions=containers)


def test_a_fault_can_be_slow(aws: EmbeddedAws, client: Client) -> None:
    aws.set_faults([{"delay_ms": 60}])
    assert outcomes(client("ecs").list_clusters, 1) == "x"
    assert aws.calls()[0]["milliseconds"] >= 60


def test_the_delay_holds_for_every_call() -> None:
    with EmbeddedAws(delay_ms=50) as aws, mock.patch.dict(os.environ, aws.environment({}), clear=True):
        ecs = boto3.session.Session().client("ecs")
        ecs.list_clusters()
        ecs.list_clusters()
        assert all(call["milliseconds"] >= 50 for call in aws.calls())


# -- the environment ----------------------------------------------------------------------------


def test_the_users_own_aws_settings_do_not_pass(aws: EmbeddedAws) -> None:
    own = {
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "secret",
        "AWS_ACCESS_KEY_ID": "own",
        "AWS_SECRET_ACCESS_KEY": "own",
        "AWS_URL": "https://elsewhere",
        "AWS_ENDPOINT_URL_ECS": "https://elsewhere",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_CONFIG_FILE": "/home/own/.aws/config",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/own",
        "AWS_REGION": "us-west-2",
        "HTTP_PROXY": "http://proxy.example",
        "NO_PROXY": "internal",
        "PATH": "/bin",
    }
    given = aws.environment(own)
    assert given == {
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "HTTP_PROXY": "http://proxy.example",
        "NO_PROXY": "internal,127.0.0.1",
        "no_proxy": "internal,127.0.0.1",
        "PATH": "/bin",
    }
    assert aws.environment({})["AWS_REGION"] == "eu-central-1"


# -- the command line ---------------------------------------------------------------------------


def test_run_passes_environment_and_exit_code_and_stops_the_server(tmp_path: Path) -> None:
    calls = tmp_path / "calls.json"
    script = (
        "import boto3, sys; from os import environ as env; boto3.client('sts').get_caller_identity();"
        "print(env['AWS_ENDPOINT_URL'], env.get('AWS_PROFILE'), env['MARK'], sys.argv[1:]); sys.exit(7)"
    )
    command = [sys.executable, "-c", script, "--port", "x"]
    ended = run_cli("run", "--calls-file", str(calls), "--", *command, AWS_PROFILE="production", MARK="passed")
    assert (ended.returncode, ended.stderr) == (7, "")
    endpoint, rest = ended.stdout.strip().split(" ", 1)
    assert rest == "None passed ['--port', 'x']"
    assert not listens(endpoint)
    assert [call["operation"] for call in json.loads(calls.read_text())] == ["GetCallerIdentity"]


def test_run_tells_a_missing_command_and_a_killed_one_as_a_shell_does() -> None:
    missing = run_cli("run", "--", "no-such-command")
    assert (missing.returncode, missing.stderr) == (127, "no-such-command: No such file or directory\n")
    assert run_cli("run", "--", "sh", "-c", "kill -9 $$").returncode == 137


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_stopped_run_leaves_no_server_behind(number: signal.Signals, expected: int) -> None:
    script = "echo $$ $AWS_ENDPOINT_URL; exec sleep 60"
    command = [sys.executable, str(CLI), "run", "--", "sh", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrapper:
        assert wrapper.stdout
        pid, endpoint = wrapper.stdout.readline().split()
        assert listens(endpoint)
        wrapper.send_signal(number)
        assert wrapper.wait(10) == expected
        assert stops_listening(endpoint)
    if number == signal.SIGKILL:  # which nobody could pass on to the command
        os.kill(int(pid), signal.SIGTERM)
    else:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_prints_the_endpoint_and_ends_on_a_signal(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "tools.embedded_aws", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CLI.parents[1]) as server:
        assert server.stdout
        endpoint = server.stdout.readline()
        assert listens(endpoint)
        server.send_signal(number)
        assert server.wait(10) == 0
    assert not listens(endpoint)


def test_a_server_that_cannot_start_is_an_error_at_once() -> None:
    unusable: Any = "soon"
    with pytest.raises(RuntimeError, match="did not start"), EmbeddedAws(delay_ms=unusable):
        pass
