"""What everybody holds when the shift is over: bureau, outboxes, ledgers, traces; and the table that says so.

Knows how to ask for evidence. Does not know what was played.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from simulators.bureau import ReceivedRow
from simulators.demo.layout import LaneLayout, lanectl_command
from simulators.demo.report import Report
from simulators.demo.sabotage import tamper
from simulators.demo.stage import Cast

RECEIPTS_WITHIN_S = 15.0


async def check_evidence(cast: Cast, report: Report, sabotage: str | None, tested: int) -> None:
    """Have everything verified that the shift has left behind, by whoever holds it."""
    received = cast.bureau.received()
    verified = [row for row in received if row.verified]
    complete = len(verified) == len(received) == tested
    report.promise("bureau verified every record", complete, f"{len(verified)} of {len(received)}")
    await _outboxes_empty(cast, report)
    await asyncio.to_thread(tamper, sabotage, cast.first_lane)
    for lane in cast.layout.lanes.values():
        await _check_ledger(report, lane, [row.test_id for row in received if row.lane == lane.path])
    _show_table(report, received)


async def _outboxes_empty(cast: Cast, report: Report) -> None:
    """Wait for receipts; not any longer once a lane has told the bureau that it refuses them."""

    def refusals() -> list[str]:
        events = [event for _, event in cast.bureau.events()]
        return [str(event["detail"]) for event in events if event["kind"] == "receipt_refused"]

    async def count() -> int:
        return sum([(await operator.view())["uplink"]["outbox"] for operator in cast.operators.values()])

    waiting, refused = await count(), refusals()
    for _ in range(round(RECEIPTS_WITHIN_S / 0.1)):
        if waiting == 0 or refused:
            break
        await asyncio.sleep(0.1)
        waiting, refused = await count(), refusals()
    evidence = f"{waiting} messages wait" + (f"; the lane refused receipts: {refused[0]}" if refused else "")
    report.promise("outboxes empty, by signed receipts alone", waiting == 0 and not refused, evidence)


async def _check_ledger(report: Report, lane: LaneLayout, tests: Sequence[str]) -> None:
    place = ("--config", str(lane.lane_file))
    (code, answer), *replays = await asyncio.gather(
        _lanectl("verify", *place), *(_lanectl("replay", test_id, *place) for test_id in tests)
    )
    what = f"lanectl verify, lane {lane.lane}: chain, signatures, traces"
    report.promise(what, code == 0, _short(answer))
    for test_id, (code, answer) in zip(tests, replays, strict=True):
        report.promise(f"lanectl replay {test_id}: same verdict", code == 0, _short(answer))


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
