# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's price list: which of its lines are prices of ours, and how they become a price book. Standard library only."""
