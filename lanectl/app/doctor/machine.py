"""Is the machine in order: its clock, and the service manager's view of the lane."""

import ctypes
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from lanectl.app.doctor.finding import Finding, found
from lanectl.lane.clock import stamp

MADE = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows an earlier time."""
SYSTEMD_RUNS = Path("/run/systemd/system")
UNIT = "lanectl.service"
ASK_WITHIN_S = 3.0
NOT_SYNCHRONISED = 0x0040
"""STA_UNSYNC of the kernel's clock status (adjtimex(2))."""


class _Timex(ctypes.Structure):
    """The beginning of the kernel's struct timex, and room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def check_clock() -> Finding:
    """Ask the kernel whether somebody keeps its clock right; changes nothing."""
    now = datetime.now(UTC)
    shown = stamp(int(now.timestamp() * 1000))
    if now < MADE:
        return found("clock", "clock_wrong", now=shown)
    told = _Timex()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told)) < 0:
        return found("clock", "clock_unknown", detail=os.strerror(ctypes.get_errno()))
    if told.status & NOT_SYNCHRONISED:
        return found("clock", "clock_free", now=shown)
    return found("clock", "clock", error=f"{told.maxerror / 1000:.0f} ms")


def check_service() -> Finding:
    """Ask systemd, where it runs, how the lane's unit stands."""
    systemctl = shutil.which("systemctl")
    if systemctl is None or not SYSTEMD_RUNS.is_dir():
        return found("service", "service_none")
    names = "LoadState,ActiveState,SubState,Result,NRestarts,StatusText,ExecMainStatus"
    try:
        done = subprocess.run(
            [systemctl, "show", UNIT, f"--property={names}"],
            capture_output=True, text=True, timeout=ASK_WITHIN_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return found("service", "service_not_told", detail=f"no answer within {ASK_WITHIN_S:g} s")
    if done.returncode != 0:
        return found("service", "service_not_told", detail=done.stderr.strip())
    return service_finding(done.stdout)


def service_finding(shown: str) -> Finding:
    """Say how the unit stands, from what ``systemctl show`` prints."""
    facts = {name: value for name, _, value in (line.partition("=") for line in shown.splitlines())}
    active = facts.get("ActiveState", "")
    detail = f"{facts.get('Result')}, exit {facts.get('ExecMainStatus')}, {facts.get('NRestarts')} restarts"
    if facts.get("LoadState") == "not-found":
        return found("service", "service_not_installed")
    if active == "active":
        return found("service", "service", restarts=facts.get("NRestarts"), status=facts.get("StatusText", ""))
    code = {"failed": "service_failed", "inactive": "service_stopped"}.get(active, "service_starting")
    return found("service", code, detail=detail)
