"""The door to Docker: look at the stack's containers, and do to them what faults need done.

A container is found by where its service is said to be, and touched only when it carries the opt-in label or the
environment lists its service. Where a service has several, each is asked for by what tells it from the others: `api/2`.
Every call has a short timeout, because it runs in a thread that cannot be cancelled.
"""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from docker.errors import DockerException, NotFound
from docker.models.containers import Container
from docker.types import LogConfig
from requests.exceptions import RequestException, Timeout

from simulator.base.dockerhost import LOCAL, DockerHost
from simulator.base.errors import DoorError
from simulator.doors.bounds import Bounds, bounds_of
from simulator.doors.container import (
    Attachment,
    ContainerState,
    Cpu,
    Memory,
    address_of,
    attachments_of,
    cpu_of,
    endpoint,
    memory_of,
    state_of,
)
from simulator.doors.engine import TIMEOUT, EngineClient
from simulator.doors.services import Address
from simulator.doors.whereabouts import SERVICE_LABEL, Find, composed, which_of

CHAOS_LABEL = "simulator.chaos"
"""Opt-in: only a container that carries this label with the value `true` is touched."""
HELPER_LABEL = "simulator.helper"
"""On the helpers of network faults; its value is the fault's id."""
SIGKILLED = 137
"""The exit code of a shell that was killed with the rest."""
LEFT_OVER = "conflicts with existing route"
"""What the engine says of an interface that a failed connection has left in the container (20.10)."""
STOP_WITHIN = 5
"""Seconds between the polite signal of a stop and SIGKILL."""

T = TypeVar("T")


