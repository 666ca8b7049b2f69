"""Official mode takes no simulated end, whatever it is called and whenever it appears."""

import os
import pty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lanectl.app.mode import end_refused, kind_of_end
from lanectl.lane.equipment import Equipment, Slot


@pytest.fixture
def pseudo_terminal() -> Iterator[str]:
    near, far = pty.openpty()
    yield os.ttyname(far)
    os.close(near)
    os.close(far)


@pytest.mark.parametrize(
    "port",
    ["socket://10.0.0.1:1", "SOCKET://127.0.0.1:1", "[::1]:99", "tcp://[::1]:1", "localhost:1", "spy:///dev/ttyS0",
     "loop://", "virtual:1", "udp_multicast:1", "slcan:ttyS0", "ttyS0", ""],
)  # fmt: skip
def test_a_name_that_is_no_path_is_no_official_end(port: str) -> None:
    assert end_refused("official", port) == "network_or_virtual"
    assert end_refused("training", port) is None


@pytest.mark.parametrize("port", ["/dev/null", "/dev/zero", "/dev/tty", "/dev/ptmx"])
def test_a_device_that_is_no_port_is_no_official_end(port: str) -> None:
    assert end_refused("official", port) is not None


def test_a_link_that_appears_after_the_start_is_looked_at_again(tmp_path: Path, pseudo_terminal: str) -> None:
    link = tmp_path / "gas"
    assert kind_of_end(str(link)) == "missing"

    link.symlink_to(pseudo_terminal)

    assert end_refused("official", str(link)) == "pseudo_terminal"


class OpenedDevice:
    """Counts how often it was opened."""

    def __init__(self) -> None:
        self.opened = 0

    async def open(self) -> None:
        self.opened += 1

    async def close(self) -> None:
        """Nothing to close."""


async def test_a_refused_end_is_never_opened_and_the_slot_says_why(manual_clock: Any) -> None:
    device: Any = OpenedDevice()
    slot = Slot("gas", "gas_analyzer", "some-driver", device, refused=lambda: "pseudo_terminal")
    equipment = Equipment({"gas": slot}, manual_clock, lambda: None)

    opened = await equipment._open(slot)

    assert (opened, device.opened, slot.state) == (False, 0, "fault")
    assert "pseudo_terminal" in slot.evidence
