# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates that fail on a real engine: what is said of them, and that the old release serves again afterwards."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import Stack
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.plan import SIGNAL, Plan, Step
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import Present
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.reader import read
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.release import Release
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Failure, Probe, Wish
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.cli import CliError, ComposeCli, find
from ansible_collections.slipway.containers.plugins.module_utils._io.engine import reads
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.client import Engine
from ansible_collections.slipway.containers.plugins.module_utils._io.stack import probes
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.release_images import KEPT, keep_tag
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.rollback import RolledBack, rollback
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.runtime import Runtime
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.store import Store
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.wait import diagnose, wait_until_ready

from tools.compose_cli import RELEASES, compose

from . import by_hand
from . import engine as machine

WEB, HEALTHY, SICK, CRASH, OOM, JOB = (
    f"slipway-test/{name}" for name in ("web:1", "healthy:1", "sick:1", "crash:1", "oom:1", "job:1")
)
BUSYBOX = "slipway-test/busybox:1"
#: Short, so that a test waits no longer than it must.
STABLE = Probe(stable_seconds=0.5)
_NUMBERS = count(1)

pytestmark = pytest.mark.usefixtures("machine_images")


@pytest.fixture(params=sorted(RELEASES), ids=lambda release: RELEASES[release])
def both(request: pytest.FixtureRequest) -> str:
    """For what Compose itself does at a rollback."""
    release: str = request.param
    return release


@dataclass
class Shop:
    """A project with a store. `deploy` is an update as the module makes it, with nothing of its planning."""

    engine: Engine
    cli: ComposeCli
    store: Store
    folder: Path
    said: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.cli.project_name)

    def now(self) -> Present:
        return reads.present(self.engine, self.name)

    def id(self, service: str) -> str:
        (one,) = self.now().of(service)
        return one.id

    def stack(self, services: dict[str, Any], **others: Any) -> Stack:
        (self.folder / "compose.yaml").write_text(json.dumps({"services": services, **others}), encoding="utf-8")
        return read(json.loads(self.cli.config()))

    def good(self, services: dict[str, Any], contents: tuple[str, ...] = (), **others: Any) -> Release:
        """A release that works, on record."""
        stack = self.stack(services, **others)
        failure = self.deploy(stack, Wish(ready=(STABLE,), wait_timeout=30))
        assert failure is None, failure
        present = self.now()
        release = Release(
            number=self.store.next_number(),
            project=self.name,
            model=stack.raw,
            images={one.service: one.image_id for one in present.containers},
            references={name: service.image for name, service in stack.services.items()},
        )
        recorded = self.store.record(release, {path: Path(path).read_bytes() for path in contents})
        self.store.prune(3, self.engine)
        return recorded

    def deploy(self, stack: Stack, wish: Wish, force: tuple[str, ...] = ()) -> Failure | None:
        names = tuple(stack.services)
        try:
            self.cli.create(names)
            if force:
                self.cli.create(force, force_recreate=True)
            self.cli.start(names)
        except CliError as error:
            return diagnose(self.engine, stack, "", "\n".join(error.lines))
        containers = {name: tuple(one.id for one in self.now().of(name)) for name in names}
        deadline = time.monotonic() + wish.wait_timeout
        return wait_until_ready(self.engine, stack, wish, containers, deadline, self.said.append)

    def broken(
        self, services: dict[str, Any], wish: Wish | None = None, plan: Plan | None = None, **others: Any
    ) -> tuple[Failure, RolledBack]:
        """An update that fails, and what followed."""
        wish = wish or Wish(ready=(STABLE,), wait_timeout=20)
        before, stack = self.now(), self.stack(services, **others)
        failure = self.deploy(stack, wish, tuple(step.service for step in (plan or Plan()).steps))
        assert failure is not None, "the update worked"
        runtime = Runtime(
            self.engine, self.cli, stack, before, plan or Plan(), wish, store=self.store, say=self.said.append
        )
        return failure, rollback(runtime, self.store.last_good(), failure)

    def answer(self, service: str = "web") -> str:
        (one,) = self.now().of(service)
        inspected = reads.inspect(self.engine, one.id)
        assert inspected
        connection = http.client.HTTPConnection(probes.address(self.engine, inspected), 8080, timeout=5)
        with closing(connection):
            connection.request("GET", "/")
            return connection.getresponse().read().decode().strip()


