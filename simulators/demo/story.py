"""The shift that the demo plays: a pass, a fail, a refused retest, a repair, a pass; a camera that is covered.

Knows the story and what must hold. People are in operator.py, programs in children.py. Each lane plays its own scenes,
side by side. A shift ends at the first broken promise; with something sabotaged only those scenes are played in which
it must show.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias, TypeVar

from simulators.bureau import Bureau, ReceivedRow
from simulators.demo.camera_story import CameraStory
from simulators.demo.layout import M_STATION, LaneLayout, lanectl_command
from simulators.demo.operator import Refused
from simulators.demo.report import Report
from simulators.demo.sabotage import tamper
from simulators.demo.stage import Cast
from simulators.m_station import Repair
from simulators.presets import PRESETS

T = TypeVar("T")
TEST_WITHIN_S = 420.0
"""Lane seconds that a test may take in all, from the first prompt to the raised lift."""
BUREAU_WITHIN_S = 20.0
RECEIPTS_WITHIN_S = 15.0
BEIJING = timezone(timedelta(hours=8))
FIRST_REGISTERED = {
    "clean_petrol": "2021-04-12",
    "two_units": "2022-09-20",
    "worn_catalyst": "2013-06-03",
    "repaired": "2013-06-03",
}


def form(preset: str) -> dict[str, object]:
    """Return what an operator reads off the registration of a simulated car."""
    car = PRESETS[preset]
    first_registered = FIRST_REGISTERED[preset]
    return {
        "plate": car.plate,
        "vin": car.vin,
        "fuel": car.fuel,
        "reference_mass_kg": car.reference_mass_kg,
        "gross_mass_kg": car.gross_mass_kg,
        "first_registered": first_registered,
        "built": first_registered,
        "closed_loop": True,
    }


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
            await self._check_evidence()

    async def _play(self, lane: str, scenes: Sequence["Scene"]) -> None:
        for title, scene in scenes:
            self._report.step(f"Lane {lane}: {title}")
            await scene(self, lane)
            if self._report.broken:
                return

    # scenes ----------------------------------------------------------------------------------------------------------

    async def a_car_passes(self, lane: str) -> None:
        """Let a clean car pass at the quick check."""
        await self._test(lane, "clean_petrol", "pass", "asm5025")

    async def a_car_passes_behind_a_cloth(self, lane: str) -> None:
        """Let a clean car pass while somebody hangs a cloth over the camera for a moment."""
        camera = CameraStory(self._cast, self._report, lane)
        test_id, _ = await _side_by_side(
            self._test(lane, "clean_petrol", "pass", "asm5025"), camera.cover_for_a_moment()
        )
        if not self._report.broken:
            camera.is_told(str(test_id))

    async def a_car_fails(self, lane: str) -> None:
        """Let a car with a worn catalyst fail in both modes."""
        await self._test(lane, "worn_catalyst", "fail", "asm2540")  # the mode that decided; 2540 follows a failed 5025

    async def its_retest_is_refused(self, lane: str) -> None:
        """See the failed car refused everywhere."""
        for one, layout in self._cast.layout.lanes.items():
            name = "this lane" if one == lane else "the second lane"
            await self._expect_refusal(f"retest refused on {name}", layout.lane, "worn_catalyst", "NO_REPAIR_RECORD")

    async def a_camera_is_covered(self, lane: str) -> None:
        """See a covered camera everywhere, see it stop the next test, and see it well again."""
        camera, operator = CameraStory(self._cast, self._report, lane), self._cast.operators[lane]
        ticket = await operator.accept(form("two_units"))
        await camera.cover()
        if not self._report.broken:
            await camera.shuts_the_lane(ticket["ticket"])
            await camera.uncover()
            await operator.dismiss(ticket["ticket"])

    async def the_repaired_car_passes(self, lane: str) -> None:
        """See the repair open the gate once its record is uploaded."""
        repair = _repair()
        await asyncio.to_thread(self._cast.m_station.announce, repair)
        what = "a settled repair that is not uploaded opens nothing"
        await self._expect_refusal(what, lane, "repaired", "NOT_UPLOADED")
        await asyncio.to_thread(self._cast.m_station.upload, repair)
        self._report.promise(f"M-station {M_STATION} uploaded", True, repair.record)
        await self._test(lane, "repaired", "pass", "asm5025", label="retest")

    # what they are made of -------------------------------------------------------------------------------------------

    async def _test(
        self, lane: str, preset: str, outcome: str, judged_by: str, label: str = "test", *, again: bool = True
    ) -> str:
        """Test a car as the screen says, once more where the machine was too busy; returns the first test's id."""
        cast, report = self._cast, self._report
        operator, wheel = cast.operators[lane], cast.wheels[lane]
        wheel.new_car()
        await wheel.say(do="vehicle", preset=preset)
        ticket = await operator.accept(form(preset))
        name = f"{ticket['plate']} {label}"
        if ticket["status"] != "waiting":
            report.promise(f"{name} accepted", False, f"refused: {ticket['refusal']['code']}")
            return ""
        within_s = TEST_WITHIN_S / cast.layout.lanes[lane].pace(cast.clock_factor) + 20.0
        result = await operator.test(ticket["ticket"], within_s)
        await wheel.say(do="leave")
        self._tested += 1
        if machine_was_busy(result) and again:
            report.remark(
                "this machine was too busy to see every second: the lane calls the test void, and it is redone"
            )
            await self._test(lane, preset, outcome, judged_by, label, again=False)
            return str(result["test_id"])
        values = {judgement["quantity"]: judgement["value"] for judgement in result["judgements"]}
        found = f"{result['outcome']} {values or result['reasons']}"
        report.promise(f"{name} ends as {outcome}", result["outcome"] == outcome, found)
        if result["outcome"] == outcome:
            modes = sorted({quantity[:7] for quantity in values})
            report.promise(f"{name} judged by {judged_by}", modes == [judged_by], ", ".join(modes))
        await self._bureau_has_all()
        return str(result["test_id"])

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

    # evidence --------------------------------------------------------------------------------------------------------

    async def _check_evidence(self) -> None:
        """Look at what everybody holds in the end: bureau, outboxes, ledgers, traces."""
        cast, report = self._cast, self._report
        received = cast.bureau.received()
        verified = [row for row in received if row.verified]
        complete = len(verified) == len(received) == self._tested
        report.promise("bureau verified every record", complete, f"{len(verified)} of {len(received)}")
        await self._outboxes_empty()
        await asyncio.to_thread(tamper, self._sabotage, cast.first_lane)
        for lane in cast.layout.lanes.values():
            await self._check_ledger(lane, [row.test_id for row in received if row.lane == lane.path])
        _show_table(report, received)

    async def _check_ledger(self, lane: LaneLayout, tests: Sequence[str]) -> None:
        place = ("--config", str(lane.lane_file))
        (code, answer), *replays = await asyncio.gather(
            _lanectl("verify", *place), *(_lanectl("replay", test_id, *place) for test_id in tests)
        )
        what = f"lanectl verify, lane {lane.lane}: chain, signatures, traces"
        self._report.promise(what, code == 0, _short(answer))
        for test_id, (code, answer) in zip(tests, replays, strict=True):
            self._report.promise(f"lanectl replay {test_id}: same verdict", code == 0, _short(answer))

    async def _outboxes_empty(self) -> None:
        """Wait for receipts; not any longer once a lane has told the bureau that it refuses them."""

        def refusals() -> list[str]:
            events = [event for _, event in self._cast.bureau.events()]
            return [str(event["detail"]) for event in events if event["kind"] == "receipt_refused"]

        async def count() -> int:
            return sum([(await operator.view())["uplink"]["outbox"] for operator in self._cast.operators.values()])

        waiting, refused = 0, refusals()
        for _ in range(round(RECEIPTS_WITHIN_S / 0.1)):
            waiting, refused = await count(), refusals()
            if waiting == 0 or refused:
                break
            await asyncio.sleep(0.1)
        evidence = f"{waiting} messages wait" + (f"; the lane refused receipts: {refused[0]}" if refused else "")
        self._report.promise("outboxes empty, by signed receipts alone", waiting == 0 and not refused, evidence)


