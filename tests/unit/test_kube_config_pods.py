# SPDX-License-Identifier: GPL-3.0-or-later
"""Static pods and files of a node as values, and what is told of programs and calls that fail."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.api_errors import failure_of
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.node_change import (
    NodeChange,
    PodChange,
    TextChange,
    WantedFile,
    wanted_files,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.program_log import last_words
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.static_pods import (
    Standing,
    named_files,
    plain,
    proxies,
    reads,
    rendered_for,
    restarted,
    standing,
    told_changes,
)

POLICY = "/etc/kubernetes/slipway/audit.yaml"


def pod(*flags: str, volumes: tuple[str, ...] = (), env: dict[str, str] | None = None) -> dict[str, Any]:
    container: dict[str, Any] = {"name": "kube-apiserver", "command": ["kube-apiserver", *flags]}
    if env:
        container["env"] = [{"name": name, "value": value} for name, value in env.items()]
    mounted = [{"name": f"v{number}", "hostPath": {"path": path}} for number, path in enumerate(volumes)]
    return {"metadata": {"name": "kube-apiserver"}, "spec": {"containers": [container], "volumes": mounted}}


def live(
    hash: str = "h1", ready: str = "True", state: str = "running", started: str = "2026-11-22T04:00:00Z"
) -> dict[str, Any]:
    return {
        "metadata": {"annotations": {"kubernetes.io/config.hash": hash}},
        "status": {
            "conditions": [{"type": "Ready", "status": ready}],
            "containerStatuses": [{"state": {state: {"startedAt": started}}}],
        },
    }


def test_a_pod_of_the_new_manifest_has_another_hash_and_is_ready() -> None:
    before = standing(live())
    assert before == Standing("h1", True, "2026-11-22T04:00:00Z")
    assert not standing(live()).follows(before)
    assert not standing(live("h2", ready="False")).follows(before)
    assert not standing(live("h2", state="waiting")).follows(before)
    assert standing(live("h2")).follows(before)
    assert not standing(None).follows(before)


def test_a_pod_of_the_former_manifest_has_the_former_hash() -> None:
    before = standing(live())
    assert standing(live()).returns_to(before)
    assert not standing(live("h2")).returns_to(before)
    assert standing(live("h2")).returns_to(Standing()), "where there was no pod before, any one that is ready will do"


def test_a_restart_changes_the_manifest_and_not_what_kubeadm_wrote() -> None:
    once = restarted(pod(), "2026-11-22T04:00:00Z")
    assert once["metadata"]["annotations"] == {"slipway.containers/restarted": "2026-11-22T04:00:00Z"}
    assert plain(restarted({**pod(), "metadata": {"annotations": {"a": "b"}}}, "x"))["metadata"] == {
        "annotations": {"a": "b"}
    }


def test_a_member_of_etcd_keeps_what_it_was_made_with() -> None:
    present = pod("--data-dir=/x", "--initial-cluster=a=1,b=2", "--initial-cluster-state=existing", "--name=b")
    rendered = pod("--data-dir=/x", "--initial-cluster=b=2", "--name=b", "--snapshot-count=9")
    kept = rendered_for(rendered, present)
    assert kept["spec"]["containers"][0]["command"] == [
        *("kube-apiserver", "--data-dir=/x", "--initial-cluster=a=1,b=2", "--initial-cluster-state=existing"),
        *("--name=b", "--snapshot-count=9"),
    ]
    assert rendered_for(present, present) == present
    assert rendered_for(pod("--a=1"), pod("--a=2")) == pod("--a=1")


def test_proxies_that_kubeadm_has_to_find_again() -> None:
    found = proxies([pod(env={"HTTPS_PROXY": "http://p:3128", "no_proxy": "10.0.0.0/8", "OTHER": "x"}), pod()])
    assert found == {"HTTPS_PROXY": "http://p:3128", "no_proxy": "10.0.0.0/8"}


@pytest.mark.parametrize(
    ("flags", "volumes", "expected"),
    [
        ((f"--audit-policy-file={POLICY}",), ("/etc/kubernetes/pki",), True),
        ((), ("/etc/kubernetes/slipway",), True),
        ((), (POLICY,), True),
        ((), ("/etc/kubernetes/slip",), False),
        ((), ("/etc/kubernetes/pki", "/etc/kubernetes"), False),
        (("--audit-policy-file=/etc/kubernetes/slipway/other.yaml",), (), False),
    ],
)
def test_who_reads_a_file(flags: tuple[str, ...], volumes: tuple[str, ...], expected: bool) -> None:
    assert reads(pod(*flags, volumes=volumes), POLICY) is expected


def test_files_that_flags_name() -> None:
    flags = ("--tls-cert-file=/etc/kubernetes/pki/apiserver.crt", "--audit-log-path=/var/log/audit.log", "--v=2")
    assert named_files(pod(*flags)) == ["/etc/kubernetes/pki/apiserver.crt"]


def test_how_manifests_differ_in_words() -> None:
    before, after = pod("--a=1", "--b=2", "--c=3"), pod("--a=1", "--b=9", "--d=4")
    assert told_changes(before, after) == "with --b=9, --d=4; without --c"
    assert told_changes(pod(), pod(volumes=("/x",))) == "another image, other volumes or other resources"
    assert told_changes(pod(), pod("--token=abcdef")) == "with --token=********"


def test_the_steps_of_a_node_in_their_order() -> None:
    change = NodeChange(
        files=[TextChange(POLICY, None, "a\n")],
        sans=["api.lab.internal"],
        pods=[PodChange("kube-apiserver", TextChange("/m.yaml", "a", "b", why="another manifest, with --a=1"))],
        kubelet=TextChange("/var/lib/kubelet/config.yaml", "a", "b", why="restart with maxPods"),
        removed=[TextChange("/old", "x", None, hidden=True)],
    )
    assert change.differs
    assert change.components == ["kube-apiserver", "kubelet"]
    assert change.steps() == [
        f"write {POLICY}",
        "renew the API server's certificate, for api.lab.internal",
        "kube-apiserver: another manifest, with --a=1",
        "kubelet: restart with maxPods",
        "remove /old",
    ]
    assert [diff["after_header"] for diff in change.diffs()] == [
        *(POLICY, "/etc/kubernetes/pki/apiserver.crt", "/m.yaml", "/var/lib/kubelet/config.yaml", "/old")
    ]
    assert not NodeChange().differs


def test_a_diff_shows_nothing_of_a_secret_file() -> None:
    encryption = "kind: EncryptionConfiguration\nresources: [secretbox: {keys: [{name: a, secret: c2VjcmV0}]}]\n"
    for wanted in (WantedFile("/a", encryption), WantedFile("/a", "plain", secret=True)):
        shown = TextChange("/a", "former", wanted.content, wanted.hidden).diff()
        assert shown["before"] == "******** (before)\n"
        assert shown["after"] == "******** (after)\n"


def test_all_that_is_wrong_with_files_is_said_at_once() -> None:
    given = [
        {"path": "relative", "content": "x"},
        {"path": "/a", "content": "x"},
        {"path": "/a"},
        {"path": "/etc/kubernetes/manifests/pod.yaml", "content": "x"},
    ]
    with pytest.raises(ValueError, match="files") as problem:
        wanted_files(given)
    for said in (
        "files[0].path: found 'relative', expected an absolute path",
        "files[2].path: found /a twice",
        "files[2].content: found no text",
        "files[3].path: found /etc/kubernetes/manifests/pod.yaml, expected another folder",
    ):
        assert said in str(problem.value)


@pytest.mark.parametrize(
    ("line", "reason", "passing"),
    [
        ('Error from server (NotFound): namespaces "nope" not found', "NotFound", False),
        (
            'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled',
            "Conflict",
            False,
        ),
        ('Error from server (AlreadyExists): error when creating "STDIN": x already exists', "AlreadyExists", False),
        (
            "Error from server (ServiceUnavailable): the server is currently unable to handle",
            "ServiceUnavailable",
            True,
        ),
        ("Error from server (TooManyRequests): the server has received too many", "TooManyRequests", True),
        ('The ConfigMap "X_" is invalid: metadata.name: Invalid value: "X_"', "Invalid", False),
        (
            "The connection to the server 10.0.0.4:6443 was refused - did you specify the right host?",
            "Unreachable",
            True,
        ),
        ("Unable to connect to the server: net/http: TLS handshake timeout", "Unreachable", True),
        ("Unable to connect to the server: dial tcp 10.0.0.4:6443: i/o timeout", "Unreachable", True),
        ("Unable to connect to the server: EOF", "Unreachable", True),
        ("Error from server: etcdserver: leader changed", "Unreachable", True),
        ("Unable to connect to the server: x509: certificate has expired or is not yet valid", "", False),
        ('error: the server doesn\'t have a resource type "foo"', "", False),
    ],
)
def test_why_kubectl_failed_and_whether_it_may_pass(line: str, reason: str, passing: bool) -> None:
    failure = failure_of(["Warning: something is deprecated", line], 1)
    assert (failure.reason, failure.passing, failure.message) == (reason, passing, line)


def test_kubectl_that_says_nothing() -> None:
    assert failure_of([], 137).message == "it ended with exit code 137 and said nothing"


def test_what_a_program_said_last_is_without_its_flags() -> None:
    moment = "2026-11-22T04:07:10.932750000Z stderr F "
    log = ["Error: unknown flag: --no-such-flag", "Usage:", "  kube-scheduler [flags]", "", "Misc flags:"]
    log += ["      --log-file string   If non-empty, use this log file", "  -v, --v Level   verbosity"]
    assert last_words([moment + line for line in log], 5) == ["Error: unknown flag: --no-such-flag"]


def test_what_a_kubelet_said_last_is_without_its_stack() -> None:
    log = [
        "F1122 04:09:11.000000    1234 server.go:198] failed to load Kubelet config file: cannot unmarshal string",
        "goroutine 1 [running]:",
        "k8s.io/kubernetes/vendor/k8s.io/klog/v2.Fatal(...)",
        "\tk8s.io/kubernetes/vendor/k8s.io/klog/v2/klog.go:1482",
        "main.main()",
    ]
    assert last_words(log, 5) == log[:1]
    assert last_words(["one", "two", "three"], 2) == ["two", "three"]
