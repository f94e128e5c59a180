"""The channel layer of the embedded mode."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from channels.layers import InMemoryChannelLayer


class LoopSafeInMemoryChannelLayer(InMemoryChannelLayer):  # type: ignore[misc]  # untyped base
    """Channels' in-memory layer, with every delivery made on the loop where consumers wait.

    The stock layer touches asyncio queues from whichever thread publishes: messages of worker
    threads are then lost or come late. The server has one loop; the latest loop that opened a
    channel is taken as home.
    """

    _home: asyncio.AbstractEventLoop | None = None

    async def new_channel(self, prefix: str = "specific.") -> str:
        """Open a channel and remember the loop that waits on it."""
        self._home = asyncio.get_running_loop()
        return str(await super().new_channel(prefix))

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Send to one channel."""
        await self._at_home(super().send, channel, message)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to each channel of a group."""
        await self._at_home(super().group_send, group, message)

    async def group_add(self, group: str, channel: str) -> None:
        """Put a channel into a group."""
        await self._at_home(super().group_add, group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """Take a channel out of a group."""
        await self._at_home(super().group_discard, group, channel)

    async def _at_home(self, call: Callable[..., Awaitable[None]], *args: Any) -> None:
        home = self._home
        if home is None or home.is_closed() or home is asyncio.get_running_loop():
            await call(*args)
        else:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_run(call, *args), home))


async def _run(call: Callable[..., Awaitable[None]], *args: Any) -> None:
    await call(*args)
