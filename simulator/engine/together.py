"""Where the experiments of one wave wait for each other."""

import asyncio


class Rendezvous:
    """A barrier that may be left: whoever is left over no longer waits for those who have gone."""

    def __init__(self, parties: int) -> None:
        self._parties = parties
        self._waiting = 0
        self._all_here = asyncio.Event()

    async def meet(self) -> None:
        """Wait until everybody who has not left is here; the next meeting begins with that."""
        here = self._all_here
        self._waiting += 1
        self._look()
        await here.wait()

    def leave(self) -> None:
        """Take part in no further meeting."""
        self._parties -= 1
        self._look()

    def _look(self) -> None:
        if self._waiting and self._waiting >= self._parties:
            here, self._all_here = self._all_here, asyncio.Event()
            self._waiting = 0
            here.set()
