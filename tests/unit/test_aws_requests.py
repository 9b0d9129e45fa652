# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests made of options, comparison with what is there, tags: what all AWS modules share."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.aws import compare, tags
from ansible_collections.slipway.containers.plugins.module_utils._core.aws.request import option_of, request
from ansible_collections.slipway.containers.plugins.module_utils._io.aws.botocore_model import load

CREATE = "CreateServiceRequest"
MODEL = load(botocore.session.get_session().get_service_model("ecs"), CREATE)


@pytest.mark.parametrize(
    ("member", "option"),
    [
        ("serviceName", "service_name"),
        ("enableECSManagedTags", "enable_ecs_managed_tags"),
        ("FlexibleTimeWindow", "flexible_time_window"),
        ("kmsKeyId", "kms_key_id"),
        ("vpcLatticeConfigurations", "vpc_lattice_configurations"),
    ],
)
def test_an_option_is_the_member_in_snake_case(member: str, option: str) -> None:
    assert option_of(member) == option


def test_every_member_of_a_request_has_an_option_of_its_own() -> None:
    members = MODEL.shapes[CREATE]["members"]
    assert len({option_of(member) for member in members}) == len(members)


def test_a_request_has_what_was_given_and_types_of_the_api() -> None:
    options = {"desired_count": "3", "enable_ecs_managed_tags": "true", "wait": True, "platform_version": None}
    assert request(options, MODEL, CREATE).values == {"desiredCount": 3, "enableECSManagedTags": True}


def test_what_is_wrong_is_named_as_the_user_wrote_it() -> None:
    given = {"network_configuration": {"awsvpcConfiguration": {"subnet": ["subnet-1"]}}, "desired_count": "three"}
    found = request(given, MODEL, CREATE)
    assert found.values == {}
    assert {one.path for one in found.findings} == {
        "desired_count",
        "network_configuration.awsvpcConfiguration.subnet",
        "network_configuration.awsvpcConfiguration.subnets",
    }


@pytest.mark.parametrize(
    ("present", "wanted", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 3}, {"a": 1}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 5}}, {"a": {"b": 1}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [1, 2]}),
        ({"a": 1}, {"b": 1}, {}),
        ({}, {"a": {"b": 1}}, {}),
    ],
)
def test_only_what_was_asked_for_counts(present: Any, wanted: Any, expected: Any) -> None:
    assert compare.asked_of(present, wanted) == expected


def test_a_default_says_no_more_than_nothing() -> None:
    assert compare.without_defaults({"a": 1, "b": None, "c": False}, {"a": 1, "c": True}) == {"c": False}


def test_sets_have_one_order() -> None:
    items = [{"name": "b"}, {"name": "a", "more": 1}]
    assert compare.unordered(items) == compare.unordered(items[::-1])


@pytest.mark.parametrize(
    ("asked", "purge", "wanted", "to_set", "to_remove"),
    [
        (None, True, {"a": "1", "b": "2"}, {}, ()),
        ({"a": "1"}, True, {"a": "1"}, {}, ("b",)),
        ({"a": "3"}, False, {"a": "3", "b": "2"}, {"a": "3"}, ()),
        ({}, True, {}, {}, ("a", "b")),
    ],
)
def test_tags_to_set_and_to_remove(
    asked: dict[str, str] | None, purge: bool, wanted: dict[str, str], to_set: dict[str, str], to_remove: tuple[str]
) -> None:
    found = tags.change({"a": "1", "b": "2"}, asked, purge)
    assert (found.wanted, found.to_set, found.to_remove) == (wanted, to_set, to_remove)
    assert bool(found) is bool(to_set or to_remove)


def test_tags_of_aws_itself_are_not_ours_to_decide() -> None:
    pairs = [{"Key": "aws:x", "Value": "1"}, {"Key": "app", "Value": "web"}, {"Key": "empty"}]
    assert tags.read(pairs, "Key", "Value") == {"app": "web", "empty": ""}
    assert tags.listed({"app": "web"}) == [{"key": "app", "value": "web"}]
