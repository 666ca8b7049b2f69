"""Official mode takes no simulated end, whatever it is called and whenever it appears."""

import os
import pty
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lanectl.app.compose import NotAllowedError, Papers, join
from lanectl.app.mode import Facts, end_refused, kind_of_end, reasons_against
from lanectl.lane.equipment import Equipment, Slot
from lanectl.settings.data_files import DataFile
from lanectl.settings.lane_file import load_lane_file

SOUND = Facts(
    mode="official",
    clock_factor=1.0,
    ends={"gas": "real"},
    signers={"limits/gb18285-2018": "official"},
    lane_key_realm="official",
    lane="440106/44010625/01",
    lane_key_lane="440106/44010625/01",
    bureau_realms={"0123456789abcdef": "official"},
    has_watchdog_output=True,
    loaded_methods=True,
    uplink_configured=True,
)


def test_a_sound_official_lane_may_run() -> None:
    assert reasons_against(SOUND) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"clock_factor": 2.0}, "clock_factor"),
        ({"ends": {"gas": "pseudo_terminal"}}, "simulated_end"),
        ({"ends": {"gas": "network_or_virtual"}}, "simulated_end"),
        ({"signers": {"limits/gb18285-2018": None}}, "data_unsigned"),
        ({"signers": {"limits/gb18285-2018": "training"}}, "data_of_other_realm"),
        ({"lane_key_realm": "training"}, "key_of_other_realm"),
        ({"lane_key_realm": "unknown"}, "key_of_other_realm"),
        ({"lane_key_lane": "440106/44010699/01"}, "key_of_other_lane"),
        ({"lane_key_lane": None}, "key_of_no_lane"),
        ({"bureau_realms": {"0123456789abcdef": "training"}}, "bureau_key_of_other_realm"),
        ({"bureau_realms": {"0123456789abcdef": None}}, "bureau_key_of_other_realm"),
        ({"has_watchdog_output": False}, "no_watchdog_output"),
        ({"uplink_configured": False}, "no_uplink"),
    ],
)
def test_each_thing_that_is_not_official_keeps_an_official_lane_from_running(
    change: dict[str, Any], reason: str
) -> None:
    against = reasons_against(replace(SOUND, **change))

    assert [one.partition(":")[0] for one in against] == [reason]


def test_a_lane_file_that_names_another_station_than_its_key_does_not_start(lane_file: Path) -> None:
    lane_file.write_text(lane_file.read_text("utf-8").replace("44010625", "44010699"), "utf-8")

    with pytest.raises(NotAllowedError, match="key_of_other_lane: 440106/44010625/01"):
        join(load_lane_file(lane_file), lambda *_: cast(Any, None))


def test_a_data_file_cannot_hide_anothers_signer_behind_the_same_name() -> None:
    def signed(kind: str, realm: str) -> Any:
        return DataFile("x", kind, {}, "0" * 64, "0123456789abcdef", "", b"", realm=realm)

    profile: Any = SimpleNamespace(file=signed("profiles", "official"), calendars=())
    papers = Papers(
        signed("limits", "training"),
        signed("other", "official"),
        profile,
        signed("calibration", "official"),
        cast(Any, None),
        signed("limits of readings", "official"),
        cast(Any, None),
    )

    assert papers.signers()["limits/x"] == "training"


@pytest.fixture
def pseudo_terminal() -> Iterator[str]:
    near, far = pty.openpty()
    yield os.ttyname(far)
    os.close(near)
    os.close(far)


@pytest.mark.parametrize(
    "port",
    ["socket://10.0.0.1:1", "SOCKET://127.0.0.1:1", "[::1]:99", "localhost:1", "spy:///dev/ttyS0",
     "loop://", "virtual:1", "udp_multicast:1", "slcan:ttyS0", "ttyS0", ""],
)  # fmt: skip
def test_a_name_that_is_no_path_is_no_official_end(port: str) -> None:
    assert end_refused("official", port) == "network_or_virtual"
    assert end_refused("official", "tcp://[::1]:1") == "network_loopback"
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
