# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk along the API's shapes: what it coerces, what it refuses, and that it says everything at once."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.aws.shape import (
    UNKNOWN_FIELD,
    UNKNOWN_VALUE,
    UNSENDABLE,
    WRONG_TYPE,
    ApiModel,
    ShapeWalk,
    nearest,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.shapes_snapshot import MODEL
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.task_definition import SHAPE, prepare
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR, Finding
from hypothesis import given, settings
from hypothesis import strategies as st

WEB = "containerDefinitions[web]"
QUOTE_FLOAT = "quote it, so that 1.10 does not become 1.1"
QUOTE_BOOLEAN = "quote it: YAML reads on, off, yes and no as booleans"
STRUCTURES = {name: shape for name, shape in MODEL.shapes.items() if shape["type"] == "structure"}


def clean(container: dict[str, Any] | None = None, **task: Any) -> dict[str, Any]:
    """A definition that no rule says a word about, with something changed in it."""
    options = {"awslogs-group": "/ecs/web", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "web"}
    web = {
        "name": "web",
        "image": "ghcr.io/example/web:1.4.2",
        "user": "10001",
        "readonlyRootFilesystem": True,
        "linuxParameters": {"tmpfs": [{"containerPath": "/tmp", "size": 64}]},
        "logConfiguration": {"logDriver": "awslogs", "options": options},
        **(container or {}),
    }
    return {
        "family": "web",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::111122223333:role/web-execution",
        "containerDefinitions": [web],
        **task,
    }


def renamed(mapping: dict[str, Any], before: str, after: str) -> dict[str, Any]:
    return {after if key == before else key: value for key, value in mapping.items()}


def found(definition: Any) -> list[Finding]:
    return prepare(definition, MODEL).findings


def places(definition: Any) -> list[tuple[str, str]]:
    return [(finding.rule, finding.path) for finding in found(definition)]


def only(definition: Any) -> Finding:
    findings = found(definition)
    assert len(findings) == 1, [finding.as_text() for finding in findings]
    return findings[0]


def walk(value: Any, shape: str = SHAPE, model: ApiModel = MODEL) -> tuple[Any, list[Finding]]:
    walked = ShapeWalk(model)
    return walked.read(value, shape), walked.findings


def container(**fields: Any) -> dict[str, Any]:
    """The typed container that comes out for these fields, refused or not."""
    typed: dict[str, Any] = walk({"name": "web", **fields}, "ContainerDefinition")[0]
    return typed


def test_the_clean_definition_is_clean() -> None:
    assert found(clean()) == []


