#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cost_check
short_description: Say what an app costs a month in each place it could run, and whether the budget holds
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Prices scenarios side by side. A scenario is a list of resources, or a Compose file and a target, from which the
    resources are derived, those included that estimates forget. That is the load balancer and its addresses, a public
    IPv4 address for each task or node, NAT, logs and root disks.
  - Every line of the bill has its quantity, unit price, formula, source and date, and says what was assumed.
  - Each cost is three numbers. V(low) is the fewest copies that scaling leaves, V(high) the most, all on demand, with
    rolling updates.
  - What has no price has no cost, and is never taken for nothing. The scenario is then incomplete, the verdict
    V(indeterminate), and the gate closed. RV(price_overrides_yaml) is what to fill in.
  - Prices are AWS's list prices before tax, from the price book of this release or from one of your own. Which regions
    and prices it has is in U(https://github.com/slipway/containers/blob/main/docs/reference/price_book.md).
  - It runs on the controller, in the process of Ansible itself. It changes nothing, and never uses the network.
options:
  scenarios:
    description:
      - What is compared. All of them are priced; O(chosen) is the one that the gate is about.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - What to call it. Required with O(scenarios[].resources) alone.
          - With O(scenarios[].target) the default is the target. Where there are several, the target is added to it.
        type: str
      region:
        description: The AWS region, such as V(eu-central-1). The default is O(region).
        type: str
      resources:
        description:
          - "What is billed, each a mapping with C(kind) and what belongs to it, such as
            C({kind: fargate_task, vcpu: 0.5, memory_gib: 1, count: 3}). Exactly this is priced."
          - All kinds are in U(https://github.com/slipway/containers/blob/main/docs/reference/cost_kinds.md).
          - With O(scenarios[].compose), what there is beside the app.
        type: list
        elements: dict
      compose:
        description:
          - The Compose project that is to run, as M(slipway.containers.ecs_task_def) takes it. Its files are read on
            the controller, and relative paths start where C(ansible-playbook) was started.
        type: dict
        suboptions:
          project_directory:
            description: The directory of the project.
            type: path
          files:
            description: The Compose files, the later over the earlier.
            type: list
            elements: path
          project_name:
            description: The project's name.
            type: str
          env_files:
            description: Files with variables, instead of C(.env).
            type: list
            elements: path
          environment:
            description: Variables that the files use.
            type: dict
          profiles:
            description: The profiles that are active.
            type: list
            elements: str
          services:
            description: The services that are meant, with what they depend on.
            type: list
            elements: str
      target:
        description: Where the Compose project would run. Several targets are a scenario each.
        type: list
        elements: str
        choices: [systemd, compose, fargate, ecs_ec2, kubeadm, eks]
      topology:
        description:
          - "How it would run there, such as C({network: private_nat, zones: 2}). Everything has a default that the
            lines name."
          - All keys are in U(https://github.com/slipway/containers/blob/main/docs/reference/cost_topology.md).
        type: dict
      provides:
        description:
          - What the scenario provides of O(requires). Derived scenarios know it themselves.
        type: list
        elements: str
        choices: [high_availability, autoscaling]
  region:
    description: The region of scenarios that name none.
    type: str
  budget_usd_per_month:
    description: What a month may cost, in USD. Without it, nothing is judged.
    type: raw
  budget_usd_total:
    description: What there is to spend in all, in USD. RV(runway_months) says how long it lasts.
    type: raw
  gate:
    description:
      - The cost that O(budget_usd_per_month) is held against. Where no scenario fits, or O(chosen) does not, the gate
        is closed, and the task fails with all results.
      - V(none) judges the expected cost, and has no gate.
    type: str
    choices: [low, expected, high, none]
    default: expected
  enforce:
    description:
      - Whether the task fails where the gate is closed. V(false) leaves that to a later task, which looks at
        RV(gate_closed), after a report for instance.
    type: bool
    default: true
  chosen:
    description: The scenario that the gate is about. Left out, it is enough that one fits.
    type: str
  requires:
    description:
      - What a scenario must provide to be chosen. RV(requirements) says what each of them costs a month.
    type: list
    elements: str
    choices: [high_availability, autoscaling]
    default: []
  allow_unpriced:
    description: Whether an incomplete scenario is judged by what has a price.
    type: bool
    default: false
  commitment:
    description:
      - "A Savings Plan, such as C({term_years: 1, payment: no_upfront}). Its discount is a line of its own."
    type: dict
  phases:
    description:
      - "What is spent when, for O(budget_usd_total), such as C({name: start, scenario: compose, months: 6})."
      - Left out, the runway is that of O(chosen), or of the cheapest scenario that fits.
    type: list
    elements: dict
  credits:
    description:
      - "Credits such as C({name: founders, usd: 200, until: 2027-03-31}). They lengthen the runway."
    type: list
    elements: dict
  start_date:
    description: When spending starts, as V(2027-01-31). The default is today.
    type: str
  break_even:
    description:
      - "Compare the derived scenarios at other numbers of copies, such as C({service: web, to: 40})."
      - Costs of nodes are staircases, so RV(break_even) has the first number of copies at which one scenario is
        cheaper, and that from which on it always is.
    type: dict
  claims:
    description:
      - Figures that somebody printed, to be explained. See
        U(https://github.com/slipway/containers/blob/main/docs/cost_audit.md).
    type: list
    elements: dict
  previous:
    description:
      - A former result of this module. RV(scenarios[].change) then tells apart what prices did and what quantities did.
    type: dict
  hours_per_month:
    description: The hours of a month. AWS's own calculator has 730; its examples mostly 720.
    type: raw
    default: 730
  free_tier:
    description:
      - Whether to take off, in lines of their own, what AWS gives every account each month for nothing.
    type: bool
    default: false
  price_overrides:
    description:
      - Prices that go before those of the book, each with C(region), C(key), C(usd) and C(unit).
    type: list
    elements: dict
  price_book:
    description: A price book of your own, a JSON file that C(tools/refresh_price_book.py) wrote.
    type: path
  max_price_age_days:
    description:
      - Prices that are older make the verdict V(indeterminate). Left out, prices of more than 90 days are only warned
        of, and Spot prices of more than 7.
    type: raw
attributes:
  check_mode:
    description: The result is the same.
    support: full
  diff_mode:
    description: There is nothing to differ, for nothing is changed.
    support: none
  idempotent:
    description: It changes nothing.
    support: full
notes:
  - Tax is not included. Nor is traffic to the internet, unless it is given.
  - "Compose files need PyYAML, which Ansible brings along."
seealso:
  - module: slipway.containers.ecs_task_def
"""

EXAMPLES = r"""
- name: Say what the app would cost in each place, and stop if none is within the budget
  slipway.containers.cost_check:
    region: ap-northeast-2
    scenarios:
      - compose:
          project_directory: "{{ playbook_dir }}/shop"
        target: [systemd, compose, fargate, ecs_ec2, kubeadm, eks]
    budget_usd_per_month: 100
  register: cost

- name: Stop a deployment whose most expensive month is beyond the budget
  slipway.containers.cost_check:
    region: eu-west-1
    scenarios:
      - name: web
        resources:
          - {kind: fargate_task, vcpu: 0.25, memory_gib: 0.5, count_min: 2, count_max: 10, spot_share: 0.5}
          - {kind: alb, lcu: 0.25}
          - {kind: public_ipv4, count: 2}
          - {kind: nat_gateway, gib: 20}
          - {kind: logs, gib_ingested: 5}
    budget_usd_per_month: 250
    gate: high

- name: Say how long 100 dollars last, growing from one host to two
  slipway.containers.cost_check:
    region: us-east-1
    scenarios:
      - name: one host
        resources: [{kind: ec2_instance, type: t3.medium}, {kind: ebs_gp3, gib: 20}, {kind: public_ipv4}]
      - name: two hosts
        resources: [{kind: ec2_instance, type: t3.medium, count: 2}, {kind: ebs_gp3, gib: 20, count: 2}, {kind: alb}]
    budget_usd_total: 100
    phases:
      - {name: start, scenario: one host, months: 1}
      - {name: growth, scenario: two hosts}
"""

RETURN = r"""
scenarios:
  description:
    - All scenarios, as they were given. Costs are USD a month, not rounded.
  returned: when the options are in order
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
    region:
      description: Its region.
      type: str
    target:
      description: Where the Compose project would run, or nothing.
      type: str
    provides:
      description: What it provides.
      type: list
      elements: str
    lacks:
      description: What it does not provide of O(requires).
      type: list
      elements: str
    low:
      description: The least that a month costs, of what has a price.
      type: float
    expected:
      description: What is expected.
      type: float
    high:
      description: The most.
      type: float
    complete:
      description: Whether every line has a price.
      type: bool
    verdict:
      description: V(pass), V(fail) or V(indeterminate), or none without a budget.
      type: str
    worst_hour:
      description: What the most expensive hour costs.
      type: float
    lines:
      description: The bill. What has no price has none for C(unit_price), C(low), C(expected) and C(high).
      type: list
      elements: dict
      sample:
        - part: web
          item: Fargate vCPU
          key: fargate.x86.vcpu_hour
          quantity: 1095
          quantity_low: 1095
          quantity_high: 1095
          unit: vCPU-hour
          unit_price: 0.04048
          low: 44.3256
          expected: 44.3256
          high: 44.3256
          formula: 3 tasks x 0.5 vCPU x 730 h
          fixed: true
          source: AWS Price List
          confidence: A
          date: "2026-09-11"
          sku: ""
          assumption: ""
    fit:
      description: How the app is laid out on machines, where there are some.
      type: dict
    runway:
      description: How long O(budget_usd_total) lasts, at the low, expected and high cost.
      type: dict
    edits:
      description: Over the budget, the cheapest changes that would bring it under.
      type: list
      elements: dict
    fargate_options:
      description: For each size of Fargate task, what it costs on x86, ARM and Spot, cheapest first.
      type: list
      elements: dict
    change:
      description: With O(previous), what changed, split into prices and quantities.
      type: dict
    findings:
      description: What to know about it.
      type: list
      elements: dict
cheapest:
  description: Of the complete scenarios that provide what is required, the cheapest one.
  returned: when the options are in order
  type: str
cheapest_fitting:
  description: The cheapest of those that the budget holds.
  returned: when the options are in order
  type: str
verdict:
  description: V(pass), V(fail) or V(indeterminate), or none without a budget.
  returned: when the options are in order
  type: str
gate_closed:
  description: Whether the verdict is against a budget that O(gate) holds the cost against.
  returned: when the options are in order
  type: bool
msg:
  description: Where the gate is closed, why, and what would open it.
  returned: when the gate is closed
  type: str
reason:
  description: The verdict in a sentence.
  returned: when the options are in order
  type: str
budget:
  description: The budget, and the gate.
  returned: when the options are in order
  type: dict
requirements:
  description: What each of O(requires) costs a month.
  returned: when the options are in order
  type: list
  elements: dict
runway_months:
  description: How long O(budget_usd_total) lasts.
  returned: when the options are in order
  type: dict
phases:
  description: What is spent when.
  returned: with O(budget_usd_total)
  type: list
  elements: dict
break_even:
  description: For each two derived scenarios, the first number of copies at which one is cheaper, and always.
  returned: with O(break_even)
  type: list
  elements: dict
break_even_curves:
  description: The costs by number of copies.
  returned: with O(break_even)
  type: list
  elements: dict
claims:
  description: What explains each of O(claims).
  returned: with O(claims)
  type: list
  elements: dict
findings:
  description: What to know about all of it, and what is wrong with the options.
  returned: always
  type: list
  elements: dict
prices:
  description: Where the prices are from, and how old they are.
  returned: when the options are in order
  type: dict
missing_prices:
  description: The prices that are missing, as O(price_overrides) has them.
  returned: when the options are in order
  type: list
  elements: dict
price_overrides_yaml:
  description: The same, ready to paste.
  returned: when the options are in order
  type: str
refresh_command:
  description: The command that makes a price book with these prices.
  returned: when the options are in order
  type: str
"""

# There is nothing to run here: plugins/action/cost_check.py works on the controller.
