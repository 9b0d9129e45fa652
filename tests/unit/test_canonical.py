# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS fills in is no change, and everything else is: case folders, a truth table, orders, types, properties.

A folder of cases/canonical holds a definition as a user writes it (written.yml), as AWS returns it (returned*.json;
two where AWS may answer in two ways), and changes that must be seen (changed.yml). Such a change sets a path of the
written definition, null taking it away; the reasons must then be exactly `reasons`, by default that path.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.aws.shape import UNKNOWN_VALUE, UNSENDABLE
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.canonical import RESPONSE_ONLY, canonical
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.shapes_snapshot import MODEL
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.task_definition import (
    SHAPE,
    Decision,
    Prepared,
    Present,
    decide,
    prepare,
    restore,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.tree import label
from hypothesis import given, settings
from hypothesis import strategies as st

CASES = Path(__file__).parent / "cases" / "canonical"
Definition = dict[str, Any]


def read(*names: str) -> Any:
    """A YAML or JSON file of the cases; JSON is YAML, too."""
    return yaml.safe_load(CASES.joinpath(*names).read_text())


def place(value: Any, step: str) -> Any:
    """What stands one step further: a key of a dictionary, or a named (else counted) item of a list."""
    if isinstance(value, dict):
        return value.setdefault(step, {})
    named = [item for item in value if label(item) == step]
    return named[0] if named else value[int(step)]


def with_value(definition: Definition, path: str, value: Any) -> Definition:
    """A copy with `value` at a path such as containerDefinitions[web].cpu."""
    changed = copy.deepcopy(definition)
    *way, last = [item or key for item, key in re.findall(r"\[([^\]]+)\]|([^.\[\]]+)", path)]
    parent = changed
    for step in way:
        parent = place(parent, step)
    parent[last] = value
    return changed


def prepared(definition: Definition) -> Definition:
    """The definition as it is sent; the walk along the shapes must have nothing against it."""
    ready: Prepared = prepare(definition, MODEL)
    refused = [finding for finding in ready.findings if finding.rule in (*UNSENDABLE, UNKNOWN_VALUE)]
    assert refused == []
    return ready.definition


def decision(definition: Definition, returned: Definition) -> Decision:
    """What a run would decide where AWS holds `returned`."""
    present = Present(returned)
    restored, unknown = restore(prepared(definition), present)
    assert unknown == []
    return decide(restored, present)


def form(definition: Definition) -> Definition:
    return canonical(prepared(definition))


# The case folders


FOLDERS = sorted(folder.name for folder in CASES.glob("[0-9][0-9]-*"))
ANSWERS = [(folder, path.name) for folder in FOLDERS for path in sorted((CASES / folder).glob("returned*.json"))]
CHANGES = [(folder, position) for folder in FOLDERS for position in range(len(read(folder, "changed.yml")))]


def change_id(value: Any) -> str:
    return str(value)


def test_every_group_has_a_case() -> None:
    assert {int(folder[:2]) for folder in FOLDERS} == set(range(1, 20))


@pytest.mark.parametrize(("folder", "answer"), ANSWERS, ids=change_id)
def test_what_aws_fills_in_is_no_change(folder: str, answer: str) -> None:
    decided = decision(read(folder, "written.yml"), read(folder, answer))
    assert decided.reasons == []
    assert decided.register is False


@pytest.mark.parametrize(("folder", "answer"), ANSWERS, ids=change_id)
def test_what_aws_returned_can_be_given_back(folder: str, answer: str) -> None:
    decided = decision(read(folder, answer), read(folder, answer))
    assert decided.reasons == []
    assert decided.register is False


@pytest.mark.parametrize(("folder", "position"), CHANGES, ids=change_id)
def test_a_real_change_is_seen_where_it_is(folder: str, position: int) -> None:
    change = read(folder, "changed.yml")[position]
    definition = with_value(read(folder, "written.yml"), change["path"], change["set"])
    for answer in sorted((CASES / folder).glob("returned*.json")):
        decided = decision(definition, json.loads(answer.read_text()))
        assert sorted(decided.reasons) == sorted(change.get("reasons", [change["path"]])), answer.name
        assert decided.register is True


@pytest.mark.parametrize("folder", [*FOLDERS, "truth-table", "order"])
def test_the_canonical_form_is_its_own(folder: str) -> None:
    definitions = [prepared(read(folder, "written.yml")), *map(read_json, (CASES / folder).glob("returned*.json"))]
    for definition in definitions:
        untouched = copy.deepcopy(definition)
        once = canonical(definition)
        assert canonical(once) == once
        assert definition == untouched


def read_json(path: Path) -> Definition:
    definition: Definition = json.loads(path.read_text())
    return definition


@pytest.mark.parametrize("key", RESPONSE_ONLY)
def test_response_only_keys_say_nothing(key: str) -> None:
    written = read("09-container-cpu", "written.yml")
    assert canonical({**prepared(written), key: "anything"}) == form(written)
    assert key not in prepared({**written, key: "anything"})


def test_tags_come_beside() -> None:
    written = read("order", "written.yml")
    assert canonical(written) == canonical({**written, "tags": []})


def test_the_network_mode_default_is_stored_as_absent() -> None:
    """Group 3, unverified: "default" exists for Windows, and ECS returns no networkMode then."""
    platform = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
    windows = {**read("03-network-mode-ec2", "written.yml"), "runtimePlatform": platform}
    assert canonical({**windows, "networkMode": "default"}) == canonical(windows)


@pytest.mark.parametrize("field", ["environment", "mountPoints", "portMappings"])
def test_items_without_anything_in_them_say_nothing(field: str) -> None:
    """Group 11: {} and members that are null in all are dropped."""
    written = read("09-container-cpu", "written.yml")
    assert form(with_value(written, f"containerDefinitions[web].{field}", [{}])) == form(written)


def test_a_set_holds_each_member_once() -> None:
    """Group 1: requiresCompatibilities is a set."""
    written = read("09-container-cpu", "written.yml")
    assert form({**written, "requiresCompatibilities": ["FARGATE", "FARGATE"]}) == form(written)


@pytest.mark.parametrize(
    ("field", "written", "digits"),
    [
        ("cpu", "1 vCPU", "1024"),
        ("cpu", ".5 vcpu", "512"),
        ("cpu", " 2VCPUS ", "2048"),
        ("memory", "1 GB", "1024"),
        ("memory", "0.5gb", "512"),
    ],
)
def test_units_are_read_in_the_form_itself(field: str, written: str, digits: str) -> None:
    """Group 2, also where a definition did not pass `prepare`."""
    assert canonical({"family": "web", field: written}) == canonical({"family": "web", field: digits})


@pytest.mark.parametrize("key", ["pidMode", "volumes", "runtimePlatform", "proxyConfiguration"])
def test_null_says_nothing_in_the_form_itself(key: str) -> None:
    written = prepared(read("09-container-cpu", "written.yml"))
    assert canonical({**written, key: None}) == canonical(written)


def test_a_family_without_a_revision_is_registered() -> None:
    decided = decide(prepared(read("09-container-cpu", "written.yml")), None)
    assert decided.register is True
    assert decided.reasons == ["family web has no active revision"]


# The truth table of the incumbent, with what should be


def rows(name: str) -> list[Any]:
    return [pytest.param(row, id=row["row"]) for row in read("truth-table", name)]


@pytest.mark.parametrize("row", rows("equal.yml"))
def test_truth_table_equal(row: dict[str, Any]) -> None:
    definition = with_value(read("truth-table", "written.yml"), row["path"], row["set"])
    decided = decision(definition, read("truth-table", "returned.json"))
    assert decided.reasons == []
    assert decided.register is False


@pytest.mark.parametrize("row", rows("changed.yml"))
def test_truth_table_changed(row: dict[str, Any]) -> None:
    definition = with_value(read("truth-table", "written.yml"), row["path"], row["set"])
    decided = decision(definition, read("truth-table", "returned.json"))
    assert sorted(decided.reasons) == sorted(row.get("reasons", [row["path"]]))
    assert decided.register is True


# Order

WEB = "containerDefinitions[web]"
NO_ORDER = [
    *("containerDefinitions", "volumes", "requiresCompatibilities", "placementConstraints"),
    "proxyConfiguration.properties",
    *(f"{WEB}.{name}" for name in ("environment", "secrets", "mountPoints", "portMappings", "volumesFrom", "ulimits")),
    *(f"{WEB}.{name}" for name in ("dependsOn", "systemControls", "extraHosts", "resourceRequirements")),
    *(f"{WEB}.{name}" for name in ("dockerSecurityOptions", "links", "credentialSpecs")),
    *(f"{WEB}.linuxParameters.capabilities.{name}" for name in ("add", "drop")),
]
ORDER = [
    *(f"{WEB}.{name}" for name in ("command", "entryPoint", "healthCheck.command", "environmentFiles")),
    *(f"{WEB}.{name}" for name in ("dnsServers", "dnsSearchDomains")),
    f"{WEB}.linuxParameters.tmpfs[/tmp].mountOptions",
]


def value_at(definition: Definition, path: str) -> Any:
    value: Any = definition
    for item, key in re.findall(r"\[([^\]]+)\]|([^.\[\]]+)", path):
        value = place(value, item or key)
    return value


def reversed_at(path: str) -> tuple[Definition, Definition]:
    written = read("order", "written.yml")
    items = value_at(written, path)
    assert len(items) > 1
    return written, with_value(written, path, items[::-1])


@pytest.mark.parametrize("path", NO_ORDER)
def test_lists_without_order(path: str) -> None:
    written, shuffled = reversed_at(path)
    assert form(written) == form(shuffled)
    assert decision(shuffled, prepared(written)).register is False


@pytest.mark.parametrize("path", ORDER)
def test_lists_with_order(path: str) -> None:
    written, swapped = reversed_at(path)
    assert form(written) != form(swapped)
    decided = decision(swapped, prepared(written))
    assert decided.register is True
    assert all(reason.startswith(path) for reason in decided.reasons)


def test_tags_have_no_order() -> None:
    written = read("order", "written.yml")
    tags = prepare(written, MODEL).tags
    shuffled = prepare({**written, "tags": written["tags"][::-1]}, MODEL).tags
    decided = decide(prepared(written), Present(prepared(written), tags or {}), shuffled)
    assert decided.changed is False


@pytest.mark.parametrize(
    ("field", "items"),
    [
        pytest.param(
            "portMappings",
            [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 80, "hostPort": 8081}],
            id="two host ports of one container port",
        ),
        pytest.param(
            "resourceRequirements",
            [{"type": "InferenceAccelerator", "value": name} for name in ("device_1", "device_2")],
            id="two inference accelerators",
        ),
    ],
)
def test_lists_without_order_whose_items_share_a_name(field: str, items: list[Any]) -> None:
    written = with_value(read("03-network-mode-ec2", "written.yml"), f"{WEB}.{field}", items)
    shuffled = with_value(written, f"{WEB}.{field}", items[::-1])
    assert form(written) == form(shuffled)


