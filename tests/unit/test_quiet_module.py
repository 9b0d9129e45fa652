# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module of this collection writes to the system log of its host: nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.slipway.containers.plugins.module_utils._io.aws import module as aws
from ansible_collections.slipway.containers.plugins.module_utils._io.quiet_module import QuietModule
from ansible_collections.slipway.containers.plugins.module_utils._io.stack import module as stack
from ansible_collections.slipway.containers.plugins.module_utils._io.systemd import module as systemd

#: As the controller asks for a module: a task says `no_log` whatever its author says, mostly false.
ASKED = {"definition": {"PASSWORD": "sesame-open"}, "_ansible_no_log": False}
SPEC = {"definition": {"type": "dict"}}


@pytest.fixture(name="log")
def system_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What would be in the system log."""
    lines: list[str] = []

    def log(_module: basic.AnsibleModule, msg: str, log_args: Any = None) -> None:
        lines.append(f"{msg} {log_args}")

    monkeypatch.setattr(basic.AnsibleModule, "log", log)
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": ASKED}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    monkeypatch.setattr(AnsibleAWSModule, "default_settings", dict(AnsibleAWSModule.default_settings))
    yield lines


def test_no_log_of_the_maker_hides_nothing(log: list[str]) -> None:
    """Why there is a class of our own. Where this fails, ansible-core has changed, and the class may go."""
    basic.AnsibleModule(SPEC, no_log=True)
    assert "sesame-open" in "".join(log)


def test_a_quiet_module_says_nothing(log: list[str]) -> None:
    assert QuietModule(SPEC).params["definition"] == ASKED["definition"]
    assert not log


@pytest.mark.parametrize("run", [aws.run, stack.run, systemd.run])
def test_the_shells_of_modules_say_nothing(
    run: Callable[..., None], log: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def work(_context: Any) -> dict[str, Any]:
        return {"changed": False}

    with pytest.raises(SystemExit):
        run(work, argument_spec=SPEC)
    assert json.loads(capsys.readouterr().out)["changed"] is False
    assert not log
