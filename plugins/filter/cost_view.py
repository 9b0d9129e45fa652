# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: cost_view
short_description: Turn a result of cost_check into a report that a template only has to put down
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Takes a registered result of M(slipway.containers.cost_check), also of a task that failed, and returns the report as
    sentences, tables and the geometry of charts.
  - Amounts are rounded half up to the cent, and what has no price says so.
  - Every text is escaped for O(form), names of scenarios included, so a template needs no filters.
  - The role P(slipway.containers.cost_report#role) has templates for all forms.
  - The same result gives the same report on every day.
positional: _input
options:
  _input:
    description: The registered result.
    type: dict
    required: true
  form:
    description:
      - What the texts are escaped for.
      - V(text) has lines of at most 100 columns for each section. The others have tables, and V(html) has charts.
    type: str
    choices: [text, markdown, html]
    default: text
  title:
    description: The title of the report.
    type: str
    default: What it costs
  brief:
    description: Leave out the bill line by line, the charts in figures, notes, assumptions and the list of prices.
    type: bool
    default: false
seealso:
  - module: slipway.containers.cost_check
"""

EXAMPLES = r"""
- name: Price a container that runs all month
  slipway.containers.cost_check:
    region: eu-west-1
    scenarios:
      - name: web
        resources:
          - {kind: fargate_task, vcpu: 0.25, memory_gib: 0.5}
          - {kind: public_ipv4}
    budget_usd_per_month: 20
  register: cost

- name: Say in a sentence whether the budget holds
  ansible.builtin.debug:
    msg: "{{ (cost | slipway.containers.cost_view).headline.text }}"
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
  contains:
    title:
      description: The title.
      type: str
    headline:
      description:
        - The verdict, with its C(kind) (pass, fail, indeterminate, none or error), a C(word) for it, the C(text), and
          C(more) sentences. With O(form=text), C(lines) are all sentences, wrapped.
      type: dict
    facts:
      description: What a reader needs to know before the figures, each with C(name) and C(value).
      type: list
      elements: dict
    sections:
      description:
        - Each with C(name), C(title), C(paragraphs), C(bars), C(curves), C(tables), C(items), C(blocks) and C(codes).
          What there is nothing to say of has no section. With O(form=text), C(lines) are all of it.
      type: list
      elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


def cost_view(result: Any, form: str = "text", title: str | None = None, brief: bool = False) -> dict[str, Any]:
    """The report of a result."""
    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.report.view import FORMS, TITLE, view

    if not isinstance(result, Mapping):
        raise AnsibleFilterError(f"cost_view: found {type(result).__name__}, expected a result of cost_check")
    if form not in FORMS:
        raise AnsibleFilterError(f"cost_view: form is '{form}', expected {', '.join(FORMS)}")
    if not result.get("scenarios") and "msg" not in result:
        raise AnsibleFilterError("cost_view: found no scenarios and no msg, expected a result of cost_check")
    try:
        return view(result, form, TITLE if title is None else str(title), bool(brief))
    except KeyError as missing:
        raise AnsibleFilterError(f"cost_view: {missing} is missing, expected a whole result of cost_check") from None


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"cost_view": cost_view}