@pytest.fixture
def new_shop(engine: Engine, tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    made: list[Shop] = []

    def make(release: str = "sid") -> Shop:
        name = f"ready-{os.getpid()}-{next(_NUMBERS)}"
        cli = ComposeCli(find(str(compose(release))), name, str(tmp_path), docker_host=machine.SOCKET)
        made.append(Shop(engine, cli, Store(name, tmp_path / "state"), tmp_path))
        return made[-1]

    yield make
    for shop in made:
        containers = [one.id for one in shop.now().containers]
        machine.remove(containers)
        machine.docker("network", "rm", *shop.now().networks, check=False)
        machine.docker("volume", "rm", *shop.now().volumes, check=False)
        for image in engine.get("/images/json", filters={"reference": [KEPT]}):
            tags = [tag for tag in image["RepoTags"] if tag.startswith(f"{KEPT}:{shop.name}.")]
            machine.docker("rmi", *tags, check=False) if tags else None


@pytest.fixture
def shop(new_shop: Callable[..., Shop]) -> Shop:
    return new_shop()


def web(image: str = WEB, **more: Any) -> dict[str, Any]:
    return {"image": image, "init": True, "stop_grace_period": "0s", **more}


def busybox(*words: str, **more: Any) -> dict[str, Any]:
    return {"image": BUSYBOX, "command": list(words), "stop_grace_period": "0s", "init": True, **more}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


# Causes, each with the old release serving again


def test_a_port_that_a_program_of_the_host_has(new_shop: Callable[..., Shop], both: str) -> None:
    shop = new_shop(both)
    shop.good({"web": web()})
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        failure, back = shop.broken({"web": web("slipway-test/web:2", ports=[f"{port}:8080"])})
    assert (failure.service, failure.cause) == ("web", "port")
    assert f"port {port} is already in use by " in failure.message and f"(pid {os.getpid()})" in failure.message
    assert back.ok and shop.answer() == "web 1"


def test_a_port_that_another_container_has(shop: Shop) -> None:
    port = free_port()
    shop.good({"web": web(), "other": busybox("sleep", "1000", ports=[f"{port}:1"])})
    failure, back = shop.broken(
        {"web": web(ports=[f"{port}:8080"]), "other": busybox("sleep", "1000", ports=[f"{port}:1"])}
    )
    assert (failure.service, failure.cause) == ("web", "port")
    assert f"port {port} is already in use by the container {shop.name}-other-1" in failure.message
    assert back.ok and shop.answer() == "web 1"


def test_a_crash(new_shop: Callable[..., Shop], both: str) -> None:
    shop = new_shop(both)
    first = shop.good({"web": web()})
    failure, back = shop.broken({"web": web(CRASH)})
    assert (failure.service, failure.cause, failure.exit_code) == ("web", "exit", 3)
    assert failure.log_tail == ("cannot read /etc/app.conf",)
    assert failure.container == f"{shop.name}-web-1"
    assert back.ok and shop.answer() == "web 1"
    assert back.stack is not None and back.stack.raw["services"] == first.model["services"]
    assert [(one["service"], one["action"]) for one in back.actions] == [("web", "restore")]


def test_a_crash_loop_fails_after_the_second_death(shop: Shop) -> None:
    shop.good({"web": web()})
    began = time.monotonic()
    failure, back = shop.broken({"web": web(CRASH, restart="always")}, Wish(wait_timeout=60))
    assert (failure.cause, failure.exit_code) == ("exit", 3)
    assert "restarted each time" in failure.message
    assert "cannot read /etc/app.conf" in failure.log_tail
    assert time.monotonic() - began < 30, "it waited for its time to be over"
    assert back.ok and shop.answer() == "web 1"


def test_a_service_that_never_gets_healthy(shop: Shop) -> None:
    shop.good({"web": web(HEALTHY)})
    failure, back = shop.broken({"web": web(SICK)}, Wish(wait_timeout=30))
    assert (failure.service, failure.cause) == ("web", "probe")
    assert failure.probe_output == "the database is gone"
    assert failure.exit_code is None
    assert back.ok and shop.answer() == "web 1"
    assert any("web: waiting for health" in line for line in shop.said)


def test_out_of_memory(shop: Shop) -> None:
    shop.good({"web": web()})
    failure, back = shop.broken({"web": web(OOM, mem_limit="32m", memswap_limit="32m")})
    assert (failure.service, failure.cause, failure.exit_code) == ("web", "oom", 137)
    assert "limit of 32 MiB" in failure.message
    assert "filling the cache" in failure.log_tail
    assert back.ok and shop.answer() == "web 1"


def test_out_of_memory_again_and_again(shop: Shop) -> None:
    """The restarted container no longer says what killed it."""
    failure = shop.deploy(
        shop.stack({"web": web(OOM, mem_limit="32m", memswap_limit="32m", restart="always")}), Wish(wait_timeout=30)
    )
    assert failure is not None and (failure.cause, failure.exit_code) == ("oom", 137)


def test_an_image_that_is_not_there(shop: Shop) -> None:
    shop.good({"web": web()})
    kept, networks = shop.id("web"), set(shop.now().networks)
    failure, back = shop.broken({"web": web("slipway-test/none:1", networks=["more"])}, networks={"more": {}})
    assert (failure.service, failure.cause, failure.exit_code) == ("web", "image", None)
    assert "slipway-test/none:1" in failure.message
    assert back.ok and shop.answer() == "web 1"
    assert back.message == "release 1 still runs"
    assert (shop.id("web"), set(shop.now().networks)) == (kept, networks)


def test_a_command_that_is_not_in_the_image(new_shop: Callable[..., Shop], both: str) -> None:
    shop = new_shop(both)
    shop.good({"web": web()})
    failure, back = shop.broken({"web": web(init=False, command=["serve-all"])})
    assert (failure.service, failure.cause, failure.exit_code) == ("web", "config", 127)
    assert "the command serve-all is not in the image" in failure.message
    assert back.ok and shop.answer() == "web 1"


def test_a_folder_that_is_not_there(shop: Shop) -> None:
    shop.good({"web": web()})
    mount = {"type": "bind", "source": str(shop.folder / "gone"), "target": "/x", "bind": {"create_host_path": False}}
    failure, back = shop.broken({"web": web(volumes=[mount])})
    assert (failure.service, failure.cause) == ("web", "config")
    assert str(shop.folder / "gone") in failure.message
    assert back.ok and shop.answer() == "web 1"


def test_a_dependency_that_is_not_up(shop: Shop) -> None:
    """Asked for the one that waits, the other is named with its log."""
    stack = shop.stack(
        {"web": web(depends_on={"db": {"condition": "service_healthy"}}), "db": web(SICK)},
    )
    with pytest.raises(CliError) as failed:
        shop.cli.create(("web",))
        shop.cli.start(("web", "db"))
    failure = diagnose(shop.engine, stack, "web", "\n".join(failed.value.lines))
    assert (failure.service, failure.cause, failure.probe_output) == ("web", "dependency", "the database is gone")
    assert "db is unhealthy" in failure.message


# What comes back


def test_a_tag_means_the_releases_image_again(shop: Shop, engine: Engine) -> None:
    tag = f"{shop.name}-app:1"
    machine.docker("tag", WEB, tag)
    try:
        first = shop.good({"web": web(tag)})
        machine.docker("tag", CRASH, tag)
        _failure, back = shop.broken({"web": web(tag)})
        assert back.ok and shop.answer() == "web 1"
        found = reads.inspect_image(engine, tag)
        assert found and found["Id"] == first.images["web"]
    finally:
        machine.docker("rmi", "--force", tag, check=False)


def test_an_image_without_a_tag_survives_a_prune_of_docker(shop: Shop, engine: Engine) -> None:
    """`docker image prune` would remove it: nothing but the release knows of it."""
    tag = f"{shop.name}-app:1"
    made = machine.docker("build", "--quiet", "--tag", tag, "-", input=f"FROM {WEB}\nLABEL a={shop.name}\n")
    image = made.stdout.strip()
    shop.good({"web": web(tag)})
    machine.remove([shop.id("web")])
    machine.docker("rmi", tag)
    machine.docker("image", "prune", "--force", "--filter", f"label=a={shop.name}")
    assert reads.inspect_image(engine, image) is not None
    assert shop.store.prune(1, engine) == ()
    shop.good({"web": web()})
    assert shop.store.prune(1, engine) == ("release 1", f"image {KEPT}:{keep_tag(shop.name, image)}")
    assert reads.inspect_image(engine, image) is None


def test_an_image_that_is_gone_is_said(shop: Shop, engine: Engine) -> None:
    shop.good({"web": web()})
    last = shop.store.last_good()
    assert last is not None
    shop.store.record(replace(last, number=2, images={"web": "sha256:" + "0" * 64}), {})
    failure, back = shop.broken({"web": web(CRASH)})
    assert failure.exit_code == 3
    assert not back.ok and back.failure is not None
    assert (back.failure.cause, back.failure.service) == ("image", "web")
    assert "the rollback to release 2 failed, too" in back.message


@pytest.mark.parametrize("kind", ["bind", "config", "secret"])
def test_a_file_that_changed_comes_back(shop: Shop, kind: str) -> None:
    """Its container reads the release's copy, as the user that it runs as; the user's own file is left alone."""
    file = shop.folder / "greeting"
    file.write_text("one", encoding="utf-8")
    file.chmod(0o644)
    script = 'cp /etc/greeting /tmp/index.html && [ "$$(cat /etc/greeting)" = one ] && exec httpd -f -p 8080 -h /tmp'
    service = busybox("sh", "-c", script, user="65534")
    given: dict[str, Any] = {}
    if kind == "bind":
        service["volumes"] = [f"{file}:/etc/greeting:ro"]
    else:
        service[f"{kind}s"] = [{"source": "greeting", "target": "/etc/greeting"}]
        given = {f"{kind}s": {"greeting": {"file": str(file)}}}
    shop.good({"web": service}, (str(file),), **given)
    file.write_text("two", encoding="utf-8")
    failure, back = shop.broken({"web": service}, plan=Plan((Step("web", "recreate"),)), **given)
    assert failure.cause == "exit"
    assert back.ok, back.message
    assert shop.answer() == "one"
    assert file.read_text(encoding="utf-8") == "two"
    assert shop.store.prune(1, shop.engine) == ()


def test_a_service_that_got_a_signal_gets_its_file_back(shop: Shop) -> None:
    """The container stayed, and has the new content."""
    file = shop.folder / "greeting"
    file.write_text("one", encoding="utf-8")
    services = {
        "web": busybox("httpd", "-f", "-p", "8080", "-h", "/www", volumes=[f"{file}:/www/index.html:ro"]),
        "worker": busybox("sleep", "1000"),
    }
    shop.good(services, (str(file),))
    file.write_text("two", encoding="utf-8")
    assert shop.answer() == "two"
    broken = {**services, "worker": web(CRASH)}
    before, stack = shop.now(), shop.stack(broken)
    wish = Wish(ready=(STABLE,), wait_timeout=20)
    failure = shop.deploy(stack, wish)
    assert failure is not None
    plan = Plan((Step("web", SIGNAL, signal="SIGHUP"), Step("worker", "recreate")))
    runtime = Runtime(shop.engine, shop.cli, stack, before, plan, wish, store=shop.store)
    assert rollback(runtime, shop.store.last_good(), failure).ok
    assert shop.answer() == "one"


def test_what_was_not_touched_stays(new_shop: Callable[..., Shop], both: str) -> None:
    shop = new_shop(both)
    services = {"web": web(), "db": web("slipway-test/web:2")}
    shop.good(services)
    kept = shop.id("db")
    _failure, back = shop.broken({**services, "web": web(CRASH)})
    assert back.ok and shop.answer() == "web 1"
    assert shop.id("db") == kept


def test_new_services_and_networks_go(new_shop: Callable[..., Shop], both: str) -> None:
    shop = new_shop(both)
    shop.good({"web": web()})
    networks = set(shop.now().networks)
    added = {"web": web(CRASH), "extra": busybox("sleep", "1000", networks=["more"])}
    _failure, back = shop.broken(added, networks={"more": {}})
    assert back.ok and shop.answer() == "web 1"
    assert {one.service for one in shop.now().containers} == {"web"}
    assert set(shop.now().networks) == networks
    assert ("extra", "remove") in [(one["service"], one["action"]) for one in back.actions]


def test_a_service_that_was_dropped_comes_back(shop: Shop) -> None:
    shop.good({"web": web(), "db": web("slipway-test/web:2")})
    stack = shop.stack({"web": web(CRASH)})
    before = shop.now()
    shop.cli.create((), remove_orphans=True)
    wish = Wish(ready=(STABLE,), wait_timeout=20)
    failure = shop.deploy(stack, wish)
    assert failure is not None
    runtime = Runtime(shop.engine, shop.cli, stack, before, Plan(), wish, store=shop.store)
    assert rollback(runtime, shop.store.last_good(), failure).ok
    assert (shop.answer(), shop.answer("db")) == ("web 1", "web 2")


def test_a_network_that_was_defined_anew_comes_back(new_shop: Callable[..., Shop], both: str) -> None:
    """With the names by which services find each other."""
    shop = new_shop(both)
    services = {"web": web(), "db": web("slipway-test/web:2")}
    shop.good(services, networks={"default": {"labels": {"a": "1"}}})
    before = shop.now()
    stack = shop.stack({**services, "web": web(CRASH)}, networks={"default": {"labels": {"a": "2"}}})
    (network,) = before.networks.values()
    for one in before.containers:
        shop.engine.post(f"/networks/{network.id}/disconnect", {"Container": one.id, "Force": True})
    shop.engine.delete(f"/networks/{network.id}")
    wish = Wish(ready=(STABLE,), wait_timeout=20)
    failure = shop.deploy(stack, wish, force=("web", "db"))
    assert failure is not None
    runtime = Runtime(shop.engine, shop.cli, stack, before, Plan(), wish, store=shop.store)
    back = rollback(runtime, shop.store.last_good(), failure)
    assert back.ok, back.message
    (found,) = shop.now().networks.values()
    assert found.labels["a"] == "1"
    assert (shop.answer(), shop.answer("db")) == ("web 1", "web 2")
    done = reads.execute(shop.engine, shop.id("web"), ["wget", "-q", "-O", "-", "http://db:8080/"], 5)
    assert (done.exit_code, done.output) == (0, ("web 2",))


def test_one_shots_do_not_run_again(new_shop: Callable[..., Shop], both: str) -> None:
    shop = new_shop(both)
    done = {"migrate": {"condition": "service_completed_successfully"}}
    migrate = {"image": JOB, "volumes": ["data:/data"]}
    reader = busybox("sleep", "1000", volumes=["data:/data"])
    services = {"migrate": migrate, "web": web(depends_on=done), "reader": reader}
    shop.good(services, volumes={"data": {}})
    broken = {
        "migrate": {**migrate, "environment": {"RELEASE": "2"}},
        "web": web(CRASH, depends_on=done),
        "reader": reader,
    }
    failure, back = shop.broken(broken, volumes={"data": {}})
    assert failure.service == "web"
    assert back.ok, back.message
    assert shop.answer() == "web 1"
    runs = reads.execute(shop.engine, shop.id("reader"), ["cat", "/data/runs"], 5)
    assert runs.output == ("run", "run"), "once for each release, and not for the rollback"


def test_a_copy_beside_the_old_one_is_taken_away(shop: Shop) -> None:
    """As a start-first update leaves it when the new container does not get ready."""
    shop.good({"web": web()})
    before, kept = shop.now(), shop.id("web")
    stack = shop.stack({"web": web(CRASH)})
    shop.cli.create(("web",), no_recreate=True, scale={"web": 2})
    failure = Failure("web", "exit", "for this test")
    runtime = Runtime(shop.engine, shop.cli, stack, before, Plan(), Wish(ready=()), store=shop.store)
    back = rollback(runtime, shop.store.last_good(), failure)
    assert back.ok and shop.id("web") == kept


def test_profiles_are_those_of_the_release(shop: Shop) -> None:
    shop.cli.profiles = ("tools",)
    shop.good({"web": web(profiles=["tools"])})
    _failure, back = shop.broken({"web": web(CRASH, profiles=["tools"])})
    assert back.ok, back.message
    assert shop.answer() == "web 1"


def test_who_shares_a_network_follows(shop: Shop) -> None:
    side = busybox("sleep", "1000", network_mode="service:web")
    shop.good({"web": web(), "side": side})
    failure, back = shop.broken({"web": web(CRASH), "side": side})
    assert (failure.service, failure.cause) == ("web", "exit")
    assert back.ok, back.message
    done = reads.execute(shop.engine, shop.id("side"), ["wget", "-q", "-O", "-", "http://127.0.0.1:8080/"], 5)
    assert done.output == ("web 1",)


# Pruning


def recorded(shop: Shop, number: int, image: str, result: str = "good", **contents: bytes) -> Release:
    found = reads.inspect_image(shop.engine, image)
    assert found
    model = {"name": shop.name, "services": {"web": {"image": image}}}
    release = Release(number, shop.name, model, {"web": str(found["Id"])}, {"web": image}, result=result)
    return shop.store.record(release, {f"/{name}": content for name, content in contents.items()})


def kept_tags(shop: Shop) -> set[str]:
    listed = shop.engine.get("/images/json", filters={"reference": [KEPT]})
    return {tag for entry in listed for tag in entry["RepoTags"] if f":{shop.name}." in tag}


def test_old_releases_go_and_images_of_kept_ones_are_tagged(shop: Shop) -> None:
    """Of this project: another one keeps the same image."""
    other = Store(f"{shop.name}-other", shop.store.folder.parent)
    for number, image in enumerate((WEB, CRASH, JOB, CRASH), start=1):
        last = recorded(shop, number, image, x=b"x")
    other.record(replace(last, project=other.project), {})
    other.prune(1, shop.engine)
    assert shop.store.prune(2, shop.engine) == ("release 1", "release 2")
    assert sorted(path.name for path in (shop.store.folder / "releases").iterdir()) == ["3", "3.json", "4", "4.json"]
    crash, job = (keep_tag(shop.name, one.images["web"]) for one in reversed(shop.store.releases()))
    assert kept_tags(shop) == {f"{KEPT}:{crash}", f"{KEPT}:{job}"}
    recorded(shop, 5, WEB)
    assert shop.store.prune(1, shop.engine) == (
        "release 3",
        "release 4",
        *sorted(f"image {KEPT}:{tag}" for tag in (crash, job)),
    )
    assert other.prune(1, shop.engine) == ()
    mine = kept_tags(shop)
    other.forget(shop.engine)
    assert not shop.engine.get("/images/json", filters={"reference": [f"{KEPT}:{other.project}.*"]})
    assert kept_tags(shop) == mine


def test_the_last_good_release_is_never_pruned(shop: Shop) -> None:
    for number, result in enumerate(("failed", "good", "failed"), start=1):
        recorded(shop, number, WEB, result)
    assert shop.store.prune(0, shop.engine) == ("release 1",)
    assert [one.number for one in shop.store.releases()] == [2, 3]


def test_a_release_whose_copies_a_container_uses_stays(shop: Shop) -> None:
    copy = recorded(shop, 1, WEB, x=b"x").contents["/x"]
    recorded(shop, 2, WEB)
    recorded(shop, 3, WEB)
    shop.stack({"web": web(volumes=[f"{copy}:/x:ro"])})
    shop.cli.create(("web",))
    assert shop.store.prune(1, shop.engine) == ("release 2",)
    assert [one.number for one in shop.store.releases()] == [1, 3]


# When nothing is restored


def test_without_an_earlier_release_everything_stays(shop: Shop) -> None:
    failure, back = shop.broken({"web": web(CRASH)})
    assert failure.exit_code == 3
    assert (back.ok, back.attempted) == (False, False)
    assert "no earlier good release" in back.message
    assert shop.now().of("web")[0].exit_code == 3


def test_a_release_that_did_not_run_is_not_brought_up(shop: Shop) -> None:
    """Somebody took the project down by hand."""
    shop.good({"web": web()})
    by_hand.compose(shop.cli, "down", "--timeout", "0")
    _failure, back = shop.broken({"web": web(CRASH)})
    assert (back.ok, back.attempted) == (False, False)
    assert back.message.startswith("release 1 did not run before")


@pytest.mark.parametrize("action", ["pause", "continue"])
def test_the_file_may_say_otherwise(shop: Shop, action: str) -> None:
    shop.good({"web": web()})
    _failure, back = shop.broken({"web": web(CRASH, deploy={"update_config": {"failure_action": action}})})
    assert (back.ok, back.attempted) == (False, False)
    assert f"failure_action {action}" in back.message
    assert shop.now().of("web")[0].exit_code == 3


def test_a_rollback_that_fails_says_why(shop: Shop) -> None:
    """The old release needs a port that somebody has taken in between."""
    port = free_port()
    shop.good({"web": web(ports=[f"{port}:8080"])})
    before, stack = shop.now(), shop.stack({"web": web(CRASH)})
    wish = Wish(ready=(STABLE,), wait_timeout=20)
    failure = shop.deploy(stack, wish)
    assert failure is not None
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("0.0.0.0", port))
        taken.listen()
        runtime = Runtime(shop.engine, shop.cli, stack, before, Plan(), wish, store=shop.store)
        back = rollback(runtime, shop.store.last_good(), failure)
    assert (back.ok, back.attempted) == (False, True)
    assert back.failure is not None and (back.failure.service, back.failure.cause) == ("web", "port")
    assert back.message.startswith("the rollback to release 1 failed, too")


