# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: real systemd hosts as containers, with a real Docker Engine inside. docs/lab.md says how to use it."""
