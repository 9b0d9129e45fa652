# SPDX-License-Identifier: GPL-3.0-or-later
"""Which revisions may go: never what runs, what a rollback needs, or the newest."""

from __future__ import annotations

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.prune import revision_of, superfluous
from hypothesis import given, settings
from hypothesis import strategies as st

REVISIONS = st.sets(st.integers(1, 30), max_size=20)


@pytest.mark.parametrize(
    ("revisions", "keep", "in_use", "gone"),
    [
        ([], 3, [], []),
        ([1], 1, [], []),
        ([1, 2, 3], 5, [], []),
        ([1, 2, 3], 3, [], []),
        ([1, 2, 3, 4], 3, [], [1]),
        ([4, 2, 3, 1], 2, [], [1, 2]),
        ([1, 2, 3, 4, 5], 1, [], [1, 2, 3, 4]),
        ([1, 2, 3, 4, 5], 1, [3], [1, 4]),
        ([1, 2, 3, 4, 5], 1, [1], [2, 3, 4]),
        ([1, 2, 3, 4, 5], 1, [5], [1, 2, 3]),
        ([1, 2, 3, 4, 5, 6, 7], 1, [2, 5], [3, 6]),
        ([3, 10, 20, 21], 1, [20], [3]),
        ([2, 5, 9], 1, [7], [2]),
        ([2, 5, 9], 1, [1], [2, 5]),
        ([1, 1, 2, 2, 3], 1, [], [1, 2]),
        ([1, 2, 3], 0, [], [1, 2, 3]),
        ([1, 2, 3], 0, [3], [1]),
    ],
)
def test_superfluous(revisions: list[int], keep: int, in_use: list[int], gone: list[int]) -> None:
    assert superfluous(revisions, keep, in_use) == gone


@settings(derandomize=True, deadline=None, database=None, max_examples=150)
@given(REVISIONS, st.integers(0, 25), REVISIONS)
def test_what_is_needed_stays(revisions: set[int], keep: int, in_use: set[int]) -> None:
    gone = superfluous(iter(revisions), keep, iter(in_use))
    newest = set(sorted(revisions, reverse=True)[:keep])
    before = {max((r for r in revisions if r < used), default=None) for used in in_use}
    assert not set(gone) & in_use
    assert not set(gone) & before
    assert not set(gone) & newest
    assert set(gone) == revisions - in_use - before - newest, "nothing else stays"
    assert gone == sorted(gone)


@settings(derandomize=True, deadline=None, database=None, max_examples=100)
@given(REVISIONS, st.integers(1, 25), REVISIONS)
def test_a_second_run_finds_nothing_left(revisions: set[int], keep: int, in_use: set[int]) -> None:
    left = revisions - set(superfluous(revisions, keep, in_use))
    assert superfluous(left, keep, in_use) == []


@pytest.mark.parametrize(
    ("reference", "revision"),
    [
        ("web:7", 7),
        ("arn:aws:ecs:eu-central-1:111122223333:task-definition/web:7", 7),
        ("arn:aws-cn:ecs:cn-north-1:111122223333:task-definition/web:120", 120),
        ("web", None),
        ("web:", None),
        ("web:latest", None),
        ("web:-1", None),
        ("web:7:8", None),
        ("web:²", None),
        ("website:7", None),
        ("arn:aws:ecs:eu-central-1:111122223333:task-definition/my-web:7", None),
        ("arn:aws:ecs:eu-central-1:111122223333:task-definition/web", None),
        ("", None),
    ],
)
def test_revision_of(reference: str, revision: int | None) -> None:
    assert revision_of(reference, "web") == revision
