# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy_kubernetes as a user runs it: a shop on a cluster, releases good and bad, and what stays when it goes.

The tests of this file share one cluster of two nodes and are run in their order.
"""

from __future__ import annotations

import base64
import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.kubernetes import Lab, Node, Played, playbook

from .conftest import Timed

DEPLOY, APP, PORT = "slipway.containers.deploy_kubernetes", "shop", 30880
KEY = "sehr-geheim-4711"
PATIENCE_SECONDS = 180
#: With time enough to start on a busy machine.
PROBE = {
    "test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/"],
    "interval": "2s",
    "retries": 10,
    "start_period": "60s",
}
SIZE = {"resources": {"reservations": {"cpus": "0.02", "memory": "16M"}, "limits": {"memory": "64M"}}}
COMMON: dict[str, Any] = {"user": "1000:1000", "deploy": SIZE}
#: A page that waits for a migration, and a database that keeps its data on a volume.
SHOP: dict[str, Any] = {
    "name": APP,
    "services": {
        "web": {
            **COMMON,
            "image": "slipway-test/web:${TAG:-1}",
            "ports": ["8080:8080"],
            "environment": {"SHOW": "LEVEL", "LEVEL": "${LEVEL:-info}", "SHOW_FILES": "/run/secrets/key"},
            "secrets": ["key"],
            "depends_on": {"migrate": {"condition": "service_completed_successfully"}},
            "healthcheck": PROBE,
            "x-kubernetes": {"node_ports": {"8080": PORT}},
        },
        "migrate": {
            **COMMON,
            "image": "slipway-test/busybox:1",
            "command": ["echo", "migrated to ${TAG:-1}"],
            "restart": "no",
            "depends_on": {"db": {"condition": "service_healthy"}},
        },
        "db": {
            **COMMON,
            "image": "slipway-test/web:1",
            "environment": {"EXIT_CODE": "${BROKEN:-}", "DB_PASSWORD": "${PASSWORD:-}"},
            "volumes": ["data:/data"],
            "healthcheck": PROBE,
            "x-kubernetes": {"storage": {"data": "1Gi"}},
        },
    },
    "secrets": {"key": {"file": "./key"}},
    "volumes": {"data": {}},
}
#: The lab has nobody who makes volumes.
VOLUME = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": "shop-data"},
    "spec": {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": "/srv/shop-data", "type": "DirectoryOrCreate"},
    },
}
#: A machine that nobody reaches: nothing listens on this port.
GHOST = {"ansible_connection": "ansible.builtin.ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}


@dataclass(frozen=True)
class Shop:
    lab: Lab
    plane: Node
    worker: Node
    folder: Path

    def deploy(self, *words: str, **told: Any) -> Played:
        listing = self.lab.inventory([self.plane], [self.worker])
        return playbook(DEPLOY, *words, hosts=listing, **{"kube_app_source": str(self.folder), **told})

    def release(self, tag: str, *words: str, **more: str) -> Played:
        return self.deploy(*words, kube_app_environment={"TAG": tag, **more})

    def objects(self, kinds: str, *words: str) -> list[dict[str, Any]]:
        listed = self.plane.kubectl("--namespace", APP, "get", kinds, *words, "--output", "json")
        return list(json.loads(listed)["items"])

    def names(self, kinds: str) -> list[str]:
        return sorted(f"{one['kind']} {one['metadata']['name']}" for one in self.objects(kinds))

    def answers(self, node: Node, path: str = "/", wanted: str = "") -> str:
        """Endpoints reach a node a moment after a pod is ready, and leave it a moment after it is gone."""
        limit = time.monotonic() + PATIENCE_SECONDS
        while (said := asked(f"http://{node.address}:{PORT}{path}")) != wanted and time.monotonic() < limit:
            time.sleep(0.5)
        return said


def asked(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            return str(answer.read().decode()).strip()
    except OSError:
        return ""


def settled(played: Played) -> Played:
    assert set(played.good().changed().values()) == {0}, played.output[-8000:]
    return played


@pytest.fixture(scope="module")
def shop(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "compose.yaml").write_text(yaml.safe_dump(SHOP), encoding="utf-8")
    (folder / "key").write_text(KEY, encoding="utf-8")
    with Node.create("shop-plane") as plane, Node.create("shop-worker") as worker:
        playbook("slipway.containers.build_cluster", hosts=lab.inventory([plane], [worker])).good()
        plane.write("/root/volume.json", json.dumps(VOLUME))
        plane.kubectl("apply", "--filename", "/root/volume.json")
        yield Shop(lab, plane, worker, folder)


def test_check_mode_tells_it_all_where_there_is_no_namespace_yet(shop: Shop, step: Timed) -> None:
    with step("an app in check mode"):
        played = shop.deploy("--check", "--diff").good()
    assert played.changed() == {"shop-plane": 1}
    for told in ("Deployment web", "StatefulSet db", "Secret web", "Service web", "Job migrate-"):
        assert told in played.output
    assert KEY not in played.output and base64.b64encode(KEY.encode()).decode() not in played.output
    assert APP not in shop.plane.kubectl("get", "namespaces")


def test_an_app_comes_up_in_its_order_and_no_secret_shows(shop: Shop, step: Timed) -> None:
    with step("an app is deployed"):
        played = shop.release("1", "-vvv", PASSWORD="hunter2-hunter2").good()
    assert played.changed() == {"shop-plane": 1}
    for secret in (KEY, "hunter2-hunter2"):
        assert secret not in played.output
        assert base64.b64encode(secret.encode()).decode() not in played.output
    for node in (shop.plane, shop.worker):
        assert shop.answers(node, wanted="web 1") == "web 1"
    assert shop.answers(shop.worker, "/files/key", wanted=KEY) == KEY
    done = {one["metadata"]["name"]: one for one in shop.objects("jobs,deployments,statefulsets")}
    (job,) = (one for one in done.values() if one["kind"] == "Job")
    assert job["metadata"]["creationTimestamp"] >= done["db"]["metadata"]["creationTimestamp"]
    assert done["web"]["metadata"]["creationTimestamp"] >= job["status"]["completionTime"]
    assert shop.names("persistentvolumeclaims") == ["PersistentVolumeClaim data-db-0"]


def test_a_second_run_changes_nothing_and_a_change_by_hand_is_put_back(shop: Shop, step: Timed) -> None:
    words = {"kube_app_environment": {"TAG": "1", "PASSWORD": "hunter2-hunter2"}}
    with step("an app that is as it should be"):
        settled(shop.deploy(**words))
    shop.plane.kubectl("--namespace", APP, "set", "env", "deployment/web", "LEVEL=debug")
    check = shop.deploy("--check", "--diff", **words).good()
    assert check.changed() == {"shop-plane": 1} and "debug" in check.output
    assert shop.deploy(**words).good().changed() == {"shop-plane": 1}
    assert shop.answers(shop.worker, "/env/LEVEL", wanted="info") == "info"
    settled(shop.deploy(**words))


def test_a_new_release_migrates_once_and_what_left_is_gone(shop: Shop, step: Timed) -> None:
    more = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "more"}, "data": {"a": "b"}}
    shop.deploy(kube_app_environment={"TAG": "1"}, kube_app_manifests=[more]).good()
    assert "ConfigMap more" in shop.names("configmaps")
    with step("a new release"):
        shop.release("2").good()
    assert shop.answers(shop.plane, wanted="web 2") == "web 2"
    assert "ConfigMap more" not in shop.names("configmaps")
    assert len(shop.objects("jobs")) == 3  # one for each release that one may go back to
    settled(shop.release("2"))


@pytest.mark.fault
def test_a_release_that_does_not_get_ready_is_taken_back_with_the_reason(shop: Shop, step: Timed) -> None:
    before = shop.objects("statefulsets", "--selector=app.kubernetes.io/name=db")[0]["spec"]["template"]
    with step("a release that fails, and the way back"):
        played = shop.release("3", BROKEN="3")
    assert played.process.returncode == 2
    for told in ("StatefulSet db", "Pod: db-0 on shop-worker", "Exit code: 3", "web 1 gives up", "is back and runs."):
        assert told in played.output, played.output[-8000:]
    after = shop.objects("statefulsets", "--selector=app.kubernetes.io/name=db")[0]
    assert after["spec"]["template"] == before and after["status"]["readyReplicas"] == 1
    assert shop.answers(shop.worker, wanted="web 2") == "web 2"
    settled(shop.release("2"))


@pytest.mark.fault
def test_what_the_api_server_refuses_changes_nothing(shop: Shop) -> None:
    wrong = {"Service/web": {"spec": {"type": "Nonsense"}}}
    refused = shop.deploy(kube_app_environment={"TAG": "3"}, kube_app_overrides=wrong)
    assert refused.process.returncode == 2 and "nothing was changed" in refused.output
    assert 'Unsupported value: "Nonsense"' in refused.output.replace("\\", "")
    assert shop.answers(shop.worker, wanted="web 2") == "web 2"


@pytest.mark.fault
def test_an_image_that_cannot_be_had_is_said_before_the_time_is_over(shop: Shop) -> None:
    pods = {"containers": [{"name": "x", "image": "slipway-test/nothing:1"}]}
    labels = {"app.kubernetes.io/name": "x"}
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "x"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pods}},
    }
    result = shop.plane.module("k8s_app", {"name": "other", "manifests": [manifest], "wait_timeout": 3600})
    assert result["failed"] and result["failure"]["cause"] == "image"
    assert "slipway-test/nothing:1" in result["failure"]["message"] and not result["rolled_back"]
    gone = shop.plane.module("k8s_app", {"name": "other", "state": "absent", "remove_data": True})
    assert gone["changed"] and "other" not in shop.plane.kubectl("get", "namespaces")


def test_going_back_by_hand_needs_the_name_alone(shop: Shop) -> None:
    back = {"kube_app_source": "", "kube_app_name": APP, "kube_app_rollback": True}
    jobs = shop.names("jobs")
    shop.deploy(**back).good()
    shop.deploy(**back).good()
    assert shop.answers(shop.worker, wanted="web 1") == "web 1"
    assert set(shop.names("jobs")) < set(jobs)  # none ran again
    nowhere = shop.deploy(**back)
    assert nowhere.process.returncode == 2 and "no former release" in nowhere.output


def test_a_control_plane_that_is_away_keeps_nobody_from_deploying(shop: Shop) -> None:
    listing = shop.lab.inventory([shop.plane], [shop.worker])
    listing["all"]["hosts"] = {"a-ghost": GHOST, **listing["all"]["hosts"]}
    planes = listing["all"]["children"]["k8s_control_plane"]["hosts"]
    listing["all"]["children"]["k8s_control_plane"]["hosts"] = {"a-ghost": {}, **planes}
    told = {"kube_app_source": str(shop.folder), "kube_app_environment": {"PASSWORD": "hunter2-hunter2"}}
    played = playbook(DEPLOY, hosts=listing, **told)
    assert played.good().changed()["shop-plane"] == 0, played.output[-8000:]
    alone = shop.lab.inventory([], [shop.worker])
    alone["all"]["children"]["k8s_control_plane"]["hosts"] = {"shop-worker": {}}
    nobody = playbook(DEPLOY, hosts=alone, **told)
    assert nobody.process.returncode == 2 and "no API server answers. shop-worker: kubectl" in nobody.output


def test_it_goes_and_leaves_its_data_unless_that_is_to_go(shop: Shop, step: Timed) -> None:
    gone = {"kube_app_source": "", "kube_app_name": APP, "kube_app_state": "absent"}
    with step("an app is removed"):
        shop.deploy(**gone).good()
    assert shop.names("deployments,statefulsets,jobs,services,pods") == []
    assert shop.names("persistentvolumeclaims") == ["PersistentVolumeClaim data-db-0"]
    settled(shop.deploy(**gone))
    shop.deploy(**gone, kube_app_options={"remove_data": True}).good()
    assert APP not in shop.plane.kubectl("get", "namespaces")
    settled(shop.deploy(**gone, kube_app_options={"remove_data": True}))
