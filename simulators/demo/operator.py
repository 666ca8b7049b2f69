"""The people at the lane: an operator at the terminal and a driver at the wheel, who do what the screen says.

Knows the terminal's local API and the simulated lane's control surface, as two people would use them. Judges nothing.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import httpx

View: TypeAlias = Mapping[str, Any]
POLL_S = 0.1
ANSWERS = {
    "mil_lights_at_key_on": "yes",
    "mil_out_with_engine_on": "yes",
    "wheels_on_rollers": "yes",
    "standing_in_neutral": "yes",
    "tachometer_attached": "yes",
    "probe_in": "yes",
    "opacity_probe_in": "yes",
    "diesel_probes_in": "yes",
}


PROBES = ("probe_in", "opacity_probe_in", "diesel_probes_in")
PEDALS: Mapping[str, Mapping[str, object]] = {
    "accelerate_to": {"do": "target", "speed_kmh": "target_kmh"},
    "hold_speed": {"do": "target", "speed_kmh": "target_kmh"},
    "hold_rpm": {"do": "rev", "rpm": "target_rpm"},
    "let_idle": {"do": "let_go"},
    "blow_out": {"do": "snap", "hold_s": None},
    "snap_now": {"do": "snap", "hold_s": None},
    "snap_let_go": {"do": "let_go"},
    "snap_wait": {"do": "let_go"},
    "rev_to_maximum": {"do": "rev", "rpm": 9000.0},
    "full_throttle": {"do": "full_throttle", "on": True},
    "release_pedal": {"do": "let_go"},
    "brake_to_stop": {"do": "stop"},
    "sealing": {"do": "stop"},
}
"""By prompt, what the driver does; a text that names a part of the prompt stands for its value."""


def pedals(prompt: View) -> dict[str, object]:
    """Return what the driver does at a prompt that is about pedals."""
    return {
        key: prompt[value] if isinstance(value, str) and key != "do" else value
        for key, value in PEDALS[prompt["code"]].items()
    }


class TestStuckError(Exception):
    """A test did not come to its end in time; says where it stood."""

    __test__ = False


@dataclass(slots=True)
class Refused(Exception):  # noqa: N818 - the lane's own word for it
    """The lane said no."""

    code: str
    message: str


@dataclass
class Hand:
    """Somebody who does things to a simulated lane or camera, over its control socket."""

    socket: Path

    async def say(self, **command: object) -> dict[str, object]:
        """Give one command and return the reply."""
        reader, writer = await asyncio.open_unix_connection(str(self.socket))
        try:
            writer.write(json.dumps(command).encode() + b"\n")
            await writer.drain()
            reply = json.loads(await reader.readline())
        finally:
            writer.close()
            await writer.wait_closed()
        if not reply.get("ok"):
            raise RuntimeError(f"{self.socket.parent.name} refuses {command}: {reply}")
        return dict(reply)


@dataclass
class Cloth(Hand):
    """Somebody with a cloth before a camera."""

    async def cover(self) -> None:
        """Hang it over the lens."""
        await self.say(do="see", sight="covered")

    async def uncover(self) -> None:
        """Take it away."""
        await self.say(do="see", sight="live")


@dataclass
class Wheel(Hand):
    """The driver: key, pedal and probe of the simulated car."""

    _done: dict[str, object] = field(default_factory=dict)

    async def once(self, key: str, value: object, **command: object) -> None:
        """Do something unless it was the last thing done in this respect."""
        if self._done.get(key) != value:
            await self.say(**command)
            self._done[key] = value

    def new_car(self) -> None:
        """Forget what was done with the car before."""
        self._done.clear()


class Operator:
    """Somebody at the terminal of one lane."""

    def __init__(self, port: int, wheel: Wheel | None, operator: str = "op1") -> None:
        self._client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30.0)
        self._wheel = wheel
        self._operator = operator

    async def close(self) -> None:
        """Leave the terminal."""
        await self._client.aclose()

    async def view(self) -> View:
        """Look at the screen."""
        answer = await self._client.get("/api/view")
        answer.raise_for_status()
        return dict(answer.json())

    async def until(self, holds: Callable[[View], bool], what: str, within_s: float) -> View:
        """Look at the screen until something holds."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    with contextlib.suppress(httpx.TransportError):  # the daemon is still starting
                        view = await self.view()
                        if holds(view):
                            return view
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise TestStuckError(f"{what} after {within_s:.0f} s") from None

    async def accept(self, car: Mapping[str, object]) -> dict[str, Any]:
        """Enter a vehicle; returns its ticket, waiting or refused."""
        return await self._post("/api/tickets", {"operator": self._operator, **car})

    async def test(self, ticket: str, within_s: float) -> View:
        """Start a waiting vehicle and see its test through as the screen says; returns its result."""
        return await self.follow(await self.start(ticket), within_s)

    async def start(self, ticket: str) -> str:
        """Start a waiting vehicle; returns the test's id."""
        started = await self._post(f"/api/tickets/{ticket}/start", {"operator": self._operator})
        return str(started["test_id"])

    async def dismiss(self, ticket: str) -> None:
        """Take a vehicle out of the queue."""
        await self._post(f"/api/tickets/{ticket}/dismiss", {"operator": self._operator})

    async def stop(self, why: str) -> None:
        """Stop the running test."""
        await self._post("/api/stop", {"operator": self._operator, "why": why})

    async def follow(self, test_id: str, within_s: float) -> View:
        """Do as the screen says until a test is over; returns its result."""
        seen = "starting"
        try:
            async with asyncio.timeout(within_s):
                while True:
                    view = await self.view()
                    running = view["running"]
                    if running is None or running["test_id"] != test_id:
                        return self._result(view, test_id)
                    seen = f"{running['stage']}/{running['phase']}/{running['prompt']['code']}"
                    await self.obey(running)
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise TestStuckError(f"test {test_id} stands at {seen} after {within_s:.0f} s") from None

    @staticmethod
    def _result(view: View, test_id: str) -> View:
        return next(dict(result) for result in view["results"] if result["test_id"] == test_id)

    async def obey(self, running: View) -> None:
        """Do what the screen of a running test asks for now: drive, and answer."""
        if self._wheel is not None:
            await self._drive(self._wheel, running)
        question = running["question"]
        if question is not None:
            choice = ANSWERS.get(question["id"], question["choices"][0][0])
            answer = {"question": question["id"], "choice": choice, "operator": self._operator}
            try:
                await self._post("/api/answer", answer)
            except Refused as refused:
                if refused.code != "no_question":  # the test may have ended meanwhile
                    raise

    @staticmethod
    async def _drive(wheel: Wheel, running: View) -> None:
        prompt, question = running["prompt"], running["question"]
        asked = question["id"] if question else ""
        if asked == "mil_lights_at_key_on":
            await wheel.once("key", "on", do="ignition", state="on")
        elif asked == "mil_out_with_engine_on":
            await wheel.once("key", "running", do="ignition", state="running")
            await wheel.once("plug", True, do="plug", **{"in": True})
        elif asked == "tachometer_attached":
            await wheel.once("clamp", True, do="clamp", on=True)
        elif asked in PROBES:
            await wheel.once("probe", True, do="probe", **{"in": True})
        elif prompt["code"] in PEDALS:
            instruction = pedals(prompt)
            await wheel.once("pedals", (prompt["code"], *instruction.values()), **instruction)

    async def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        answer = await self._client.post(path, json=body)
        if answer.status_code == httpx.codes.CONFLICT:
            refusal = answer.json()
            raise Refused(refusal["code"], refusal["message"]["en"])
        answer.raise_for_status()
        return dict(answer.json())
