# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's shapes from botocore, as plain data for `_core`."""

from __future__ import annotations

from typing import Any

from ..._core.aws.shape import ApiModel


def load(service_model: Any, shape_name: str) -> ApiModel:
    """The shapes reachable from one shape. A client has its service model at `client.meta.service_model`."""
    import botocore

    shapes: dict[str, dict[str, Any]] = {}
    waiting = [service_model.shape_for(shape_name)]
    while waiting:
        shape = waiting.pop()
        if shape.name not in shapes:
            shapes[shape.name], children = _plain(shape)
            waiting.extend(children)
    return ApiModel(botocore.__version__, shapes)


def _plain(shape: Any) -> tuple[dict[str, Any], list[Any]]:
    """A shape as `ApiModel` describes it, and the shapes it refers to."""
    plain: dict[str, Any] = {"type": shape.type_name}
    if shape.type_name == "structure":
        plain["members"] = {name: member.name for name, member in shape.members.items()}
        if shape.required_members:
            plain["required"] = list(shape.required_members)
        return plain, list(shape.members.values())
    if shape.type_name == "list":
        return {**plain, "member": shape.member.name}, [shape.member]
    if shape.type_name == "map":
        return {**plain, "value": shape.value.name}, [shape.value]
    choices = list(getattr(shape, "enum", ()))
    return ({**plain, "enum": choices} if choices else plain), []