Scene: TypeAlias = tuple[str, Callable[[Shift, str], Awaitable[None]]]
PASSES: Scene = ("a car passes at the ASM quick check", Shift.a_car_passes)
WATCHED: Scene = (
    "a car passes at the ASM quick check, behind a cloth for a moment",
    Shift.a_car_passes_behind_a_cloth,
)
FAILS: Scene = ("a car fails: ASM5025, then ASM2540", Shift.a_car_fails)
REFUSED: Scene = (
    "its retest without a repair is refused, here and on a lane that never saw the car",
    Shift.its_retest_is_refused,
)
REPAIRED: Scene = ("the M-station repairs and uploads; the retest passes", Shift.the_repaired_car_passes)
COVERED: Scene = ("its camera is covered, and no test starts", Shift.a_camera_is_covered)
SCENES: Mapping[str | None, Mapping[str, Sequence[Scene]]] = {
    None: {"01": (WATCHED, FAILS, REFUSED, REPAIRED), "02": (COVERED,)},
    "gate": {"01": (FAILS, REFUSED)},
    "signature": {"01": (FAILS,)},
    "verdict": {"01": (FAILS,)},
    "receipt": {"01": (PASSES,)},
    "camera": {"02": (COVERED,)},
}
"""By sabotage, then by lane: as many scenes as it takes to see it."""


def machine_was_busy(result: Mapping[str, Any]) -> bool:
    """Say whether a test is void for silence alone: here lane and devices share one machine, and nobody cut a wire."""
    evidence = [str(why["en"]) for why in result["reasons"]]
    silent = any(text.startswith("host:") or text.endswith(("(stale)", "(no_reply)")) for text in evidence)
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


def _repair() -> Repair:
    car = PRESETS["repaired"]
    return Repair(
        record="R-2026-000318",
        plate=car.plate,
        vin=car.vin,
        settled_on=datetime.now(BEIJING).replace(tzinfo=None).isoformat(timespec="seconds"),
        certificate="HG-2026-000318",
        settlement_list="JS-2026-000318",
        invoice="FP-44012600318",
        items=("三元催化转化器更换", "氧传感器更换"),
    )


async def _lanectl(*arguments: str) -> tuple[int, Mapping[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        *lanectl_command(*arguments, "--json"), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    try:
        answer = json.loads(out)
    except ValueError:
        answer = {"error": err.decode("utf-8", "replace")[-300:]}
    return process.returncode or 0, answer


def _short(answer: Mapping[str, Any]) -> str:
    shown = {key: value for key, value in answer.items() if key in ("ok", "records", "first_bad", "same", "error")}
    return json.dumps(shown, ensure_ascii=False)


def _show_table(report: Report, received: Sequence[ReceivedRow]) -> None:
    rows = [
        (
            row.lane,
            str(row.sequence),
            row.plate,
            row.outcome,
            row.report,
            row.repair or "",
            "verified" if row.verified else ", ".join(row.problems),
        )
        for row in received
    ]
    report.table("What the bureau received", ("lane", "no", "plate", "outcome", "report", "repair", "check"), rows)
