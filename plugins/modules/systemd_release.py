#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: systemd_release
short_description: Put a release of an app on a host, with all that it needs installed, beside the one that runs
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Makes C(releases/<id>) below O(root) from a directory, a Git repository or an archive, installs Python requirements
    into its C(venv), and runs build commands. C(current) is not touched; M(slipway.containers.systemd_app) switches it.
  - The id is a hash of the source and of how the release is made. So the same release is made once, and going back to
    an older source finds its release.
  - Commands and pip never run as root. They run as the system user C(slipway-build), which can write to the new release
    and to a cache of the app in C(/var/cache/slipway/<app>). Afterwards the release belongs to root, and nobody else
    can write to it. What pip loaded stays in the cache, so the next release does not load it again.
  - A release is there as a whole or not at all. What an interrupted run left is removed by the next one.
options:
  app:
    description: The name of the app.
    type: str
    required: true
  root:
    description:
      - The folder of the app, an absolute path without quotes, colons and backslashes. The default is
        C(/srv/slipway/<app>).
    type: path
  state:
    description:
      - V(present) makes the release if it is not there. V(absent) removes all releases and their cache, and O(root)
        where nothing else is in it. It refuses where C(current) still leads to one.
    type: str
    choices: [present, absent]
    default: present
  source:
    description: Where the code comes from. Exactly one of C(directory), C(git) and C(archive) is required.
    type: dict
    suboptions:
      directory:
        description:
          - A folder on the controller, or on the target with O(source.remote_src). From the controller it travels only
            where its release is not there.
          - C(.git), C(.env), C(__pycache__), C(*.pyc), C(node_modules), and C(venv) and C(.venv) at its top are left
            out. Patterns of O(exclude) such as C(!.env) take them back.
        type: path
      git:
        description:
          - A repository, which the target reads with its own C(git), as the user that the task runs as. Submodules and
            files of LFS are not fetched.
          - A key for SSH may be named with C(GIT_SSH_COMMAND) in the keyword C(environment) of the task.
        type: dict
        suboptions:
          repo:
            description: Its address. A password in it appears nowhere, not even in the list of processes.
            type: str
            required: true
          version:
            description: A branch, a tag or a full commit. With a commit, a run that changes nothing needs no network.
            type: str
            default: HEAD
      archive:
        description: A file C(.tar), C(.tar.gz), C(.tar.bz2), C(.tar.xz) or C(.zip).
        type: dict
        suboptions:
          path:
            description: Its path on the controller, or on the target with O(source.remote_src).
            type: path
          url:
            description: Its address, from which the target fetches it.
            type: str
          sha256:
            description: The SHA-256 that it has to have. Required with O(source.archive.url).
            type: str
          strip:
            description: How many leading folders are taken off each path in it.
            type: int
            default: 0
      remote_src:
        description: Whether O(source.directory) and O(source.archive.path) are on the target.
        type: bool
        default: false
  exclude:
    description:
      - What is left out of the source, as patterns of a C(.gitignore). A file C(.slipwayignore) in a directory adds to
        them.
    type: list
    elements: str
    default: []
  requirements:
    description:
      - A requirements file of pip in the source. A Python environment C(venv) is made in the release, and all that it
        lists is installed there. Versions should be pinned; a warning names lines that are not.
    type: str
  wheels:
    description:
      - A folder of wheels. With it pip uses no index, and has no network at all.
      - A relative path is in the source, an absolute one on the target.
    type: path
  python:
    description: The Python that the environment is made with. It needs C(venv), in Debian the package C(python3-venv).
    type: path
    default: /usr/bin/python3
  build:
    description:
      - Commands that make the release ready, each a list of words. They run one after the other in the folder of the
        release, after O(requirements) are installed, with C(venv/bin) first in C(PATH). No shell runs them.
    type: list
    elements: list
    default: []
  build_timeout:
    description: How long pip and all commands may take together, in seconds.
    type: int
    default: 900
  environment:
    description:
      - Variables for pip and the commands, such as C(PIP_INDEX_URL). They are in a file of mode 0600 while they run,
        and in no result or log.
      - Their values do not count for the id of the release, so that a token may change.
    type: dict
    default: {}
  lock_timeout:
    description: How long to wait for another run on the same app, in seconds.
    type: int
    default: 900
  sent:
    description: What the action plugin found and sent. Not for playbooks.
    type: dict
requirements:
  - systemd 247 or newer on the target, and root
  - git on the target, for O(source.git)
attributes:
  check_mode:
    description: Says which release would be made, and changes nothing.
    support: full
  diff_mode:
    description: Shows what the new release is made of, against the newest there is.
    support: full
  idempotent:
    description: A second run with the same source and recipe changes nothing.
    support: full
notes:
  - Each user of the host can read a release, so nothing secret should be in one. Secrets are for
    M(slipway.containers.systemd_app).
  - Modes do not count, but for whether a file can be executed.
seealso:
  - module: slipway.containers.compose_files
"""

EXAMPLES = r"""
- name: A release of the shop, from a folder on the controller
  slipway.containers.systemd_release:
    app: shop
    source:
      directory: /home/me/shop
    requirements: requirements.txt

- name: A release from a repository, built with make
  slipway.containers.systemd_release:
    app: shop
    source:
      git:
        repo: https://git.example.com/shop.git
        version: v1.4.0
    build:
      - [make, dist]

- name: A release for a host without a network, with wheels that are in the archive
  slipway.containers.systemd_release:
    app: shop
    source:
      archive:
        path: /home/me/shop-1.4.0.tar.gz
    requirements: requirements.txt
    wheels: wheels
"""

RETURN = r"""
release:
  description: The id of the release, for O(slipway.containers.systemd_app#module:release).
  returned: with O(state=present)
  type: str
path:
  description: Its folder.
  returned: with O(state=present)
  type: str
made:
  description: Whether it was made, or would be in check mode. False where it was there.
  returned: success
  type: bool
source:
  description: What it is made of, in one line.
  returned: with O(state=present)
  type: str
removed:
  description: Releases that were removed, and what interrupted runs had left.
  returned: success
  type: list
  elements: str
progress:
  description: What was done, in order, with the seconds since the run began.
  returned: success
  type: list
  elements: str
failure:
  description: The command that failed. Secrets are masked.
  returned: when a command failed
  type: dict
  contains:
    command:
      description: The command.
      type: str
    exit_code:
      description: Its exit code; none where it was ended because its time was over.
      type: int
    timed_out:
      description: Whether its time was over.
      type: bool
    log_tail:
      description: The last lines that it printed.
      type: list
      elements: str
"""

import json
import os
from pathlib import Path
from typing import Any

from ..module_utils._io.app_module import Context
from ..module_utils._io.systemd.module import run
from ..module_utils._io.systemd.release_options import ARGUMENTS
from ..module_utils._io.systemd.release_run import work


def with_variables(context: Context) -> dict[str, Any]:
    """They come from the action plugin in a file: Ansible would look for their values in all that is returned."""
    file = (context.params["sent"] or {}).get("environment")
    if file:
        context.params["environment"] = json.loads(Path(file).read_text(encoding="utf-8"))
    return work(context)


def main() -> None:
    """Folders on the way are for everybody, whatever root's own umask is: services go through them."""
    os.umask(0o022)
    run(with_variables, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
