#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_app
short_description: Bring an app on Kubernetes to its declared state, gated on its rollout, with rollback
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Applies the manifests of one app as one release, server-side, waits until its pods are ready, and removes what
    left the manifests.
  - Check mode and diff mode show what the API server says would come of it (C(--dry-run=server)), so they see its
    defaults, its refusals, and what somebody changed by hand.
  - Where a workload does not get ready, the last good release is put back, and one block says which one failed, and
    why.
  - Good releases are kept in the cluster, each as a Secret with its manifests.
  - Everything is done by C(kubectl). The host needs no Python package.
options:
  name:
    description:
      - The app's name. Its objects get the labels C(app.kubernetes.io/managed-by=slipway) and
        C(app.kubernetes.io/part-of=NAME), which say what is the app's.
    type: str
    required: true
  namespace:
    description: The namespace. One that is not there is made. The default is the app's name.
    type: str
  manifests:
    description:
      - The objects, as the filter P(slipway.containers.kube_manifests#filter) returns them, or others. Required with
        O(state=present).
      - Workloads with the annotation C(slipway.containers/wave), a number, are brought up wave after wave; each is
        waited for before the next one. Everything else is applied before the first wave, HorizontalPodAutoscalers and
        Ingresses after the last.
      - A Job gets the release in its name, so that it runs once for each release.
      - Where a HorizontalPodAutoscaler of the app scales a workload, the number of its pods stays as it is.
    type: list
    elements: dict
  state:
    description:
      - V(present) makes the app what its manifests say.
      - V(former) goes back to what was good before. Done again, it goes back further. Jobs of that release do not run
        again.
      - V(absent) removes the app and its releases.
    type: str
    choices: [present, former, absent]
    default: present
  kubeconfig:
    description: How the cluster is reached.
    type: path
    default: /etc/kubernetes/admin.conf
  keep_releases:
    description: How many good releases are kept, at least 2.
    type: int
    default: 3
  rollback:
    description: Whether the last good release is put back where a workload does not get ready.
    type: bool
    default: true
  wait:
    description: Whether to wait until what changed is ready.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long a wave may take until it is ready, in seconds. What cannot get ready fails sooner - an image that
        cannot be had after 20 seconds, a container at its second restart, a pod that no node takes after a minute.
    type: int
    default: 300
  lock_timeout:
    description: How long to wait for another run on the same app, in seconds.
    type: int
    default: 60
  remove_data:
    description:
      - Whether O(state=absent) removes PersistentVolumeClaims, too, and the namespace if the module made it and
        nothing else is in it. B(The data is lost).
    type: bool
    default: false
requirements:
  - kubectl on the host, 1.20 or newer
attributes:
  check_mode:
    description:
      - Shows the plan and changes nothing. Where the namespace is not there yet, the API server checks the manifests
        as if they were for C(default).
    support: full
  diff_mode:
    description: Shows objects as the API server would have them. Of Secrets it shows keys, and which of them changed.
    support: full
  idempotent:
    description: A second run changes nothing. V(former) of O(state) acts each time.
    support: partial
notes:
  - An object with the name of one of the app's that has not its labels is somebody else's, and stops the run.
  - PersistentVolumeClaims that left the manifests stay.
  - Fields that others changed, such as with C(kubectl edit), are put back where the manifests say them.
seealso:
  - module: slipway.containers.k8s_app_info
"""

EXAMPLES = r"""
- name: Run the page, and wait until its pods are ready
  slipway.containers.k8s_app:
    name: page
    manifests: "{{ page_manifests }}"

- name: Show what a new version would change
  slipway.containers.k8s_app:
    name: page
    manifests: "{{ page_manifests }}"
  check_mode: true
  diff: true

- name: Go back to the release before
  slipway.containers.k8s_app:
    name: page
    state: former

- name: Remove it, and keep its data
  slipway.containers.k8s_app:
    name: page
    state: absent
"""

RETURN = r"""
app:
  description: The app's name.
  returned: always
  type: str
namespace:
  description: Its namespace.
  returned: always
  type: str
release:
  description: The id of the release that is good after the run. It is made of the manifests.
  returned: always
  type: str
former:
  description: The id of the release that O(state=former) would go back to.
  returned: always
  type: str
objects:
  description: Each object of the plan.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: Such as C(Deployment).
      type: str
    name:
      description: Its name.
      type: str
    action:
      description: One of C(create), C(change), C(none), C(remove), C(keep).
      type: str
    reasons:
      description: The paths that differ, or why it goes or stays.
      type: list
      elements: str
    state:
      description: Of workloads that were looked at, how far they are, such as C(2 of 2 pods are ready).
      type: str
actions:
  description: What was done, in order, with the seconds that it took.
  returned: always
  type: list
  elements: dict
findings:
  description: What was noticed beside the plan, each with rule, severity, path, message and hint.
  returned: always
  type: list
  elements: dict
rolled_back:
  description: Whether the last good release was put back.
  returned: always
  type: bool
failure:
  description: Why a workload did not get ready. Secrets are masked.
  returned: on failure
  type: dict
  contains:
    workload:
      description: The workload, such as C(Deployment web).
      type: str
    cause:
      description:
        - One of C(image), C(config), C(start), C(exit), C(signal), C(oom), C(probe), C(schedule), C(volume), C(job),
          C(timeout), C(kubernetes).
      type: str
    message:
      description: One sentence.
      type: str
    pod:
      description: The pod.
      type: str
    node:
      description: Its node.
      type: str
    container:
      description: The container.
      type: str
    reason:
      description: What Kubernetes calls it, such as C(ImagePullBackOff).
      type: str
    exit_code:
      description: The exit code of the container.
      type: int
    signal:
      description: The signal that ended it.
      type: str
    events:
      description: The last events of the pod, and warnings of its workload.
      type: list
      elements: str
    log_tail:
      description: The last lines of its log.
      type: list
      elements: str
progress:
  description: What was done and waited for, in order, with the seconds since the run began.
  returned: always
  type: list
  elements: str
"""

from typing import Any

from ..module_utils._io.app_module import run
from ..module_utils._io.kube.app.run import work

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str"},
    "manifests": {"type": "list", "elements": "dict"},
    "state": {"type": "str", "choices": ["present", "former", "absent"], "default": "present"},
    "kubeconfig": {"type": "path", "default": "/etc/kubernetes/admin.conf"},
    "keep_releases": {"type": "int", "default": 3},
    "rollback": {"type": "bool", "default": True},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    "lock_timeout": {"type": "int", "default": 60},
    "remove_data": {"type": "bool", "default": False},
}


def main() -> None:
    run(work, hidden=("manifests",), argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
