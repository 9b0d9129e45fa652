# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a decision about a project is made from: its model, what the engine has, and what was learned."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..._core.stack import config_hash, gojson, reader, versions
from ..._core.stack.facts import Facts
from ..._core.stack.inputs import Asked
from ..._core.stack.learned import Learned
from ..._core.stack.looks import moment
from ..._core.stack.model import Content, Stack
from ..._core.stack.present import Container, Present
from ..._core.stack.release import Release
from ..._core.stack.wish import Wish
from ..compose.cli import CliError, ComposeCli, Program
from ..engine import reads
from ..engine.client import Engine, NoEngineError
from ..engine.lists import lists
from ..file_hashes import sha256
from ..private_files import write_private
from . import contents as stack_contents
from . import inputs
from .compose import compose
from .module import Context, StackError
from .place import Place, asked
from .store import Store

#: The model of the run that learned, beside what it learned; it spares asking Compose again.
MODEL = "model.json"


@dataclass(frozen=True)
class Model:
    """A project as Compose reads it, or on bare hosts the controller, which also took hashes (`contents`)."""

    raw: Mapping[str, Any]
    contents: Mapping[str, str] | None = None
    paths: Mapping[str, str] = field(default_factory=dict)  # what of the project will be there: a file or a directory
    fingerprint: str = ""  # of all that it depends on, taken before it was read
    printed: str = ""  # hash of what Compose printed

    @property
    def name(self) -> str:
        return str(self.raw["name"])


@dataclass(frozen=True)
class Source:
    """What reads a project here: its place, and Compose where there is one."""

    place: Place
    wish: Wish
    cli: ComposeCli | None
    environment: Mapping[str, str]
    asked: Asked
    printed: str | None = None  # what Compose said already in this run

    @property
    def fingerprint(self) -> str:
        """Of all that the model depends on. What containers get is compared by itself, each run."""
        return inputs.gather(self.asked, self.environment).texts

    def parse(self, fingerprint: str | None = None) -> Model:
        """Asks Compose. A definition goes by standard input: nothing is written before it is known to be valid."""
        if self.cli is None:
            raise ValueError("there is no Compose to ask")
        fingerprint = self.fingerprint if fingerprint is None else fingerprint
        written = self.place.definition_is_written()
        cli = self.cli if written else replace(self.cli, files=("-",), stdin=self.place.definition)
        try:
            printed = cli.config() if self.printed is None else self.printed
        except CliError as error:
            raise StackError(f"{self.place.shown}: Compose cannot read this. Nothing was changed. {error}") from error
        return Model(gojson.loads(printed), fingerprint=fingerprint, printed=sha256(printed.encode()))

    def model(self, store: Store, learned: Learned) -> Model:
        """That of last time where nothing changed since that Compose would read."""
        now = self.fingerprint
        if not now or now != learned.fingerprint:
            return self.parse(now)
        try:
            kept = gojson.loads(Path(store.folder, MODEL).read_text(encoding="utf-8"))
            return Model(kept["model"], fingerprint=now, printed=kept["printed"])
        except (OSError, ValueError, LookupError, TypeError):
            return self.parse(now)

    def name(self) -> str:
        """Of a project that nobody knows yet: what Compose says, else the folder's name as Compose takes it."""
        try:
            if self.cli is not None and Path(self.place.folder).is_dir():
                return self.parse().name
        except StackError:
            pass  # no Compose file that can be read: there may be containers of it all the same
        return re.sub("[^-_a-z0-9]", "", Path(self.place.folder).name.lower()).lstrip("_-")

    def keep(self, store: Store, model: Model) -> None:
        """For `model` of the next run."""
        text = gojson.dumps({"printed": model.printed, "model": model.raw})
        path = Path(store.folder, MODEL)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_private(path, text)


@dataclass(frozen=True)
class Reading:
    """A project, and what there is of it."""

    stack: Stack
    present: Present
    facts: Facts
    has_engine: bool = True
    engine: Mapping[str, Any] = field(default_factory=dict)  # patterns, everything and lists: see memo.py


def read(
    source: Source, model: Model, engine: Engine, learned: Learned, last: Release | None, check_mode: bool
) -> Reading:
    """Looks at the engine and at the files that containers get."""
    stack = reader.read(model.raw, source.wish.one_shot)
    present, answers = _present(engine, stack, check_mode)
    has_engine = bool(answers)
    version = version_of(source.cli, learned)
    contents = _contents(source, stack, model)
    ids = {name: _first(present.of(name)) for name in stack.services}
    hashes = {name: config_hash.service_hash(one, version, ids) for name, one in stack.services.items()}
    facts = Facts(
        hashes=hashes,
        network_hashes={key: config_hash.network_hash(one, version) for key, one in stack.networks.items()},
        volume_hashes={key: config_hash.volume_hash(one, version) for key, one in stack.volumes.items()},
        contents=contents,
        builds=stack_contents.build_hashes(stack) if source.wish.build in ("changed", "always") else {},
        inodes=stack_contents.inodes(stack),
        exact=has_engine and source.cli is not None and _exact(source, stack, version),
        inspected=_inspected(engine, source.wish, stack, present, hashes, learned, last) if has_engine else {},
        image_ages=_ages(engine, stack) if has_engine else {},
        last=last,
        version=version.text,
        stale_contents=_stale(engine, stack, present, learned, contents) if has_engine else {},
    )
    return Reading(stack, present, facts, has_engine, answers)


