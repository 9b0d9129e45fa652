# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The option `compose`, the same wherever a Compose project is read."""

    DOCUMENTATION = r"""
requirements:
  - PyYAML, with O(compose); with libyaml it is much faster
options:
  compose:
    description:
      - A Compose project of the host that the task runs on. It is read as C(docker compose config) reads it, without
        Docker; nothing is fetched from elsewhere.
      - Variables come from O(compose.environment) and the project's env files. The environment of the Ansible process
        is not used, so that a play gives the same result whoever runs it.
    type: dict
    suboptions:
      project_directory:
        description:
          - The folder that relative paths count from, and whose C(.env) is read.
          - The default is the folder of the first of O(compose.files), or the current folder.
        type: path
      files:
        description:
          - The Compose files, each merged over those before it.
          - The default is C(compose.yaml), C(compose.yml), C(docker-compose.yml) or C(docker-compose.yaml), with
            its C(.override) file where there is one.
        type: list
        elements: path
      project_name:
        description: The project's name. The default is C(name) of the files, or the folder's name.
        type: str
      env_files:
        description: Files with variables, instead of C(.env). Of several, the last wins.
        type: list
        elements: path
      environment:
        description: Variables; they win over those of files.
        type: dict
      profiles:
        description: The profiles to enable.
        type: list
        elements: str
      services:
        description: The services to use, with all that they depend on. The default is all that are enabled.
        type: list
        elements: str
"""
