# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page of the extension fields, made from their schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from decimal import Decimal
from typing import Any

import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.extensions import EXTENSIONS
from ansible_collections.slipway.containers.plugins.module_utils._core.extensions.across import (
    disagreements,
    misplaced,
    misspelt,
    unmounted,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.extensions.systemd import HARDENING
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR, WARNING
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import (
    ListOf,
    MappingOf,
    Structure,
    checks_of,
    keys_of,
)

_HEAD = """\
# Extension fields

Generated from the schema by `make generate`; do not edit.

The Compose file describes the app. What a target needs to know and Compose has no word for stands in three extension
fields of a service. Compose itself ignores them, and each target reads its own.

An unknown key, a value of the wrong type and keys that contradict each other are errors. All of them are reported at
once, as findings of the rule `extension-field` whose path is the key, such as `services.web.x-ecs.memory`. A key that
is null counts as left out. Variables are substituted in these fields, too; the result is text, so `"256"` is as good
as `256`, and `"true"` as `true`.
"""

#: One service with all three fields, as a Compose file. A test reads it.
EXAMPLE = """\
name: budget
services:
  web:
    image: registry.example.com/budget/web:1.4.2
    command: ["streamlit", "run", "app.py", "--server.port", "8501"]
    ports: ["8501:8501"]
    volumes: ["data:/app/data"]
    environment:
      DEEPSEEK_API_KEY:
    x-ecs:
      cpu: 1 vCPU
      memory: 2 GB
      public: true
      health_path: /_stcore/health
      min: 1
      max: 4
      scaling: {cpu: 70}
      secrets: {DEEPSEEK_API_KEY: /budget/deepseek-api-key}
      efs: {data: fs-0123456789abcdef0}
    x-kubernetes:
      storage: {data: 10Gi}
      ingress: {host: budget.example.com, tls_secret: budget-tls}
      secrets: {DEEPSEEK_API_KEY: {name: budget, key: deepseek-api-key}}
    x-systemd:
      requirements: requirements.txt
      exec: venv/bin/streamlit run app.py --server.port 8501
      secrets: {DEEPSEEK_API_KEY: /etc/budget/deepseek-api-key}
volumes:
  data: {}
"""


#: What is asked of more than one field, and how bad it is.
_ACROSS = ((unmounted, ERROR), (disagreements, ERROR), (misplaced, WARNING), (misspelt, WARNING))


def extension_fields() -> str:
    """The page."""
    example = "\n".join(["## Example", "", "```yaml", f"---\n{EXAMPLE}```", ""])
    hardening = f"The options of `hardening` are {', '.join(f'`{name}`' for name in HARDENING)}.\n"
    sections = [section(f"`{name}`", options) for name, options in EXTENSIONS.items()]
    return "\n".join([_HEAD, example, *sections, hardening, _across()])


def _across() -> str:
    rules = [f"- {' '.join((check.__doc__ or '').split())} ({severity})" for check, severity in _ACROSS]
    return "\n".join(["## Between fields and services", "", *rules, ""])


def structures(options: type[Any], name: str) -> Iterator[tuple[str, type[Any]]]:
    """The mappings with keys of their own within a field, by the place where they stand."""
    for key, entry in keys_of(options).items():
        inner, place = entry.kind, f"{name}.{key}"
        if isinstance(inner, MappingOf):
            inner, place = inner.item, f"{place}.NAME"
        if isinstance(inner, ListOf):
            inner, place = inner.item, f"{place}[]"
        if isinstance(inner, Structure):
            yield place, inner.options


def section(title: str, options: type[Any], level: str = "##", beside: Mapping[str, Any] | None = None) -> str:
    """What the keys of a mapping say. `beside` is what every example needs and the keys do not have."""
    rows = [_row(name, options, beside or {}) for name in keys_of(options)]
    head = [f"{level} {title}", "", (options.__doc__ or "").strip(), ""]
    table = ["| key | what | left out | says | example |", "| --- | --- | --- | --- | --- |", *rows, ""]
    rules = [f"- {check.sentence} ({check.severity})" for check in checks_of(options)]
    between = ["Between keys:", "", *rules, ""] if rules else []
    inner = [section(f"`{place}`", part, "###") for place, part in structures(options, title.strip("`"))]
    return "\n".join([*head, *table, *between, *inner])


def _row(name: str, options: type[Any], beside: Mapping[str, Any]) -> str:
    key = keys_of(options)[name]
    example = f"`{flow({**beside, **key.example})}`"
    return table_row([f"`{name}`", key.kind.noun, key.left_out or default_of(options, name), key.says, example])


def table_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def default_of(options: type[Any], name: str) -> str:
    attribute = next(attribute for attribute in fields(options) if attribute.name == name)
    return f"`{_written(attribute.default)}`" if attribute.default not in (None, (), MISSING) else "none"


def _written(value: Any) -> str:
    """A default as a user would write it."""
    return f"{value:f}" if isinstance(value, Decimal) else flow(value)


def flow(value: Any) -> str:
    """YAML on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000)
    return text.removesuffix("...\n").strip()
