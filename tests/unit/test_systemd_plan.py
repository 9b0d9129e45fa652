# SPDX-License-Identifier: GPL-3.0-or-later
"""What is decided for an app of systemd units, from what there is and what is wanted.

A case under cases/systemd_plan has: `about`; `before` (services and release that are installed, good and running);
`edit` (states of units, texts on disk, what a service ran with, as they differ from that); `wanted` (services and
release, those of before where left out); `state`; and what is expected: `plan` (service: action), `reasons`, and any
of the plan's other fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd import answer, deployment
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.deployment import Deployment, Ran
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.host import Host
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.memory import Memory
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.plan import (
    NONE,
    Plan,
    decide,
    foreign,
    picture,
    remove_all,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.present import (
    Present,
    PrivateSeen,
    UnitState,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.reader import read_app
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.units import render

CASES = Path(__file__).parent / "cases" / "systemd_plan"
NAMES = sorted(folder.name for folder in CASES.iterdir())
ACTIVE = UnitState("active", "running", "enabled", 42, "success")


def wanted_of(value: Mapping[str, Any]) -> Deployment:
    app, findings = read_app({"name": "shop", "root": "", "services": value["services"]})
    assert not findings, findings
    units = {unit.name: unit.text for unit in render(app, Host(257))}
    return Deployment(app, value.get("release", ""), units, deployment.private_files(app))


def running(good: Deployment) -> Present:
    """Everything is installed, enabled, and runs with what is installed."""
    states = {
        name: replace(ACTIVE, enabled="enabled" if deployment.installs(text) else "static")
        for name, text in good.units.items()
    }
    for service in good.app.services:
        if service.timer:
            states[f"{good.app.unit(service.name)}.service"] = UnitState(enabled="static")
    return Present(
        release=good.release,
        texts=good.units,
        installed=frozenset(good.units),
        private={path: PrivateSeen(file.sha256, file.mode) for path, file in good.private.items()},
        states=states,
        ran={service.name: good.ran(service.name) for service in good.app.services},
        good=good,
        has_link=bool(good.release),
    )


def edited(present: Present, edit: Mapping[str, Any]) -> Present:
    states = {name: replace(present.state(name), **facts) for name, facts in edit.get("states", {}).items()}
    ran = {name: replace(present.ran[name], **facts) for name, facts in edit.get("ran", {}).items() if facts}
    forgotten = [name for name, facts in edit.get("ran", {}).items() if not facts]
    known = {name: value for name, value in {**present.ran, **ran}.items() if name not in forgotten}
    differing = {name: None if paths is None else frozenset(paths) for name, paths in edit.get("differing", {}).items()}
    return replace(
        present,
        states={**present.states, **states},
        texts={**present.texts, **edit.get("texts", {})},
        ran=known,
        differing=differing,
        release=edit.get("release", present.release),
        good=None if edit.get("never_good") else present.good,
    )


class Case:
    def __init__(self, name: str) -> None:
        self.facts = yaml.safe_load((CASES / name / "case.yml").read_text(encoding="utf-8"))
        before = self.facts.get("before")
        self.before = wanted_of(before) if before else None
        present = running(self.before) if self.before else Present()
        self.present = edited(present, self.facts.get("edit", {}))
        self.wanted = wanted_of({**(before or {}), **self.facts.get("wanted", {})})
        self.state = self.facts.get("state", "present")

    @property
    def plan(self) -> Plan:
        return decide(self.present, self.wanted, self.state)


@pytest.mark.parametrize("name", NAMES)
def test_cases(name: str) -> None:
    case = Case(name)
    plan = case.plan
    assert {step.service: step.action for step in plan.steps} == case.facts["plan"]
    for service, reasons in case.facts.get("reasons", {}).items():
        assert [list(step.reasons) for step in plan.steps if step.service == service] == [reasons]
    assert plan.changed is case.facts.get("changed", any(action != NONE for action in case.facts["plan"].values()))
    for field in ("write", "remove", "write_private", "remove_private", "enable", "disable", "link"):
        if field in case.facts:
            assert list(getattr(plan, field) or ()) == case.facts[field], field


@pytest.mark.parametrize("name", NAMES)
def test_what_is_carried_out_leaves_nothing_to_do(name: str) -> None:
    case = Case(name)
    if case.state in ("present", "restarted"):
        after = running(case.wanted)
        assert not decide(after, case.wanted).changed


@pytest.mark.parametrize("name", NAMES)
def test_a_change_has_a_diff_and_no_change_has_none(name: str) -> None:
    case = Case(name)
    assert bool(answer.diff(case.plan, case.present, case.wanted)) is case.plan.changed
    before, after = picture(case.plan, case.present, case.wanted)
    assert (before != after) is case.plan.changed


@pytest.mark.parametrize("name", NAMES)
def test_no_diff_and_no_reason_shows_a_value(name: str) -> None:
    case = Case(name)
    assert "hunter2" not in str(answer.result(case.plan, case.present, case.wanted, {}))


WEB = {"name": "web", "exec": ["/bin/web"], "environment": {"PASSWORD": "hunter2"}}
API = {"name": "api", "exec": ["/bin/api"], "sockets": [8080]}


def test_going_back_is_a_plan_to_the_good_deployment() -> None:
    """A run that stopped after it had restarted one of two services: only that one is restarted again."""
    good = wanted_of({"services": [WEB, API], "release": "a" * 12})
    new = wanted_of({"services": [{**WEB, "environment": {"PASSWORD": "hunter3"}}, API], "release": "b" * 12})
    half = replace(
        running(new), good=good, ran={"web": new.ran("web"), "api": good.ran("api")}, installed=frozenset(new.units)
    )
    plan = decide(half, good)
    assert {step.service: step.action for step in plan.steps} == {"api": NONE, "web": "restart"}
    assert plan.link == ("b" * 12, "a" * 12) and plan.write_private == ("/etc/slipway/shop/web/environment",)


def test_all_that_is_ours_goes_and_nothing_else() -> None:
    good = wanted_of({"services": [WEB, API], "release": "a" * 12})
    present = replace(running(good), has_releases=True, data=("/var/lib/shop/data",))
    plan = remove_all(present, good.app)
    assert set(plan.remove) == set(good.units) and plan.remove_private and plan.link == ("a" * 12, "")
    assert plan.remove_folders == ()
    whole = remove_all(present, good.app, releases=True, data=True)
    assert whole.remove_folders == ("/srv/slipway/shop/releases", "/var/lib/shop/data")
    assert not remove_all(Present(), good.app, releases=True, data=True).changed


def test_a_unit_of_somebody_else_is_named() -> None:
    wanted = wanted_of({"services": [WEB]})
    found = foreign(Present(texts={"shop-web.service": "[Service]\nExecStart=/bin/other\n"}), wanted)
    assert [one.path for one in found] == ["/etc/systemd/system/shop-web.service"]
    assert not foreign(running(wanted), wanted)


def test_memory_is_kept_whole() -> None:
    good = wanted_of({"services": [WEB, API], "release": "a" * 12})
    older = wanted_of({"services": [WEB], "release": "b" * 12})
    memory = Memory("/srv/slipway/shop", frozenset(good.units), {"web": good.ran("web")}, frozenset({"api"}), good)
    memory = replace(memory, history=(older,), scores={"ab": "1.1"}, data=frozenset({"data"}))
    assert Memory.from_text(memory.as_text()) == memory
    with pytest.raises(ValueError, match="format"):
        Memory.from_text('{"format": 99}')
    with pytest.raises(ValueError, match="KeyError"):
        Memory.from_text("{}")


def test_the_history_is_as_long_as_releases_are_kept_and_going_back_shortens_it() -> None:
    releases = [wanted_of({"services": [WEB], "release": letter * 12}) for letter in "abcd"]
    memory = Memory()
    for one in releases:
        memory = memory.accepted(one, keep=3)
    a, b, c, d = releases
    assert (memory.good, memory.history) == (d, (c, b))
    assert memory.accepted(d, keep=3) == memory, "what is good already is no step"
    memory = memory.went_back(c)
    assert (memory.good, memory.history, memory.former) == (c, (b,), b)
    memory = memory.went_back(b)
    assert (memory.good, memory.former) == (b, None)
    assert a not in memory.history


def test_releases_that_are_needed() -> None:
    good, former, older = (wanted_of({"services": [WEB], "release": letter * 12}) for letter in "abd")
    memory = Memory(good=good, history=(former, older), ran={"web": Ran(release="a" * 12, began="c" * 12)})
    assert memory.needed == {"a" * 12, "b" * 12, "c" * 12, "d" * 12}
    assert Memory(ran={"job": Ran()}).needed == frozenset()


def test_sections_of_a_unit() -> None:
    text = "# head\n[Unit]\nAfter=x\n\n[Service]\n; comment\nType=exec\n"
    assert deployment.section(text, "Service") == ("Type=exec",)
    assert not deployment.installs(text) and deployment.installs(f"{text}[Install]\nWantedBy=y\n")


def test_an_app_without_a_release_works_in_the_hosts_root() -> None:
    app = wanted_of({"services": [WEB, {**API, "working_dir": "/srv/data"}]}).app
    found = deployment.without_release(app)
    assert [service.working_dir for service in found.services] == ["/", "/srv/data"]
    texts = [unit.text for unit in render(found, Host(257)) if unit.name == "shop-web.service"]
    assert "WorkingDirectory=/\n" in texts[0]
