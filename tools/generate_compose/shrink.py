# SPDX-License-Identifier: GPL-3.0-or-later
"""Less and less of a project, as long as a failure stays.

The cuts are made in what was drawn, not in the text, so that each smaller project is YAML again.
"""

from __future__ import annotations

from collections.abc import Callable

from tools.generate_compose.tree import Files, Places, all_places, edited, without_comments


def shrunk(files: Files, fails: Callable[[Files], bool]) -> Files:
    """The files without all that may go while `fails` still says yes. Large parts are tried first."""
    quiet = without_comments(files)
    files = quiet if fails(quiet) else files
    before: Files | None = None
    while files != before:
        before = files
        for name, places in sorted(all_places(files), key=_large_first):
            smaller = edited(files, name, places, lambda part: ())
            if smaller != files and fails(smaller):
                files = smaller
    return files


def _large_first(place: tuple[str, Places]) -> tuple[int, list[int]]:
    """By depth; in a sequence the last first, so that a cut does not move what comes next."""
    return len(place[1]), [-index for index in place[1]]
