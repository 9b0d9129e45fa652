# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole Compose app on Amazon ECS: tasks, services, one-off runs and schedules, and what they need around them."""
