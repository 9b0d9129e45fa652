# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of compose_stack: what is wrong is told at once, what is right becomes a Wish."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.options import read
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Probe
from ansible_collections.slipway.containers.plugins.modules.compose_stack import ARGUMENTS


def params(**given: Any) -> dict[str, Any]:
    """As Ansible fills them in."""
    return {**{name: spec.get("default") for name, spec in ARGUMENTS.items()}, "project_src": "/srv/shop", **given}


def problems(**given: Any) -> list[str]:
    return [finding.as_text() for finding in read(params(**given))[1]]


def test_nothing_is_wrong_with_the_defaults() -> None:
    wish, found = read(params())
    assert not found
    assert (wish.state, wish.pull, wish.build, wish.wait, wish.ready) == ("present", "policy", "changed", True, None)


def test_probes_and_signals_are_read() -> None:
    wish, found = read(params(ready=[{"http": "http://{address}/"}, {"service": "db", "tcp": "5432"}]))
    assert not found
    assert wish.ready == (Probe(http="http://{address}/"), Probe(service="db", tcp="5432"))
    assert read(params(reload_signals={"a": "hup", "b": "SIGUSR1", "c": 1}))[0].reload_signals == {
        "a": "SIGHUP",
        "b": "SIGUSR1",
        "c": "1",
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"project_src": None}, "project_src: found nothing, expected project_src"),
        ({"project_src": None, "state": "absent"}, "or project_name"),
        ({"definition": {}, "files": ["a.yaml"]}, "definition: found beside files"),
        ({"definition": {}, "project_src": None}, "definition: found without project_src"),
        ({"project_name": "Shop 1"}, "project_name: found 'Shop 1'"),
        ({"controller_src": ".", "project_src": None}, "controller_src: found without project_src"),
        ({"wait_timeout": 0}, "wait_timeout: found 0, expected 1 or more"),
        ({"stop_timeout": -1}, "stop_timeout: found -1, expected 0 or more"),
        ({"keep_releases": 0}, "keep_releases: found 0"),
        ({"lock_timeout": -1}, "lock_timeout: found -1"),
        ({"ready": [{}]}, "ready[0]: found nothing, expected exactly one of"),
        ({"ready": [{"http": "http://a/", "tcp": "1"}]}, "ready[0]: found http and tcp"),
        ({"ready": [{"tcp": "1", "status": [200]}]}, "ready[0].status: found without http"),
        ({"ready": [{"http": "a:80"}]}, "ready[0].http: found 'a:80'"),
        ({"ready": [{"tcp": "web:http"}]}, "ready[0].tcp: found 'web:http'"),
        ({"ready": [{"log": "("}]}, "ready[0].log: found '('"),
        ({"reload_signals": {"web": "now!"}}, "reload_signals.web: found 'now!'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_is_wrong_is_told(given: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in problems(**given)), problems(**given)


def test_everything_is_told_at_once() -> None:
    assert len(problems(wait_timeout=0, keep_releases=0, ready=[{}])) == 3


def test_a_name_is_enough_to_remove() -> None:
    assert not problems(project_src=None, project_name="shop", state="absent")