class Docker:
    """Containers of one engine, by service; those of `listed` services need not carry the opt-in label.

    With None for `listed` no label is asked for: undoing needs no permission but the fault's record. `nettools` is the
    image of the helpers of network faults; empty: there is none.
    """

    def __init__(
        self, find: Find, nettools: str, listed: Collection[str] | None = (), engine: DockerHost = LOCAL
    ) -> None:
        self._engine = engine
        self._find = find
        self._listed = listed
        self._nettools = nettools
        self._connected: EngineClient | None = None
        # One call at a time, in order: an undo must not overtake an act whose wait was cancelled.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="docker")

    async def replicas(self, service: str) -> tuple[str, ...]:
        """What each running container of the service is asked for by, in the order of their numbers or names: `api/1`, `api/2`.

        Raises:
            DoorError: none runs.
        """
        place = self._find(service)

        def running(client: EngineClient) -> list[str]:
            found = place.of(client.containers.list(filters=place.filters), "")
            return sorted(map(which_of, found), key=_in_turn)

        found = await self._ask(running)
        if not found:
            raise DoorError(f"no container of {service!r} runs (looked for {place})")
        return tuple(f"{service}/{which}" for which in found)

    async def state(self, service: str) -> ContainerState:
        return await self._on(service, state_of)

    async def memory(self, service: str) -> Memory:
        return await self._on(service, memory_of)

    async def limit_memory(self, service: str, memory: Memory) -> None:
        """Change both limits together: alone, each is refused when it would cross the other."""

        def limit(container: Container) -> None:
            if memory.with_swap == 0 and memory_of(container).with_swap != 0:
                # On the way to no limit at all cgroup v1 writes that of memory first, which would cross the other.
                container.update(mem_limit=memory.limit or -1, memswap_limit=memory.limit or -1)
            container.update(mem_limit=memory.limit or -1, memswap_limit=memory.with_swap or -1)

        await self._on(service, limit)

    async def cpu(self, service: str) -> Cpu:
        return await self._on(service, cpu_of)

    async def limit_cpu(self, service: str, cpu: Cpu) -> None:
        """Change how much CPU it may use, by the limit it already has: the engine takes the two kinds for a conflict.

        The period stays: the engine cannot take back one that it was given, and refuses `docker update --cpus` from then on.
        """
        limit = {"NanoCpus": cpu.nano} if cpu.nano else {"CpuQuota": cpu.quota or -1}
        await self._with(
            service, lambda client, container: client.post(f"/containers/{container.id}/update", limit)
        )

    async def throttled(self, service: str) -> int:
        """In how many periods its processes have been held back for lack of CPU, so far."""

        def count(client: EngineClient, container: Container) -> int:
            stats = client.api.stats(str(container.id), stream=False, one_shot=True)
            return int(stats["cpu_stats"]["throttling_data"]["throttled_periods"])

        return await self._with(service, count)

    async def kill(self, service: str) -> None:
        """SIGKILL by the engine: no restart policy starts it again. Idempotent."""
        await self._on(service, lambda container: _unless(container.kill, "is not running"))

    async def stop(self, service: str) -> None:
        """The polite way: its stop signal, then SIGKILL. Idempotent."""
        await self._on(service, lambda container: container.stop(timeout=STOP_WITHIN))

    async def start(self, service: str) -> None:
        """Start it if it does not run, let it go on if it is paused, do not wait out a back-off. Idempotent."""

        def start(container: Container) -> None:
            container.reload()
            if container.status == "paused":
                container.unpause()
            elif container.status == "restarting":
                container.restart(timeout=0)  # a start would be answered "runs already" for up to a minute
            else:
                container.start()

        await self._on(service, start)

    async def pause(self, service: str) -> None:
        """Freeze every process in it. Idempotent."""
        await self._on(service, lambda container: _unless(container.pause, "already paused"))

    async def crash(self, service: str) -> None:
        """SIGKILL to every process in it but the init, from inside: to the engine it died by itself."""

        def crash(container: Container) -> None:
            # The shell's own `kill`: images without procps have no other. It spares the init and itself.
            done = container.exec_run(["sh", "-c", "kill -9 -1"], user="root")
            if done.exit_code not in (0, SIGKILLED, None):
                said = _printed(done.output)[:200]
                raise DoorError(f"{service}: no shell to crash it from: {said}")

        await self._on(service, crash)

    async def attachments(self, service: str) -> tuple[Attachment, ...]:
        """The networks that it is on: with an address, its published ports bound, and its names known."""
        return await self._on(service, attachments_of)

    async def address(self, service: str) -> Address:
        """Host and port at which it listens for its neighbours; only this machine can reach them."""
        return await self._on(service, address_of)

    async def bounds(self, service: str) -> Bounds:
        """What it shares with other containers that run, or with the machine."""

        def look(client: EngineClient, container: Container) -> Bounds:
            others = client.containers.list(ignore_removed=True)
            return bounds_of(container, [one for one in others if HELPER_LABEL not in one.labels])

        return await self._with(service, look)

    async def disconnect(self, service: str, network: str) -> None:
        """Take it off a network. Idempotent."""

        def disconnect(client: EngineClient, container: Container) -> None:
            there = client.networks.get(network)
            _unless(lambda: there.disconnect(container, force=True), "is not connected")

        await self._with(service, disconnect)

    async def connect(self, service: str, attachment: Attachment) -> None:
        """Put it on a network as it was on it. Idempotent; what fails half-way is taken back.

        Raises:
            DoorError: it is not on the network; where its port was taken meanwhile, Docker's message says so.
        """

        def connect(client: EngineClient, container: Container) -> None:
            there = client.networks.get(attachment.network)
            end = {"Container": container.id, "EndpointConfig": endpoint(attachment)}
            try:
                client.post(f"/networks/{there.id}/connect", end)
            except DockerException as error:
                container.reload()
                if attachment.network in {one.network for one in attachments_of(container)}:
                    return
                # The engine keeps half of a connection that failed, without name and ports, and refuses the next.
                with contextlib.suppress(DockerException):
                    there.disconnect(container, force=True)
                if LEFT_OVER not in str(error):
                    raise
                # Nor does it take a left-over interface away: only a new start of the container does.
                _unless(container.kill, "is not running")
                client.post(f"/networks/{there.id}/connect", end)
                container.start()

        await self._with(service, connect)

    async def beside(self, service: str, owner: str, script: str) -> str:
        """Run a shell script with network tools in the container's network namespace; what it printed.

        Raises:
            DoorError: it failed; the message ends with its last words.
        """

        def run(client: EngineClient, container: Container) -> str:
            helper = self._helper(client, container, owner, ["sh", "-ec", script])
            try:
                code = helper.wait(timeout=TIMEOUT)["StatusCode"]
                printed = _printed(helper.logs())
            finally:
                helper.remove(force=True)
            if code != 0:
                raise DoorError(f"network tools beside {service} failed: {printed.strip()[-300:]}")
            return printed

        return await self._with(service, run)

    async def keep_beside(self, service: str, owner: str, seconds: int, script: str) -> None:
        """Leave a helper that runs a script in the container's network namespace after so many seconds.

        That is the fault's own end, should nobody be left to undo it.
        """

        def run(client: EngineClient, container: Container) -> None:
            waiting = ["sh", "-c", f"sleep {seconds}; {script}"]
            self._helper(client, container, owner, waiting, name=owner, auto_remove=True)

        await self._with(service, run)

    def _helper(
        self, client: EngineClient, container: Container, owner: str, command: list[str], **more: Any
    ) -> Container:
        if not self._nettools:
            raise DoorError("no image with network tools is named in the environment (nettools:)")
        return client.containers.run(
            self._nettools,
            command,
            network_mode=f"container:{container.id}",
            cap_add=["NET_ADMIN"],
            labels={HELPER_LABEL: owner},
            init=True,
            # What it prints is read back, which not every engine's default driver allows.
            log_config=LogConfig(type=LogConfig.types.JSON),
            detach=True,
            **more,
        )

    async def in_helper(self, owner: str, script: str) -> str:
        """Run a shell script in the helper of this owner; what it printed.

        Raises:
            DoorError: it failed, or there is no such helper any more.
        """

        def run(client: EngineClient) -> str:
            done = client.containers.get(owner).exec_run(["sh", "-ec", script])
            printed = _printed(done.output)
            if done.exit_code != 0:
                raise DoorError(f"network tools beside a container failed: {printed.strip()[-300:]}")
            return printed

        return await self._ask(run)

    async def remove_helper(self, owner: str) -> None:
        """End the helper of this owner. Idempotent."""

        def remove(client: EngineClient) -> None:
            for helper in client.containers.list(all=True, filters={"label": f"{HELPER_LABEL}={owner}"}):
                with contextlib.suppress(NotFound):
                    helper.remove(force=True)

        await self._ask(remove)

    async def close(self) -> None:
        self._thread.shutdown(wait=False)
        if self._connected is not None:
            self._connected.close()

    async def _on(self, service: str, act: Callable[[Container], T]) -> T:
        return await self._ask(lambda client: act(self._container(client, service)))

    async def _with(self, service: str, act: Callable[[EngineClient, Container], T]) -> T:
        return await self._ask(lambda client: act(client, self._container(client, service)))

    def _container(self, client: EngineClient, service: str) -> Container:
        name, _, which = service.partition("/")
        place = self._find(name)
        found = place.of(client.containers.list(all=True, filters=place.filters), which)
        if len(found) != 1:
            raise DoorError(
                f"{len(found)} containers of service {service!r}, not one (looked for {place});"
                " container-kill, container-stop and container-pause can take a share of several"
            )
        listed = self._listed is None or name in self._listed
        if found[0].labels.get(CHAOS_LABEL) != "true" and not listed:
            raise DoorError(
                f"container {found[0].name} is not touched: it lacks the label {CHAOS_LABEL}=true,"
                " and the environment does not list it"
            )
        return found[0]

    async def _ask(self, act: Callable[[EngineClient], T]) -> T:
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, lambda: act(self._client()))
        except Timeout:
            raise DoorError(
                f"Docker did not answer within {TIMEOUT} s. It serves a container's requests one at a time:"
                " look for a stop, start or build that is under way"
            ) from None
        except (DockerException, RequestException, OSError) as error:
            raise DoorError(f"Docker: {_words(error)}") from None

    def _client(self) -> EngineClient:
        if self._connected is None:
            self._connected = EngineClient(self._engine)
        return self._connected


def touchable_services(project: str, engine: DockerHost) -> set[str]:
    """The services of a Compose project whose container may be touched, running or not.

    Raises:
        DoorError: no Docker engine answers.
    """
    try:
        client = EngineClient(engine)
        with contextlib.closing(client):
            found = client.containers.list(all=True, filters=composed(project).filters)
            return {one.labels[SERVICE_LABEL] for one in found if one.labels.get(CHAOS_LABEL) == "true"}
    except (DockerException, RequestException, OSError) as error:
        raise DoorError(f"Docker: {_words(error)}") from None


def _in_turn(which: str) -> tuple[int, str]:
    """Numbers by their value, names after them."""
    return (int(which), "") if which.isdecimal() else (sys.maxsize, which)


def _printed(output: object) -> str:
    """What a command in a container printed; the client gives bytes unless it was asked to stream."""
    return output.decode(errors="replace") if isinstance(output, bytes) else ""


def _unless(act: Callable[[], object], already: str) -> None:
    """Do it; that it is so already is fine."""
    try:
        act()
    except DockerException as error:
        if already not in str(error):
            raise


def _words(error: Exception) -> str:
    said = str(getattr(error, "explanation", None) or error).strip()
    return said.splitlines()[-1][:300] if said else type(error).__name__