def with_hosts(*entries: tuple[str, str]) -> Definition:
    hosts = [{"hostname": name, "ipAddress": address} for name, address in entries]
    return with_value(read("03-network-mode-ec2", "written.yml"), f"{WEB}.extraHosts", hosts)


def test_one_host_twice_keeps_its_order() -> None:
    first, second = ("db", "10.0.0.2"), ("db", "10.0.0.3")
    decided = decision(with_hosts(second, first), prepared(with_hosts(first, second)))
    assert decided.reasons == [f"{WEB}.extraHosts[0].ipAddress", f"{WEB}.extraHosts[1].ipAddress"]


def test_one_host_twice_among_others() -> None:
    first, second, other = ("db", "10.0.0.2"), ("db", "10.0.0.3"), ("mail", "10.0.0.4")
    assert form(with_hosts(first, other, second)) == form(with_hosts(other, first, second))
    assert form(with_hosts(first, other, second)) != form(with_hosts(second, other, first))


# Types

FREE_TEXT = {
    "env value": ("environment[X].value", {"environment": [{"name": "X", "value": None}]}),
    "label": ("dockerLabels.X", {"dockerLabels": {"X": None}}),
    "log option": (
        "logConfiguration.options.X",
        {"logConfiguration": {"logDriver": "awslogs", "options": {"X": None}}},
    ),
    "sysctl value": ("systemControls[X].value", {"systemControls": [{"namespace": "X", "value": None}]}),
}


