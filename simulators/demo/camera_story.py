"""What the demo shows of cameras: a gap goes into the record, and a covered camera shows everywhere and stops tests.

Knows what must hold of a camera that somebody covers. Cameras live in real time, whatever a lane's clock does.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from simulators.bureau import Bureau
from simulators.demo.operator import Refused, View
from simulators.demo.report import Report
from simulators.demo.stage import Cast

SEEN_WITHIN_S = 15.0
"""From cloth to word, on the terminal and at the bureau; the lane waits 3 s for a cloth that may be a shadow."""
STEADY_S = 12.0
"""Longer than the pause between two heartbeats."""
SHUT_AFTER_S = 30.0
LEEWAY_S = 2.0
TEST_WITHIN_S = 240.0
LOOK_EVERY_S = 0.1


class CameraStory:
    """The camera over one lane, and somebody with a cloth."""

    def __init__(self, cast: Cast, report: Report, lane: str) -> None:
        layout = cast.layout.lanes[lane]
        assert layout.camera is not None
        self._id, self._path = layout.camera.id, layout.path
        self._bureau, self._report = cast.bureau, report
        self._operator, self._cloth = cast.operators[lane], cast.cloths[lane]
        self._what = f"lane {lane}, camera {self._id}"
        self._covered_at = 0.0

    def is_told(self, test_id: str) -> None:
        """See that the bureau's record of a test during which it was covered tells of it."""
        told = _told(self._bureau.record(self._path, test_id), self._id)
        self._promise(
            "the record of the test that ran then says so", told[:2] == ["online", "covered"], ", ".join(told)
        )

    async def cover(self) -> None:
        """Cover the camera and see that terminal and bureau show it, and go on showing it."""
        promise = self._promise
        promise("online on the terminal and at the bureau", await self._everywhere("online"), "online")
        await self._cloth.cover()
        promise("covered, and the terminal shows it", await self._on_the_terminal("covered"), "covered")
        self._covered_at = time.monotonic()
        await self._at_the_bureau("covered")
        states = await self._states_at_the_bureau({"covered"})
        found = f"{', '.join(sorted(states))} within {STEADY_S:.0f} s"
        promise("the bureau shows it too, and never anything else", states == {"covered"}, found)
        alarm = (self._path, "camera_bad", f"{self._id}: covered")
        promise("the bureau is alarmed", alarm in self._bureau.notices(), ": ".join(alarm[1:]))

    async def shuts_the_lane(self, ticket: str) -> None:
        """See that a vehicle that waits cannot be started once the camera has been bad for half a minute."""
        locks = (await self._operator.view())["locks"]
        self._promise("a cloth for some seconds stops nothing", not locks, f"{len(locks)} locks")
        await self._operator.until(_is_shut, f"{self._what} stops no test", SHUT_AFTER_S + SEEN_WITHIN_S)
        taken_s = time.monotonic() - self._covered_at
        await self._operator.until(lambda view: view["running"] is None, "the test does not end", TEST_WITHIN_S)
        try:
            await self._operator.start(ticket)
            code = "started"
        except Refused as refused:
            code = refused.code
        shut = code == "locked" and taken_s > SHUT_AFTER_S - LEEWAY_S
        self._promise("no test starts after half a minute", shut, f"{code} after {taken_s:.0f} s")

    async def uncover(self) -> None:
        """Take the cloth away and see everything as it was."""
        await self._cloth.uncover()
        good = await self._everywhere("online")
        locks = (await self._operator.view())["locks"]
        self._promise(
            "uncovered, it is online everywhere and the lane is open", good and not locks, f"{len(locks)} locks"
        )

    # what is to be seen ----------------------------------------------------------------------------------------------

    def _promise(self, what: str, ok: bool, evidence: str) -> None:
        self._report.promise(f"{self._what}: {what}", ok, evidence)

    async def _everywhere(self, state: str) -> bool:
        return await self._on_the_terminal(state) and await self._at_the_bureau(state)

    async def _on_the_terminal(self, state: str) -> bool:
        def shows(view: View) -> bool:
            return any(camera["id"] == self._id and camera["state"] == state for camera in view["cameras"])

        await self._operator.until(shows, f"{self._what} is not {state} on the terminal", SEEN_WITHIN_S)
        return True

    async def _at_the_bureau(self, state: str) -> bool:
        return await asyncio.to_thread(
            self._bureau.wait_until, lambda bureau: self._state(bureau) == state, SEEN_WITHIN_S
        )

    async def _states_at_the_bureau(self, wanted: set[str]) -> set[str]:
        """Return every state that the bureau shows from one heartbeat to past the next; ends at an unwanted one."""
        found: set[str] = set()
        until = time.monotonic() + STEADY_S
        while time.monotonic() < until and found <= wanted:
            found.add(self._state(self._bureau))
            await asyncio.sleep(LOOK_EVERY_S)
        return found

    def _state(self, bureau: Bureau) -> str:
        rows = (row for row in bureau.cameras() if (row.lane, row.camera) == (self._path, self._id))
        return next((row.state for row in rows), "unknown")


def _is_shut(view: View) -> bool:
    return any(lock["code"] == "camera" for lock in view["locks"])


def _told(record: Mapping[str, Any] | None, camera: str) -> list[str]:
    """Return the states of a camera that a record tells of, as the test began and at each change."""
    cameras = (record or {}).get("cameras") or []
    ours = [told for told in cameras if told["id"] == camera]
    return [state for told in ours for state in (told["state"], *(event["state"] for event in told["events"]))]
