# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app on Amazon ECS stands on: network, load balancer, roles, machines, and what a month of them costs."""
