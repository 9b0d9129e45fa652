# SPDX-License-Identifier: GPL-3.0-or-later
"""What k8s_app decides: which objects are the app's, what changes, what is kept, and what is never shown."""

from __future__ import annotations

import base64
import copy
import json
import random
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.app import answer
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.app.hiding import literals, plain
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.app.objects import (
    MANAGED_BY,
    PART_OF,
    RELEASE,
    WAVE,
    Ident,
    Wanted,
    problems,
    ready_to_apply,
    with_live_replicas,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.app.plan import (
    Plan,
    Present,
    decide,
    foreign,
    in_order,
    remove_all,
    strangers,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.app.releases import (
    History,
    Release,
    ReleaseError,
    as_secret,
    history,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.app.stuck import (
    left_behind,
    patch,
    removals,
    replacement,
    without,
)

APP, SPACE = "shop", "shop-space"
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}


def thing(kind: str, name: str, api: str = "v1", **more: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, **more}


def workload(kind: str, name: str, wave: int = 0, **container: Any) -> dict[str, Any]:
    pods = {"spec": {"containers": [{"name": name, "image": f"{name}:1", **container}]}}
    made = thing(kind, name, "batch/v1" if kind == "Job" else "apps/v1", spec={"template": pods})
    made["metadata"]["annotations"] = {WAVE: str(wave)}
    return made


def secret(name: str, **texts: str) -> dict[str, Any]:
    return thing("Secret", name, stringData=texts)


def wanted(*manifests: dict[str, Any]) -> Wanted:
    return ready_to_apply(APP, SPACE, manifests)


def live(wish: Wanted, **_ignored: Any) -> dict[Ident, dict[str, Any]]:
    """As the server has them: with its own fields."""
    found = {}
    for ident, manifest in wish.by_ident.items():
        one = copy.deepcopy(dict(manifest))
        one["metadata"].update(uid=f"uid-{ident.name}", resourceVersion="17", managedFields=[{"manager": "slipway"}])
        found[ident] = {**one, "status": {"phase": "Active"}}
    return found


def deployed(wish: Wanted, *more: Release) -> Present:
    there = live(wish)
    return Present(NAMESPACE, there, there, History((*more, Release(9, wish.release, "", wish.manifests))))


def actions(plan: Plan) -> dict[str, str]:
    return {step.ident.words: step.action for step in plan.steps}


def plan_of(present: Present, wish: Wanted) -> Plan:
    return decide(present, wish, {}, present.history)


def test_everything_that_is_wrong_is_said_at_once_and_where() -> None:
    listed = [
        "no mapping",
        {"kind": "Service"},
        thing("ClusterRole", "all", "rbac.authorization.k8s.io/v1"),
        {**thing("ConfigMap", "x"), "metadata": {"name": "x", "namespace": "elsewhere"}},
        thing("ConfigMap", "y"),
        thing("ConfigMap", "y"),
        {**thing("Deployment", "z", "apps/v1"), "metadata": {"name": "z", "annotations": {WAVE: "first"}}},
    ]
    told = {finding.path: finding.message for finding in problems("Shop", SPACE, listed)}
    assert told == {
        "name": "found 'Shop', expected up to 51 lower-case letters, digits and hyphens",
        "manifests[0]": "found str, expected a dictionary",
        "manifests[1].apiVersion": "found none, expected a text",
        "manifests[1].metadata.name": "found none, expected a text",
        "manifests[2].kind": "found ClusterRole, which stands outside of namespaces; an app has none of these",
        "manifests[3].metadata.namespace": f"found 'elsewhere', expected '{SPACE}' or none",
        "manifests[5]": "found ConfigMap y again, expected it once; it is manifests[4], too",
        f"manifests[6].metadata.annotations[{WAVE}]": "found 'first', expected a number from 0",
    }


def test_manifests_get_what_makes_them_the_apps_and_nobody_elses() -> None:
    web = workload("Deployment", "web", ports=[{"containerPort": 80}])
    web["spec"]["volumeClaimTemplates"] = [{"metadata": {"name": "data"}}]
    given = [web, secret("key", password="geheim"), thing("Service", "web", spec={"ports": [{"port": 80}]})]
    untouched = copy.deepcopy(given)
    made = wanted(*given).by_ident
    assert given == untouched
    labels = {MANAGED_BY: "slipway", PART_OF: APP}
    deployment = made[Ident("Deployment", "web", "apps")]
    for part in (*made.values(), deployment["spec"]["template"], *deployment["spec"]["volumeClaimTemplates"]):
        assert part["metadata"]["labels"] == labels
    assert {one["metadata"]["namespace"] for one in made.values()} == {SPACE}
    assert deployment["spec"]["template"]["spec"]["containers"][0]["ports"] == [
        {"containerPort": 80, "protocol": "TCP"}
    ]
    assert made[Ident("Service", "web")]["spec"]["ports"] == [{"port": 80, "protocol": "TCP"}]
    assert made[Ident("Secret", "key")]["data"] == {"password": base64.b64encode(b"geheim").decode()}
    assert "stringData" not in made[Ident("Secret", "key")]


def test_a_release_is_its_manifests_in_any_order_and_a_job_runs_once_for_it() -> None:
    job, web = workload("Job", "migrate"), workload("Deployment", "web")
    one, two = wanted(job, web), wanted(web, job)
    assert one == two
    assert one.release != wanted(job, workload("Deployment", "web", image="web:2")).release
    names = [ident.name for ident in one.by_ident if ident.kind == "Job"]
    assert names == [f"migrate-{one.release}"]
    long = wanted(workload("Job", "a" * 60))
    assert max(len(ident.name) for ident in long.by_ident) == 63


def test_a_second_run_changes_nothing_whatever_the_server_adds() -> None:
    wish = wanted(workload("Deployment", "web"), secret("key", a="b"))
    present = deployed(wish)
    plan = decide(present, wish, live(wish), present.history)
    assert not plan.changed and answer.result(plan)["diff"] == []


def test_what_differs_is_named_and_what_left_goes_but_for_data() -> None:
    claim = thing("PersistentVolumeClaim", "data")
    before = wanted(workload("Deployment", "web"), thing("ConfigMap", "old"), claim)
    after = wanted(workload("Deployment", "web", image="web:2"), thing("ConfigMap", "new"))
    plan = plan_of(Present(NAMESPACE, live(before), live(before)), after)
    assert actions(plan) == {
        "ConfigMap new": "create",
        "ConfigMap old": "remove",
        "Deployment web": "change",
        "PersistentVolumeClaim data": "keep",
    }
    reasons = {step.ident.words: step.reasons for step in plan.steps}
    assert reasons["Deployment web"] == ("spec.template.spec.containers[web].image",)


def test_claims_that_a_stateful_set_makes_are_its_own() -> None:
    db = workload("StatefulSet", "db")
    db["spec"]["volumeClaimTemplates"] = [{"metadata": {"name": "data"}}]
    wish = wanted(db)
    names = ("data-db-0", "data-db-12", "data-other-0")
    made = {Ident("PersistentVolumeClaim", name): thing("PersistentVolumeClaim", name) for name in names}
    assert actions(plan_of(Present(NAMESPACE, live(wish), made), wish)) == {
        "PersistentVolumeClaim data-other-0": "keep",
        "StatefulSet db": "none",
    }


def test_jobs_stay_as_long_as_one_may_go_back_to_their_release() -> None:
    first, second = (wanted(workload("Job", "migrate", image=f"web:{tag}")) for tag in (1, 2))
    present = Present(NAMESPACE, {}, live(first), History((Release(1, first.release, "", first.manifests),)))
    kept = decide(present, second, {}, present.history)
    assert list(actions(kept).values()) == ["create"]
    gone = decide(present, second, {}, History())
    assert sorted(actions(gone).values()) == ["create", "remove"]


def test_what_others_made_is_no_part_of_the_app() -> None:
    wish = wanted(thing("ConfigMap", "settings"))
    theirs = {ident: {**one, "metadata": {"name": ident.name}} for ident, one in live(wish).items()}
    (found,) = foreign(Present(NAMESPACE, theirs), wish)
    assert "not this app's" in found.message and found.path == "ConfigMap settings"
    made_by_a_schedule = {**workload("Job", "nightly-1"), "metadata": {"name": "nightly-1", "ownerReferences": [{}]}}
    present = Present(NAMESPACE, {}, {Ident.of(made_by_a_schedule): made_by_a_schedule})
    assert actions(plan_of(present, wish)) == {"ConfigMap settings": "create"}
    assert not remove_all(present, with_data=True).changed


def test_workloads_are_brought_up_wave_after_wave() -> None:
    listed = wanted(
        thing("Ingress", "web", "networking.k8s.io/v1"),
        workload("Deployment", "web", wave=2),
        workload("StatefulSet", "db"),
        workload("Job", "migrate", wave=1),
        secret("key", a="b"),
        thing("Service", "web"),
    )
    kinds = [sorted(one["kind"] for one in group) for group in in_order(listed.manifests)]
    assert kinds == [["Secret", "Service"], ["StatefulSet"], ["Job"], ["Deployment"], ["Ingress"]]


def test_a_workload_that_scales_keeps_the_number_of_its_pods() -> None:
    scaler = thing("HorizontalPodAutoscaler", "web", spec={"scaleTargetRef": {"kind": "Deployment", "name": "web"}})
    web, other = workload("Deployment", "web"), workload("Deployment", "other")
    web["spec"]["replicas"] = other["spec"]["replicas"] = 2
    wish = wanted(scaler, web, other)
    there = live(wish)
    for one in there.values():
        one.get("spec", {}).update(replicas=5)
    assert pods_of(with_live_replicas(wish.manifests, there)) == {"web": 5, "other": 2}
    assert pods_of(with_live_replicas(wish.manifests, {})) == {"web": 2, "other": 2}


def pods_of(manifests: list[Any]) -> dict[str, int]:
    return {one["metadata"]["name"]: one["spec"]["replicas"] for one in manifests if one["kind"] == "Deployment"}


def test_releases_are_kept_in_secrets_and_come_back_whole() -> None:
    wish = wanted(workload("Deployment", "web"), secret("key", password="geheim"))
    later = History().accepted(wish, "2026-11-22T00:00:00Z", keep=3)
    assert later.good is not None
    stored = as_secret(later.good, APP, SPACE)
    assert "geheim" not in json.dumps(stored)
    assert stored["metadata"]["labels"][RELEASE] == wish.release
    assert history([stored, thing("Secret", "other")]) == later
    assert history([{**stored, "data": {"manifests": "torn"}}]) == History()


def test_so_many_releases_are_kept_and_going_back_goes_further_each_time() -> None:
    wishes = [wanted(workload("Deployment", "web", image=f"web:{tag}")) for tag in range(5)]
    known = History()
    for wish in wishes:
        known = known.accepted(wish, "", keep=3)
    assert [one.id for one in known.releases] == [wish.release for wish in wishes[2:]]
    assert [one.number for one in known.releases] == [3, 4, 5]
    again = known.accepted(wishes[3], "", keep=3)  # it is new, and not its own former one
    assert again.good and again.former
    assert (again.good.id, again.former.id) == (wishes[3].release, wishes[4].release)
    assert known.went_back().good == known.former
    assert known.gone(known.went_back()) == [known.good]
    assert len(History().accepted(wishes[0], "", 1).accepted(wishes[1], "", 1).releases) == 2  # one to go back to


def test_a_release_that_no_secret_can_hold_is_refused_with_the_remedy() -> None:
    noise = random.Random(7)  # it shall not be packed well, no more
    text = "".join(chr(noise.randrange(32, 126)) for _count in range(1_200_000))
    large = History().accepted(wanted(thing("ConfigMap", "large", data={"x": text})), "", 3)
    assert large.good is not None
    with pytest.raises(ReleaseError, match="expected at most 786432"):
        as_secret(large.good, APP, SPACE)


def test_kinds_that_nobody_looks_for_are_known_from_the_last_release() -> None:
    monitor = thing("ServiceMonitor", "web", "monitoring.coreos.com/v1")
    known = History().accepted(wanted(monitor, thing("ConfigMap", "a")), "", 3)
    assert [one["kind"] for one in strangers(known, wanted(thing("ConfigMap", "a")))] == ["ServiceMonitor"]
    assert strangers(known, wanted(monitor)) == []


def test_removal_keeps_data_unless_it_is_to_go() -> None:
    wish = wanted(workload("Deployment", "web"), thing("PersistentVolumeClaim", "data"))
    stored = as_secret(Release(1, wish.release, "", wish.manifests), APP, SPACE)
    present = Present(NAMESPACE, {}, {**live(wish), Ident.of(stored): stored}, history([stored]))
    assert actions(remove_all(present, with_data=False)) == {
        "Deployment web": "remove",
        "PersistentVolumeClaim data": "keep",
    }
    assert actions(remove_all(present, with_data=True))["PersistentVolumeClaim data"] == "remove"


def test_a_diff_shows_that_a_secret_changed_and_not_what_it_is() -> None:
    web = workload("Deployment", "web", env=[{"name": "DB_PASSWORD", "value": "hunter2-old"}])
    config = thing("ConfigMap", "settings", data={"api_key": "k-123456", "level": "info"})
    before = wanted(web, secret("key", password="geheim-alt"), config)
    web2 = workload("Deployment", "web", env=[{"name": "DB_PASSWORD", "value": "hunter2-new"}])
    config2 = thing("ConfigMap", "settings", data={"api_key": "k-654321", "level": "debug"})
    after = wanted(web2, secret("key", password="geheim-neu"), config2)
    diff = answer.result(plan_of(deployed(before), after))["diff"]
    text = json.dumps(diff)
    assert [one["after_header"] for one in diff[1:]] == ["ConfigMap settings", "Deployment web", "Secret key"]
    assert text.count("(changed)") == 3 and "debug" in text
    for value in ("hunter2", "geheim", "k-123456", "k-654321", base64.b64encode(b"geheim-neu").decode()):
        assert value not in text


def test_what_is_hidden_in_logs_are_secrets_as_they_are_and_as_logs_have_them() -> None:
    web = workload(
        "Deployment", "web", env=[{"name": "DB_PASSWORD", "value": "hunter2-old"}, {"name": "L", "value": "x"}]
    )
    hidden = literals(wanted(web, secret("key", password="geheim-alt")).manifests)
    assert {"hunter2-old", "geheim-alt", base64.b64encode(b"geheim-alt").decode()} <= set(hidden)
    assert "x" not in hidden


def test_what_only_the_server_has_a_say_in_is_no_difference() -> None:
    (one,) = list(live(wanted(thing("ConfigMap", "a"))).values())
    assert set(plain(one)) == {"apiVersion", "kind", "metadata"}
    assert set(plain(one)["metadata"]) == {"name", "namespace", "labels"}


def test_what_server_side_apply_leaves_is_taken_away_by_paths_without_values() -> None:
    """Recorded from Kubernetes 1.20.2, where a probe that left its manifest stayed behind, empty and refused."""
    probe = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 3}
    (there,) = list(live(wanted(workload("Deployment", "web", livenessProbe=probe))).values())
    there["spec"]["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}}
    (manifest,) = wanted(workload("Deployment", "web")).manifests
    manifest = {**manifest, "spec": {**manifest["spec"], "strategy": {"type": "Recreate"}}}
    whole = replacement(there, manifest)
    assert whole["spec"] == manifest["spec"] and "status" not in whole
    assert removals(there, whole) == [
        {"op": "replace", "path": "/spec/strategy", "value": {"type": "Recreate"}},
        {"op": "remove", "path": "/spec/template/spec/containers/0/livenessProbe"},
    ]


def test_what_nobody_refuses_and_no_pod_is_made_of_is_taken_away_where_it_is_ours() -> None:
    """Recorded from Kubernetes 1.20.2, where a variable that was of a Secret and is plain kept an empty valueFrom."""
    of_secret = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}}
    other = {"name": "LEVEL", "value": "info"}
    (there,) = list(live(wanted(workload("StatefulSet", "db", env=[other, of_secret]))).values())
    fields = {"f:env": {'k:{"name":"PASSWORD"}': {".": {}, "f:valueFrom": {"f:secretKeyRef": {"f:key": {}}}}}}
    ours = {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"db"}': fields}}}}}
    there["metadata"]["managedFields"] = [{"manager": "slipway", "fieldsV1": ours}]
    (manifest,) = wanted(workload("StatefulSet", "db", env=[{"name": "PASSWORD", "value": ""}])).manifests
    predicted = copy.deepcopy(dict(manifest))
    predicted["spec"]["template"]["spec"]["containers"][0]["env"][0]["valueFrom"] = {}
    predicted["spec"]["template"]["spec"]["affinity"] = {"nodeAffinity": {}}  # somebody else's
    left = left_behind(there, predicted, replacement(there, manifest))
    assert patch(there, left) == [
        {"op": "remove", "path": "/spec/template/spec/containers/0/env/1/valueFrom"},
    ]
    assert without(predicted, left)["spec"]["template"]["spec"] == {
        **manifest["spec"]["template"]["spec"],
        "affinity": {"nodeAffinity": {}},
    }
    there["metadata"].pop("managedFields")  # kubectl 1.21 and newer does not show them; there is nothing left behind
    assert left_behind(there, predicted, replacement(there, manifest)) == []
