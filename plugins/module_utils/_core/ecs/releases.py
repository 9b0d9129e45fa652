# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service ran before, and what of that it could go back to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_GOOD = "SUCCESSFUL"


@dataclass(frozen=True)
class Release:
    """One deployment that went well. `at` is when it began, as ISO 8601 text."""

    task_definition: str
    at: str


def releases(deployments: Iterable[Mapping[str, Any]], revisions: Mapping[str, str]) -> list[Release]:
    """Newest first. `revisions` has the task definition of each service revision; ECS forgets old ones."""
    good = [one for one in deployments if one["status"] == _GOOD and one.get("targetServiceRevisionArn") in revisions]
    newest_first = sorted(good, key=lambda one: str(one["createdAt"]), reverse=True)
    return [Release(revisions[one["targetServiceRevisionArn"]], str(one["createdAt"])) for one in newest_first]


def older(current: str, past: Iterable[Release]) -> list[str]:
    """The task definitions to go back to, the last one first.

    Only lower revisions of the same family count. So going back again goes further back, and never forward to what was
    left behind.
    """
    family, number = _parts(current)
    found = (release.task_definition for release in past)
    return list(dict.fromkeys(one for one in found if _parts(one)[0] == family and _parts(one)[1] < number))


def _parts(arn: str) -> tuple[str, int]:
    family, _colon, number = arn.rpartition("/")[2].rpartition(":")
    return family, int(number)
