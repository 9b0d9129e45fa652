# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets plain pytest import the collection by its full name, whatever path it was checked out to."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.prepare import lay_out_tree

sys.path.insert(0, str(lay_out_tree()))
