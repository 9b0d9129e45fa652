# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes down each of its starts, and waits for its end."""

from __future__ import annotations

import signal
from pathlib import Path

with Path("/data/starts").open("a", encoding="utf-8") as starts:
    starts.write("started\n")
print("working", flush=True)
signal.sigwait({signal.SIGTERM})