def with_free_text(place_name: str, value: Any) -> tuple[Definition, str]:
    path, fields = FREE_TEXT[place_name]
    written = read("03-network-mode-ec2", "written.yml")
    for field, content in fields.items():
        written = with_value(written, f"{WEB}.{field}", content)
    return with_value(written, f"{WEB}.{path}", value), f"{WEB}.{path}"


@pytest.mark.parametrize("place_name", FREE_TEXT)
@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (1, "1"), (0, "0"), (-7, "-7"), ("1.10", "1.10"), ("", "")]
)
def test_free_text_is_text(place_name: str, value: Any, text: str) -> None:
    definition, path = with_free_text(place_name, value)
    assert value_at(prepared(definition), path) == text
    assert decision(definition, prepared(with_free_text(place_name, text)[0])).register is False


@pytest.mark.parametrize("place_name", FREE_TEXT)
@pytest.mark.parametrize("value", [1.5, 1.0, None], ids=str)
def test_free_text_refuses_floats_and_null(place_name: str, value: Any) -> None:
    definition, path = with_free_text(place_name, value)
    refused = [finding.path for finding in prepare(definition, MODEL).findings if finding.rule == "wrong-type"]
    assert refused == [path]


@pytest.mark.parametrize(
    ("path", "text", "number"),
    [
        ("cpu", "256", 256),
        ("memory", "512", 512),
        (f"{WEB}.cpu", "128", 128),
        (f"{WEB}.memory", "256", 256),
        (f"{WEB}.memoryReservation", "128", 128),
        (f"{WEB}.stopTimeout", "60", 60),
        (f"{WEB}.healthCheck.interval", "10", 10),
        (f"{WEB}.linuxParameters.sharedMemorySize", "64", 64),
        ("ephemeralStorage.sizeInGiB", "30", 30),
    ],
)
def test_numbers_and_texts_of_them_are_one(path: str, text: str, number: int) -> None:
    written = read("09-container-cpu", "written.yml")
    with_text, with_number = with_value(written, path, text), with_value(written, path, number)
    assert prepared(with_text) == prepared(with_number)
    assert decision(with_text, prepared(with_number)).register is False


