# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole project: services that may name each other, what they use at the top, and the files around them."""

from __future__ import annotations

import json
from itertools import count
from random import Random
from typing import Any

from tools.generate_compose.draw import Alias, Draw, Marked, Raw
from tools.generate_compose.grammar import VARIABLES
from tools.generate_compose.recipes import CONTRARY, HARMLESS, NEWER_SERVICE, RESOURCES, SERVICE
from tools.generate_compose.values import IMAGE, SCALAR, dotenv

SERVICE_NAMES = ("web", "api", "db-1", "worker_2", "x.y", "Cache", "0day", "null", "on", "a")
PROFILES = ("dev", "debug", "ops")
#: Keys whose values are mappings that two services may share by an anchor.
SHARED = ("environment", "labels", "logging", "healthcheck", "annotations", "ulimits", "blkio_config", "x-custom")
#: Most keys that a service, an override or a base has besides its image.
MOST_KEYS, MOST_OVERRIDDEN, MOST_INHERITED = 12, 5, 6
#: Where the base of a base may lie, as common/base.yaml says it and as the project does.
ROOTS = (("../root.yaml", "root.yaml"), ("./deep/root.yaml", "common/deep/root.yaml"))
NAMES_OF_PROJECTS = ("my-project", "p_1", "${UNSET:-from-default}", Raw("2nd"))

#: A YAML document, and what the files say: documents, or text. `case.yml` says how Compose is called.
Document = dict[str, Any]
Contents = dict[str, Any]


def project(random: Random, services: int, newest: bool) -> Contents:
    """What the files say, by name."""
    draw = Draw(random, RESOURCES, newest)
    case: dict[str, Any] = {"environment": dict(VARIABLES)}
    main = _main(draw, services)
    files: Contents = {"compose.yaml": [main]}
    _overriding(draw, files, main["services"], case)
    if draw.chance(0.25):
        files.update(_included(draw, main, "part"))
    if draw.chance(0.4):
        files.update(_extended(draw, main["services"]))
    _variables(draw, files, case)
    _resources(draw, main)
    _asked(draw, case)
    return {**files, **draw.files, "case.yml": json.dumps(case)}


def service(draw: Draw, keys: list[str]) -> Document:
    """A service with these keys, those that contradict earlier ones left out, and with an image or a build."""
    for group in CONTRARY:
        rivals = [key for key in keys if key in group]
        keys = [key for key in keys if key not in rivals[1:]]
    table = {**SERVICE, **NEWER_SERVICE}
    drawn = {key: draw.of(table[key]) for key in keys}
    if not {"build", "provider"} & {*drawn} or draw.chance(0.2):
        drawn["image"] = draw.of(IMAGE)
    return drawn


def _main(draw: Draw, number: int) -> Document:
    known = [*SERVICE, *(NEWER_SERVICE if draw.newest else ())]
    names = [*draw.random.sample(SERVICE_NAMES, min(number, len(SERVICE_NAMES)))]
    names += [f"service-{place}" for place in range(number - len(names))]
    services: Document = {}
    for name in names:
        services[name] = service(draw, draw.some(known, MOST_KEYS))
        if draw.chance(0.2):
            services[name]["profiles"] = draw.some(PROFILES, 2)
            draw.optional.append(name)
        else:
            draw.earlier.append(name)
    return _fragments(draw, services) if draw.chance(0.6) else {"services": services}


# ----------------------------------------------------------------------------------------------------------- anchors


def _fragments(draw: Draw, services: Document) -> Document:
    """Fragments at the top that services merge, and mappings of one service that a later one takes."""
    document: Document = {}
    for place in range(draw.random.randint(0, 2)):
        keys = draw.some(HARMLESS, 4)
        document[f"x-common-{place}"] = Marked(f"&common-{place}", {key: draw.of(SERVICE[key]) for key in keys})
    fragments = [Alias(name.removeprefix("x-")) for name in document]
    for name, each in services.items():
        if fragments and draw.chance(0.5):
            merged = draw.some(fragments, 2)
            services[name] = {"<<": merged if len(merged) > 1 or draw.chance(0.2) else merged[0], **each}
    marks = count(1)
    for key in SHARED:
        holders = [each for each in services.values() if isinstance(each.get(key), dict) and each[key]]
        if len(holders) > 1 and draw.chance(0.6):
            _share(draw, holders, key, f"{key}-{next(marks)}")
    return {**document, "services": services}


def _share(draw: Draw, holders: list[Document], key: str, anchor: str) -> None:
    """The first holder's value is used by the others, whole or with their own over it."""
    first, *rest = holders
    first[key] = Marked(f"&{anchor}", first[key])
    for each in rest:
        each[key] = Alias(anchor) if draw.chance(0.3) else {"<<": Alias(anchor), **each[key]}


# --------------------------------------------------------------------------------------- files over and below others


def _overriding(draw: Draw, files: Contents, services: Document, case: dict[str, Any]) -> None:
    """A second document in the file, and files that are given after it."""
    if draw.chance(0.2):
        files["compose.yaml"].append({"services": _overrides(draw, services)})
    for name in ("compose.override.yaml", "deploy/more.yaml")[: draw.random.choice((0, 0, 0, 1, 1, 2))]:
        files[name] = [{"services": _overrides(draw, services)}]
        if draw.chance(0.2):
            files[name][0]["services"]["added"] = service(draw, draw.some(HARMLESS, MOST_INHERITED))
        case["files"] = [*files]


