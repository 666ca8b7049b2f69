"""Cameras in a lane file: what may be written, and what is said about the rest."""

from pathlib import Path
from typing import Any

import pytest

from lanectl.app.mode import Facts, kind_of_url, reasons_against
from lanectl.settings.lane_file import check_lane_file

LANE = """\
[lane]
region = "440106"
station = "44010625"
lane = "01"
name = "一号线"
mode = "training"
[[operators]]
id = "op1"
name = "张三"
[devices.gas]
driver = "nanhua-nha-506i"
port = "/dev/ttyS0"
"""
CAMERA = """\
[[cameras]]
id = "front"
name = "前摄像头"
url = "rtsp://user:secret@192.0.2.7:554/live"
clock_region = [0.0, 0.0, 0.4, 0.1]
"""


def problems(folder: Path, *cameras: str) -> list[tuple[str, str]]:
    file = folder / "lane.toml"
    file.write_text(LANE + "".join(cameras), "utf-8")
    return [(problem.code, problem.key) for problem in check_lane_file(file).problems]


def test_a_camera_needs_no_more_than_id_name_and_address_and_is_required(tmp_path: Path) -> None:
    file = tmp_path / "lane.toml"
    file.write_text(LANE + '[[cameras]]\nid = "front"\nname = "前"\nurl = "http://192.0.2.7/mjpg"\n', "utf-8")
    checked = check_lane_file(file)
    assert checked.problems == ()
    assert checked.lane_file is not None
    (camera,) = checked.lane_file.cameras
    assert (camera.id, camera.required, camera.clock_region, camera.reference) == ("front", True, None, None)


def test_a_whole_camera_is_read(tmp_path: Path) -> None:
    (tmp_path / "front.png").write_bytes(b"")
    assert problems(tmp_path, CAMERA + 'reference = "front.png"\nrequired = false\n') == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("rtsp://user", "file:///etc", ("bad_value", "cameras[0].url")),
        ('"front"', '"Front camera"', ("bad_value", "cameras[0].id")),
        ("[0.0, 0.0, 0.4, 0.1]", "[0.7, 0.0, 0.4, 0.1]", ("clock_region", "cameras[0].clock_region")),
        ("[0.0, 0.0, 0.4, 0.1]", "[0.0, 0.0, 1.0, 0.5]", ("clock_region", "cameras[0].clock_region")),
        ("[0.0, 0.0, 0.4, 0.1]", "[0.0, 0.0, 0.4, 0.0]", ("clock_region", "cameras[0].clock_region")),
        ("clock_region", "clock_regoin", ("unknown_key", "cameras[0].clock_regoin")),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path: Path, old: str, new: str, expected: tuple[str, str]) -> None:
    assert problems(tmp_path, CAMERA.replace(old, new)) == [expected]


def test_two_cameras_with_one_id_are_named(tmp_path: Path) -> None:
    assert problems(tmp_path, CAMERA, CAMERA) == [("same_camera", "cameras[1].id")]


def test_a_reference_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path, CAMERA, 'reference = "none.png"\n') == [("no_file", "cameras[0].reference")]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("rtsp://127.0.0.1:8554/hall", "network_loopback"),
        ("rtsp://127.8.9.1/hall", "network_loopback"),
        ("http://user:pw@localhost:80/x", "network_loopback"),
        ("rtsp://[::1]:8554/hall", "network_loopback"),
        ("rtsp://[::ffff:127.0.0.1]/hall", "network_loopback"),
        ("rtsp://0.0.0.0/hall", "network_loopback"),
        ("rtsp://2130706433/hall", "network_loopback"),
        ("rtsp://192.0.2.7/live", "real"),
        ("rtsp://camera.invalid/live", "missing"),
    ],
)
def test_an_address_on_this_machine_is_a_simulated_end_whatever_it_is_called(url: str, kind: str) -> None:
    assert kind_of_url(url) == kind


def official(**changes: Any) -> Facts:
    facts: dict[str, Any] = {
        "mode": "official",
        "clock_factor": 1.0,
        "ends": {},
        "signers": {},
        "lane_key_realm": "official",
        "lane": "440106/44010625/01",
        "lane_key_lane": "440106/44010625/01",
        "bureau_realms": {"0123456789abcdef": "official"},
        "has_watchdog_output": True,
        "loaded_methods": True,
        "uplink_configured": True,
    }
    return Facts(**{**facts, **changes})


def test_official_mode_refuses_a_camera_on_this_machine_and_training_does_not() -> None:
    cameras = {"front": "network_loopback", "rear": "this_machine", "side": "real"}
    assert reasons_against(official(cameras=cameras)) == [
        "simulated_end: camera front (network_loopback)",
        "simulated_end: camera rear (this_machine)",
    ]
    assert reasons_against(official(cameras=cameras, mode="training", lane_key_realm="training")) == []
