"""Broker, bureau and M-station as processes of their own, as a person starts them."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulators.broker import free_port

START = (sys.executable, "-c", "import sys; from simulators.cli import main; sys.exit(main())")
Program = "subprocess.Popen[str]"


@pytest.fixture
def program() -> Iterator[Callable[..., Any]]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        process = subprocess.Popen([*START, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"{arguments[0]} ended with {process.wait()}"
        return process, json.loads(line)

    yield start
    for process in reversed(started):
        process.kill()
        process.communicate()


@pytest.mark.system
def test_a_bureau_in_its_own_process_takes_records_and_repairs_and_survives_kill_9(
    world: Any, program: Callable[..., Any], tmp_path: Path
) -> None:
    folder, port, door = tmp_path / "station", free_port(), free_port()
    _, made = program("pki", "--folder", folder, "--lane", world.lane, "--m-station", "M0001")
    program("broker", "--folder", folder, "--port", port)
    office = ("bureau", "--folder", folder, "--broker-port", port, "--door-port", door, "--m-station", "M0001")
    bureau, _ = program(*office)
    repair = ("--m-station", "M0001", "--plate", world.plate, "--vin", world.vin, "--settled-on", "2026-11-22")
    _, taken = program("repair", "--folder", folder, "--record", "R1", "--door-port", door, *repair)
    assert taken == {"record": "R1", "uploaded": True}

    hand = world.hand_with_key(world.lane, Path(made["lanes"][world.lane]))
    first, second = hand.seal("fail"), hand.seal("aborted")
    with _Lane(folder, port, world.lane) as lane:
        assert lane.ask(first)["accepted"]
        bureau.kill()
        bureau.wait()
        bureau, _ = program(*office)
        assert lane.ask(first)["report"] == lane.receipts[0]["report"]
        assert lane.ask(second)["accepted"]
    bureau.send_signal(signal.SIGTERM)
    rows = [json.loads(line) for line in bureau.communicate(timeout=10)[0].splitlines()]
    assert [(row["sequence"], row["outcome"]) for row in rows] == [(1, "fail"), (2, "aborted")]


class _Lane:
    """A lane's certificate, a topic to speak on, and patience: says a thing again until it is answered."""

    def __init__(self, folder: Path, port: int, lane: str) -> None:
        self.receipts: list[dict[str, Any]] = []
        self._lane, self._port = lane, port
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        tls, name = folder / "tls", "lane-" + lane.replace("/", "-")
        self._client.tls_set(str(tls / "ca.pem"), str(tls / f"{name}.pem"), str(tls / f"{name}.key.pem"))
        self._client.on_message = lambda _c, _u, message: self.receipts.append(json.loads(message.payload))

    def __enter__(self) -> "_Lane":
        self._client.connect("127.0.0.1", self._port)
        self._client.subscribe(f"lanectl/v1/{self._lane}/receipt", 1)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()

    def ask(self, payload: bytes) -> dict[str, Any]:
        """Return the receipt for exactly this message; receipts for earlier ones may come again in between."""
        wanted, seen = json.loads(payload)["id"], len(self.receipts)
        for turn in range(400):
            if turn % 40 == 0:
                self._client.publish(f"lanectl/v1/{self._lane}/record", payload, qos=1)
            self._client.loop(0.05)
            found = [receipt for receipt in self.receipts[seen:] if receipt["id"] == wanted]
            if found:
                return found[0]
        raise AssertionError("no receipt came")
