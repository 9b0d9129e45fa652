# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/seven_nodes: what it costs, and that its machines, its app and its figures speak of the same."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from decimal import Decimal
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.filter.kube_manifests import FilterModule
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.versions import TARGETS

from tests.unit.kube_schemas import problems
from tests.unit.test_cost_check import by_name, cents, priced
from tools.prepare import ROOT

SEVEN = ROOT / "examples" / "seven_nodes"
ROLE = "example.com/role"


def read(name: str) -> Any:
    return yaml.safe_load((SEVEN / name).read_text(encoding="utf-8"))


def plan(**options: Any) -> dict[str, Any]:
    asked = {"registry": "registry.example.com/seven", "secrets": {"postgresql": "x"}, **options}
    made: dict[str, Any] = FilterModule().filters()["kube_manifests"]({"project_directory": str(SEVEN)}, **asked)
    return made


def test_what_it_costs_and_what_eks_would() -> None:
    options = read("cost.yml")
    result = priced(*options.pop("scenarios"), **options)
    scenarios = by_name(result)
    assert {name: cents(scenario["expected"]) for name, scenario in scenarios.items()} == {
        "kubeadm, as the plan counts": Decimal("202.38"),
        "kubeadm, in full": Decimal("279.42"),
        "EKS, in full": Decimal("316.80"),
        "EKS, once its version is old": Decimal("681.80"),
    }
    claims = {claim["name"]: claim for claim in result["claims"]}
    assert [line.partition(":")[0] for line in claims["kubeadm"]["left_out"]] == [
        "root disks",
        "volumes of PostgreSQL and RabbitMQ",
        "load balancer",
        "addresses of nodes and load balancer",
        "zone",
        "traffic",
    ]
    assert claims["saving"]["verdict"] == "not_like_for_like"


def test_the_readme_has_these_figures() -> None:
    text = (SEVEN / "README.md").read_text(encoding="utf-8")
    for figure in ("$202.38", "$279.42", "$316.80", "$681.80", "$37.38"):
        assert figure in text, figure


def test_every_group_of_workers_has_its_labels() -> None:
    children = read("inventory.yml")["all"]["children"]
    workers = children["k8s_worker"]["children"]
    groups = read("group_vars/all.yml")["kubeadm_cluster_node_groups"]
    assert list(groups) == list(workers)
    assert {name: group["labels"] for name, group in groups.items()} == {name: {ROLE: name} for name in groups}
    machines = [host for group in (children["k8s_control_plane"], *workers.values()) for host in group["hosts"]]
    assert len(set(machines)) == 7


def test_the_app_runs_where_the_nodes_say_so() -> None:
    """Every workload names the role of one group, and bears the taints of that group alone."""
    groups = read("group_vars/all.yml")["kubeadm_cluster_node_groups"]
    workloads = [each for each in plan()["manifests"] if each["kind"] in ("Deployment", "StatefulSet")]
    assert {each["metadata"]["name"]: each["spec"]["template"]["spec"]["nodeSelector"][ROLE] for each in workloads} == {
        **dict.fromkeys(("auth", "users", "locations"), "application"),
        "worker": "background",
        **{name: name for name in ("postgresql", "rabbitmq", "redis")},
    }
    for each in workloads:
        pod = each["spec"]["template"]["spec"]
        borne = [
            {key: value for key, value in taint.items() if key != "operator"} for taint in pod.get("tolerations", ())
        ]
        assert borne == groups[pod["nodeSelector"][ROLE]].get("taints", [])


def test_the_app_is_well_made() -> None:
    made = plan()
    worse = [found["rule"] for found in made["findings"] if found["severity"] != "info"]
    assert worse == []
    assert problems([*made["manifests"], *made["secrets"]], TARGETS[-1]) == []
    kinds = {(each["kind"], each["metadata"]["name"]) for each in made["manifests"]}
    assert {("StatefulSet", "postgresql"), ("StatefulSet", "rabbitmq"), ("HorizontalPodAutoscaler", "users")} < kinds


@pytest.mark.parametrize("name", ["auth", "worker"])
def test_the_service_says_who_it_is_and_whom_it_reaches(name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        peers = f"127.0.0.1:{taken.getsockname()[1]} 127.0.0.1:1"
        environment = {"SERVICE": name, "PEERS": peers, "PORT": str(port)}
        with subprocess.Popen([sys.executable, SEVEN / "app/serve.py"], env=environment) as process:
            try:
                assert ask(f"http://127.0.0.1:{port}/health") == {"status": "ok", "service": name}
                assert list(ask(f"http://127.0.0.1:{port}/").get("peers", {}).values()) == [True, False]
            finally:
                process.terminate()
    assert process.returncode == 0


def ask(url: str) -> dict[str, Any]:
    """The answer, once something listens."""
    limit = time.monotonic() + 60
    while not (said := answer(url)) and time.monotonic() < limit:
        time.sleep(0.1)
    return said


def answer(url: str) -> dict[str, Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answered:
            read: dict[str, Any] = json.loads(answered.read())
            return read
    except OSError:
        return {}
