# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels, taints and annotations of nodes: what is asked for, what is ours, and what has to change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.k8s_node_wishes import k8s_node_wishes
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.node_meta import Live, Owned, Step, step
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.node_wish import MANAGED, is_key, wishes
from hypothesis import given
from hypothesis import strategies as st

HAND_MADE = {"kubernetes.io/hostname": "web-1", "mine": "yes"}
NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute", "timeAdded": "2026-11-22T00:00:00Z"}


def planned(wish: Mapping[str, Any], live: Live) -> Step:
    found, findings = wishes([{"name": "web-1", **wish}])
    assert findings == []
    return step(found[0], live)


def after(live: Live, done: Step) -> Live:
    """The node once the API server has merged the patch."""
    said = done.patch
    parts = {}
    for part in ("labels", "annotations"):
        merged = {**getattr(live, part), **said["metadata"].get(part, {})}
        parts[part] = {key: value for key, value in merged.items() if value is not None}
    taints = tuple(said["spec"]["taints"]) if "spec" in said else live.taints
    return Live(f"{live.version}+", parts["labels"], taints, parts["annotations"])


def owned(**parts: list[str]) -> dict[str, str]:
    return {MANAGED: json.dumps(parts)}


def test_what_is_wanted_is_set_and_remembered() -> None:
    live = Live("7", HAND_MADE, (NOT_READY,))
    done = planned(
        {"labels": {"role": "web"}, "taints": [{"key": "role", "value": "web", "effect": "NoSchedule"}]}, live
    )
    assert done.changed
    assert done.patch == {
        "metadata": {
            "resourceVersion": "7",
            "labels": {"role": "web"},
            "annotations": {MANAGED: '{"labels":["role"],"taints":["role:NoSchedule"]}'},
        },
        "spec": {"taints": [NOT_READY, {"key": "role", "effect": "NoSchedule", "value": "web"}]},
    }
    assert done.before == {"labels": {}, "annotations": {}, "taints": ["node.kubernetes.io/not-ready:NoExecute"]}
    assert done.after["taints"] == ["node.kubernetes.io/not-ready:NoExecute", "role=web:NoSchedule"]


def test_what_is_ours_and_not_wanted_goes_and_what_is_made_by_hand_stays() -> None:
    live = Live(
        labels={**HAND_MADE, "role": "web", "zone": "a"},
        taints=(
            NOT_READY,
            {"key": "role", "effect": "NoSchedule", "value": "web"},
            {"key": "mine", "effect": "NoSchedule"},
        ),
        annotations={
            **owned(labels=["role", "zone", "gone"], taints=["role:NoSchedule"], annotations=["team"]),
            "team": "x",
        },
    )
    done = planned({"labels": {"zone": "a"}}, live)
    now = after(live, done)
    assert now.labels == {**HAND_MADE, "zone": "a"}
    assert now.taints == (NOT_READY, {"key": "mine", "effect": "NoSchedule"})
    assert now.annotations == {MANAGED: '{"labels":["zone"]}'}
    assert done.before["labels"] == {"role": "web"} and done.after["labels"] == {}


def test_where_nothing_is_wanted_nothing_of_ours_stays_not_even_the_record() -> None:
    live = Live(labels={"a": "1"}, annotations=owned(labels=["a"]))
    assert after(live, planned({}, live)).annotations == {}


def test_a_label_that_somebody_changed_is_put_back() -> None:
    live = Live(labels={"role": "db"}, annotations={MANAGED: '{"labels":["role"]}'})
    assert after(live, planned({"labels": {"role": "web"}}, live)).labels == {"role": "web"}


def test_a_label_that_was_there_before_becomes_ours() -> None:
    live = Live(labels={"mine": "yes"})
    done = planned({"labels": {"mine": "yes"}}, live)
    assert done.changed and "labels" not in done.patch["metadata"]
    assert after(after(live, done), planned({}, after(live, done))).labels == {}


