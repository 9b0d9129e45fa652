# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the engine about a project, and what its answers mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..._core.stack.present import LABEL, Container, Network, Present, Volume
from .client import Engine, EngineError
from .inside import Executed, archive_file, content_of, demultiplexed, execute, logs_tail, split_log
from .lists import lists

__all__ = [
    "Executed",
    "archive_file",
    "container",
    "content_of",
    "demultiplexed",
    "execute",
    "familiar",
    "images",
    "inspect",
    "inspect_image",
    "logs_tail",
    "present",
    "split_log",
]

_DOMAIN = re.compile(r"localhost|.*[.:A-Z].*")
_LIKE_AN_ID = re.compile(r"(?:sha256:)?[0-9a-f]{4,64}")


def present(
    engine: Engine,
    project: str,
    references: Iterable[str] = (),
    networks: Iterable[str] = (),
    volumes: Iterable[str] = (),
) -> Present:
    """What there is of a project: four requests, three where no image is asked for.

    `networks` and `volumes` name what is looked for besides that which carries the project's label: external ones.
    An image that is named by its id costs one more request, since no filter finds it.
    """
    references, networks, volumes = tuple(references), frozenset(networks), frozenset(volumes)
    found = lists(engine, project, patterns(references), bool(networks or volumes))
    return present_in(engine, project, found, references, networks, volumes)


def patterns(references: Iterable[str]) -> list[str]:
    """What to look for images by. A digest is asked for by its repository: some engines keep it under the tag that it
    was pulled by."""
    return sorted({familiar(reference).partition("@")[0] for reference in references if reference})


def present_in(
    engine: Engine,
    project: str,
    found: Mapping[str, Any],
    references: Iterable[str] = (),
    networks: frozenset[str] = frozenset(),
    volumes: frozenset[str] = frozenset(),
) -> Present:
    """The same from lists that were fetched already."""
    return Present(
        containers=tuple(container(entry) for entry in found["containers"]),
        networks=_networks(project, found["networks"], networks),
        volumes=_volumes(project, found["volumes"], volumes),
        images=_images(engine, found["images"], references),
    )


def container(entry: Mapping[str, Any]) -> Container:
    """One entry of the list of containers."""
    labels = entry.get("Labels") or {}
    number = labels.get(f"{LABEL}container-number", "")
    attached = (entry.get("NetworkSettings") or {}).get("Networks") or {}
    names = [name.lstrip("/") for name in entry.get("Names") or ()]
    return Container(
        id=entry["Id"],
        # Names with a slash within are links of other containers.
        name=min(names, key=lambda name: name.count("/"), default=""),
        service=labels.get(f"{LABEL}service", ""),
        number=int(number) if number.isdigit() else 0,
        state=entry.get("State", ""),
        status=entry.get("Status", ""),
        image=entry.get("Image", ""),
        image_id=entry.get("ImageID", ""),
        config_hash=labels.get(f"{LABEL}config-hash", ""),
        labels=labels,
        networks={name: (facts or {}).get("NetworkID", "") for name, facts in sorted(attached.items())},
        mounts=tuple(entry.get("Mounts") or ()),
        ports=tuple(entry.get("Ports") or ()),
        one_off=labels.get(f"{LABEL}oneoff", "").lower() == "true",
    )


def _networks(project: str, entries: Iterable[Mapping[str, Any]], named: frozenset[str]) -> dict[str, Network]:
    found = [Network(entry["Id"], entry["Name"], entry.get("Labels") or {}) for entry in entries]
    chosen = [one for one in found if one.name in named or _of(project, one.labels)]
    # Names of networks are not unique: where two share one, the project's own is meant.
    return {one.name: one for one in sorted(chosen, key=lambda one: (_of(project, one.labels), one.id))}


def _volumes(project: str, entries: Iterable[Mapping[str, Any]], named: frozenset[str]) -> dict[str, Volume]:
    found = [Volume(entry["Name"], entry.get("Labels") or {}) for entry in entries]
    return {one.name: one for one in found if one.name in named or _of(project, one.labels)}


def _of(project: str, labels: Mapping[str, str]) -> bool:
    return labels.get(f"{LABEL}project") == project


def images(engine: Engine, references: Iterable[str]) -> dict[str, str]:
    """The id of each reference that is here, in one request."""
    references = tuple(references)
    wanted = patterns(references)
    return _images(engine, engine.get("/images/json", filters={"reference": wanted}) if wanted else (), references)


def _images(engine: Engine, entries: Iterable[Mapping[str, Any]], references: Iterable[str]) -> dict[str, str]:
    wanted = {reference: familiar(reference) for reference in sorted(set(references)) if reference}
    known: dict[str, str] = {}
    for entry in entries:
        for name in (*(entry.get("RepoTags") or ()), *(entry.get("RepoDigests") or ())):
            known[familiar(name)] = entry["Id"]  # a containerd store may list them in full
    found = {reference: known[name] for reference, name in wanted.items() if name in known}
    for reference in wanted:
        if reference not in found and _LIKE_AN_ID.fullmatch(reference):
            image = inspect_image(engine, reference)
            found.update({} if image is None else {reference: image["Id"]})
    return found


def familiar(reference: str) -> str:
    """A reference as the engine lists it: docker.io/library/nginx is nginx:latest, and a digest outdoes a tag."""
    name, _at, digest = reference.partition("@")
    folder, slash, last = name.rpartition("/")
    last, _colon, tag = last.partition(":")
    name = folder + slash + last
    domain, slash, path = name.partition("/")
    on_hub = not (slash and _DOMAIN.fullmatch(domain))
    if slash and domain in ("docker.io", "index.docker.io"):
        name, on_hub = path, True
    if on_hub and name.startswith("library/") and name.count("/") == 1:
        name = name[len("library/") :]
    return f"{name}@{digest}" if digest else f"{name}:{tag or 'latest'}"


def inspect(engine: Engine, container_id: str) -> dict[str, Any] | None:
    """A container with everything about it; None where it is gone."""
    return _found(engine, f"/containers/{container_id}/json")


def inspect_image(engine: Engine, reference: str) -> dict[str, Any] | None:
    """An image with everything about it; None where it is not here."""
    return _found(engine, f"/images/{reference}/json")


def _found(engine: Engine, path: str) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = engine.get(path)
    except EngineError as error:
        if error.status == 404:
            return None
        raise
    return answer
