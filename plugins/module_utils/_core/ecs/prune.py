# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which revisions of a family may go."""

from __future__ import annotations

from collections.abc import Iterable


def revision_of(reference: str, family: str) -> int | None:
    """The revision that an ARN or "family:revision" names, if it is one of this family."""
    name = reference.rpartition("/")[2]
    found, colon, revision = name.partition(":")
    return int(revision) if found == family and colon and revision.isdecimal() else None


def superfluous(revisions: Iterable[int], keep: int, in_use: Iterable[int]) -> list[int]:
    """The revisions beyond the newest `keep`, oldest first.

    What is in use stays, and so does the revision before each in use: it is what a rollback goes back to.
    """
    ascending = sorted(set(revisions))
    used = set(in_use)
    kept = set(ascending[-keep:] if keep > 0 else [])
    for revision in used:
        kept.update([candidate for candidate in ascending if candidate < revision][-1:])
    return [revision for revision in ascending if revision not in kept | used]
