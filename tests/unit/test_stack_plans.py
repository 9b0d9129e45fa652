# SPDX-License-Identifier: GPL-3.0-or-later
"""What `decide` says of situations that a recording cannot show, each with the one fact that makes it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import blocking
from ansible_collections.slipway.containers.plugins.module_utils._core.stack import images, oneshots, order
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.learned import Learned
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.objects import recreated, removed
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.plan import (
    CREATE,
    KEEP,
    RECREATE,
    REMOVE,
    RESTART,
    SIGNAL,
    START,
    STOP,
    Plan,
    Step,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import (
    LABEL,
    Network,
    Present,
    Volume,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.release import Release
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Wish

from .stack_values import IMAGE_ID, as_wanted, container, learned_of, only, plan, stack

WEB = stack({"web": {}})
BUILT = stack({"web": {"build": {"context": "/src"}}})
OTHER_ID = "sha256:" + "2" * 64


def refusals(plan):
    return blocking(plan.findings, "error")


def present(*containers, **more):
    return replace(as_wanted(WEB), containers=containers, **more)


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("running", KEEP),
        ("restarting", KEEP),
        ("exited", START),
        ("created", START),
        ("paused", START),
        ("dead", RECREATE),
        ("removing", CREATE),
    ],
)
def test_each_state_of_a_container(state, action):
    assert only(WEB, present(container("web", state=state))).action == action


def test_a_container_that_is_being_removed_does_not_count():
    step = only(WEB, present(container("web", state="removing")))
    assert (step.present, step.reasons) == (0, ("there is no container",))


# Hashes and what was learned of them.


def test_another_label_without_any_words_for_it_shows_both_hashes():
    step = only(WEB, present(container("web", config_hash="ab12cd34ef")), hashes={"web": "cd34ab12ef"})
    assert step.reasons == ("its configuration changed (hash ab12cd34 -> cd34ab12)",)


def test_a_learned_pair_makes_a_label_right_that_no_formula_gives():
    there = present(container("web", config_hash="what-a-newer-compose-wrote"))
    learned = learned_of(there, web={"label": "what-a-newer-compose-wrote"})
    assert only(WEB, there).action == RECREATE
    assert only(WEB, there, learned=learned).action == KEEP


def test_a_learned_pair_of_another_configuration_says_nothing():
    there = present(container("web", config_hash="old-label"))
    learned = learned_of(there, web={"computed": "old-hash", "label": "old-label"})
    assert only(WEB, there, learned=learned).action == RECREATE


def test_what_somebody_changed_beside_us_is_seen_in_spite_of_a_learned_pair():
    there = present(container("web", config_hash="made-by-hand"))
    learned = learned_of(there, web={"label": "hash-of-web"})
    assert only(WEB, there, learned=learned).action == RECREATE


def test_one_of_two_replicas_that_differs_is_enough():
    two = stack({"web": {"scale": 2}})
    there = as_wanted(two)
    first, second = there.containers
    assert (
        plan(two, replace(there, containers=(first, replace(second, config_hash="old")))).step("web").action == RECREATE
    )


def test_without_a_computed_hash_labels_are_not_looked_at():
    assert only(WEB, present(container("web", config_hash="anything")), hashes={}).action == KEEP


@pytest.mark.parametrize(
    ("made_by", "reason"),
    [
        ("2.26.1", "made by Compose 2.26.1, and Compose 2.40.3 may hash the same configuration differently"),
        ("2.40.3-2", "its configuration changed (hash old -> hash-of-)"),  # another package of the same version
        ("dev", "its configuration changed (hash old -> hash-of-)"),
    ],
)
def test_another_version_of_compose_is_a_reason_of_its_own(made_by, reason):
    last = Release(1, "shop", WEB.raw, {})
    there = present(container("web", config_hash="old", labels={f"{LABEL}version": made_by}))
    step = only(WEB, there, learned=learned_of(there, web={"computed": "other", "label": "old"}), last=last)
    assert step.reasons == (reason,)


def test_what_a_container_differs_in_is_read_off_it_where_it_is_not_of_the_last_release():
    project = stack({"web": {"environment": {"A": "2"}}})
    last = Release(1, "shop", {"services": {"web": {"image": "app:1", "environment": {"A": "1"}}}}, {})
    inspected = {container("web").id: {"Config": {"Env": ["A=9"]}}}
    for label, reason in (("learned", "environment A 1 -> 2"), ("by hand", "environment A 9 -> 2")):
        there = replace(as_wanted(project), containers=(container("web", config_hash=label),))
        learned = learned_of(there, web={"computed": "other", "label": "learned"})
        assert only(project, there, learned=learned, last=last, inspected=inspected).reasons == (reason,)


# Images.


@pytest.mark.parametrize(
    ("pull", "policy", "local", "pulls"),
    [
        ("policy", None, True, False),
        ("policy", None, False, True),
        ("always", None, True, True),
        ("never", None, False, False),
        ("policy", "always", True, True),
        ("policy", "never", False, False),
        ("policy", "if_not_present", True, False),
        ("policy", "build", False, False),
        ("missing", "always", True, False),
        ("missing", "never", False, True),
        ("never", "always", True, False),
        ("always", "never", True, True),
        ("policy", "daily", True, True),  # nobody knows how old it is
        ("policy", "weekly", False, True),
    ],
)
def test_the_task_wins_over_the_files_pull_policy(pull, policy, local, pulls):
    project = stack({"web": {"pull_policy": policy} if policy else {}})
    there = as_wanted(project)
    step = only(project, there if local else replace(there, images={}), wish=Wish(pull=pull))
    assert (step.pull, step.action) == (pulls, KEEP)


@pytest.mark.parametrize(
    ("policy", "age", "pulls"),
    [("daily", 3600, False), ("daily", 86400, True), ("weekly", 86400, False), ("every_2h30m", 9001, True)],
)
def test_a_policy_with_a_period_looks_at_the_age_of_the_tag(policy, age, pulls):
    assert only(stack({"web": {"pull_policy": policy}}), image_ages={"app:1": age}).pull is pulls


def test_a_digest_that_is_there_is_never_pulled_again():
    project = stack({"web": {"image": "app@sha256:" + "a" * 64}})
    assert not only(project, wish=Wish(pull="always")).pull
    assert only(project, replace(as_wanted(project), images={}), wish=Wish(pull="always")).pull


def test_only_the_pull_can_tell_whether_there_is_a_newer_image():
    made = plan(WEB, wish=Wish(pull="always"))
    assert not made.exact
    assert [finding.rule for finding in made.findings] == ["image-unknown"]
    assert not made.changed


def test_what_was_fetched_in_this_run_is_judged_by_its_id():
    made = plan(WEB, wish=Wish(pull="always"), fetched=frozenset(["web"]))
    assert (made.step("web").pull, made.exact, made.findings) == (False, True, ())
    moved = plan(WEB, replace(as_wanted(WEB), images={"app:1": OTHER_ID}), fetched=frozenset(["web"]))
    assert moved.step("web").reasons == ("image app:1 111111111111 -> 222222222222",)


@pytest.mark.parametrize(
    ("build", "before", "now", "local", "builds", "action"),
    [
        ("changed", "a", "a", True, False, KEEP),
        ("changed", "a", "b", True, True, RECREATE),
        ("changed", "", "b", True, True, KEEP),  # nobody knows what it was built from
        ("changed", "a", "", True, False, KEEP),  # a context that cannot be hashed
        ("changed", "a", "a", False, True, KEEP),
        ("always", "a", "a", True, True, KEEP),
        ("always", "a", "b", True, True, RECREATE),
        ("missing", "a", "b", True, False, KEEP),
        ("missing", "a", "b", False, True, KEEP),
        ("never", "a", "b", True, False, KEEP),
        ("never", "a", "b", False, False, KEEP),
    ],
)
def test_when_an_image_is_built(build, before, now, local, builds, action):
    there = as_wanted(BUILT)
    there = there if local else replace(there, images={})
    learned = learned_of(there, web={"build": before}) if before else Learned()
    step = only(BUILT, there, learned=learned, wish=Wish(build=build), builds={"web": now})
    assert (step.build, step.pull, step.action) == (builds, False, action)
    assert not (action == RECREATE and step.reasons != ("build context changed",))


def test_a_build_is_a_prediction_where_nobody_knows_what_the_image_was_built_from():
    learned = learned_of(as_wanted(BUILT), web={"build": "a"})
    for build in ("always", "changed"):
        wish = Wish(build=build)
        assert plan(BUILT, learned=learned, wish=wish, builds={"web": "a"}).exact
        assert not plan(BUILT, wish=wish, builds={"web": "a"}).exact


def test_an_image_with_a_name_is_pulled_where_it_may_not_be_built():
    project = stack({"web": {"build": {"context": "/src"}, "image": "app:1"}})
    assert not only(project, wish=Wish(build="never", pull="always")).pull
    there = replace(as_wanted(project), images={})
    assert only(project, there, wish=Wish(build="never")).pull
    assert not only(project, there, wish=Wish(build="never", pull="never")).pull


def test_a_service_of_a_provider_has_no_container_and_no_image():
    step = only(stack({"web": {"provider": {"type": "model"}}}), Present())
    assert (step.action, step.pull) == (KEEP, False)


@pytest.mark.parametrize(
    ("policy", "seconds"),
    [("daily", 86400), ("weekly", 604800), ("every_12h", 43200), ("always", None), ("every_", None)],
)
def test_the_period_of_a_policy(policy, seconds):
    assert images.seconds(policy) == seconds


# Contents.

BOUND = stack({"web": {"volumes": [{"type": "bind", "source": "/srv/nginx.conf", "target": "/etc/nginx.conf"}]}})
READ_ONLY = stack(
    {"web": {"volumes": [{"type": "bind", "source": "/srv/a.conf", "target": "/a.conf", "read_only": True}]}}
)
KEY = "bind /srv/a.conf at /a.conf"


def content_step(project=READ_ONLY, key=KEY, now="new", inode_then="8:1", inode_now="8:1", there=None, **options):
    source = key.split(" ")[1]
    there = there or as_wanted(project)
    learned = learned_of(there, web={"contents": {key: "old"}, "inodes": {source: inode_then}})
    return only(
        project, there, learned=learned, contents={"web": {key: now}}, inodes={"web": {source: inode_now}}, **options
    )


def test_a_bound_file_with_another_content_recreates():
    assert content_step().reasons == ("file /srv/a.conf changed",)
    assert content_step(now="old").action == KEEP


def test_a_file_that_the_container_itself_wrote_is_no_change():
    key = "bind /srv/nginx.conf at /etc/nginx.conf"
    assert content_step(BOUND, key).action == KEEP
    assert content_step(BOUND, key, inode_now="8:2").action == RECREATE
    assert content_step(BOUND, key, wish=Wish(reload_signals={"web": "SIGHUP"})).action == SIGNAL


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({}, SIGNAL),
        ({"inode_now": "8:2"}, RECREATE),  # replaced: the container holds the old one
        ({"hashes": {"web": "other"}}, RECREATE),  # not only the contents
        ({"there": replace(as_wanted(READ_ONLY), containers=(container("web", state="exited"),))}, RECREATE),
    ],
)
def test_a_signal_is_enough_only_where_the_container_sees_the_new_content(changes, action):
    step = content_step(wish=Wish(reload_signals={"web": "SIGHUP"}), **changes)
    assert step.action == action
    assert step.signal == ("SIGHUP" if action == SIGNAL else "")


def test_an_inline_config_cannot_be_told_by_a_signal():
    project = stack({"web": {"configs": [{"source": "app", "target": "/app"}]}}, configs={"app": {"content": "text"}})
    step = content_step(project, "config app at /app", wish=Wish(reload_signals={"web": "SIGHUP"}))
    assert (step.action, step.reasons) == (RECREATE, ("config app changed",))


def test_what_was_learned_of_other_containers_says_nothing_about_these():
    there = as_wanted(READ_ONLY)
    learned = learned_of(there, web={"contents": {KEY: "old"}, "containers": ("somebody-else",)})
    assert only(READ_ONLY, there, learned=learned, contents={"web": {KEY: "new"}}).action == KEEP
    assert only(READ_ONLY, there, learned=learned, stale_contents={"web": (KEY,)}).action == RECREATE


def test_a_path_below_the_projects_folder_is_shown_from_there():
    labels = {f"{LABEL}project.working_dir": "/srv"}
    there = replace(as_wanted(READ_ONLY), containers=(container("web", labels=labels),))
    assert content_step(there=there).reasons == ("file ./a.conf changed",)


# One-shots.

JOB = stack({"job": {}}, one_shot=("job",))


def job(state="exited", status="Exited (0) 2 hours ago", **more):
    return replace(as_wanted(JOB), containers=(container("job", state=state, status=status, **more),))


@pytest.mark.parametrize(
    ("there", "action", "once"),
    [
        (job(), KEEP, False),
        (job(status="Exited (3) 2 hours ago"), START, True),
        (job("running", "Up 3 seconds"), KEEP, False),
        (job("created", "Created"), START, True),
        (job("paused", "Up 3 seconds (Paused)"), START, True),
        (job(config_hash="old"), RECREATE, True),
        (job(image_id=OTHER_ID), RECREATE, True),
        (replace(job(), containers=()), CREATE, True),
    ],
)
def test_each_state_of_a_one_shot_that_nobody_learned_of(there, action, once):
    step = only(JOB, there)
    assert (step.action, step.run_once) == (action, once)


@pytest.mark.parametrize(
    "there",
    [job(), job("created", "Created"), job(config_hash="of another Compose"), replace(job(), containers=(), images={})],
    ids=["ended", "made again by Compose", "another formula", "pruned with its image"],
)
@pytest.mark.parametrize("recreate", ["auto", "always", "never"])
def test_what_ran_once_does_not_run_again(there, recreate):
    done = oneshots.key(JOB.services["job"], IMAGE_ID, {})
    learned = learned_of(job(), job={"done": done})
    assert only(JOB, there, learned=learned, wish=Wish(recreate=recreate)).action == KEEP


@pytest.mark.parametrize(
    ("config", "image", "contents", "same"),
    [
        ({}, IMAGE_ID, {}, True),
        ({"depends_on": {}, "profiles": ["x"], "scale": 1}, IMAGE_ID, {}, True),
        ({"command": ["other"]}, IMAGE_ID, {}, False),
        ({}, OTHER_ID, {}, False),
        ({}, IMAGE_ID, {"config a at /a": "1"}, False),
    ],
)
def test_the_key_of_a_one_shot(config, image, contents, same):
    before = oneshots.key(JOB.services["job"], IMAGE_ID, {})
    after = oneshots.key(stack({"job": config}).services["job"], image, contents)
    assert (before == after) is same


def test_the_key_of_a_one_shot_knows_no_order():
    service = stack({"job": {"command": ["x"], "user": "1"}}).services["job"]
    turned = replace(service, config=dict(reversed(service.config.items())))
    assert oneshots.key(service, IMAGE_ID, {"a": "1", "b": "2"}) == oneshots.key(turned, IMAGE_ID, {"b": "2", "a": "1"})


# Networks and volumes.

NETWORKED = stack({"web": {"networks": {"back": None}}}, networks={"back": {"driver": "bridge"}})
STORED = stack(
    {"web": {"volumes": [{"type": "volume", "source": "data", "target": "/data"}]}},
    volumes={"data": {"driver": "local"}},
)


def test_a_network_below_2_31_has_no_hash_and_is_compared_with_the_last_release():
    there = as_wanted(NETWORKED)
    bare = replace(there, networks={"shop_back": Network("id-of-back", "shop_back", {})})
    options = {"version": "2.26.1", "network_hashes": {"back": ""}}
    same = Release(1, "shop", {"networks": {"back": {"name": "shop_back", "driver": "bridge", "ipam": {}}}}, {})
    other = Release(1, "shop", {"networks": {"back": {"name": "shop_back", "driver": "macvlan"}}}, {})
    assert not plan(NETWORKED, bare, **options).changed
    assert not plan(NETWORKED, bare, last=same, **options).changed
    assert recreated(plan(NETWORKED, bare, last=other, **options), "network") == ("shop_back",)


def test_learned_pairs_of_networks_come_before_the_formula():
    labels = {f"{LABEL}config-hash": "label-of-a-newer-compose"}
    there = replace(as_wanted(NETWORKED), networks={"shop_back": Network("id-of-back", "shop_back", labels)})
    learned = Learned(networks={"shop_back": ("hash-of-back", "label-of-a-newer-compose")})
    assert plan(NETWORKED, there).changed
    assert not plan(NETWORKED, there, learned=learned).changed


def test_a_network_with_a_foreign_container_on_it_cannot_be_made_again():
    old = container("old", networks={"shop_back": "id-of-back"})
    there = as_wanted(NETWORKED)
    there = replace(there, containers=(*there.containers, old))
    changed = {"network_hashes": {"back": "other"}}
    refused = plan(NETWORKED, there, **changed)
    assert [finding.rule for finding in refusals(refused)] == ["network-in-use"]
    assert not refused.changed
    assert not refusals(plan(NETWORKED, there, wish=Wish(remove_orphans=True), **changed))


def test_an_external_network_is_not_ours_to_make():
    project = stack({"web": {"networks": {"up": None}}}, networks={"up": {"name": "edge", "external": True}})
    assert plan(project, Present(images=as_wanted(project).images)).others == ()


def test_a_network_of_the_same_name_that_is_another_one_is_no_attachment():
    there = as_wanted(NETWORKED)
    moved = replace(there.containers[0], networks={"shop_back": "id-of-one-that-is-gone"})
    step = only(NETWORKED, replace(there, containers=(moved,)))
    assert step.reasons == ("not attached to network back",)


def test_a_changed_volume_is_refused_in_words_about_data():
    refused = plan(STORED, volume_hashes={"data": "other"})
    assert "all data in it would have to be deleted" in refusals(refused)[0].message
    assert not refused.changed
    allowed = plan(STORED, volume_hashes={"data": "other"}, wish=Wish(allow_volume_recreate=True))
    assert allowed.others == ("volume shop_data: recreate (data is lost)",)
    assert recreated(allowed, "volume") == ("shop_data",)
    assert allowed.step("web").action == RECREATE


@pytest.mark.parametrize("project", [NETWORKED, STORED], ids=["network", "volume"])
def test_recreate_never_leaves_networks_and_volumes_too(project):
    hashes = {"network_hashes": {"back": "other"}, "volume_hashes": {"data": "other"}}
    made = plan(project, wish=Wish(recreate="never", allow_volume_recreate=True), **hashes)
    assert not made.changed
    assert [finding.rule for finding in made.findings] == ["not-recreated"]


# One service and the others.

CHAIN = stack({"db": {}, "api": {"depends_on": ["db"]}, "web": {"depends_on": ["api"]}})


@pytest.mark.parametrize(
    ("version", "actions"),
    [
        ("2.26.1", (RECREATE, RECREATE, RECREATE)),
        ("2.29.7", (RECREATE, RECREATE, RECREATE)),
        ("2.30.0", (RECREATE, KEEP, RECREATE)),
        ("5.5.0", (RECREATE, KEEP, RECREATE)),
        ("dev", (RECREATE, KEEP, RECREATE)),
    ],
)
def test_dependents_between_two_changed_services_by_version(version, actions):
    made = plan(CHAIN, version=version, hashes={"db": "new", "api": "hash-of-api", "web": "new"})
    assert tuple(step.action for step in made.steps) == actions


def test_a_dependent_that_takes_no_part_is_kept_by_every_version():
    made = plan(CHAIN, version="2.26.1", hashes={"db": "new", "api": "hash-of-api", "web": "hash-of-web"})
    assert [step.action for step in made.steps] == [RECREATE, KEEP, KEEP]


def test_a_stopped_service_is_not_restarted_for_its_dependency():
    project = stack({"db": {}, "web": {"depends_on": {"db": {"condition": "service_started", "restart": True}}}})
    there = as_wanted(project)
    assert plan(project, there, hashes={"db": "new"}).step("web").action == RESTART
    stopped = replace(there, containers=tuple(replace(one, state="exited") for one in there.containers))
    assert plan(project, stopped, hashes={"db": "new"}).step("web").action == START


def test_a_service_without_containers_is_not_restarted():
    needs = {"db": {"condition": "service_started", "restart": True}}
    project = stack({"db": {}, "web": {"depends_on": needs, "scale": 0}})
    assert plan(project, hashes={"db": "new"}).step("web").action == KEEP


def test_a_one_shot_that_ended_does_not_run_again_for_what_it_shared():
    project = stack({"db": {}, "job": {"network_mode": "service:db"}}, one_shot=("job",))
    assert plan(project, hashes={"db": "new"}).step("job").action == KEEP
    failed = [
        replace(one, status="Exited (1) now") if one.service == "job" else one for one in as_wanted(project).containers
    ]
    there = replace(as_wanted(project), containers=tuple(failed))
    step = plan(project, there, hashes={"db": "new"}).step("job")
    assert (step.action, step.run_once) == (RECREATE, True)


def test_recreate_never_holds_for_sharers_too():
    project = stack({"a": {}, "b": {"network_mode": "service:a"}})
    there = replace(as_wanted(project), containers=as_wanted(project).of("b"))
    assert plan(project, there).step("b").action == RECREATE
    made = plan(project, there, wish=Wish(recreate="never"))
    assert [step.action for step in made.steps] == [CREATE, KEEP]


def test_unpausing_ends_no_namespace():
    project = stack({"a": {}, "b": {"network_mode": "service:a"}})
    first, second = as_wanted(project).containers
    for state, action in (("paused", KEEP), ("exited", RESTART)):
        there = replace(as_wanted(project), containers=(replace(first, state=state), second))
        assert plan(project, there).step("b").action == action


# Selection, orphans, states.


def test_names_that_no_service_has_are_errors():
    wish = Wish(services=("wbe",), one_shot=("jop",), reload_signals={"x": "HUP"})
    refused = refusals(plan(WEB, wish=wish))
    assert [(one.rule, one.path) for one in refused] == [
        ("unknown-service", "services"),
        ("unknown-service", "one_shot"),
        ("unknown-service", "reload_signals"),
    ]
    assert refused[0].hint == "did you mean 'web'?"


def test_a_container_of_compose_run_is_no_orphan_and_no_replica():
    there = as_wanted(WEB)
    run = container("old", name="shop-old-run-1", one_off=True)
    made = plan(WEB, replace(there, containers=(*there.containers, run)), wish=Wish(remove_orphans=True))
    assert not made.changed
    assert not made.findings


def test_orphans_go_first_and_by_name():
    there = as_wanted(WEB)
    both = (*there.containers, container("old"), container("aged"))
    made = plan(WEB, replace(there, containers=both), wish=Wish(remove_orphans=True))
    assert [(step.service, step.action) for step in made.steps] == [("aged", REMOVE), ("old", REMOVE), ("web", KEEP)]


def test_orphans_are_nothing_to_a_run_that_is_about_some_services():
    there = as_wanted(WEB)
    both = replace(there, containers=(*there.containers, container("old")))
    assert [finding.rule for finding in plan(WEB, both).findings] == ["orphan"]
    assert plan(WEB, both, wish=Wish(services=("web",))).findings == ()


def test_a_stopped_container_of_nobody_is_not_started():
    there = present(container("web"), container("old", state="exited"), container("older"))
    made = plan(WEB, there, wish=Wish(state="restarted"))
    assert {step.service: step.action for step in made.steps} == {"web": RESTART, "old": KEEP, "older": RESTART}


@pytest.mark.parametrize(
    ("wanted", "state", "action"),
    [
        ("stopped", "running", STOP),
        ("stopped", "paused", STOP),
        ("stopped", "restarting", STOP),
        ("stopped", "exited", KEEP),
        ("stopped", "created", KEEP),
        ("absent", "exited", REMOVE),
        ("absent", "running", REMOVE),
        ("restarted", "running", RESTART),
        ("restarted", "exited", START),
    ],
)
def test_states_that_take_or_restart(wanted, state, action):
    assert only(WEB, present(container("web", state=state)), wish=Wish(state=wanted)).action == action


def test_what_is_gone_is_gone():
    empty = replace(as_wanted(WEB), containers=())
    assert not plan(WEB, empty, wish=Wish(state="stopped")).changed
    assert not plan(WEB, empty, wish=Wish(state="absent", remove_volumes=True)).changed
    restarted = plan(WEB, empty, wish=Wish(state="restarted"))
    assert [finding.rule for finding in restarted.findings] == ["nothing-to-restart"]
    assert not restarted.changed


def test_without_files_the_labels_of_containers_say_who_is_stopped_first():
    needs = {f"{LABEL}depends_on": "db:service_started:false"}
    there = Present((container("db"), container("api", labels=needs)))
    made = plan(stack({}), there, wish=Wish(state="stopped"))
    assert [step.service for step in made.steps] == ["api", "db"]


def test_absent_takes_only_what_was_made_for_the_project():
    labels = {f"{LABEL}project": "shop"}
    there = Present(
        (container("web", one_off=True),),
        {"shop_back": Network("1", "shop_back", labels), "edge": Network("2", "edge", {})},
        {"shop_data": Volume("shop_data", labels), "other": Volume("other", {f"{LABEL}project": "else"})},
    )
    kept = plan(stack({}), there, wish=Wish(state="absent"))
    assert kept.others == ("network shop_back: remove",)
    assert [step.action for step in kept.steps] == [REMOVE]
    gone = plan(stack({}), there, wish=Wish(state="absent", remove_volumes=True))
    assert removed(gone, "volume") == ("shop_data",)
    assert removed(gone, "network") == ("shop_back",)
    some = plan(stack({}), there, wish=Wish(state="absent", services=("other",)))
    assert not some.changed


def test_a_cycle_ends_all_the_same():
    looped = stack({"a": {"depends_on": ["b"]}, "b": {"depends_on": ["a"]}, "c": {}})
    assert order.in_order(looped.services) == ("c", "a", "b")


def test_after_images_came_the_plan_says_what_was_foretold():
    foretold = Plan((Step("web", RECREATE, ("build context changed",)), Step("db", KEEP, build=True)))
    found = Plan((Step("web", RECREATE, ("image web 1 -> 2",), present=1), Step("db", RECREATE, ("image db 3 -> 4",))))
    told = found.as_foretold(foretold)
    assert told.step("web") == Step("web", RECREATE, ("build context changed",), present=1)
    assert told.step("db").reasons == ("image db 3 -> 4",)  # nobody could foretell it