def test_a_probe_that_only_the_new_release_passes(shop: Shop) -> None:
    shop.good({"web": web()})
    probe = Probe(service="web", http="http://{address}:8080/", status=(204,))
    failure, back = shop.broken({"web": web("slipway-test/web:2")}, Wish(ready=(probe,), wait_timeout=15))
    assert failure.cause == "timeout" and "http" in failure.message
    assert failure.probe_output.startswith("status 200")
    assert back.ok and "a probe does not pass" in back.message
    assert shop.answer() == "web 1"


# Secrets


def test_secrets_are_hidden_in_logs_and_probes(shop: Shop) -> None:
    (shop.folder / "key").write_text("squirrel-9\n", encoding="utf-8")
    script = 'echo "login with $$DB_PASSWORD and $$(cat /run/secrets/key)"; echo "from $$URL"; exit 3'
    service = busybox(
        "sh",
        "-c",
        script,
        environment={"DB_PASSWORD": "hunter-two$$", "URL": "postgres://app:badger@db/x"},
        secrets=["key"],
    )
    stack = shop.stack({"web": service}, secrets={"key": {"file": str(shop.folder / "key")}})
    failure = shop.deploy(stack, Wish(ready=(STABLE,), wait_timeout=20))
    assert failure is not None
    assert failure.log_tail == ("login with ******** and ********", "from postgres://app:********@db/x")
