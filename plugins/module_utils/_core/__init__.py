# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values and decisions. Private: no promise is made to importers outside this collection.

Standard library only; no input or output, no clock, no environment. A test enforces it.
"""
