# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifests of an app: cases/kube_manifests/<situation>/compose.yaml, options.yml and expected.yml.

`options.yml` has the project's `environment` and what the `filter` is given; findings are lines of text. What is
expected in all of them is checked against the API's own schemas, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.kube_manifests import FilterModule
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.compose import rewriting
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.compose.kinds import KINDS
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.object_names import object_name
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.quantities import cpus, memory
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.versions import TARGETS, minor_of

from tests.unit.kube_schemas import problems
from tools.prepare import ROOT

CASES = Path(__file__).parent / "cases" / "kube_manifests"
FOLDERS = sorted(path for path in CASES.iterdir() if path.is_dir())
ON_CASES = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
MINORS = [minor_of("1.20"), *TARGETS]

kube_manifests = FilterModule().filters()["kube_manifests"]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


@cache
def plan_of(folder: Path, minor: str = "") -> dict[str, Any]:
    options = read(folder / "options.yml")
    project = {"project_directory": str(folder), "environment": options.get("environment") or {}}
    asked = {**(options.get("filter") or {}), **({"minor": minor} if minor else {})}
    plan: dict[str, Any] = kube_manifests(project, **asked)
    return plan


def as_expected(folder: Path, plan: dict[str, Any]) -> dict[str, Any]:
    """What people write into expected.yml: plain YAML, with no path of this machine."""
    plain = json.loads(json.dumps(plan).replace(str(folder), "FOLDER"))
    told = [f"{found['severity']} {found['rule']}: {found['path']}: {found['message']}" for found in plain["findings"]]
    return {**plain, "findings": told}


@ON_CASES
def test_the_situation_becomes_exactly_this(folder: Path) -> None:
    assert as_expected(folder, plan_of(folder)) == read(folder / "expected.yml")


@ON_CASES
@pytest.mark.parametrize("minor", MINORS, ids=str)
def test_the_api_takes_the_manifests(folder: Path, minor: Any) -> None:
    plan = plan_of(folder, str(minor))
    made = [*plan["manifests"], *plan["secrets"]]
    mistakes = [line for line in problems(made, minor) if folder.name != "mistakes_of_the_user" or "image" not in line]
    assert mistakes == []


@ON_CASES
def test_no_secret_stands_outside_of_secrets(folder: Path) -> None:
    plan = plan_of(folder)
    secret = [text for each in plan["secrets"] for text in each["stringData"].values()]
    shown = json.dumps(plan["manifests"])
    assert [text for text in secret if len(text) > 3 and json.dumps(text)[1:-1] in shown] == []


@ON_CASES
def test_names_refer_to_what_is_there(folder: Path) -> None:
    """Claims, ConfigMaps and Secrets that pods name are among the manifests, or were said to be there."""
    plan = plan_of(folder)
    made = {(each["kind"], each["metadata"]["name"]) for each in (*plan["manifests"], *plan["secrets"])}
    for workload in plan["manifests"]:
        pod = workload["spec"]["template"]["spec"] if "template" in workload.get("spec", {}) else {}
        templates = {each["metadata"]["name"] for each in workload.get("spec", {}).get("volumeClaimTemplates", ())}
        volumes = {each["name"]: each for each in pod.get("volumes", ())}
        for container in pod.get("containers", ()):
            mounts = container.get("volumeMounts", ())
            assert {mount["name"] for mount in mounts} <= set(volumes) | templates
            assert len({mount["mountPath"] for mount in mounts}) == len(mounts)
        assert [name for name in references(pod) if name not in made] in ([], *ELSEWHERE.get(folder.name, ()))


#: Objects that the case says are in the cluster.
ELSEWHERE: dict[str, list[list[tuple[str, str]]]] = {
    "a_shop_in_full": [[("Secret", "stripe")]],
    "data_and_files": [[("Secret", "media-token")], [("PersistentVolumeClaim", "media-archive")]],
}


