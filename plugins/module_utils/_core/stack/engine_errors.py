# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Docker Engine means when a container cannot be started: a class of causes and a plain sentence.

The texts are those of moby's and runc's sources, from Engine 20.10 to 29. What is matched are the words that stayed
the same from release to release; a text that matches nothing is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_PORT = re.compile(
    r"(?:Bind for|listen \w+|bind(?: host)? port(?: for)?|exposing port \w+)\s+\S*?:(?P<port>\d{1,5})(?=[\s:/]|$)"
)
_EXEC = re.compile(r'exec:? "?(?P<command>[^":]+)"?:')
_SOURCE = re.compile(r'(?:source path does not exist: |error mounting "?)(?P<path>[^"\s]+)')
_NETWORK = re.compile(r"network (?P<name>\S+) not found")

Sentence = Callable[[str], str]


def port_of(error: str) -> str:
    """The host's port that an error is about, or nothing."""
    match = _PORT.search(error)
    return match["port"] if match else ""


def _port(error: str) -> str:
    return f"port {port_of(error) or 'of the host'} is already in use"


def _command(what: str) -> Sentence:
    def sentence(error: str) -> str:
        match = _EXEC.search(error)
        return what.format(f"the command {match['command']}" if match else "the command")

    return sentence


def _mount(error: str) -> str:
    match = _SOURCE.search(error)
    if "does not exist" in error:
        return f"{match['path'] if match else 'the source of a bind mount'} does not exist on the host"
    what = match["path"] if match else "a file or folder"
    return f"{what} cannot be mounted: one side is a file and the other a folder, or it is not there"


def _network(error: str) -> str:
    match = _NETWORK.search(error)
    return f"the network {match['name'] if match else ''} is gone".replace("  ", " ")


def _always(sentence: str) -> Sentence:
    return lambda _error: sentence


#: Words, cause, sentence. The first row that matches decides, so what is specific stands above.
_ROWS: tuple[tuple[str, str, Sentence], ...] = (
    (
        r"/proc/\d+/ns/|cannot join network of a non running container|container .* is not running",
        "dependency",
        _always("the container whose network or processes it shares does not run"),
    ),
    ("no space left on device|disk quota exceeded", "disk", _always("the host's disk is full")),
    ("port is already allocated", "port", _port),
    (r"(?:listen|bind|port)\b.*address already in use", "port", _port),
    (
        r"ports are not available|listen .* bind: (?:permission denied|cannot assign)",
        "port",
        _always("the host does not let it listen on the address or port"),
    ),
    ("Address already in use", "config", _always("another container has its fixed address")),
    (
        "no such image|No such image|pull access denied|manifest unknown|manifest for .* not found"
        "|repository does not exist",
        "image",
        _always("its image is not on the host and cannot be pulled"),
    ),
    (
        "exec format error|no matching manifest|image operating system|does not match the .* platform",
        "image",
        _always("its image is made for another kind of machine"),
    ),
    ("executable file not found", "config", _command("{} is not in the image")),
    (
        r"exec:? .*no such file or directory",
        "config",
        _command("{}, or the interpreter or loader that it needs, is not in the image"),
    ),
    (r"exec:? .*permission denied", "config", _command("{} is not executable in the image")),
    (r"exec:? .*is a directory", "config", _command("{} is a folder in the image")),
    (
        "invalid mount config|bind source path does not exist|not a directory|error mounting|mount destination",
        "config",
        _mount,
    ),
    ("unable to find user|no matching entries in passwd", "config", _always("its user is not in the image")),
    ("unable to find group|no matching entries in group", "config", _always("its group is not in the image")),
    ("chdir to cwd|working directory", "config", _always("its working directory cannot be used")),
    (r"network \S+ not found", "config", _network),
    ("pool exhausted|no available IP|non-overlapping IPv4", "config", _always("its network has no free address left")),
    ("rlimit", "config", _always("the host does not allow the ulimits that it asks for")),
    ("sysctl", "config", _always("the host does not allow a sysctl that it asks for")),
    (
        "could not select device driver|nvidia-container-cli|error gathering device",
        "config",
        _always("a device that it asks for is not on the host"),
    ),
    ("logging driver|log driver", "config", _always("its log driver does not work")),
    ("secrets? .*not found|config .*not found", "config", _always("a secret or config is missing")),
    (
        "[Mm]inimum memory limit|memory.limit_in_bytes|memory.max|cannot allocate memory|container init was OOM-killed",
        "oom",
        _always("it does not fit into the memory that it may use"),
    ),
    ("cgroup|cpu.cfs_quota|cpuset", "config", _always("the host does not allow the limits that it asks for")),
    ("permission denied|operation not permitted", "config", _always("the host does not allow what it asks for")),
    (
        "context deadline exceeded|connection refused|shim|containerd",
        "engine",
        _always("the engine could not start it"),
    ),
)


def classify(error: str) -> tuple[str, str]:
    """Cause and sentence. What nobody foresaw is taken for a fault of the configuration."""
    for words, cause, sentence in _ROWS:
        if re.search(words, error):
            return cause, sentence(error)
    return "config", "the engine refused to start it"
