# SPDX-License-Identifier: GPL-3.0-or-later
"""What nodes fetch from, in one container: an apt repository as pkgs.k8s.io's, and a registry with all images."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .. import engine, images, packages, python_image, stack_images
from ..engine import docker
from ..hosts import PREFIX
from ..registry import free_port
from . import network
from .packages import lay_out, wanted
from .programs import HOME, RECIPE, SUITE, VERSION, built, key
from .release import chosen

#: Of these registries the nodes ask the depot; names of images stay as they are.
MIRRORED = ("k8s.gcr.io", "docker.io")
#: What kubeadm of this version asks for, by stage of the Dockerfile. etcd is Debian's 3.4, pause and CoreDNS are ours.
CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
TAGS = {**dict.fromkeys(CONTROL_PLANE, f"v{VERSION}"), "etcd": "3.4.13-0", "coredns": "1.7.0", "pause": "3.2"}
EXAMPLE = ("streamlit-budget-app:1.0.0", "streamlit-budget-health:1.0.0")
#: What the image is made of, beside the programs.
COPIED = ("Dockerfile", "depot.Dockerfile", "gather", "serve.py")
# Its scripts after installation say `|| true`, as Debian's own do: a package is installed also where systemd is not up
# yet or refuses, and the role enables and starts the kubelet itself, which fails where that did not work.
OWN_PACKAGES = Path(__file__).with_name("packages.py")
UP_SECONDS = 60


@dataclass(frozen=True)
class Depot:
    """A running one. As a context manager it is removed at the end."""

    container: str

    @classmethod
    def start(cls, kept: bool = False) -> Depot:
        """A new one; a `kept` one has a fixed name, stays, and is used again."""
        engine.ensure()
        depot = cls(f"{PREFIX}depot" if kept else f"{PREFIX}depot-{secrets.token_hex(3)}")
        if kept and docker("start", depot.container, check=False).returncode == 0:
            depot._wait()
            return depot
        tag = image(chosen().own)
        with network.joined() as place:
            docker("run", "--detach", "--name", depot.container, *engine.labels(kept), *place, tag, place[-1])
        try:
            depot._wait()
        except BaseException:
            depot.remove()
            raise
        return depot

    def __enter__(self) -> Depot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        engine.remove([self.container])
        network.left()

    def _wait(self) -> None:
        limit = time.monotonic() + UP_SECONDS
        while True:
            try:
                self.get(f"http://{self.address}:5000/v2/")
                self.get(f"{self.url}ca.crt")
                return
            except OSError as problem:
                if time.monotonic() > limit:
                    log = docker("logs", self.container, check=False)
                    raise RuntimeError(f"{self.container}: {problem}\n{log.stdout}{log.stderr}") from problem
            time.sleep(0.1)

    @staticmethod
    def get(url: str) -> str:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=10) as answer:
            return str(answer.read().decode())

    @property
    def address(self) -> str:
        layout = f'{{{{(index .NetworkSettings.Networks "{network.NAME}").IPAddress}}}}'
        return docker("inspect", "--format", layout, self.container).stdout.strip()

    @property
    def url(self) -> str:
        """The site of the apt repository; /ca.crt there is the certificate of the registry on port 443."""
        return f"http://{self.address}/"

    def mirrors(self) -> list[dict[str, object]]:
        """For containerd: all images come from here, those with public names and those that tests push."""
        plain = [{"url": f"http://{self.address}:5000"}]
        return [{"registry": name, "mirrors": plain} for name in (*MIRRORED, self.address)]


def image(whole: bool = True) -> str:
    """The image of the depot: the images of apps, and if `whole` all that Kubernetes itself is made of."""
    files = [*(RECIPE / name for name in COPIED), *sorted((RECIPE / "packages").iterdir())]
    names = [str(path.relative_to(RECIPE)) for path in files]
    example, stacks = python_image.example(), stack_images.archive()
    parts = [images.bare(SUITE), example.name, stacks.name, *names, *files]
    if not whole:
        return images.cached("apps-depot", parts, lambda tag: _make(tag, [example, stacks], None))
    pushed = [f"{name}:{tag}" for name, tag in TAGS.items()]
    parts += [key(), *pushed, OWN_PACKAGES]
    return images.cached("kubernetes-depot", parts, lambda tag: _make(tag, [example, stacks], built()))


def _make(tag: str, archives: Iterable[Path], programs: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="depot-", dir=HOME) as made:
        folder = Path(made)
        for name in COPIED:
            shutil.copy2(RECIPE / name, folder / name)
        for name in ("programs", "apt", "registry"):
            (folder / name).mkdir()
        for program in programs.iterdir() if programs else ():
            os.link(program, folder / "programs" / program.name)
        shutil.copy2(packages.unpacked("docker-registry") / "usr/bin/docker-registry", folder)
        if programs:
            _copy_plugins(_stage("debian", folder), folder / "plugins")
            lay_out(folder / "apt", wanted(programs, folder / "plugins"))
        with _pushing(folder) as registry:
            for stage, version in TAGS.items() if programs else ():
                _push(_stage(stage, folder), f"{registry}/{stage}:{version}")
            for archive in archives:
                docker("load", "--quiet", "--input", archive)
            for name in EXAMPLE:
                _push(name, f"{registry}/library/{name}")
            for name in stack_images.TAGS:
                _push(name, f"{registry}/{name}")
        docker("tag", _stage("", folder), tag)


def _stage(name: str, folder: Path) -> str:
    """A stage of the Dockerfile, or the depot's own. The classic builder: the machine's client may have no buildx."""
    ignored = ("plugins", "apt", "registry") if name else ("plugins", "programs")
    (folder / ".dockerignore").write_text("\n".join(ignored), encoding="ascii")
    which = ("--target", name) if name else ("--file", folder / "depot.Dockerfile")
    arguments = ("build", "--quiet", *which, "--build-arg", f"BARE={images.bare(SUITE)}", folder)
    return docker(*arguments, environment={"DOCKER_BUILDKIT": "0"}).stdout.split()[-1]


def _copy_plugins(debian: str, folder: Path) -> None:
    """Debian's CNI plugins, which the real package carries itself."""
    container = docker("create", *engine.labels(), debian).stdout.strip()
    try:
        docker("cp", f"{container}:/usr/lib/cni", folder)
    finally:
        engine.remove([container])


@contextmanager
def _pushing(folder: Path) -> Iterator[str]:
    """A registry on loopback, where the client asks for no certificate, with its data in this folder."""
    address = f"127.0.0.1:{free_port('127.0.0.1')}"
    (folder / "registry.yml").write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/registry}}}}\nhttp: {{addr: '{address}'}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [folder / "docker-registry", "serve", folder / "registry.yml"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


def _push(local: str, name: str) -> None:
    docker("tag", local, name)
    try:
        docker("push", "--quiet", name)
    finally:
        docker("rmi", "--no-prune", name)