def with_nulls(value: Any, shape_name: str) -> Any:
    """The value with each member of its structures that is not there written as null."""
    shape = MODEL.shapes[shape_name]
    if shape["type"] == "list":
        return [with_nulls(item, shape["member"]) for item in value]
    if shape["type"] != "structure":
        return value
    absent = {key: None for key in shape["members"] if key not in value}
    return {**absent, **{key: with_nulls(child, shape["members"][key]) for key, child in value.items()}}


@pytest.mark.parametrize("folder", [*FOLDERS, "truth-table", "order"])
def test_null_is_absent(folder: str) -> None:
    written = read(folder, "written.yml")
    assert prepared(with_nulls(written, SHAPE)) == prepared(written)


# Properties: any definition, any order, any of the defaults

PROPERTY = settings(derandomize=True, deadline=None, max_examples=120, database=None)

names = st.text("abcdeXYZ019_", min_size=1, max_size=4)
texts = st.text("abcXYZ 0/:.$", max_size=6)
words = st.lists(st.text("abc-/ ", min_size=1, max_size=4), min_size=1, max_size=4)
numbers = st.integers(min_value=0, max_value=400)
ports = st.integers(min_value=1, max_value=9)


def entries(key: str, key_values: st.SearchStrategy[Any], **others: Any) -> st.SearchStrategy[list[Definition]]:
    """A list of dictionaries told apart by `key`."""
    item = st.fixed_dictionaries({key: key_values}, optional=others)
    return st.lists(item, min_size=1, max_size=4, unique_by=lambda entry: entry[key])


