"""Every device family that this project promises, by name, with all of its parts."""

import importlib
from pathlib import Path

import pytest

from drivers.registry import DECODERS, DRIVERS
from drivers.settings import Strict
from simulators.devices import DEVICE_IDS
from tests.drivers.needed import MAPS

ROOT = Path(__file__).parents[2]
FAMILIES = {
    "gas analyzers": (
        "nanhua-nha-503", "nanhua-nha-503v", "nanhua-nha-506i", "fuli-fla-502", "chida-cdf-5000", "nanhua-nha-506",
        "mingquan-mqw-511", "mingquan-mqw-50a", "mingquan-mqw-50b", "fuli-fla-501", "horiba-mexa-584l",
        "foshan-fga-4100", "foshan-fasm-5000", "ak-gas",
    ),
    "analyzers of a diesel's exhaust": ("mingquan-mqw-5101", "mingquan-mqw-5102", "nanhua-nht-610-nox", "ak-nox"),
    "opacimeters": (
        "nanhua-nht-6", "nanhua-nht-1", "nanhua-nht-1l", "mingquan-mqy-200", "fuli-flb-100", "foshan-fty-100",
        "chida-cdf-5000-smoke", "nanhua-nht-610",
    ),
    "flow meters": ("nanhua-nhf-1", "vmas-flow-binary", "mingquan-mql-100", "fuli-flv-1000"),
    "dynamometers": ("xincheng-bntd", "igbt-ascii", "nanhua-nhc-03", "maha-asm-p", "generic-modbus-dyno"),
    "roller motors": ("amb-converter", "amb100-converter", "sb60-converter", "x11-converter"),
    "tachometers": ("fuli-vmt-2000", "nanhua-rpm-5300", "mingquan-mqz-3", "vtet-1000"),
    "weather stations": ("fuli-fth-2", "xincheng-xce-100", "xincheng-xce-101", "rz-1", "dwsp-t5", "nanhua-para"),
    "LED panels": ("nanhua-led", "tongji-led", "antong-led"),
    "OBD": ("elm327", "iso15765-can", "iso27145-can", "j1939-can", "zenyuan-vci"),
    "lane I/O": ("generic-modbus-io",),
}  # fmt: skip
PROMISED = [device for family in FAMILIES.values() for device in family]
TWO_TRANSPORTS = {"ak-gas", "ak-nox", "generic-modbus-dyno", "generic-modbus-io"}
"""These stand on a serial port or on a network."""
promised = pytest.mark.parametrize("device", PROMISED)


@promised
def test_a_family_is_there_with_all_of_its_parts(device: str) -> None:
    """Codec, golden frames, driver with settings, simulator on a wire, page: what each holds is the other tests'."""
    assert device in DRIVERS, "no driver"
    info = DRIVERS[device]
    assert device in DECODERS
    assert device in DEVICE_IDS, "no simulated device"
    for module in (info.codec.codec, info.simulator):
        importlib.import_module(module)
    assert (ROOT / "tests" / "vectors" / info.codec.vectors).is_file()
    assert (ROOT / "docs" / "devices" / f"{device}.md").is_file(), "no page: make catalogue"
    assert issubclass(info.settings, Strict)
    assert info.probes or info.codec.one_way == "to_device", "nobody can find it on a port"


@pytest.mark.parametrize("device", sorted(TWO_TRANSPORTS))
def test_a_device_of_two_transports_takes_either_port(device: str) -> None:
    for port in ("/dev/serial/by-id/usb-x", "tcp://192.0.2.7:502"):
        keys = {"driver": device, "port": port, **MAPS[device]}
        assert DRIVERS[device].settings.model_validate(keys).port == port  # type: ignore[attr-defined]


def test_the_list_leaves_no_device_out() -> None:
    """A device that joins stands in the list too."""
    assert set(DRIVERS) <= set(PROMISED)
