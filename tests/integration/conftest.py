# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules and playbooks as processes of their own, talking HTTP to an embedded AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible.module_utils.common.parameters import PASS_VARS

from tools.embedded_aws import EmbeddedAws
from tools.prepare import ROOT, lay_out_tree

from . import permissions

MODULES = "ansible_collections.slipway.containers.plugins.modules"
REGION = "eu-central-1"
#: ansible-core 2.21 shows the invocation when asked, older ones always.
SHOW_INVOCATION = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    """An empty AWS."""
    server.reset()
    return server


@pytest.fixture
def environment(aws: EmbeddedAws) -> dict[str, str]:
    """What a module process sees: our AWS and the collection of this checkout."""
    tree = str(lay_out_tree())
    own = {**aws.environment(os.environ), "PYTHONPATH": tree, "ANSIBLE_COLLECTIONS_PATH": tree}
    own.pop("PYTHONDONTWRITEBYTECODE", None)  # with it, each process compiles boto3 anew
    return own


@pytest.fixture
def boto(aws: EmbeddedAws) -> Callable[[str], Any]:
    """A boto3 client of the same AWS, to arrange and to look."""

    def client(service: str) -> Any:
        session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)
        return session.client(service, endpoint_url=aws.endpoint_url)

    return client


@dataclass(frozen=True)
class Run:
    """What a module process printed."""

    result: dict[str, Any]
    output: str
    status: int

    def __getitem__(self, key: str) -> Any:
        return self.result[key]

    @property
    def failed(self) -> bool:
        return self.status != 0 and bool(self.result.get("failed"))


RunModule = Callable[..., Run]


@pytest.fixture
def run_module(environment: dict[str, str], tmp_path: Path) -> RunModule:
    """Run a module as Ansible does, with its arguments in a file; `environment` adds or (None) removes variables."""

    def run(
        name: str,
        arguments: Mapping[str, Any],
        check: bool = False,
        variables: Mapping[str, str | None] | None = None,
    ) -> Run:
        modes = {"_ansible_check_mode": check, "_ansible_diff": True, **SHOW_INVOCATION}
        file = tmp_path / "arguments.json"
        file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {**arguments, **modes}}), encoding="utf-8")
        command = [sys.executable, "-m", f"{MODULES}.{name}", str(file)]
        kept = {key: value for key, value in {**environment, **(variables or {})}.items() if value is not None}
        done = subprocess.run(command, env=kept, capture_output=True, text=True, check=False, timeout=120)
        assert done.stdout.strip(), done.stderr
        result = json.loads(done.stdout)
        # Old releases of amazon.aws import deprecated names; how we report is ours.
        assert "exit_json" not in str(result.get("deprecations"))
        return Run(result, done.stdout + done.stderr, done.returncode)

    return run


@pytest.fixture
def playbook(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ansible-playbook against localhost with this Python."""

    def run(
        path: str | Path, *arguments: str, folder: Path = ROOT, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).parent / "ansible-playbook"
        command = [program, path, *arguments]
        quiet = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "False", "ANSIBLE_DEPRECATION_WARNINGS": "False"}
        permissions.RECORDS.mkdir(parents=True, exist_ok=True)
        recording = {
            "ANSIBLE_CALLBACK_PLUGINS": str(permissions.CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "task_calls",
            "TASK_CALLS_FOLDER": str(permissions.RECORDS),
        }
        return subprocess.run(
            command,
            cwd=folder,
            env={**environment, "PWD": str(folder), **quiet, **recording, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    return run


def operations(aws: EmbeddedAws) -> Counter[str]:
    """How often each API operation was called."""
    return Counter(call["operation"] for call in aws.calls())
