"""Where this Locust's traffic goes, and what it holds there: a game day needs its environment's stack, whatever the host."""

import gevent
from locust import FastHttpUser, HttpUser
from locust.env import Environment

from simulator.base.errors import BadInput, StackError
from simulator.environments.settings import environment_settings
from simulator.environments.site import Lease, OwnStack, Say, Site, own_stack
from simulator.locust.options import Options
from simulator.locust.persona import Persona
from simulator.locust.traffic_host import check_allowed, check_reachable


class Ground:
    """Taken when Locust starts, and again when a game day is chosen on the page that needs another stack."""

    def __init__(self, environment: Environment, say: Say) -> None:
        self._environment = environment
        self._say = say
        self._leases: list[tuple[Lease, gevent.Greenlet[..., None]]] = []
        self._stack_of = ""
        """The environment whose stack is held."""
        self._found = ""
        """The host that we have chosen ourselves; any other was given."""
        self.site = Site("")

    def take(self, *, game_day: bool) -> bool:
        """Settle on a site, as the options are now; returns whether it is another one than before.

        Raises:
            BadInput: the environment is not known, or nothing answers at the host that was given.
            Unsafe: that host may not have the traffic.
            StackError: the stack did not start.
        """
        options = Options.of(self._environment)
        if self._stack_of == options.request.environment:
            return False
        host = self._environment.host or ""
        given = "" if host == self._found else host
        if given:
            check_allowed(given, options.request.environment, options.request.without)
        self.site = self._site(options, given, game_day=game_day)
        self._stack_of = options.request.environment if self.site.targets else ""
        self._found = "" if given else self.site.host
        self._environment.host = self.site.host or None
        return True

    def _site(self, options: Options, given: str, *, game_day: bool) -> Site:
        where, users = options.request.environment, self._environment.user_classes
        stack = own_stack(environment_settings(where).stack)
        wants_one = not given and any(issubclass(kind, Persona) and not kind.host for kind in users)
        # Prometheus finds our metrics, the canary among them, by the stack's own folder: no game day goes without.
        if stack is not None and (game_day or wants_one):
            return self._of(stack, given, game_day=game_day)
        if given:
            check_reachable(given)
            return Site(given)
        if game_day and any(issubclass(kind, HttpUser | FastHttpUser) and not kind.host for kind in users):
            raise BadInput(f"environment {where}: say where the traffic goes, with --host")
        for home in {kind.host for kind in users if kind.host}:
            check_allowed(home, where, options.request.without)
        return Site("")

    def _of(self, stack: OwnStack, given: str, *, game_day: bool) -> Site:
        site, lease = stack.site(game_day=game_day, host=given, say=self._say)
        if lease is not None:
            self._leases.append((lease, gevent.spawn(self._renew, lease)))
        if given:  # asked last: it may be the stack's own
            check_reachable(given)
        return site

    def _renew(self, lease: Lease) -> None:
        while lease.renew_every is not None:
            gevent.sleep(lease.renew_every)
            try:
                lease.renew()
            except StackError as error:
                self._say(f"the lease on the stack is lost: {error}")
                return

    def close(self, *, left_injected: bool) -> None:
        """Let go of it all: a stack that we have started ends."""
        leases, self._leases = self._leases, []
        for lease, renewing in leases:
            renewing.kill()
            lease.close(left_injected=left_injected)
