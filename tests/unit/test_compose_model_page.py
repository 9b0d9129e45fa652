# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on how Compose files are read shows what is really said."""

from __future__ import annotations

import re

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.document import ComposeError
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.project import load_project
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.request import Request
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.sources import World
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import yaml_text

from tools.prepare import ROOT

PAGE = (ROOT / "docs/reference/compose_model.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```(yaml|text)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def test_the_errors_of_the_page_are_what_its_file_gives() -> None:
    world = World({"/shop/compose.yaml": BLOCKS["yaml"]}.get, yaml_text.parse)
    with pytest.raises(ComposeError) as caught:
        load_project(Request("/shop"), world)
    assert f"{caught.value}\n" == BLOCKS["text"]
