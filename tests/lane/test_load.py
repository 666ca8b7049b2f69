"""The load on the rollers: follows the loss, lets go at once, and comes back only when the dynamometer is heard."""

import asyncio
from typing import Any

from lanectl.lane.load import LoadKeeper


class Brake:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[float] = []

    async def hold_force(self, brake_force_n: float) -> None:
        self.told.append(brake_force_n)

    async def hold_speed(self, speed_kmh: float) -> None:
        self.told.append(speed_kmh)

    async def release(self) -> None:
        self.told.append(0.0)


async def test_the_brake_gives_what_the_losses_do_not(manual_clock: Any) -> None:
    brake = Brake()
    load = LoadKeeper(brake, manual_clock, lambda speed: 4.0 * speed)  # type: ignore[arg-type]
    load.hold(1000.0)

    load.on_beat(25.0)
    await asyncio.sleep(0)

    assert brake.told == [900.0]


async def test_a_doubtful_silence_takes_the_load_off_until_the_dynamometer_is_heard_again(manual_clock: Any) -> None:
    brake = Brake()
    load = LoadKeeper(brake, manual_clock, lambda speed: 0.0)  # type: ignore[arg-type]
    load.hold(1000.0)
    load.on_beat(25.0)
    await asyncio.sleep(0)

    load.let_off()
    await asyncio.sleep(0)
    assert brake.told == [1000.0, 0.0]
    load.on_beat(None)
    await asyncio.sleep(0)
    assert brake.told == [1000.0, 0.0]
    load.on_beat(25.0)
    await asyncio.sleep(0)
    assert brake.told == [1000.0, 0.0, 1000.0]


async def test_after_a_release_no_beat_brings_the_load_back(manual_clock: Any) -> None:
    brake = Brake()
    load = LoadKeeper(brake, manual_clock, lambda speed: 0.0)  # type: ignore[arg-type]
    load.hold(1000.0)

    assert await load.release()
    load.on_beat(25.0)
    await asyncio.sleep(0)

    assert brake.told == [0.0]


async def test_a_lower_speed_is_walked_to_and_a_higher_one_is_taken_at_once(manual_clock: Any) -> None:
    brake = Brake()
    load = LoadKeeper(brake, manual_clock, lambda _: 0.0)  # type: ignore[arg-type]
    load.hold_speed(60.0)
    load.on_beat(60.0)
    await asyncio.sleep(0)

    load.hold_speed(50.0)
    for _ in range(70):
        await manual_clock.advance(0.1)
        load.on_beat(55.0)
        await asyncio.sleep(0)

    steps = [before - after for before, after in zip(brake.told, brake.told[1:], strict=False)]
    assert brake.told[0] == 60.0
    assert brake.told[-1] == 50.0
    assert max(steps) <= 0.21

    load.hold_speed(62.0)
    load.on_beat(50.0)
    await asyncio.sleep(0)
    assert brake.told[-1] == 62.0
