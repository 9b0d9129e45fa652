# SPDX-License-Identifier: GPL-3.0-or-later
"""The config hash that we work out is the label that the real Docker Compose writes, on a real engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.versions import parse

from tests.unit.test_stack_hash import CASES, hashes
from tools.compose_cli import RELEASES

from .hashes import labels, make_image

FOLDERS = sorted(path for path in CASES.iterdir() if path.is_dir())


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_hashes_are_the_labels(folder: Path, release: str, tmp_path: Path) -> None:
    make_image()
    found = labels(release, folder, tmp_path / folder.name)
    computed = hashes(found, parse(RELEASES[release]))
    assert {kind: found[kind] for kind in computed} == computed
