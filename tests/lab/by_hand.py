# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody does to a project by hand, with Compose's own program and commands that the module has no use for."""

from __future__ import annotations

from ansible_collections.slipway.containers.plugins.module_utils._io.compose.cli import ComposeCli


def compose(cli: ComposeCli, command: str, *words: str) -> None:
    """Raises CliError where it fails."""
    cli._run(command, *words, seconds=60.0)
