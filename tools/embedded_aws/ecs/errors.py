# SPDX-License-Identifier: GPL-3.0-or-later
"""How the ECS API refuses most often."""

from __future__ import annotations

from ..wsgi import ApiError


def invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterException", message)