def version_of(cli: ComposeCli | None, learned: Learned) -> versions.Version:
    """Compose's version, asked once for each program. One that is not known yet is fine, one that is too old is not."""
    if cli is None:
        return versions.NEWEST
    known = learned.version if learned.cli == cli.program.fingerprint else ""
    version = versions.parse(known or cli.version())
    if versions.too_old(version):
        found, least = f"Compose {version.text} at {cli.program.path}", f"{versions.MINIMUM.text} or later"
        raise StackError(f"found {found}, expected {least}. Nothing was changed.")
    return version


def _exact(source: Source, stack: Stack, version: versions.Version) -> bool:
    environment = {**inputs.dotenv_values(source.asked, source.environment), **source.environment}
    return all(config_hash.exact(service, environment, version) for service in stack.services.values())


def _present(engine: Engine, stack: Stack, check_mode: bool) -> tuple[Present, dict[str, Any]]:
    """With the engine's own answers. In check mode a host without an engine has nothing of the project yet."""
    references = [service.image for service in stack.services.values()]
    networks, volumes = (
        frozenset(str(one["name"]) for one in entries.values() if one.get("external"))
        for entries in (stack.networks, stack.volumes)
    )
    patterns, everything = reads.patterns(references), bool(networks or volumes)
    try:
        found = lists(engine, stack.project, patterns, everything)
    except NoEngineError:
        if check_mode and engine.address.socket and not Path(engine.address.socket).exists():
            return Present(), {}
        raise
    present = reads.present_in(engine, stack.project, found, references, networks, volumes)
    return present, {"patterns": patterns, "everything": everything, "lists": found}


def _contents(source: Source, stack: Stack, model: Model) -> Mapping[str, Mapping[str, str]]:
    """Hashes of what containers get; in check mode those of the controller's files outdo those that are here still."""
    dotenv = inputs.dotenv_values(source.asked, source.environment)
    here = stack_contents.content_hashes(
        stack, source.environment, dotenv, source.place.folder, tuple(source.wish.reload_signals)
    )
    given = model.contents or {}
    return {
        name: {
            **here.get(name, {}),
            **{one.key: given[one.source] for one in service.contents if one.source and one.source in given},
        }
        for name, service in stack.services.items()
    }


def _inspected(
    engine: Engine,
    wish: Wish,
    stack: Stack,
    present: Present,
    hashes: Mapping[str, str],
    learned: Learned,
    last: Release | None,
) -> dict[str, Mapping[str, Any]]:
    """Containers in full: all of them to see what was changed by hand, else those that no release tells of."""
    labels = {name: one.label for name, one in learned.services.items()} if last else {}
    chosen = [
        container.id
        for name in stack.services
        for container in present.of(name)
        if wish.drift != "ignore" or container.config_hash not in (hashes[name], labels.get(name))
    ]
    found = {one: reads.inspect(engine, one) for one in chosen}
    return {one: facts for one, facts in found.items() if facts is not None}


def _ages(engine: Engine, stack: Stack) -> dict[str, float]:
    """Seconds since the tag was set, of images that are to be pulled when they are older than something."""
    aging = ("daily", "weekly", "every_")
    policies = {one.image: str(one.config.get("pull_policy") or "") for one in stack.services.values()}
    found = {}
    for reference in (image for image, policy in policies.items() if policy.startswith(aging)):
        image = reads.inspect_image(engine, reference) or {}
        tagged = moment((image.get("Metadata") or {}).get("LastTagTime") or "")
        if tagged is not None:
            found[reference] = time.time() - tagged
    return found


def _first(containers: Iterable[Container]) -> str:
    """Compose takes the container whose name sorts first."""
    return min(((one.name, one.id) for one in containers), default=("", ""))[1]


def _stale(
    engine: Engine,
    stack: Stack,
    present: Present,
    learned: Learned,
    contents: Mapping[str, Mapping[str, str]],
) -> dict[str, tuple[str, ...]]:
    """Of containers that nobody learned of: which of the files in them are not those of the project."""
    found = {}
    for name, service in stack.services.items():
        known = learned.services.get(name)
        strange = [one for one in present.of(name) if known is None or one.id not in known.containers]
        wanted = {one: contents[name][one.key] for one in service.contents if one.key in contents.get(name, {})}
        held = [_held(engine, container, wanted) for container in strange if wanted]
        keys = [one.key for one, digest in wanted.items() if any(each.get(one, digest) != digest for each in held)]
        if keys:
            found[name] = tuple(keys)
    return found


def _held(engine: Engine, container: Container, wanted: Iterable[Content]) -> dict[Content, str]:
    """Hashes of what a container has."""
    held = ((one, reads.content_of(engine, container, one)) for one in wanted)
    return {one: sha256(content) for one, content in held if content is not None}


def lent(predicted: Mapping[str, Any] | None) -> Model | None:
    """What the action plugin sends in check mode."""
    if predicted is None:
        return None
    return Model(gojson.loads(json.dumps(predicted["model"])), predicted["contents"], predicted["paths"])


def empty(name: str) -> Model:
    """Enough of a model to stop or to remove a project: its containers say what belongs to it."""
    return Model({"name": name, "services": {}})


def source_of(place: Place, wish: Wish, program: Program | None, context: Context) -> Source:
    """What reads the project: Compose where there is one, with what it said already."""
    cli = context.compose or (None if program is None else compose(place, program, context.params))
    wanted = asked(place, program.fingerprint if program else "", context.params)
    return Source(place, wish, cli, dict(os.environ), wanted, context.printed)
