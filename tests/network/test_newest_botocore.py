# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest botocore on PyPI has no member of the task definition that our snapshot lacks.

When AWS adds one, this fails: raise the pin in requirements-dev.in, run `make lock generate`, and say in canonical.py
what the new member's default is. Run by `make check`, which installs the newest botocore beside the pinned one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.shapes_snapshot import MODEL
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.task_definition import SHAPE

from tools.prepare import NEWEST_BOTOCORE, lay_out_tree

SCRIPT = f"""
import json
import botocore.session
from ansible_collections.slipway.containers.plugins.module_utils._io.aws.botocore_model import load
model = load(botocore.session.get_session().get_service_model("ecs"), "{SHAPE}")
print(json.dumps([model.botocore_version, dict(model.shapes)]))
"""


def test_the_snapshot_knows_every_member() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(NEWEST_BOTOCORE), str(lay_out_tree())])}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
    version, shapes = json.loads(done.stdout)
    unknown = [
        f"{name}.{member}"
        for name, shape in shapes.items()
        for member in [*shape.get("members", ()), *shape.get("enum", ())]
        if name not in MODEL.shapes
        or member not in [*MODEL.shapes[name].get("members", ()), *MODEL.shapes[name].get("enum", ())]
    ]
    assert unknown == [], f"botocore {version} is newer than the snapshot of {MODEL.botocore_version}"