tmpfs = entries("containerPath", names, size=numbers, mountOptions=words)
devices = entries("hostPath", names, permissions=st.sampled_from([["read"], ["write", "read", "mknod"]]))
linux_parameters = st.fixed_dictionaries(
    {},
    optional={
        "capabilities": st.fixed_dictionaries({}, optional={"add": words, "drop": words}),
        "initProcessEnabled": st.booleans(),
        "tmpfs": tmpfs,
        "devices": devices,
    },
)
container_fields: dict[str, st.SearchStrategy[Any]] = {
    "image": texts,
    "cpu": numbers,
    "memory": numbers,
    "essential": st.booleans(),
    "privileged": st.booleans(),
    "stopTimeout": numbers,
    "versionConsistency": st.sampled_from(["enabled", "disabled"]),
    "command": words,
    "entryPoint": words,
    "dnsServers": words,
    "links": words,
    "credentialSpecs": words,
    "dockerSecurityOptions": words,
    "dockerLabels": st.dictionaries(names, texts, max_size=3),
    "environment": entries("name", names, value=texts),
    "environmentFiles": st.lists(st.fixed_dictionaries({"type": st.just("s3"), "value": texts}), max_size=3),
    "secrets": entries("name", names, valueFrom=texts),
    "mountPoints": entries("containerPath", names, sourceVolume=names, readOnly=st.booleans()),
    "volumesFrom": entries("sourceContainer", names, readOnly=st.booleans()),
    "portMappings": entries("containerPort", ports, hostPort=ports, protocol=st.sampled_from(["tcp", "udp"])),
    "ulimits": entries("name", names, softLimit=numbers, hardLimit=numbers),
    "dependsOn": entries("containerName", names, condition=st.sampled_from(["START", "HEALTHY"])),
    "systemControls": entries("namespace", names, value=texts),
    "extraHosts": entries("hostname", names, ipAddress=texts),
    "resourceRequirements": entries("type", st.sampled_from(["GPU", "InferenceAccelerator"]), value=texts),
    "healthCheck": st.fixed_dictionaries({"command": words}, optional={"interval": numbers, "startPeriod": numbers}),
    "restartPolicy": st.fixed_dictionaries({"enabled": st.booleans()}, optional={"restartAttemptPeriod": numbers}),
    "linuxParameters": linux_parameters,
}
task_fields: dict[str, st.SearchStrategy[Any]] = {
    "networkMode": st.sampled_from(["bridge", "host", "awsvpc", "none"]),
    "requiresCompatibilities": st.sampled_from([["FARGATE"], ["EC2"], ["EC2", "FARGATE"]]),
    "cpu": numbers.map(str),
    "memory": numbers.map(str),
    "ephemeralStorage": st.fixed_dictionaries({"sizeInGiB": numbers}),
    "runtimePlatform": st.sampled_from([{"operatingSystemFamily": "LINUX"}, {"cpuArchitecture": "ARM64"}]),
    "placementConstraints": entries("expression", texts, type=st.just("memberOf")),
    "volumes": entries("name", names, configuredAtLaunch=st.booleans()),
    "enableFaultInjection": st.booleans(),
    "pidMode": st.sampled_from(["host", "task"]),
}
definitions = st.fixed_dictionaries(
    {"family": names, "containerDefinitions": entries("name", names, **container_fields)}, optional=task_fields
)
seeds = st.integers(min_value=0, max_value=2**32)

ORDERED = ("command", "entryPoint", "environmentFiles", "dnsServers", "dnsSearchDomains", "mountOptions")


