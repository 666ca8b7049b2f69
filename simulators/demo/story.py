"""The shift that the demo plays: a pass, a fail, a refused retest, a repair, a pass. Each promise is checked.

Knows the story and what must hold. People are in operator.py, programs in children.py.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from simulators.bureau import Bureau, ReceivedRow
from simulators.demo.layout import M_STATION, LaneLayout, Layout, lanectl_command
from simulators.demo.operator import Operator, Refused, Wheel
from simulators.demo.report import Report
from simulators.demo.sabotage import tamper
from simulators.m_station import MStation, Repair
from simulators.presets import PRESETS

TEST_WITHIN_S = 420.0
"""Lane seconds that a test may take in all, from the first prompt to the raised lift."""
BUREAU_WITHIN_S = 20.0
BEIJING = timezone(timedelta(hours=8))
FIRST_REGISTERED = {"clean_petrol": "2021-04-12", "worn_catalyst": "2013-06-03", "repaired": "2013-06-03"}


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who takes part."""

    layout: Layout
    bureau: Bureau
    m_station: MStation
    operators: Mapping[str, Operator]
    wheel: Wheel
    clock_factor: float
    sabotage: str | None

    @property
    def first_lane(self) -> LaneLayout:
        """The lane on which the cars are tested."""
        return self.layout.lanes["01"]


def form(preset: str) -> dict[str, object]:
    """Return what an operator reads off the registration of a simulated car."""
    car = PRESETS[preset]
    return {
        "plate": car.plate,
        "vin": car.vin,
        "fuel": car.fuel,
        "reference_mass_kg": car.reference_mass_kg,
        "gross_mass_kg": car.gross_mass_kg,
        "first_registered": FIRST_REGISTERED[preset],
        "built": FIRST_REGISTERED[preset],
        "closed_loop": True,
    }


async def play(cast: Cast, report: Report) -> None:
    """Play the shift."""
    report.step("A car passes at the ASM quick check")
    await _test(cast, report, "clean_petrol", "pass", quick=True)
    report.step("A car fails: ASM5025, then ASM2540")
    await _test(cast, report, "worn_catalyst", "fail", quick=False)
    await _bureau_has(cast, report, 2)
    report.step("Its retest without a repair is refused, on this lane and on one that never saw the car")
    await _refused(cast, report, "01", "this lane")
    await _refused(cast, report, "02", "the second lane")
    report.step("The M-station repairs and uploads; the retest passes")
    await _repair(cast, report)
    await _test(cast, report, "repaired", "pass", quick=True, retest=True)
    await _bureau_has(cast, report, 3)


async def check_evidence(cast: Cast, report: Report) -> None:
    """Look at what everybody holds in the end: bureau, ledger, bundles."""
    lane = cast.first_lane
    await asyncio.to_thread(tamper, cast.sabotage, lane)
    received = cast.bureau.received()
    verified = [row for row in received if row.verified]
    report.promise(
        "bureau verified every record", len(verified) == 3 == len(received), f"{len(verified)} of {len(received)}"
    )
    view = await cast.operators["01"].view()
    waiting = view["uplink"]["outbox"]
    report.promise("outbox empty, by signed receipts alone", waiting == 0, f"{waiting} messages wait")
    code, answer = await _lanectl("verify", "--config", str(lane.lane_file))
    report.promise("lanectl verify: chain, signatures, traces", code == 0, _short(answer))
    for test_id in [result["test_id"] for result in view["results"]]:
        code, answer = await _lanectl("replay", test_id, "--config", str(lane.lane_file))
        report.promise(f"lanectl replay {test_id}: same verdict", code == 0, _short(answer))
    _show_table(report, received)


async def _test(cast: Cast, report: Report, preset: str, outcome: str, *, quick: bool, retest: bool = False) -> None:
    operator, wheel = cast.operators["01"], cast.wheel
    wheel.new_car()
    await wheel.say(do="vehicle", preset=preset)
    ticket = await operator.accept(form(preset))
    label = f"{ticket['plate']} {'retest' if retest else 'test'}"
    if ticket["status"] != "waiting":
        report.promise(f"{label} accepted", False, f"refused: {ticket['refusal']['code']}")
        return
    result = await operator.test(ticket["ticket"], TEST_WITHIN_S / cast.clock_factor + 20.0)
    await wheel.say(do="leave")
    values = {judgement["quantity"]: judgement["value"] for judgement in result["judgements"]}
    report.promise(f"{label} ends as {outcome}", result["outcome"] == outcome, f"{result['outcome']} {values}")
    judged = {quantity[:7] for quantity in values}
    expected = {"asm5025"} if quick else {"asm2540"}  # the mode that decided; 2540 only follows a failed 5025
    if outcome == result["outcome"]:
        report.promise(
            f"{label} judged by {' and '.join(sorted(expected))}", judged == expected, ", ".join(sorted(judged))
        )


async def _refused(cast: Cast, report: Report, lane: str, name: str) -> None:
    operator = cast.operators[lane]
    try:
        ticket = await operator.accept(form("worn_catalyst"))
    except Refused as refused:
        report.promise(f"retest refused on {name}", True, refused.code)
        return
    code = ticket["refusal"]["code"] if ticket["refusal"] else "accepted"
    report.promise(f"retest refused on {name}", ticket["status"] == "refused" and code == "NO_REPAIR_RECORD", code)


async def _repair(cast: Cast, report: Report) -> None:
    car = PRESETS["repaired"]
    repair = Repair(
        record="R-2026-000318",
        plate=car.plate,
        vin=car.vin,
        settled_on=datetime.now(BEIJING).replace(tzinfo=None).isoformat(timespec="seconds"),
        certificate="HG-2026-000318",
        settlement_list="JS-2026-000318",
        invoice="FP-44012600318",
        items=("三元催化转化器更换", "氧传感器更换"),
    )
    await asyncio.to_thread(cast.m_station.announce, repair)
    ticket = await cast.operators["01"].accept(form("repaired"))
    code = ticket["refusal"]["code"] if ticket["refusal"] else "accepted"
    report.promise("a settled repair that is not uploaded opens nothing", code == "NOT_UPLOADED", code)
    await asyncio.to_thread(cast.m_station.upload, repair)
    report.promise(f"M-station {M_STATION} uploaded", True, repair.record)


async def _bureau_has(cast: Cast, report: Report, count: int) -> None:
    def holds(bureau: Bureau) -> bool:
        rows = bureau.received()
        return len(rows) >= count and all(row.verified for row in rows)

    there = await asyncio.to_thread(cast.bureau.wait_until, holds, BUREAU_WITHIN_S)
    report.promise(f"bureau holds and verified {count} records", there, f"{len(cast.bureau.received())} received")


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
