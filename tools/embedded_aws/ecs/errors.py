# SPDX-License-Identifier: GPL-3.0-or-later
"""How the ECS API refuses."""

from __future__ import annotations


class EcsError(Exception):
    """An answer with a code of the API and its words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def invalid(message: str) -> EcsError:
    return EcsError("InvalidParameterException", message)