def references(pod: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for volume in pod.get("volumes", ()):
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
        elif "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
        elif "secret" in volume:
            yield "Secret", volume["secret"]["secretName"]
    for container in pod.get("containers", ()):
        for variable in container.get("env", ()):
            if "valueFrom" in variable:
                yield "Secret", variable["valueFrom"]["secretKeyRef"]["name"]


def test_every_kind_of_finding_has_a_situation() -> None:
    told = {found["rule"] for folder in FOLDERS for found in plan_of(folder)["findings"]}
    assert set(KINDS) - told == {"compose-unknown", "dependency-cycle"}


def test_a_pod_changes_with_what_it_is_given(tmp_path: Path) -> None:
    def hashes(password: str) -> list[str]:
        text = "services: {a: {image: a/b:1, secrets: [s]}, b: {image: a/b:1}}\nsecrets: {s: {environment: S}}\n"
        (tmp_path / "compose.yaml").write_text(text)
        plan = kube_manifests({"project_directory": str(tmp_path)}, app="x", secrets={"s": password})
        pods = [each["spec"]["template"] for each in plan["manifests"] if each["kind"] == "Deployment"]
        return [pod["metadata"].get("annotations", {}).get("slipway.containers/config", "") for pod in pods]

    first, same, other = hashes("one"), hashes("one"), hashes("two")
    assert first == same and first[0] != other[0] and first[1] == other[1] == ""


def errors(folder: Path, services: str, **options: Any) -> list[str]:
    (folder / "compose.yaml").write_text(f"name: x\nservices: {{web: {{image: a/b:1, {services}}}}}\n")
    findings = kube_manifests({"project_directory": str(folder)}, **options)["findings"]
    return [found["message"] for found in findings if found["severity"] == "error"]


def test_what_a_cluster_would_refuse_is_said_before(tmp_path: Path) -> None:
    (tmp_path / "large").write_text("x" * (1024 * 1024 + 1), encoding="utf-8")
    assert errors(tmp_path, "volumes: ['./large:/large:ro']") == [
        "its files and secrets are 1025 KiB, and a ConfigMap holds 1024"
    ]
    mixed = "ports: ['53:53/udp', '80:80'], x-kubernetes: {load_balancer: true}"
    assert errors(tmp_path, mixed, minor="1.20") == ["a load balancer of a cluster this old has ports of one protocol"]
    assert errors(tmp_path, mixed) == []


def test_the_reference_app_runs_in_a_cluster() -> None:
    plan = kube_manifests({"project_directory": str(ROOT / "examples/streamlit_budget")}, registry="r.example.com")
    worse = [found for found in plan["findings"] if found["severity"] == "error"]
    assert worse == []
    workloads = {each["metadata"]["name"]: each for each in plan["manifests"] if "template" in each.get("spec", {})}
    assert {name: each["kind"] for name, each in workloads.items()} == {
        "streamlit-app": "StatefulSet",
        "health-check": "Deployment",
    }
    waves = [each["metadata"]["annotations"]["slipway.containers/wave"] for each in workloads.values()]
    assert waves == ["0", "1"]
    assert [image["reference"] for image in plan["images"]] == [
        "r.example.com/streamlit-budget-app:1.0.0",
        "r.example.com/streamlit-budget-health:1.0.0",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("web", "web"),
        ("my_db", "my-db"),
        ("A.b", "a-b"),
        ("3proxy", "x-3proxy"),
        ("-", "x"),
        ("a" * 60, "a" * 39 + "-11ee3912"),
    ],
)
def test_names_become_names_of_objects(text: str, name: str) -> None:
    assert object_name(text) == name


@pytest.mark.parametrize(("text", "escaped"), [("$HOME", "$HOME"), ("$(A)", "$$(A)"), ("$$", "$$$"), ("a$", "a$")])
def test_kubernetes_puts_no_variables_into_texts(text: str, escaped: str) -> None:
    assert rewriting.literal(text) == escaped


def test_amounts() -> None:
    assert [cpus(Decimal(text)) for text in ("1", "0.25", "0.0001", "2.5")] == ["1", "250m", "1m", "2500m"]
    assert [memory(amount) for amount in (2**30, 512 * 2**20, 1024, 1000, 0)] == ["1Gi", "512Mi", "1Ki", "1000", "0"]


@pytest.mark.parametrize(
    ("compose", "options", "message"),
    [
        ([], {}, "found list, expected a dictionary with project_directory"),
        ({}, {}, "found no Compose project"),
        ({"project_directory": "."}, {"version": "1.37"}, "found the unknown option 'version', expected app, "),
        (
            {"project_directory": "."},
            {"images": [], "pull_secrets": "x"},
            "images is list, expected a dictionary; pull_",
        ),
        ({"project_directory": str(ROOT / "examples/streamlit_budget")}, {"minor": "1.19"}, "1.19 is too old"),
        ({"project_directory": str(ROOT / "examples/streamlit_budget")}, {"minor": "new"}, "'new' is no version"),
        ({"project_directory": "/nowhere"}, {}, "/nowhere"),
    ],
)
def test_what_is_asked_wrongly_is_told(compose: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError) as raised:
        kube_manifests(compose, **options)
    assert message in str(raised.value)


@pytest.mark.parametrize("minor", MINORS, ids=str)
def test_the_schemas_see_mistakes(minor: Any) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"port": [80]}}
    (unknown,) = problems([service], minor)
    assert "Service/a: $.spec: " in unknown and "port" in unknown
    scaler = {"apiVersion": "autoscaling/v2beta2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}}
    assert bool(problems([scaler], minor)) == (minor >= (1, 26))
