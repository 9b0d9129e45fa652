# SPDX-License-Identifier: GPL-3.0-or-later
"""What is true of every plan, for projects that nobody thought of."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.slipway.containers.plugins.module_utils._core.stack.answer import diff
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import Stack
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.order import needs
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.plan import CREATE, KEEP, RECREATE, REMOVE
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import Present
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Wish
from hypothesis import given, settings
from hypothesis import strategies as st

from .stack_values import as_wanted, container, plan, stack

NAMES = ("a", "b", "c", "d", "e")
STATES = ("running", "exited", "created", "paused", "restarting", "dead", "removing")
VERSIONS = st.sampled_from(["2.26.1", "2.40.3", "5.5.0", "dev"])


@st.composite
def projects(draw: st.DrawFn) -> Stack:
    """Services that depend on, or share with, those before them."""
    services = {}
    for position, name in enumerate(NAMES[: draw(st.integers(1, 5))]):
        before = NAMES[:position]
        chosen = draw(st.lists(st.sampled_from(before), unique=True)) if before else []
        config: dict = {"scale": draw(st.integers(0, 3))}
        config["depends_on"] = {
            one: {
                "condition": draw(st.sampled_from(["service_started", "service_completed_successfully"])),
                "restart": draw(st.booleans()),
                "required": True,
            }
            for one in chosen
        }
        if before and draw(st.booleans()):
            config["network_mode"] = f"service:{draw(st.sampled_from(before))}"
        else:
            config["networks"] = dict.fromkeys(draw(st.lists(st.sampled_from(["front", "back"]), unique=True)))
        if draw(st.booleans()):
            config["volumes"] = [{"type": "volume", "source": "data", "target": "/data"}]
        services[name] = config
    return stack(services, networks={"front": {}, "back": {}}, volumes={"data": {}})


@st.composite
def presents(draw: st.DrawFn, project: Stack) -> Present:
    """As wanted, but for some containers that are missing, other, in the way, or nobody's."""
    wanted = as_wanted(project)
    found = []
    for one in wanted.containers:
        if draw(st.integers(0, 4)):
            other = draw(st.sampled_from(["", "", "config_hash", "image_id"]))
            found.append(replace(one, state=draw(st.sampled_from(STATES)), **({other: "other"} if other else {})))
    if draw(st.booleans()):
        found.append(container("old"))
    if draw(st.booleans()):
        found.append(container("a", 9))
    networks = {name: one for name, one in wanted.networks.items() if draw(st.integers(0, 3))}
    return replace(wanted, containers=tuple(found), networks=networks)


WISHES = st.builds(
    Wish,
    state=st.sampled_from(["present", "present", "present", "stopped", "restarted", "absent"]),
    services=st.sampled_from([(), (), ("a",)]),
    recreate=st.sampled_from(["auto", "auto", "always", "never"]),
    remove_orphans=st.booleans(),
)


@settings(deadline=None)
@given(projects(), VERSIONS)
def test_what_is_as_wanted_stays(project: Stack, version: str) -> None:
    made = plan(project, version=version)
    assert not made.changed
    assert made.exact
    assert diff(project, as_wanted(project), made) == {"before": "", "after": ""}


@settings(deadline=None)
@given(st.data(), projects(), WISHES, VERSIONS)
def test_one_step_for_each_service_in_an_order_that_works(
    data: st.DataObject, project: Stack, wish: Wish, version: str
) -> None:
    present = data.draw(presents(project))
    made = plan(project, present, wish=wish, version=version)
    names = [step.service for step in made.steps]
    assert len(names) == len(set(names))
    places = {name: place for place, name in enumerate(names)}
    forward = wish.state in ("present", "restarted")
    for name, service in project.services.items():
        for need in needs(service):
            if name in places and need in places:
                assert (places[need] < places[name]) is forward
    for step in made.steps:
        assert not (step.action == CREATE and step.present >= step.replicas)
        assert not (step.action == REMOVE and step.present <= step.replicas)
        assert bool(step.reasons) is (step.action != KEEP)
        assert not (step.action == RECREATE and step.present == 0)


@settings(deadline=None)
@given(st.data(), projects(), WISHES, VERSIONS)
def test_the_order_of_mappings_decides_nothing(data: st.DataObject, project: Stack, wish: Wish, version: str) -> None:
    present = data.draw(presents(project))
    turned = Stack(
        project.project,
        dict(reversed(project.services.items())),
        dict(reversed(project.networks.items())),
        dict(reversed(project.volumes.items())),
        project.raw,
    )
    back = Present(
        tuple(reversed(present.containers)),
        dict(reversed(present.networks.items())),
        dict(reversed(present.volumes.items())),
        dict(reversed(present.images.items())),
    )
    assert plan(project, present, wish=wish, version=version) == plan(turned, back, wish=wish, version=version)


@settings(deadline=None)
@given(st.data(), projects(), WISHES, VERSIONS)
def test_the_diff_is_empty_exactly_when_nothing_changes(
    data: st.DataObject, project: Stack, wish: Wish, version: str
) -> None:
    present = data.draw(presents(project))
    made = plan(project, present, wish=wish, version=version)
    shown = diff(project, present, made)
    assert (shown["before"] != shown["after"]) is made.changed
