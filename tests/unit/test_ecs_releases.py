# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service can go back to: the last good release below the present one."""

from __future__ import annotations

from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.releases import Release, older, releases

PREFIX = "arn:aws:ecs:eu-central-1:111122223333:task-definition/shop-web"


def deployment(number: int, status: str = "SUCCESSFUL") -> dict[str, str]:
    return {"targetServiceRevisionArn": f"revision/{number}", "status": status, "createdAt": f"2026-11-{number:02}"}


def past(*ran: int, **statuses: str) -> list[Release]:
    """Deployments of these revisions of the task definition, one a day."""
    deployments = [deployment(day, statuses.get(f"day{day}", "SUCCESSFUL")) for day, _number in enumerate(ran, 1)]
    return releases(deployments, {f"revision/{day}": f"{PREFIX}:{number}" for day, number in enumerate(ran, 1)})


def former(current: int, releases_of_it: list[Release]) -> list[int]:
    return [int(arn.rpartition(":")[2]) for arn in older(f"{PREFIX}:{current}", releases_of_it)]


def test_the_last_good_one_comes_first() -> None:
    assert former(4, past(1, 2, 4)) == [2, 1]


def test_what_failed_is_never_gone_back_to() -> None:
    assert former(4, past(1, 2, 3, 4, day3="ROLLBACK_SUCCESSFUL")) == [2, 1]


def test_going_back_again_goes_further_back() -> None:
    assert former(2, past(1, 2, 3, 2)) == [1]
    assert former(1, past(1, 2, 1)) == []


def test_after_going_back_and_forward_the_one_that_ran_last_counts() -> None:
    assert former(3, past(1, 2, 1, 3)) == [1, 2]


def test_another_family_is_no_former_release() -> None:
    other = Release("arn:aws:ecs:eu-central-1:111122223333:task-definition/shop:1", "2026-11-01")
    assert older(f"{PREFIX}:3", [other]) == []


def test_a_revision_that_ecs_forgot_is_passed_over() -> None:
    assert releases([deployment(1), deployment(2)], {"revision/2": f"{PREFIX}:2"}) == [
        Release(f"{PREFIX}:2", "2026-11-02")
    ]
