"""The contract of every driver: walk the registry and name what is missing."""

import importlib
import inspect
import json
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from drivers import registry
from drivers.ak_line import IN_ERROR
from drivers.errors import DeviceError
from drivers.gas_analyzer.amb import TROUBLES
from drivers.gas_analyzer.plausible import FLOW_NOT_TOLD, PLAUSIBLE
from drivers.nox_analyzer.mqw_510x import PLAUSIBLE as PLAUSIBLE_NOX
from drivers.opacimeter.meter import PLAUSIBLE as PLAUSIBLE_SMOKE
from drivers.registry import DECODERS, DRIVERS, CodecInfo, DriverInfo, RegistryError, all_drivers
from drivers.roles import (
    DriverDisplay,
    Dynamometer,
    FlowMeter,
    GasAnalyzer,
    LaneIo,
    NoxAnalyzer,
    ObdReader,
    Opacimeter,
    RollerMotor,
    Tachometer,
    WeatherStation,
)
from drivers.transports.memory import MemoryPipe
from lanectl.model.words.devices import ERRORS, FLAGS, STATES, device_state_text
from tests.drivers.needed import MAPS

ROOT = Path(__file__).parents[2]
ROLES: dict[str, Any] = {
    "gas_analyzer": GasAnalyzer,
    "dynamometer": Dynamometer,
    "obd_reader": ObdReader,
    "opacimeter": Opacimeter,
    "tachometer": Tachometer,
    "driver_display": DriverDisplay,
    "weather_station": WeatherStation,
    "lane_io": LaneIo,
    "nox_analyzer": NoxAnalyzer,
    "flow_meter": FlowMeter,
    "roller_motor": RollerMotor,
}
KEBAB = r"[a-z0-9]+(-[a-z0-9]+)*"

drivers = pytest.mark.parametrize("info", DRIVERS.values(), ids=lambda info: info.id)
codecs = pytest.mark.parametrize("codec", DECODERS.values(), ids=lambda codec: codec.id)


@drivers
def test_a_driver_fills_its_role(info: DriverInfo, manual_clock: Any) -> None:
    near, _ = MemoryPipe.pair()
    settings = info.settings.model_validate({"driver": info.id, "port": "/dev/lane/x", **MAPS.get(info.id, {})})
    for transport in (near, None):
        device = info.build("name in the lane file", settings, transport, manual_clock)
        assert isinstance(device, ROLES[info.role])
        assert device.device == "name in the lane file"
        assert hasattr(device, "exchange"), "the lane taps raw bytes there"


@drivers
def test_settings_are_strict_and_know_their_driver(info: DriverInfo) -> None:
    for wrong in ({"prot": "x"}, {"driver": "another"}, {"port": ""}, {"port": 7}):
        with pytest.raises(ValidationError):
            info.settings.model_validate({"driver": info.id, "port": "/dev/lane/x", **MAPS.get(info.id, {}), **wrong})
    with pytest.raises(ValidationError):
        info.settings.model_validate({"driver": info.id, **MAPS.get(info.id, {})})


@drivers
def test_a_driver_says_what_it_does_not_know(info: DriverInfo) -> None:
    module = inspect.getmodule(info.build)
    assert "Does not know" in (inspect.getdoc(module) or "")


@drivers
def test_a_driver_has_a_simulated_wire_face(info: DriverInfo) -> None:
    module = importlib.import_module(info.simulator)
    assert info.simulator.startswith("simulators.")
    assert "Does not know" in (inspect.getdoc(module) or "")


@drivers
def test_the_catalogue_entry_is_whole(info: DriverInfo) -> None:
    assert info.grade in ("A", "B", "A/B")
    assert info.codec.id == info.id
    for text in (info.name, info.maker, info.protocol):
        assert text.strip() == text != ""


@codecs
def test_a_codec_is_pure_and_says_what_it_does_not_know(codec: CodecInfo) -> None:
    assert codec.codec.startswith("protocols.")
    assert "Does not know" in (inspect.getdoc(importlib.import_module(codec.codec)) or "")


@codecs
def test_a_codec_has_golden_frames_each_way_it_speaks_with_a_source(codec: CodecInfo) -> None:
    vectors = json.loads((ROOT / "tests/vectors" / codec.vectors).read_text(encoding="utf-8"))
    own = [vector for vector in vectors if codec.id in vector["devices"]]
    ways = {codec.one_way} if codec.one_way else {"to_device", "from_device"}
    assert {vector["direction"] for vector in own} == ways
    assert all(vector["source"] for vector in own)


def third_party(monkeypatch: pytest.MonkeyPatch, loaded: object) -> None:
    point = EntryPoint("x", "somebody.elses:INFO", registry.ENTRY_POINTS)
    monkeypatch.setattr(EntryPoint, "load", lambda self: loaded)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == registry.ENTRY_POINTS else [])


def test_third_parties_join_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    theirs = replace(DRIVERS["elm327"], id="acme-scanner")
    third_party(monkeypatch, theirs)
    assert all_drivers()["acme-scanner"] is theirs
    assert set(DRIVERS) < set(all_drivers())


def test_a_third_party_never_replaces_a_driver_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    third_party(monkeypatch, DRIVERS["elm327"])
    with pytest.raises(RegistryError, match="already there"):
        all_drivers()
    third_party(monkeypatch, "not a driver")
    with pytest.raises(RegistryError, match="no DriverInfo"):
        all_drivers()


def test_every_device_error_and_flag_has_words_in_both_languages() -> None:
    classes: set[type[DeviceError]] = {DeviceError, *DeviceError.__subclasses__()}
    assert {error.code for error in classes} == set(ERRORS)
    assert {f"{name.rstrip('_')}_out_of_range" for name in (*PLAUSIBLE, *PLAUSIBLE_SMOKE, *PLAUSIBLE_NOX)} <= set(FLAGS)
    assert {"low_flow", "o2_sensor_aged", "no_sensor_aged", "water_trap_full"} <= set(FLAGS)
    assert {"no_oil_probe", "no_signal", FLOW_NOT_TOLD, IN_ERROR, *TROUBLES} <= set(FLAGS)
    for text in (*ERRORS.values(), *FLAGS.values(), *STATES.values()):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in text.zh)
        assert text.en.isascii()


def test_a_state_is_told_by_its_error_where_it_has_one() -> None:
    assert device_state_text("fault", "garbled_reply") is ERRORS["garbled_reply"]
    assert device_state_text("ready", None) is STATES["ready"]
    assert device_state_text("lost", "something new") is STATES["lost"]
