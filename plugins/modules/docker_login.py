#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_login
short_description: Log in to a container registry, with the secret in no command line and no log
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Writes the login into C(config.json) of Docker's client, beside everything else that the file holds, with mode 0600.
  - No program is run, and no Python library beyond the standard library is needed on the host.
  - Before a new login is written, C(dockerd) tries it. A login that is there already is not tried again.
options:
  registry:
    description: The registry, such as C(registry.example.org:5000).
    type: str
    default: docker.io
  username:
    description: Required with O(state=present).
    type: str
  password:
    description: The password or token. Required with O(state=present).
    type: str
  user:
    description: The user of the host whose C(~/.docker/config.json) it is. The default is the user of the task.
    type: str
  state:
    description: V(absent) removes the login of this registry.
    type: str
    choices: [present, absent]
    default: present
  verify:
    description: Whether C(dockerd) tries a new login. In check mode it is not tried.
    type: bool
    default: true
  docker_host:
    description: The Unix socket of C(dockerd).
    type: str
    default: unix:///var/run/docker.sock
attributes:
  check_mode:
    description: Tells what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows who is logged in where, before and after, and no secrets.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
notes:
  - Docker's client keeps a login in its file in a form that everybody who can read the file can undo. Use a token with
    few rights. Where a credential helper is configured, this module stops and says so.
"""

EXAMPLES = r"""
- name: Log in with a token that may only pull
  slipway.containers.docker_login:
    registry: registry.example.org
    username: deploy
    password: "{{ registry_token }}"

- name: Log out
  slipway.containers.docker_login:
    registry: registry.example.org
    state: absent
"""

RETURN = r"""
registry:
  description: The name under which the client keeps the login.
  returned: always
  type: str
  sample: registry.example.org
config_path:
  description: The file.
  returned: always
  type: str
  sample: /root/.docker/config.json
"""

import os
import pwd
from pathlib import Path
from typing import Any

from ..module_utils._core.daemon import login
from ..module_utils._core.daemon.document import DocumentError, parse, text_of
from ..module_utils._io.daemon import files
from ..module_utils._io.engine.client import Engine, EngineError
from ..module_utils._io.quiet_module import QuietModule

ARGUMENTS: dict[str, Any] = {
    "registry": {"type": "str", "default": "docker.io"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "user": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "verify": {"type": "bool", "default": True},
    "docker_host": {"type": "str", "default": "unix:///var/run/docker.sock"},
}
REQUIRED_IF = [("state", "present", ["username", "password"])]
_FILE = 0o600
_FOLDER = 0o700


def owner(name: str | None) -> pwd.struct_passwd:
    return pwd.getpwnam(name) if name else pwd.getpwuid(os.geteuid())


def wanted(params: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    if params["state"] == "absent":
        return login.without_login(config, params["registry"])
    return login.with_login(config, params["registry"], params["username"], params["password"])


def try_it(params: dict[str, Any], registry: str) -> None:
    """dockerd logs in with its own proxies and trusted certificates."""
    body = {"username": params["username"], "password": params["password"], "serveraddress": registry}
    Engine(params["docker_host"]).post("/auth", body)


def write(path: str, text: str, whose: pwd.struct_passwd) -> None:
    """A folder or file that is new belongs to the user."""
    folder, new = Path(path).parent, not Path(path).exists()
    if not folder.exists():
        folder.mkdir(mode=_FOLDER)
        os.chown(folder, whose.pw_uid, whose.pw_gid)
    files.write(path, text, _FILE, narrowed=True)
    if new:
        os.chown(path, whose.pw_uid, whose.pw_gid)


def work(module: QuietModule) -> dict[str, Any]:
    params = module.params
    whose, registry = owner(params["user"]), login.key_of(params["registry"])
    path = str(Path(whose.pw_dir) / ".docker" / "config.json")
    config = parse(files.read(path) or "", path)
    after = wanted(params, config)
    # Others may read what this file holds, whoever wrote it.
    too_open = (files.mode_of(path) or 0) & 0o077 and "auths" in after
    changed = after != config or bool(too_open)
    if changed and not module.check_mode:
        if params["state"] == "present" and params["verify"] and after != config:
            try_it(params, registry)
        write(path, text_of(after), whose)
    before_after = [text_of(login.users(it)) for it in (config, after)]
    diff = dict(zip(("before", "after"), before_after))
    return {"changed": changed, "registry": registry, "config_path": path, "diff": diff}


def main() -> None:
    module = QuietModule(ARGUMENTS, supports_check_mode=True, required_if=REQUIRED_IF)
    invocation = {"module_args": {**module.params, "password": "********"}}
    try:
        module.exit_json(invocation=invocation, **work(module))
    except KeyError as error:
        module.fail_json(msg=f"user: no such user on this host: {error}", invocation=invocation)
    except EngineError as error:
        registry = module.params["registry"]
        module.fail_json(msg=f"{registry} was not logged in to: {error}\nNothing was changed.", invocation=invocation)
    except (login.HelperError, DocumentError, OSError) as error:
        module.fail_json(msg=str(error), invocation=invocation)


if __name__ == "__main__":
    main()