def test_what_is_to_be_away_goes_whoever_put_it_there() -> None:
    live = Live(labels=HAND_MADE, taints=({"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}, NOT_READY))
    taint = {"key": "node-role.kubernetes.io/master", "effect": "NoSchedule", "state": "absent"}
    done = planned({"labels": {"mine": None, "never": None}, "taints": [taint]}, live)
    now = after(live, done)
    assert "mine" not in now.labels and now.taints == (NOT_READY,) and MANAGED not in now.annotations


def test_the_same_key_with_another_effect_is_another_taint() -> None:
    live = Live(
        taints=({"key": "role", "effect": "NoSchedule"},), annotations={MANAGED: '{"taints":["role:NoSchedule"]}'}
    )
    done = planned({"taints": [{"key": "role", "effect": "NoExecute"}]}, live)
    assert after(live, done).taints == ({"key": "role", "effect": "NoExecute"},)


def test_an_unreadable_record_is_told_and_written_anew() -> None:
    for text in ("{", "[]", '{"labels": 1}'):
        live = Live(labels={"role": "web"}, annotations={MANAGED: text})
        done = planned({"labels": {"role": "web"}}, live)
        assert done.unreadable and Owned.read(after(live, done).annotations[MANAGED]) == Owned(labels=("role",))


KEYS = st.sampled_from(["a", "b", "c", "example.com/d"])
TEXTS = st.sampled_from(["", "1", "x"])
TAINTS = st.lists(
    st.builds(lambda key, effect, value: {"key": key, "effect": effect, "value": value}, KEYS,
              st.sampled_from(["NoSchedule", "NoExecute"]), TEXTS),
    unique_by=lambda taint: (taint["key"], taint["effect"]),
)  # fmt: skip
LABELS = st.dictionaries(KEYS, TEXTS)
WISHES = st.fixed_dictionaries({"labels": LABELS, "taints": TAINTS, "annotations": LABELS})


@given(WISHES, WISHES, LABELS, TAINTS)
def test_any_wish_holds_and_a_second_run_changes_nothing(
    first: dict[str, Any], second: dict[str, Any], labels: dict[str, str], taints: list[dict[str, Any]]
) -> None:
    live = Live("1", labels, tuple(taints))
    once = after(live, planned(first, live))
    assert not planned(first, once).changed
    twice = after(once, planned(second, once))
    assert not planned(second, twice).changed
    theirs = {key: value for key, value in labels.items() if key not in first["labels"]}
    assert twice.labels == {**theirs, **second["labels"]}, "what is theirs stays, and nothing is left of the first wish"
    done = planned(second, once)
    assert done.changed == (once != Live(once.version, twice.labels, twice.taints, twice.annotations))


def test_all_mistakes_are_named_at_once() -> None:
    wish = {
        "name": "web-1",
        "labels": {"-x": "1", "a": "not this", "version": 1.1, "list": [1]},
        "taints": [{"key": "a", "effect": "Never"}, "b", {"key": "c", "effect": "NoSchedule", "efect": 1}],
        "annotations": {MANAGED: "x", "Domain.com/x": "y"},
    }
    _found, findings = wishes([wish, {"name": "web-1"}])
    assert [finding.path for finding in findings] == [
        "nodes[web-1].labels[-x]",
        "nodes[web-1].labels[version]",
        "nodes[web-1].labels[list]",
        "nodes[web-1].annotations[Domain.com/x]",
        "nodes[web-1].labels[a]",
        "nodes[web-1].annotations[slipway.containers/managed]",
        "nodes[web-1].taints[a].effect",
        "nodes[web-1].taints[1]",
        "nodes[web-1].taints[c].efect",
        "nodes[web-1]",
    ]
    assert all("expected" in finding.message or "record" in finding.message for finding in findings)


@pytest.mark.parametrize(
    ("key", "good"),
    [
        ("role", True),
        ("node-role.kubernetes.io/worker", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("/a", False),
        ("a/", False),
        ("a/b/c", False),
        ("Upper.com/a", False),
        (f"{'a.' * 126}a/b", True),
        (f"{'a.' * 127}a/b", False),
        ("a_", False),
    ],
)
def test_keys_are_those_that_the_api_takes(key: str, good: bool) -> None:
    assert is_key(key) is good


GROUPS = {
    "k8s_worker": {"labels": {"kind": "worker", "disk": "hdd"}},
    "databases": {"labels": {"disk": "ssd"}, "taints": [{"key": "role", "value": "db", "effect": "NoSchedule"}]},
    "others": {"labels": {"other": "1"}},
    "empty": None,
}


def host(**variables: Any) -> dict[str, Any]:
    return {"inventory_hostname": "DB-1", "group_names": [], **variables}


def test_a_node_carries_what_its_groups_give_and_its_own() -> None:
    own = [
        {"key": "role", "value": "pg", "effect": "NoSchedule"},
        {"key": "x", "effect": "NoExecute", "state": "absent"},
    ]
    mine = {
        "kubeadm_cluster_node_labels": {"kind": None, "zone": "a"},
        "kubeadm_cluster_node_taints": own,
        "group_names": ["databases", "empty", "k8s_worker"],
    }
    wishes_of = k8s_node_wishes([host(**mine), host(kubeadm_cluster_node_name="other")], GROUPS)
    assert wishes_of == [
        {"name": "db-1", "labels": {"kind": None, "disk": "ssd", "zone": "a"}, "taints": own},
        {"name": "other", "labels": {}, "taints": []},
    ]
    assert wishes(wishes_of)[1] == []


def test_a_mistake_in_any_group_or_host_is_named_with_its_variable() -> None:
    mine = {"kubeadm_cluster_node_labels": {"x": "not this"}, "kubeadm_cluster_node_taints": [{"key": "x"}]}
    with pytest.raises(AnsibleFilterError) as problem:
        k8s_node_wishes([host(**mine)], {"a": {"label": {}, "labels": [1]}, "b": 3})
    for part in (
        "kubeadm_cluster_node_groups[a].label: found an unknown key, expected labels or taints (did you mean",
        "kubeadm_cluster_node_groups[a].labels: found a list, expected a mapping",
        "kubeadm_cluster_node_groups[b]: found no mapping",
        "DB-1: kubeadm_cluster_node_labels.labels[x]: found the value 'not this'",
        "DB-1: kubeadm_cluster_node_taints.taints[x].effect: found ''",
    ):
        assert part in str(problem.value)
    with pytest.raises(AnsibleFilterError, match="kubeadm_cluster_node_groups: found no mapping"):
        k8s_node_wishes([], ["a"])
