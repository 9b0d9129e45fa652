# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made from code is what is committed."""

from __future__ import annotations

from pathlib import Path

import botocore
import botocore.session
import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.canonical import RESPONSE_ONLY

from tools import generate_docs, generate_ecs_shapes
from tools.prepare import ROOT


@pytest.mark.parametrize("path", generate_docs.pages(), ids=lambda path: path.name)
def test_pages_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generate_docs.pages()[path], "run `make generate`"


def test_the_snapshot_is_that_of_the_pinned_botocore() -> None:
    pinned = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    assert f"\nbotocore=={botocore.__version__}\n" in pinned, "this environment was not made from requirements-dev.txt"
    assert generate_ecs_shapes.SNAPSHOT.read_text(encoding="utf-8") == generate_ecs_shapes.text(), "run `make generate`"


def test_what_describing_adds_is_known() -> None:
    """So that its output is valid input."""
    service = botocore.session.get_session().get_service_model("ecs")
    described = service.shape_for("TaskDefinition").members
    registered = service.operation_model("RegisterTaskDefinition").input_shape.members
    assert set(RESPONSE_ONLY) == set(described) - set(registered)