def _overrides(draw: Draw, services: Document) -> Document:
    """Changes for some services, some of them with the tags that take away or replace."""
    return {
        name: dict(_change(draw, key) for key in draw.some(HARMLESS, MOST_OVERRIDDEN))
        for name in draw.some(services, 2)
    }


def _change(draw: Draw, key: str) -> tuple[str, Any]:
    tag = draw.random.choice(("", "", "", "!reset", "!override"))
    value = None if tag == "!reset" else draw.of(SERVICE[key])
    return key, Marked(tag, value) if tag else value


def _extended(draw: Draw, services: Document) -> Contents:
    """Bases that services extend, in the same file or in one of their own, which may extend others."""
    base = service(draw, draw.some(HARMLESS, MOST_INHERITED))
    elsewhere = draw.chance(0.7)
    heirs = draw.some(services, 2)
    for name in heirs:
        long = {"service": "base", "file": "common/base.yaml"} if elsewhere else {"service": "base"}
        services[name]["extends"] = long if elsewhere or draw.chance(0.5) else "base"
    if not elsewhere:
        services["base"] = base
        return {}
    bases = {"base": base}
    files: Contents = {"common/base.yaml": [{"services": bases}]}
    root = service(draw, draw.some(HARMLESS, MOST_INHERITED))
    if draw.chance(0.3):
        base["extends"], bases["root"] = "root", root
    elif draw.chance(0.3):
        written, file = draw.random.choice(ROOTS)
        base["extends"] = {"service": "root", "file": written}
        files[file] = [{"services": {"root": root}}]
    return files


def _included(draw: Draw, main: Document, folder: str, parent: str = "") -> Contents:
    """A project in a folder below, with variables of its own, which may include another one."""
    # Compose refuses a config from the environment in an included file: it has filled in the content before it checks.
    resources = {**draw.resources, "configs": {"content": "a=$SET"}}
    part = Draw(draw.random, resources, draw.newest, prefix=f"{folder}-")
    simple = {"image": "i:${INNER:-none}", "environment": part.some(("INNER", "SET", "A", "B_2", "UNSET"), 4)}
    services = {folder: service(part, part.some([*SERVICE], MOST_KEYS)), f"{folder}-2": simple}
    document = {"services": services}
    path = f"{parent}{folder}/"
    files: Contents = {f"{path}compose.yaml": [document]}
    if draw.chance(0.3) and not parent:
        files.update(_included(draw, document, "inner", path))
    include: dict[str, Any] = {"path": f"{folder}/compose.yaml"}
    if draw.chance(0.3):
        files[f"{path}more.yaml"] = [{"services": _overrides(part, services)}]
        include["path"] = [f"{folder}/compose.yaml", f"{folder}/more.yaml"]
    if draw.chance(0.3) and "include" not in document:
        include["project_directory"] = draw.random.choice((".", f"./{folder}", "elsewhere"))
    home = f"{parent}{include.get('project_directory', folder).removeprefix('./')}/".replace("./", "")
    files.update({f"{home}{name}": text for name, text in part.files.items()})
    files[f"{home}.env" if home else "unread.env"] = "INNER=inner\nSET=not this\n" + dotenv(draw)
    if draw.chance(0.2):
        include["env_file"] = draw.random.choice((f"{folder}/own.env", [f"{folder}/own.env"]))
        files[f"{path}own.env"] = "INNER=own\n" + dotenv(draw)
    document.update(part.top)
    short = [*include] == ["path"] and isinstance(include["path"], str) and draw.chance(0.5)
    main["include"] = [include["path"] if short else include]
    return files


# -------------------------------------------------------------------------------------------------- around the services


def _variables(draw: Draw, files: Contents, case: dict[str, Any]) -> None:
    if draw.chance(0.7):
        files[".env"] = dotenv(draw)
        if draw.chance(0.15):
            files[".env"] += f"COMPOSE_PROFILES={draw.random.choice(('dev', 'dev,ops', '*'))}\n"
        if draw.chance(0.1):
            files[".env"] += "COMPOSE_PROJECT_NAME=from-file\n"
    if draw.chance(0.15):
        files["more.env"] = dotenv(draw)
        case["env_files"] = [name for name in (".env", "more.env") if name in files]


def _resources(draw: Draw, main: Document) -> None:
    """What stands at the top: what services use, and what nobody uses."""
    for kind in ("networks", "volumes", "secrets"):
        if draw.chance(0.15):
            draw.uses(kind, "unused")
    main.update(draw.top)
    if draw.chance(0.3):
        main["name"] = draw.random.choice(NAMES_OF_PROJECTS)
    if draw.chance(0.1):
        main["version"] = draw.random.choice(("3.8", "2"))
    if draw.chance(0.3):
        main["x-top"] = draw.of(SCALAR)


def _asked(draw: Draw, case: dict[str, Any]) -> None:
    """The profiles and services that the command line names."""
    if draw.chance(0.5):
        case["profiles"] = draw.some((*PROFILES, "*"), 2)
    # For some services alone, 2.26 prints networks and the like that none of them uses.
    if draw.newest and draw.chance(0.15) and draw.earlier:
        case["services"] = draw.some((*draw.earlier, *draw.optional), 2)
    if draw.chance(0.1):
        case["project_name"] = "from-the-caller"
