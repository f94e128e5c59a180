import asyncio
import threading

import pytest

from pulse.common.layers import LoopSafeInMemoryChannelLayer


@pytest.mark.asyncio
async def test_layer_message_from_another_thread_arrives_in_order() -> None:
    layer = LoopSafeInMemoryChannelLayer()
    channel = await layer.new_channel()
    await layer.group_add("user.1", channel)

    def publish() -> None:
        for number in range(200):
            asyncio.run(layer.group_send("user.1", {"number": number}))

    thread = threading.Thread(target=publish)
    thread.start()
    received = [(await asyncio.wait_for(layer.receive(channel), 5))["number"] for _ in range(200)]
    await asyncio.to_thread(thread.join)

    assert received == list(range(200))


@pytest.mark.asyncio
async def test_layer_message_after_discard_is_not_delivered() -> None:
    layer = LoopSafeInMemoryChannelLayer()
    channel = await layer.new_channel()
    await layer.group_add("user.1", channel)
    await layer.group_discard("user.1", channel)

    await layer.group_send("user.1", {"number": 1})

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(layer.receive(channel), 0.05)
