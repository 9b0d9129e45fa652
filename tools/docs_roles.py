# SPDX-License-Identifier: GPL-3.0-or-later
"""The variable tables in the READMEs of the roles, made from their argument specifications."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tools.prepare import ROOT

ROLES = ROOT / "roles"
_START = "<!-- made from meta/argument_specs.yml by `make generate` -->"
_END = "<!-- until here -->"
#: Markup of Ansible's documentation, such as O(name), V(value) and M(slipway.containers.cost_check).
_MARKUP = re.compile(r"\b[BCIMOPRUV]{1,2}\((?P<text>(?:[^()]|\([^()]*\))*)\)")
#: A plugin in front of an option: slipway.containers.cost_check#module:previous.
_OWNER = re.compile(r"^[\w.]+#\w+:|#\w+$")


def roles() -> list[Path]:
    return sorted(path.parent.parent for path in ROLES.glob("*/meta/argument_specs.yml"))


def specs(role: Path) -> Mapping[str, Any]:
    """The entry points of a role, each with its options."""
    text = (role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)["argument_specs"]
    return found


def pages() -> dict[Path, str]:
    """Every README of a role and what it should hold."""
    return {role / "README.md": _with_table(role) for role in roles()}


def _with_table(role: Path) -> str:
    readme = (role / "README.md").read_text(encoding="utf-8")
    before, start, rest = readme.partition(_START)
    _old, end, after = rest.partition(_END)
    if not start or not end:
        raise ValueError(f"{role.name}/README.md lacks the lines {_START} and {_END}")
    tables = "\n".join(_tables(role))
    return f"{before}{start}\n\n{tables}\n{end}{after}"


def _tables(role: Path) -> Iterator[str]:
    """One for each entry point; `main` needs no heading."""
    for name, spec in sorted(specs(role).items(), key=lambda item: (item[0] != "main", item[0])):
        if name != "main":
            yield f"### tasks_from: {name}\n"
        yield "| variable | type | default | what |\n| --- | --- | --- | --- |"
        yield from _rows("", spec.get("options") or {})
        yield ""


def _rows(place: str, options: Mapping[str, Any]) -> Iterator[str]:
    for name, option in options.items():
        cells = (f"`{place}{name}`", _type(option), _default(option), " ".join(_sentences(option)))
        yield f"| {' | '.join(cells)} |"
        yield from _rows(f"{place}{name}{'[]' if option.get('type') == 'list' else ''}.", option.get("options") or {})


def _type(option: Mapping[str, Any]) -> str:
    said = str(option.get("type", "str"))
    return f"{said} of {option['elements']}" if "elements" in option else said


def _default(option: Mapping[str, Any]) -> str:
    if option.get("required"):
        return "*required*"
    return f"`{_flow(option['default'])}`" if "default" in option else ""


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=1000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...").replace("|", "\\|")


def _sentences(option: Mapping[str, Any]) -> Iterator[str]:
    said = option["description"]
    for sentence in [said] if isinstance(said, str) else said:
        yield _MARKUP.sub(_code, " ".join(str(sentence).split())).replace("|", "\\|")
    if "choices" in option:
        yield f"One of {', '.join(f'`{choice}`' for choice in option['choices'])}."


def _code(found: re.Match[str]) -> str:
    return f"`{_OWNER.sub('', found['text'])}`"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