# Unknown fields ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "path", "structure", "meant"),
    [
        (clean(task_role_arn="web"), "task_role_arn", "RegisterTaskDefinitionRequest", "taskRoleArn"),
        (clean(taskRole="web"), "taskRole", "RegisterTaskDefinitionRequest", "taskRoleArn"),
        (clean({"portMapings": []}), f"{WEB}.portMapings", "ContainerDefinition", "portMappings"),
        (clean({"port_mappings": []}), f"{WEB}.port_mappings", "ContainerDefinition", "portMappings"),
        (clean({"enviroment": []}), f"{WEB}.enviroment", "ContainerDefinition", "environment"),
        (clean({"Command": ["serve"]}), f"{WEB}.Command", "ContainerDefinition", "command"),
        (clean({"entrypoint": ["serve"]}), f"{WEB}.entrypoint", "ContainerDefinition", "entryPoint"),
        (clean({"start-timeout": 10}), f"{WEB}.start-timeout", "ContainerDefinition", "startTimeout"),
        (
            clean({"portMappings": [{"containerPort": 80, "hostport": 80}], "healthCheck": {"command": ["CMD", "ok"]}}),
            f"{WEB}.portMappings[80].hostport",
            "PortMapping",
            "hostPort",
        ),
        (
            clean({"healthCheck": {"command": ["CMD", "ok"], "start_period": 5}}),
            f"{WEB}.healthCheck.start_period",
            "HealthCheck",
            "startPeriod",
        ),
        (
            clean({"environment": [{"name": "A", "value": "b", "vlaue": "c"}]}),
            f"{WEB}.environment[A].vlaue",
            "KeyValuePair",
            "value",
        ),
        (
            clean(volumes=[{"name": "data", "efsVolumeConfig": {}}]),
            "volumes[data].efsVolumeConfig",
            "Volume",
            "efsVolumeConfiguration",
        ),
        (
            clean(runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystem": "LINUX"}),
            "runtimePlatform.operatingSystem",
            "RuntimePlatform",
            "operatingSystemFamily",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unknown_fields_at_every_depth(definition: dict[str, Any], path: str, structure: str, meant: str) -> None:
    finding = only(definition)
    key = path.rpartition(".")[2]
    assert (finding.rule, finding.severity, finding.path) == (UNKNOWN_FIELD, ERROR, path)
    assert (
        finding.message == f"unknown field '{key}': botocore {MODEL.botocore_version} has no such member in {structure}"
    )
    assert finding.hint == f"did you mean '{meant}'?"


def test_a_field_like_no_other_lists_what_there_is() -> None:
    finding = only(clean({"healthCheck": {"command": ["CMD", "ok"], "zzz": 1}}))
    assert finding.path == f"{WEB}.healthCheck.zzz"
    assert finding.hint == "known are command, interval, timeout, retries, startPeriod"


@pytest.mark.parametrize(
    ("definition", "path", "meant"),
    [
        (
            renamed(clean(), "containerDefinitions", "container_definitions"),
            "container_definitions",
            "containerDefinitions",
        ),
        (renamed(clean(), "family", "famly"), "famly", "family"),
        (renamed(clean(), "executionRoleArn", "execution_role_arn"), "execution_role_arn", "executionRoleArn"),
        (renamed(clean(), "memory", "Memory"), "Memory", "memory"),
    ],
    ids=["container_definitions", "famly", "execution_role_arn", "Memory"],
)
def test_a_misspelt_field_is_not_missed_as_well(definition: dict[str, Any], path: str, meant: str) -> None:
    """That it is absent under its right name is the same mistake, and is not told a second time."""
    finding = only(definition)
    assert (finding.rule, finding.path) == (UNKNOWN_FIELD, path)
    assert finding.hint == f"did you mean '{meant}'?"


def test_a_misspelt_container_field_is_not_missed_as_well() -> None:
    definition = clean()
    definition["containerDefinitions"] = [renamed(definition["containerDefinitions"][0], "image", "Image")]
    assert only(definition).path == f"{WEB}.Image"


def test_what_stands_under_a_misspelt_field_is_read_too() -> None:
    """Whoever writes everything in snake_case wants to hear it all in one go."""
    definition = clean()
    definition["containerDefinitions"][0]["port_mappings"] = [{"container_port": 80}]
    reported = {finding.path.rpartition(".")[2] for finding in found(definition) if finding.rule == UNKNOWN_FIELD}
    assert reported == {"port_mappings", "container_port"}


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


MEMBERS = [(name, member) for name, shape in STRUCTURES.items() for member in shape["members"]]


@pytest.mark.parametrize("write", [snake, str.upper, str.lower, lambda name: snake(name).replace("_", "-")])
def test_every_member_is_recognised_in_other_spellings(write: Any) -> None:
    missed = [(name, m) for name, m in MEMBERS if nearest(write(m), STRUCTURES[name]["members"]) != m]
    assert missed == []


def slips(member: str) -> tuple[str, str]:
    """The same word with its middle letter missing, and doubled."""
    middle = len(member) // 2
    return member[:middle] + member[middle + 1 :], member[:middle] + member[middle] + member[middle:]


def test_every_member_is_recognised_with_a_letter_missing_or_doubled() -> None:
    long = [(name, member) for name, member in MEMBERS if len(member) > 3]
    missed = [(n, m, slip) for n, m in long for slip in slips(m) if nearest(slip, STRUCTURES[n]["members"]) != m]
    assert missed == []


@pytest.mark.parametrize("key", [5, True, None, 1.5, ("a",), ""])
def test_a_key_that_is_no_name_is_refused(key: Any) -> None:
    assert [finding.rule for finding in walk({key: "x"}, "PortMapping")[1]] == [UNKNOWN_FIELD]


# Values of an enum ------------------------------------------------------------------------------------------------


def waiting(condition: str) -> dict[str, Any]:
    definition = clean({"dependsOn": [{"containerName": "db", "condition": condition}]})
    database = {**definition["containerDefinitions"][0], "name": "db", "essential": False, "dependsOn": []}
    definition["containerDefinitions"].append({**database, "healthCheck": {"command": ["CMD", "pg_isready"]}})
    return definition


@pytest.mark.parametrize("condition", ["START", "COMPLETE", "SUCCESS", "HEALTHY"])
def test_conditions_are_upper_case(condition: str) -> None:
    assert found(waiting(condition)) == []
    for written in (condition.lower(), condition.title(), f"{condition.lower()} "):
        finding = only(waiting(written))
        assert (finding.rule, finding.severity) == (UNKNOWN_VALUE, ERROR)
        assert finding.path == f"{WEB}.dependsOn[db].condition"
        assert finding.hint == f"did you mean '{condition}'?"


PORT = {"healthCheck": {"command": ["CMD", "ok"]}}


@pytest.mark.parametrize(
    ("definition", "path", "known"),
    [
        (
            clean({"portMappings": [{"containerPort": 80, "protocol": "tpc"}], **PORT}),
            f"{WEB}.portMappings[80].protocol",
            "tcp, udp",
        ),
        (
            clean({"portMappings": [{"containerPort": 80, "protocol": "sctp"}], **PORT}),
            f"{WEB}.portMappings[80].protocol",
            "tcp, udp",
        ),
        (
            clean({"portMappings": [{"name": "web", "containerPort": 80, "appProtocol": "https"}], **PORT}),
            f"{WEB}.portMappings[web].appProtocol",
            "http, http2, grpc",
        ),
        (
            clean(requiresCompatibilities=["fargate"]),
            "requiresCompatibilities[0]",
            "EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES",
        ),
        (clean(networkMode="vpc"), "networkMode", "bridge, host, awsvpc, none"),
        (clean(runtimePlatform={"cpuArchitecture": "arm64"}), "runtimePlatform.cpuArchitecture", "X86_64, ARM64"),
        (clean(runtimePlatform={"cpuArchitecture": "amd64"}), "runtimePlatform.cpuArchitecture", "X86_64, ARM64"),
        (
            clean({"environmentFiles": [{"value": "arn:aws:s3:::config/web.env", "type": "S3"}]}),
            f"{WEB}.environmentFiles[0].type",
            "s3",
        ),
    ],
)
def test_values_that_are_not_in_the_enum(definition: dict[str, Any], path: str, known: str) -> None:
    errors = [finding for finding in found(definition) if finding.severity == ERROR]
    assert [(finding.rule, finding.path) for finding in errors] == [(UNKNOWN_VALUE, path)]
    assert errors[0].message.endswith(f" is not one of {known} (botocore {MODEL.botocore_version})")


def test_an_unknown_ulimit_names_all_fifteen() -> None:
    finding = only(clean({"ulimits": [{"name": "nofiles", "softLimit": 1, "hardLimit": 2}]}))
    assert (finding.rule, finding.path) == (UNKNOWN_VALUE, f"{WEB}.ulimits[nofiles].name")
    assert finding.message.count(",") == 14
    assert finding.hint == "did you mean 'nofile'?"


def test_a_log_driver_that_does_not_exist() -> None:
    definition = clean()
    definition["containerDefinitions"][0]["logConfiguration"]["logDriver"] = "awslog"
    finding = only(definition)
    assert (finding.rule, finding.path) == (UNKNOWN_VALUE, f"{WEB}.logConfiguration.logDriver")
    assert finding.hint == "did you mean 'awslogs'?"


def test_an_unknown_value_can_still_be_sent() -> None:
    """ECS may be newer than botocore: `fail_on` decides, and the value stays as it is."""
    ready = prepare(clean(networkMode="mesh"), MODEL)
    assert ready.definition["networkMode"] == "mesh"
    assert ready.blocking("never") == []
    assert UNKNOWN_VALUE not in UNSENDABLE


# Wrong types ------------------------------------------------------------------------------------------------------

STRING, STRINGS, WHOLE, BOOL = "a string", "a list of strings", "a whole number", "true or false"
NAMED_VALUES = "a list of dictionaries with name, value"
PORTS = "a list of dictionaries with containerPort, hostPort, protocol, name, appProtocol, ..."
CONTAINERS = "a list of dictionaries with name, image, repositoryCredentials, cpu, memory, ..."


@pytest.mark.parametrize(
    ("fields", "path", "kind", "expected", "hint"),
    [
        ({"memory": 256.0}, ".memory", "the number 256.0", WHOLE, ""),
        ({"memory": 256.5}, ".memory", "the number 256.5", WHOLE, ""),
        ({"memory": float("nan")}, ".memory", "the number nan", WHOLE, ""),
        ({"memory": True}, ".memory", "the boolean true", WHOLE, ""),
        ({"memory": "256 MB"}, ".memory", "text", WHOLE, ""),
        ({"memory": "256.0"}, ".memory", "text", WHOLE, ""),
        ({"memory": ""}, ".memory", "text", WHOLE, ""),
        ({"memory": "1_024"}, ".memory", "text", WHOLE, ""),
        ({"memory": [256]}, ".memory", "a list", WHOLE, ""),
        ({"memory": {"value": 256}}, ".memory", "a dictionary", WHOLE, ""),
        ({"user": True}, ".user", "the boolean true", STRING, QUOTE_BOOLEAN),
        ({"user": False}, ".user", "the boolean false", STRING, QUOTE_BOOLEAN),
        ({"user": 1.1}, ".user", "a number", STRING, QUOTE_FLOAT),
        ({"user": ["1000"]}, ".user", "a list", STRING, ""),
        ({"user": {"uid": 1000}}, ".user", "a dictionary", STRING, ""),
        ({"command": "serve --port 80"}, ".command", "text", STRINGS, ""),
        ({"command": {"serve": None}}, ".command", "a dictionary", STRINGS, ""),
        ({"command": 5}, ".command", "the number 5", STRINGS, ""),
        ({"command": ["serve", None]}, ".command[1]", "null", STRING, ""),
        ({"command": ["serve", 1.5]}, ".command[1]", "a number", STRING, QUOTE_FLOAT),
        ({"command": ["serve", True]}, ".command[1]", "the boolean true", STRING, QUOTE_BOOLEAN),
        ({"command": ["serve", ["-p"]]}, ".command[1]", "a list", STRING, ""),
        ({"environment": "A=b"}, ".environment", "text", NAMED_VALUES, ""),
        ({"environment": {"A": "b"}}, ".environment", "a dictionary", NAMED_VALUES, ""),
        ({"environment": ["A=b"]}, ".environment[0]", "text", "a dictionary with name, value", ""),
        ({"environment": [None]}, ".environment[0]", "null", "a dictionary with name, value", ""),
        ({"environment": [["A", "b"]]}, ".environment[0]", "a list", "a dictionary with name, value", ""),
        (
            {"healthCheck": ["CMD", "true"]},
            ".healthCheck",
            "a list",
            "a dictionary with command, interval, timeout, retries, startPeriod",
            "",
        ),
        (
            {"logConfiguration": "awslogs"},
            ".logConfiguration",
            "text",
            "a dictionary with logDriver, options, secretOptions",
            "",
        ),
        ({"dockerLabels": ["a=b"]}, ".dockerLabels", "a list", "a dictionary of strings", ""),
        ({"dockerLabels": "a=b"}, ".dockerLabels", "text", "a dictionary of strings", ""),
        ({"dockerLabels": {"a": None}}, ".dockerLabels.a", "null", STRING, ""),
        ({"dockerLabels": {"a": 1.10}}, ".dockerLabels.a", "a number", STRING, QUOTE_FLOAT),
        ({"dockerLabels": {"a": {"b": "c"}}}, ".dockerLabels.a", "a dictionary", STRING, ""),
        ({"interactive": "yes"}, ".interactive", "text", BOOL, ""),
        ({"interactive": 1}, ".interactive", "the number 1", BOOL, ""),
        ({"interactive": 0.0}, ".interactive", "the number 0.0", BOOL, ""),
        ({"interactive": []}, ".interactive", "a list", BOOL, ""),
        (
            {"portMappings": [{"containerPort": 80.5}], **PORT},
            ".portMappings[0].containerPort",
            "the number 80.5",
            WHOLE,
            "",
        ),
        (
            {"portMappings": [80]},
            ".portMappings[0]",
            "the number 80",
            "a dictionary with containerPort, hostPort, protocol, name, appProtocol, ...",
            "",
        ),
        ({"portMappings": "80:80"}, ".portMappings", "text", PORTS, ""),
    ],
)
def test_wrong_types(fields: dict[str, Any], path: str, kind: str, expected: str, hint: str) -> None:
    finding = only(clean(fields))
    assert (finding.rule, finding.severity, finding.path) == (WRONG_TYPE, ERROR, f"{WEB}{path}")
    assert (finding.message, finding.hint) == (f"found {kind}, expected {expected}", hint)


@pytest.mark.parametrize(
    ("task", "path", "kind", "expected"),
    [
        ({"containerDefinitions": {"web": {}}}, "containerDefinitions", "a dictionary", CONTAINERS),
        ({"containerDefinitions": "web"}, "containerDefinitions", "text", CONTAINERS),
        ({"requiresCompatibilities": "FARGATE"}, "requiresCompatibilities", "text", STRINGS),
        (
            {"runtimePlatform": "LINUX/ARM64"},
            "runtimePlatform",
            "text",
            "a dictionary with cpuArchitecture, operatingSystemFamily",
        ),
        ({"cpu": 0.25}, "cpu", "a number", STRING),
        ({"memory": 0.5}, "memory", "a number", STRING),
        ({"family": ["web"]}, "family", "a list", STRING),
        ({"enableFaultInjection": "on"}, "enableFaultInjection", "text", BOOL),
    ],
)
def test_wrong_types_of_the_task(task: dict[str, Any], path: str, kind: str, expected: str) -> None:
    finding = only(clean(**task))
    assert (finding.rule, finding.path) == (WRONG_TYPE, path)
    assert finding.message == f"found {kind}, expected {expected}"


SECRET = "hunter2-correct-horse"


@pytest.mark.parametrize("shape", sorted(name for name, s in MODEL.shapes.items() if s["type"] != "string"))
def test_the_text_itself_is_never_repeated(shape: str) -> None:
    """Text in a wrong place may be a secret: its kind is shown, never what it says (but for a word of an enum)."""
    for value in (SECRET, [SECRET], {"zzz": SECRET}, [[SECRET]], [{"zzz": SECRET}]):
        refused = [finding for finding in walk(value, shape)[1] if finding.rule != UNKNOWN_VALUE]
        assert [finding for finding in refused if SECRET in finding.as_text()] == []


@pytest.mark.parametrize("number", [12345678.5, 10**30])
def test_a_number_that_stands_for_text_is_not_repeated(number: float) -> None:
    """An unquoted PIN is a secret, too."""
    findings = found(clean({"environment": [{"name": "PIN", "value": number}]}))
    assert not [finding for finding in findings if "12345678" in finding.as_text() or "000000" in finding.as_text()]


@pytest.mark.parametrize(
    "fields",
    [
        {"environment": f"DB_PASSWORD={SECRET}"},
        {"environment": [f"DB_PASSWORD={SECRET}"]},
        {"environment": {"DB_PASSWORD": SECRET}},
        {"environment": [{"DB_PASSWORD": SECRET}]},
        {"environment": [{"name": "DB_PASSWORD", "value": [SECRET]}]},
        {"environment": [{"name": "DB_PASSWORD", "value": {"is": SECRET}}]},
        {"secrets": [{"name": "DB_PASSWORD", "valueFrom": f"{SECRET} {SECRET}"}]},
        {"secrets": [{"name": "DB_PASSWORD", "value": SECRET}]},
        {"repositoryCredentials": SECRET},
        {"repositoryCredentials": {"credentialsParameter": SECRET}},
        {"logConfiguration": {"logDriver": "awslogs", "secretOptions": [{"name": "t", "valueFrom": f"{SECRET} x"}]}},
        {"memory": SECRET},
        {"healthCheck": {"command": SECRET}},
    ],
)
def test_no_finding_of_a_rule_repeats_a_secret(fields: dict[str, Any]) -> None:
    findings = found(clean(fields))
    assert findings
    assert SECRET not in json.dumps([finding.as_dict() for finding in findings])


# What YAML and Jinja blur -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "sent"), [("80", 80), (" 80 ", 80), ("080", 80), ("-1", -1), ("+5", 5), (0, 0)])
def test_digits_in_text_are_whole_numbers(written: Any, sent: int) -> None:
    assert container(memory=written)["memory"] == sent
    assert container(memory=written)["memory"].__class__ is int


@pytest.mark.parametrize(
    ("written", "sent"), [("true", True), ("True", True), (" FALSE ", False), (True, True), (False, False)]
)
def test_words_for_booleans(written: Any, sent: bool) -> None:
    assert container(essential=written)["essential"] is sent


@pytest.mark.parametrize(("written", "sent"), [(1000, "1000"), (0, "0"), (-1, "-1"), ("", ""), (" a ", " a ")])
def test_whole_numbers_are_text(written: Any, sent: str) -> None:
    assert container(user=written)["user"] == sent


@pytest.mark.parametrize(
    ("written", "sent"),
    [(True, "true"), (False, "false"), (1, "1"), (0, "0"), ("", ""), ("on", "on"), ("1.10", "1.10")],
)
def test_free_text_is_what_was_written(written: Any, sent: str) -> None:
    """Environment, labels, options and sysctls hold text: true and 1 are meant as the words they are."""
    typed, findings = walk(
        {
            "environment": [{"name": "A", "value": written}],
            "dockerLabels": {"a": written},
            "logConfiguration": {"logDriver": "awslogs", "options": {"a": written}},
            "systemControls": [{"namespace": "net.a", "value": written}],
        },
        "ContainerDefinition",
    )
    assert findings == []
    assert typed["environment"] == [{"name": "A", "value": sent}]
    assert typed["dockerLabels"] == typed["logConfiguration"]["options"] == {"a": sent}
    assert typed["systemControls"][0]["value"] == sent
    assert walk([{"key": "a", "value": written}], "Tags")[0] == [{"key": "a", "value": sent}]


def test_a_name_is_not_free_text() -> None:
    finding = only(clean({"environment": [{"name": True, "value": "x"}]}))
    assert (finding.rule, finding.hint) == (WRONG_TYPE, QUOTE_BOOLEAN)


def test_keys_of_maps_are_text() -> None:
    assert container(dockerLabels={1: "a"})["dockerLabels"] == {"1": "a"}


class Tagged(str):
    """Like the strings that Ansible 2.19 tags with where they came from."""

    __slots__ = ("origin",)


def tagged(value: Any) -> Any:
    if isinstance(value, str):
        return Tagged(value)
    if isinstance(value, dict):
        return {tagged(key): tagged(item) for key, item in value.items()}
    return [tagged(item) for item in value] if isinstance(value, list) else value


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value if isinstance(value, list) else []:
        yield from texts(item)
    for key, item in value.items() if isinstance(value, dict) else []:
        yield from (*texts(key), *texts(item))


def test_tagged_strings_become_plain_ones() -> None:
    definition = clean({"environment": [{"name": "A", "value": "b"}], "dockerLabels": {"a": "b"}, "command": ["serve"]})
    ready = prepare(tagged(definition), MODEL)
    assert ready.findings == []
    assert ready.definition == definition
    assert {type(text) for text in texts(ready.definition)} == {str}


def test_numbers_of_other_services_are_read_too() -> None:
    """The walk serves any API: ECS's definition has no doubles."""
    model = ApiModel("1", {"Long": {"type": "long"}, "Double": {"type": "double"}, "Float": {"type": "float"}})
    assert walk("7", "Long", model) == (7, [])
    assert walk(0.5, "Double", model) == (0.5, [])
    assert walk(1, "Float", model) == (1, [])
    assert [finding.message for finding in walk("0.5", "Double", model)[1]] == ["found text, expected a number"]
    assert [finding.message for finding in walk(True, "Float", model)[1]] == [
        "found the boolean true, expected a number"
    ]


# Nulls, and what the API requires -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field", sorted(set(MODEL.shapes["ContainerDefinition"]["members"]) - set(clean()["containerDefinitions"][0]))
)
def test_an_optional_field_that_is_null_is_absent(field: str) -> None:
    assert prepare(clean({field: None}), MODEL) == prepare(clean(), MODEL)


@pytest.mark.parametrize("field", sorted(set(MODEL.shapes[SHAPE]["members"]) - set(clean())))
def test_an_optional_field_of_the_task_that_is_null_is_absent(field: str) -> None:
    assert prepare(clean(**{field: None}), MODEL) == prepare(clean(), MODEL)


def example(shape_name: str) -> Any:
    """The least that botocore takes for a shape."""
    shape = MODEL.shapes[shape_name]
    if shape["type"] == "structure":
        return {member: example(shape["members"][member]) for member in shape.get("required", [])}
    plain = {"string": "x", "integer": 64, "boolean": True, "map": {}}
    return shape["enum"][0] if "enum" in shape else plain.get(shape["type"], [])


def wrapped(shape_name: str, inner: Any) -> Iterator[tuple[str, Any]]:
    """Every smallest request that holds `inner` as a value of the shape, with the member that leads there last."""
    if shape_name == SHAPE:
        yield "", inner
        return
    for name, shape in MODEL.shapes.items():
        if shape.get("member") == shape_name:
            yield from wrapped(name, [inner])
        for member, reference in shape.get("members", {}).items():
            if reference == shape_name:
                yield from wrapped(name, {**example(name), **names(name), member: inner})


def names(shape_name: str) -> dict[str, str]:
    """What a structure needs besides botocore's required members."""
    if shape_name == "ContainerDefinition":
        return {"name": "web", "image": "ghcr.io/example/web:1.4.2", "memory": 64}
    return {"family": "web"} if shape_name == SHAPE else {"name": "data"} if shape_name == "Volume" else {}


REQUIRED = [(name, member) for name, shape in STRUCTURES.items() for member in shape.get("required", [])]


@pytest.mark.parametrize("absent", [{}, None], ids=["missing", "null"])
def test_what_the_api_requires_is_asked_for(absent: Any) -> None:
    """botocore refuses a request without it, long after the check, one at a time and with no place a user knows."""
    silent = set()
    for name, member in REQUIRED:
        inner = {**example(name), **names(name)}
        inner.pop(member, None)
        if absent is None:
            inner[member] = None
        for _root, definition in wrapped(name, inner):
            errors = [finding for finding in found(definition) if finding.severity == ERROR]
            place = [f for f in errors if f.path == member or f.path.endswith(f".{member}") or f.path.endswith("]")]
            if not place:
                silent.add(f"{name}.{member}")
    assert sorted(silent) == []


# Everything at once -------------------------------------------------------------------------------------------------


def test_ten_mistakes_are_ten_findings() -> None:
    definition = clean(
        {
            "enviroment": [],
            "memory": 256.5,
            "image": None,
            "command": "serve",
            "portMappings": [{"containerPort": 70000}, {"containerPort": 8080, "hostPort": 80, "protocol": "tpc"}],
            "dependsOn": [{"containerName": "db", "condition": "START"}],
            "healthCheck": {"command": ["CMD", "true"], "interval": 1, "timeout": 1},
        },
        family="my app",
    )
    definition["containerDefinitions"][0]["healthCheck"]["timeout"] = 2
    definition["memory"] = "1536"
    errors = [finding for finding in found(definition) if finding.severity == ERROR]
    assert sorted((finding.rule, finding.path) for finding in errors) == [
        ("depends-on", f"{WEB}.dependsOn[db]"),
        ("family-name", "family"),
        ("fargate-size", "cpu"),
        ("health-check", f"{WEB}.healthCheck.interval"),
        ("host-port", f"{WEB}.portMappings[8080].hostPort"),
        ("image-reference", f"{WEB}.image"),
        ("port-number", f"{WEB}.portMappings[70000].containerPort"),
        ("unknown-field", f"{WEB}.enviroment"),
        ("unknown-value", f"{WEB}.portMappings[8080].protocol"),
        ("wrong-type", f"{WEB}.command"),
        ("wrong-type", f"{WEB}.memory"),
    ]


def test_errors_of_type_do_not_stop_at_the_first_container() -> None:
    definition = clean()
    first = definition["containerDefinitions"][0]
    names_of_all = ["web", "db", "cache"]
    definition["containerDefinitions"] = [{**copy.deepcopy(first), "name": n, "cpu": 1.5} for n in names_of_all]
    assert places(definition) == [(WRONG_TYPE, f"containerDefinitions[{name}].cpu") for name in names_of_all]


def test_nothing_can_be_sent_with_an_unknown_field_or_a_wrong_type() -> None:
    for definition in (clean({"enviroment": []}), clean({"memory": 256.5})):
        assert len(prepare(definition, MODEL).blocking("never")) == 1


# Bad input to try: one clear finding for one mistake ---------------------------------------------------------------


def two_containers(**second: Any) -> dict[str, Any]:
    definition = clean()
    definition["containerDefinitions"].append({**copy.deepcopy(definition["containerDefinitions"][0]), **second})
    return definition


def in_a_circle() -> dict[str, Any]:
    definition = two_containers(name="db", dependsOn=[{"containerName": "web", "condition": "START"}])
    definition["containerDefinitions"][0]["dependsOn"] = [{"containerName": "db", "condition": "START"}]
    return definition


def eleven() -> dict[str, Any]:
    definition = clean()
    first = definition["containerDefinitions"][0]
    definition["containerDefinitions"] = [{**copy.deepcopy(first), "name": f"c{number}"} for number in range(11)]
    return definition


@pytest.mark.parametrize(
    ("definition", "rule", "path", "says"),
    [
        (clean(family="f" * 300), "family-name", "family", "(300 characters) is no valid family name"),
        (
            clean({"portMappings": [{"containerPort": 70000}], **PORT}),
            "port-number",
            f"{WEB}.portMappings[70000].containerPort",
            "found 70000, expected 1 to 65535",
        ),
        (clean({"memory": -1}), "container-memory", f"{WEB}.memory", "found -1 MiB, expected at least 6"),
        (clean({"cpu": 256, "memory": -1}), "container-memory", f"{WEB}.memory", "found -1 MiB, expected at least 6"),
        (clean(memory="4096"), "fargate-size", "cpu", "No Fargate configuration exists for given values."),
        (
            clean({"cpu": 256, "memory": 512}, memory="4096"),
            "fargate-size",
            "cpu",
            "No Fargate configuration exists for given values.",
        ),
        (
            clean({"portMappings": [{"containerPort": 8080, "hostPort": 80}], **PORT}),
            "host-port",
            f"{WEB}.portMappings[8080].hostPort",
            "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        ),
        (in_a_circle(), "depends-on", "containerDefinitions", "web -> db -> web"),
        (two_containers(), "duplicate-name", "containerDefinitions", "'web' is used 2 times"),
        (clean({"image": "my web:1.4.2"}), "image-reference", f"{WEB}.image", "'my web:1.4.2' is no valid image"),
        (clean({"image": "nginx 1.27"}), "image-reference", f"{WEB}.image", "'nginx 1.27' is no valid image"),
        (clean({"memory": 256.5}), WRONG_TYPE, f"{WEB}.memory", "found the number 256.5, expected a whole number"),
        (
            clean({"portMappings": [{"containerPort": 80.5}], **PORT}),
            WRONG_TYPE,
            f"{WEB}.portMappings[0].containerPort",
            "found the number 80.5, expected a whole number",
        ),
        (
            clean({"environment": [{"name": "A", "value": None}]}),
            WRONG_TYPE,
            f"{WEB}.environment[A].value",
            "found null, expected a string",
        ),
        (clean({"image": None}), "image-reference", f"{WEB}.image", "the container has no image"),
        (clean({"name": None}), "container-name", "containerDefinitions[0].name", "the container has no name"),
        (clean(family=None), "family-name", "family", "'' is no valid family name"),
        (clean(containerDefinitions=None), "container-count", "containerDefinitions", "at least one container"),
        (
            clean(containerDefinitions=[None]),
            WRONG_TYPE,
            "containerDefinitions[0]",
            "found null, expected a dictionary",
        ),
        (clean(cpu=None), "fargate-size", "cpu", "Fargate requires that 'cpu' be defined at the task level."),
        (clean({"portMapings": []}), UNKNOWN_FIELD, f"{WEB}.portMapings", "unknown field 'portMapings'"),
        (eleven(), "container-count", "containerDefinitions", "Too many containers. Found 11, expected at most 10"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_input(definition: dict[str, Any], rule: str, path: str, says: str) -> None:
    finding = only(definition)
    assert (finding.rule, finding.severity, finding.path) == (rule, ERROR, path)
    assert says in finding.message
    assert len(finding.message) < 300


def test_a_null_environment_value_says_how_to_write_an_empty_one() -> None:
    assert only(clean({"environment": [{"name": "A", "value": None}]})).hint == "write '' for an empty value"


@pytest.mark.parametrize(
    "definition",
    [
        clean({"memory": "9" * 5000}),
        clean(cpu="9" * 5000),
        clean(memory="9" * 5000),
        clean({"user": 10**5000}),
        clean({"portMappings": [{"containerPortRange": "1-" + "9" * 5000}], **PORT}),
    ],
    ids=["digits-for-a-number", "digits-for-cpu", "digits-for-memory", "number-for-text", "digits-in-a-range"],
)
def test_digits_without_end_are_a_finding(definition: dict[str, Any]) -> None:
    """Python itself refuses to read or write whole numbers of more than 4300 digits."""
    assert [finding for finding in found(definition) if finding.severity == ERROR]


@pytest.mark.parametrize("text", ["x" * 400, "9" * 400], ids=["letters", "digits"])
def test_long_nonsense_is_not_repeated_whole(text: str) -> None:
    for definition in (
        clean(cpu=text),
        clean(networkMode=text),
        clean({"portMappings": [{"containerPortRange": text}], **PORT}),
        clean({"environmentFiles": [{"value": text, "type": "s3"}]}),
        clean({"dependsOn": [{"containerName": text, "condition": "START"}]}),
    ):
        findings = found(definition)
        assert findings
        assert max(len(finding.message) for finding in findings) < 300


def test_a_thousand_containers_are_checked_in_time() -> None:
    definition = clean()
    first = definition["containerDefinitions"][0]
    chain = [{"containerName": f"c{number + 1}", "condition": "START"} for number in range(999)]
    definition["containerDefinitions"] = [
        {**first, "name": f"c{number}", "dependsOn": chain[number : number + 1]} for number in range(1000)
    ]
    assert [finding.rule for finding in found(definition)] == ["container-count", "definition-size"]


@settings(derandomize=True, deadline=None, database=None, max_examples=100)
@given(
    st.recursive(
        st.sampled_from([None, True, 0, 1.5, "", "x", Tagged("y")]),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "zzz"]), inner, max_size=2)
        ),
        max_leaves=6,
    ),
    st.sampled_from(sorted(MODEL.shapes)),
)
def test_any_value_is_read_or_refused(value: Any, shape: str) -> None:
    """What comes out is of the shape's own type, or something was said."""
    typed, findings = walk(value, shape)
    kind = {"structure": dict, "map": dict, "list": list, "string": str, "integer": int, "boolean": bool}
    assert findings or typed.__class__ is kind[MODEL.shapes[shape]["type"]]
    assert all(finding.severity == ERROR and finding.message for finding in findings)
