"""The shift that the demo plays: petrol cars and a repair on one lane; diesels, all wheels, a cloth on the other.

Knows the story and what must hold. People are in operator.py, programs in children.py. Each lane plays its own scenes,
side by side. A shift ends at the first broken promise; with something sabotaged only those scenes are played in which
it must show.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from simulators.bureau import Bureau
from simulators.demo.camera_story import CameraStory
from simulators.demo.cars import ALL_WHEELS, JUDGED, form, repair_of_the_day
from simulators.demo.evidence import check_evidence
from simulators.demo.layout import M_STATION
from simulators.demo.operator import Refused, View
from simulators.demo.report import Report
from simulators.demo.stage import Cast

T = TypeVar("T")
TEST_WITHIN_S = 420.0
"""Lane seconds that a test may take in all, from the first prompt to the raised lift."""
AGAIN = 4
"""How often a test is redone that this machine was too busy to see."""
START_WITHIN_S = 30.0
OPEN_WITHIN_S = 150.0
"""A test that is redone may have to wait until the camera sees again."""
BUREAU_WITHIN_S = 20.0
SILENCE = ("host:", "Data missing inside the window", "Fewer than ten opacity readings", "Computer overloaded")


@dataclass(frozen=True, slots=True)
class Visit:
    """A car that comes, and how its test must end."""

    preset: str
    outcome: str
    judged_by: str
    """Mode or method (cars.JUDGED)."""
    drive: str = "two_wheel"
    label: str = "test"


CLEAN = Visit("clean_petrol", "pass", "asm5025")
WORN = Visit("worn_catalyst", "fail", "asm2540")  # the mode that decided; 2540 follows a failed 5025
REPAIRED_CAR = Visit("repaired", "pass", "asm5025", label="retest")
CLEAN_DIESEL = Visit("clean_diesel", "pass", "free_acceleration", ALL_WHEELS)
SMOKY_DIESEL = Visit("smoky_diesel", "fail", "lug_down")
ALL_WHEEL_CAR = Visit("two_units", "pass", "two_speed_idle", ALL_WHEELS)


class Shift:
    """One shift at the station, scene by scene."""

    def __init__(self, cast: Cast, report: Report, sabotage: str | None) -> None:
        self._cast = cast
        self._report = report
        self._sabotage = sabotage
        self._tested = 0

    async def play(self) -> None:
        """Play until the end or the first broken promise; then look at what everybody holds."""
        await _side_by_side(*(self._play(lane, scenes) for lane, scenes in SCENES[self._sabotage].items()))
        if not self._report.broken:
            self._report.step("What everybody holds in the end")
            await check_evidence(self._cast, self._report, self._sabotage, self._tested)

    async def _play(self, lane: str, scenes: Sequence["Scene"]) -> None:
        for title, scene in scenes:
            self._report.step(f"Lane {lane}: {title}")
            await scene(self, lane)
            if self._report.broken:
                return

    # scenes ----------------------------------------------------------------------------------------------------------

    async def a_car_passes(self, lane: str) -> None:
        """Let a clean car pass at the quick check."""
        await self._test(lane, CLEAN)

    async def a_car_fails(self, lane: str) -> None:
        """Let a car with a worn catalyst fail in both modes."""
        await self._test(lane, WORN)

    async def a_diesel_passes_before_a_covered_camera(self, lane: str) -> None:
        """Let a diesel pass while somebody covers the camera; the next test has to wait until it sees again."""
        camera = CameraStory(self._cast, self._report, lane)
        test_id, _ = await _side_by_side(self._test(lane, CLEAN_DIESEL), self._cover_during_a_test(lane))
        if not self._report.broken:
            camera.is_told(str(test_id))

    async def a_diesel_fails(self, lane: str) -> None:
        """Let a diesel that smokes fail on the rollers."""
        await self._test(lane, SMOKY_DIESEL)

    async def an_all_wheel_car_passes(self, lane: str) -> None:
        """Let a car that cannot go onto the rollers pass at two idle speeds."""
        await self._test(lane, ALL_WHEEL_CAR)

    async def its_retest_is_refused(self, lane: str) -> None:
        """See the failed car refused everywhere."""
        for one, layout in self._cast.layout.lanes.items():
            name = "this lane" if one == lane else "the second lane"
            await self._expect_refusal(f"retest refused on {name}", layout.lane, "worn_catalyst", "NO_REPAIR_RECORD")

    async def a_camera_is_covered(self, lane: str) -> None:
        """See a covered camera everywhere, see it stop the next test, and see it well again."""
        camera, operator = CameraStory(self._cast, self._report, lane), self._cast.operators[lane]
        ticket = await operator.accept(form(SMOKY_DIESEL.preset))
        await camera.cover()
        if not self._report.broken:
            await camera.shuts_the_lane(ticket["ticket"])
            await camera.uncover()
            await operator.dismiss(ticket["ticket"])

    async def the_repaired_car_passes(self, lane: str) -> None:
        """See the repair open the gate once its record is uploaded."""
        repair = repair_of_the_day()
        await asyncio.to_thread(self._cast.m_station.announce, repair)
        what = "a settled repair that is not uploaded opens nothing"
        await self._expect_refusal(what, lane, "repaired", "NOT_UPLOADED")
        await asyncio.to_thread(self._cast.m_station.upload, repair)
        self._report.promise(f"M-station {M_STATION} uploaded", True, repair.record)
        await self._test(lane, REPAIRED_CAR)

    # what they are made of -------------------------------------------------------------------------------------------

    async def _cover_during_a_test(self, lane: str) -> None:
        await self._cast.operators[lane].until(lambda view: view["running"] is not None, "no test runs", START_WITHIN_S)
        await self.a_camera_is_covered(lane)

    async def _test(self, lane: str, visit: Visit) -> str:
        """Test a car, again where the machine was too busy; returns the id of the first test."""
        test_id, result = await self._tested_as_the_screen_says(lane, visit)
        for _ in range(AGAIN):
            if result is None or not machine_was_busy(result):
                break
            self._report.remark(
                "this machine was too busy to see every second: the lane calls the test void, and it is redone"
            )
            _, result = await self._tested_as_the_screen_says(lane, visit)
        if result is None:
            return test_id
        name, report = f"{result['plate']} {visit.label}", self._report
        values = {judgement["quantity"]: judgement["value"] for judgement in result["judgements"]}
        found = f"{result['outcome']} {values or result['reasons']}"
        report.promise(f"{name} ends as {visit.outcome}", result["outcome"] == visit.outcome, found)
        if result["outcome"] == visit.outcome:
            whole = set(values) == JUDGED[visit.judged_by]
            report.promise(f"{name} judged by {visit.judged_by}", whole, ", ".join(sorted(values)))
        await self._bureau_has_all()
        return test_id

    async def _tested_as_the_screen_says(self, lane: str, visit: Visit) -> tuple[str, View | None]:
        """Bring a car, accept it and see its test through; returns test id and result, None where it was refused."""
        cast = self._cast
        operator, wheel = cast.operators[lane], cast.wheels[lane]
        wheel.new_car()
        await wheel.say(do="vehicle", preset=visit.preset)
        ticket = await operator.accept(form(visit.preset, visit.drive))
        if ticket["status"] != "waiting":
            self._report.promise(f"{ticket['plate']} accepted", False, f"refused: {ticket['refusal']['code']}")
            return "", None
        await operator.until(lambda view: not view["locks"], f"lane {lane} stays shut", OPEN_WITHIN_S)
        within_s = TEST_WITHIN_S / cast.layout.lanes[lane].pace(cast.clock_factor) + 20.0
        result = await operator.test(ticket["ticket"], within_s)
        await wheel.say(do="leave")
        self._tested += 1
        return str(result["test_id"]), result

    async def _expect_refusal(self, what: str, lane: str, preset: str, expected: str) -> None:
        try:
            ticket = await self._cast.operators[lane].accept(form(preset))
        except Refused as refused:
            self._report.promise(what, refused.code == expected, refused.code)
            return
        code = ticket["refusal"]["code"] if ticket["refusal"] else "accepted"
        self._report.promise(what, ticket["status"] == "refused" and code == expected, code)

    async def _bureau_has_all(self) -> None:
        def holds(bureau: Bureau) -> bool:
            rows = bureau.received()
            return len(rows) >= self._tested and all(row.verified for row in rows)

        bureau = self._cast.bureau
        there = await asyncio.to_thread(bureau.wait_until, holds, BUREAU_WITHIN_S)
        told = f"{len(bureau.received())} received"
        self._report.promise(f"bureau holds and verified {self._tested} record(s)", there, told)


Scene: TypeAlias = tuple[str, Callable[[Shift, str], Awaitable[None]]]
PASSES: Scene = ("a car passes at the ASM quick check", Shift.a_car_passes)
FAILS: Scene = ("a car fails: ASM5025, then ASM2540", Shift.a_car_fails)
REFUSED: Scene = (
    "its retest without a repair is refused, here and on a lane that never saw the car",
    Shift.its_retest_is_refused,
)
REPAIRED: Scene = ("the M-station repairs and uploads; the retest passes", Shift.the_repaired_car_passes)
WATCHED: Scene = (
    "a diesel passes at free acceleration; its camera is covered, and no further test starts",
    Shift.a_diesel_passes_before_a_covered_camera,
)
LUGGED: Scene = ("a diesel fails at lug-down", Shift.a_diesel_fails)
IDLED: Scene = ("a car with all wheels driven passes at two-speed idle", Shift.an_all_wheel_car_passes)
COVERED: Scene = ("its camera is covered, and no test starts", Shift.a_camera_is_covered)
SCENES: Mapping[str | None, Mapping[str, Sequence[Scene]]] = {
    None: {"01": (PASSES, FAILS, REFUSED, REPAIRED), "02": (WATCHED, LUGGED, IDLED)},
    "gate": {"01": (FAILS, REFUSED)},
    "signature": {"01": (FAILS,)},
    "verdict": {"01": (FAILS,)},
    "receipt": {"01": (PASSES,)},
    "camera": {"02": (COVERED,)},
}
"""By sabotage, then by lane: as many scenes as it takes to see it."""


def machine_was_busy(result: Mapping[str, Any]) -> bool:
    """Say whether a test is void for silence or missed beats alone: lane and devices share one machine here."""
    evidence = [str(why["en"]) for why in result["reasons"]]
    silent = any(text.startswith(SILENCE) or text.endswith(("(stale)", "(no_reply)")) for text in evidence)
    return result["outcome"] == "invalid" and silent


async def _side_by_side(*work: Coroutine[object, object, T]) -> list[T]:
    """Do several things at once; the first that goes wrong ends the others."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
