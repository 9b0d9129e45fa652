# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configs, secrets and bound files whose content is another than the one that a container got."""

from __future__ import annotations

from .facts import Case
from .model import BIND, Content, Service


def changed(case: Case, service: Service) -> tuple[Content, ...]:
    """Compared with what was learned of these very containers, else with what was found out about them now."""
    now = case.facts.contents.get(service.name, {})
    known = case.known(service.name)
    if known is None:
        stale = case.facts.stale_contents.get(service.name, ())
        return tuple(one for one in service.contents if one.key in stale)
    got = known.contents
    other = [one for one in service.contents if one.key in now and got.get(one.key, now[one.key]) != now[one.key]]
    return tuple(one for one in other if not _own(case, service, one))


def _own(case: Case, service: Service, content: Content) -> bool:
    """A file that the container may write to and that is the same file still: most likely it wrote it itself."""
    writable = any(one.source == content.source and not one.read_only for one in service.mounts if one.kind == BIND)
    asked = service.name in case.wish.reload_signals
    return content.kind == BIND and writable and not asked and visible(case, service, (content,))


def visible(case: Case, service: Service, contents: tuple[Content, ...]) -> bool:
    """Whether the running containers see the new content: the file was written in place, or its folder is bound."""
    known = case.known(service.name)
    held = known.inodes if known else {}
    now = case.facts.inodes.get(service.name, {})
    return all(
        one.source is not None and one.source in now and held.get(one.source) == now[one.source] for one in contents
    )


def words(case: Case, content: Content) -> str:
    name = content.name
    if content.kind != BIND:
        return f"{content.kind} {name} changed"
    inside = f"{case.folder.rstrip('/')}/"
    return f"file {'./' + name[len(inside) :] if case.folder and name.startswith(inside) else name} changed"
