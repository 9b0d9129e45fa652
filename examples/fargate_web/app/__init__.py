# SPDX-License-Identifier: GPL-3.0-or-later
"""Short links for a team, served from memory."""
