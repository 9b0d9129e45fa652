# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's shapes from the installed botocore, as plain data for `_core`."""

from __future__ import annotations

from typing import Any

from .._core.ecs.shape import ApiModel

#: Of a shape, only what the walk reads; documentation is nine tenths of botocore's file.
_KEPT = ("type", "required", "enum")


def load(service: str, roots: tuple[str, ...]) -> ApiModel:
    """The shapes reachable from the shapes named `roots`. Needs botocore, and neither credentials nor a region."""
    import botocore
    import botocore.loaders

    raw = botocore.loaders.Loader().load_service_model(service, "service-2")["shapes"]
    shapes: dict[str, dict[str, Any]] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = _plain(raw[name])
            waiting.extend(_references(shapes[name]))
    return ApiModel(botocore.__version__, shapes)


def _plain(raw: dict[str, Any]) -> dict[str, Any]:
    shape = {key: raw[key] for key in _KEPT if raw.get(key)}
    if raw["type"] == "structure":
        shape["members"] = {member: reference["shape"] for member, reference in raw["members"].items()}
    elif raw["type"] == "list":
        shape["member"] = raw["member"]["shape"]
    elif raw["type"] == "map":
        shape["value"] = raw["value"]["shape"]
    return shape


def _references(shape: dict[str, Any]) -> list[str]:
    return [*shape.get("members", {}).values(), *(shape[key] for key in ("member", "value") if key in shape)]
