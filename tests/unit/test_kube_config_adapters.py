# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a change, and calls of kubectl, where a script stands for one whose API server is away."""

from __future__ import annotations

import calendar
import os
import time
from pathlib import Path

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.node_change import TextChange, WantedFile
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.static_pods import Standing
from ansible_collections.slipway.containers.plugins.module_utils._io.kube.config_files import (
    file_change,
    put_back,
    removal,
    write,
    written_after,
)
from ansible_collections.slipway.containers.plugins.module_utils._io.kube.kubectl import (
    Kubectl,
    KubectlError,
    objects_of,
)

REFUSED = "The connection to the server 10.0.0.4:6443 was refused - did you specify the right host or port?"
SECRET = "c2VjcmV0LXZhbHVl"


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "admin.conf"
    path.write_text("clusters:\n- cluster:\n    server: https://api.lab.internal:6443\n  name: lab\n")
    return path


def program(folder: Path, script: str) -> str:
    path = folder / "kubectl"
    path.write_text(f'#!/bin/sh\ncd "{folder}"\n{script}\n')
    path.chmod(0o755)
    return str(path)


def test_a_call_is_repeated_while_the_api_server_is_away_and_says_so_once(tmp_path: Path, kubeconfig: Path) -> None:
    script = f'if [ ! -e once ]; then touch once; echo "{REFUSED}" >&2; exit 1; fi; echo \'{{"kind": "Node"}}\''
    said: list[str] = []
    kubectl = Kubectl(str(kubeconfig), patience_seconds=30.0, say=said.append, program=program(tmp_path, script))
    assert kubectl.get("node", "a") == {"kind": "Node"}
    assert said == [f"kubectl get node a: {REFUSED}; trying again for 30 s"]


def test_patience_ends_with_the_name_of_the_api_server(tmp_path: Path, kubeconfig: Path) -> None:
    kubectl = Kubectl(str(kubeconfig), patience_seconds=0.0, program=program(tmp_path, f'echo "{REFUSED}" >&2; exit 1'))
    with pytest.raises(KubectlError) as problem:
        kubectl.items("nodes")
    assert problem.value.reason == "Unreachable"
    assert str(problem.value) == f"kubectl get nodes failed at the API server https://api.lab.internal:6443: {REFUSED}"


def test_what_the_api_refuses_is_not_asked_again(tmp_path: Path, kubeconfig: Path) -> None:
    script = 'echo x >> asked; echo "Error from server (Forbidden): nodes is forbidden" >&2; exit 1'
    with pytest.raises(KubectlError) as problem:
        Kubectl(str(kubeconfig), program=program(tmp_path, script)).items("nodes")
    assert problem.value.reason == "Forbidden"
    assert (tmp_path / "asked").read_text() == "x\n"


def test_secrets_go_by_standard_input_and_stay_out_of_messages(tmp_path: Path, kubeconfig: Path) -> None:
    script = 'echo "$@" > words; cat > stdin; echo "error: cannot read $(cat stdin)" >&2; exit 1'
    kubectl = Kubectl(str(kubeconfig), hidden=(SECRET,), program=program(tmp_path, script))
    with pytest.raises(KubectlError) as problem:
        kubectl.apply([{"apiVersion": "v1", "kind": "Secret", "data": {"value": SECRET}}])
    assert SECRET in (tmp_path / "stdin").read_text()
    assert SECRET not in (tmp_path / "words").read_text()
    assert SECRET not in str(problem.value)
    assert "--server-side --field-manager=slipway" in (tmp_path / "words").read_text()


def test_without_kubectl(kubeconfig: Path) -> None:
    with pytest.raises(KubectlError, match="cannot be run: no such file or directory") as problem:
        Kubectl(str(kubeconfig), program="/nowhere/kubectl").raw("/readyz")
    assert problem.value.reason == "NoProgram"


def test_objects_of_what_kubectl_prints() -> None:
    assert objects_of("") == []
    assert objects_of('{"kind": "A"}\n{"kind": "List", "items": [{"kind": "B"}]}\n') == [{"kind": "A"}, {"kind": "B"}]


def test_a_file_is_written_and_written_back(tmp_path: Path) -> None:
    path = tmp_path / "slipway" / "audit.yaml"
    change = file_change(WantedFile(str(path), "new\n"))
    assert change == TextChange(str(path), None, "new\n")
    write(change)
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new\n", 0o600)
    assert file_change(WantedFile(str(path), "new\n")) is None
    path.chmod(0o644)
    again = file_change(WantedFile(str(path), "newer\n"))
    assert again is not None
    write(again)
    assert path.stat().st_mode & 0o777 == 0o644
    put_back(again)
    assert path.read_text() == "new\n"
    put_back(change)
    assert not path.exists()
    assert removal(str(path)) is None


def test_a_file_that_is_younger_than_the_program(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("")
    started = calendar.timegm(time.strptime("2026-11-22T04:00:00Z", "%Y-%m-%dT%H:%M:%SZ"))
    told = Standing(started="2026-11-22T04:00:00Z")
    for moment, expected in ((started - 1, False), (started + 0.9, False), (started + 1, True)):
        os.utime(path, (moment, moment))
        assert written_after(str(path), told) is expected
    assert not written_after(str(tmp_path / "none"), told)
    assert not written_after(str(path), Standing())