def lists(value: Any, key: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Every list in the value with the key it stands at, from the outside in."""
    if isinstance(value, list):
        yield key, value
    for name, child in value.items() if isinstance(value, dict) else ((key, child) for child in value):
        if isinstance(child, (dict, list)):
            yield from lists(child, name)


def missing_defaults(definition: Definition) -> list[tuple[Definition, str, Any]]:
    """Each default that the definition leaves unsaid: where it would stand, its key, its value."""
    found: list[tuple[Definition, str, Any]] = [*task_defaults(definition)]
    fargate = "FARGATE" in definition.get("requiresCompatibilities", [])
    mode = definition.get("networkMode", "awsvpc" if fargate else "bridge")
    for container in definition["containerDefinitions"]:
        found += container_defaults(container, mode)
        if fargate:
            found.append((container, "stopTimeout", 30))
    return [(parent, key, value) for parent, key, value in found if key not in parent]


def task_defaults(definition: Definition) -> Iterator[tuple[Definition, str, Any]]:
    empty: tuple[str, ...] = ("volumes", "placementConstraints", "inferenceAccelerators")
    yield from ((definition, key, []) for key in empty)
    yield definition, "enableFaultInjection", False
    yield definition, "ephemeralStorage", {"sizeInGiB": 20}
    yield from ((definition, key, "filled in by AWS") for key in RESPONSE_ONLY)
    yield from ((volume, "host", {}) for volume in definition.get("volumes", []))
    if "FARGATE" in definition.get("requiresCompatibilities", []):
        yield definition, "networkMode", "awsvpc"
        yield definition, "runtimePlatform", {"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}
    else:
        yield definition, "networkMode", "bridge"


def container_defaults(container: Definition, mode: str) -> Iterator[tuple[Definition, str, Any]]:
    yield from ((container, key, []) for key, kind in CONTAINER_MEMBERS.items() if MODEL.shapes[kind]["type"] == "list")
    flags = ("interactive", "pseudoTerminal", "privileged", "readonlyRootFilesystem", "disableNetworking")
    yield from ((container, key, False) for key in flags)
    said = {"cpu": 0, "essential": True, "versionConsistency": "enabled", "dockerLabels": {}, "linuxParameters": {}}
    yield from ((container, key, value) for key, value in said.items())
    for mapping in container.get("portMappings", []):
        yield mapping, "protocol", "tcp"
        yield mapping, "hostPort", mapping["containerPort"] if mode in ("awsvpc", "host") else 0
    for key in ("mountPoints", "volumesFrom"):
        yield from ((item, "readOnly", False) for item in container.get(key, []))
    if "healthCheck" in container:
        health = {"interval": 30, "timeout": 5, "retries": 3, "startPeriod": 0}
        yield from ((container["healthCheck"], key, value) for key, value in health.items())
    if "restartPolicy" in container:
        yield container["restartPolicy"], "restartAttemptPeriod", 300
        yield container["restartPolicy"], "ignoredExitCodes", []
    if "linuxParameters" in container:
        yield from linux_defaults(container["linuxParameters"])


def linux_defaults(parameters: Definition) -> Iterator[tuple[Definition, str, Any]]:
    said = {"initProcessEnabled": False, "devices": [], "tmpfs": [], "capabilities": {"add": [], "drop": []}}
    yield from ((parameters, key, value) for key, value in said.items())
    yield from ((parameters.get("capabilities", {}), key, []) for key in ("add", "drop"))
    yield from ((device, "permissions", ["read", "write", "mknod"]) for device in parameters.get("devices", []))
    yield from ((item, "mountOptions", []) for item in parameters.get("tmpfs", []))


CONTAINER_MEMBERS: dict[str, str] = MODEL.shapes["ContainerDefinition"]["members"]


@PROPERTY
@given(definitions, seeds)
def test_no_order_and_no_default_makes_a_difference(definition: Definition, seed: int) -> None:
    random, other = Random(seed), copy.deepcopy(definition)
    for parent, key, value in missing_defaults(other):
        if random.random() < 0.7:
            parent[key] = copy.deepcopy(value)
    for key, items in lists(other):
        if key not in ORDERED:
            random.shuffle(items)
    assert canonical(other) == canonical(definition)
    assert canonical(canonical(other)) == canonical(other)
    assert decide(definition, Present(other)).register is False


Change = Callable[[], None]


def set_to(parent: Any, key: Any, value: Any) -> Change:
    return lambda: parent.__setitem__(key, value)


def swap(items: list[Any], position: int) -> Change:
    return lambda: items.__setitem__(slice(position, position + 2), [items[position + 1], items[position]])


def possible_changes(value: Any, key: Any = None, parent: Any = None) -> Iterator[Change]:
    """Each scalar made another, each ordered list with one item gone or two neighbours swapped."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from possible_changes(child, name, value)
    elif isinstance(value, list):
        for position, child in enumerate(value):
            yield from possible_changes(child, position, value)
        if key in ORDERED:
            yield from (set_to(value, slice(at, at + 1), []) for at in range(len(value)))
            yield from (swap(value, at) for at in range(len(value) - 1) if value[at] != value[at + 1])
    elif isinstance(value, bool):
        yield set_to(parent, key, not value)
    elif isinstance(value, int):
        yield set_to(parent, key, value + 1)
    else:
        yield set_to(parent, key, str(int(value) + 1) if key in ("cpu", "memory") else f"{value}~")


@PROPERTY
@given(definitions, seeds)
def test_any_other_change_makes_a_difference(definition: Definition, seed: int) -> None:
    changed = copy.deepcopy(definition)
    Random(seed).choice([*possible_changes(changed)])()
    assert canonical(changed) != canonical(definition)
    decided = decide(changed, Present(definition))
    assert decided.register is True
    assert decided.reasons
