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
