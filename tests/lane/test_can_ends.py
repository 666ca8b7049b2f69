"""Which CAN interfaces an official lane takes: those of the kernel with hardware behind them."""

from pathlib import Path

import pytest

from lanectl.app.mode import end_refused, kind_of_can, kind_of_end


@pytest.fixture
def sys_net(tmp_path: Path) -> Path:
    """A tree as the kernel shows it: can0 on USB, vcan0 and slcan0 without hardware, eth0 that is no CAN interface."""
    folder = tmp_path / "class/net"
    folder.mkdir(parents=True)
    places = {
        "can0": ("pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/net", "280"),
        "vcan0": ("virtual/net", "280"),
        "slcan0": ("virtual/net", "280"),
        "eth0": ("pci0000:00/0000:00:03.0/virtio2/net", "1"),
    }
    for name, (place, kind) in places.items():
        device = tmp_path / "devices" / place / name
        device.mkdir(parents=True)
        (device / "type").write_text(f"{kind}\n", "ascii")
        (folder / name).symlink_to(device)
    return folder


@pytest.mark.parametrize(
    ("interface", "kind"),
    [
        ("can0", "real"),
        ("vcan0", "virtual_can"),
        ("slcan0", "virtual_can"),
        ("eth0", "not_a_device"),
        ("can7", "missing"),
        ("", "network_or_virtual"),
        ("..", "network_or_virtual"),
        ("../../devices/virtual/net/vcan0", "network_or_virtual"),
    ],
)
def test_an_interface_is_real_where_hardware_is_behind_it(sys_net: Path, interface: str, kind: str) -> None:
    assert kind_of_can(interface, sys_net) == kind


@pytest.mark.parametrize(
    ("port", "kind"),
    [
        ("socketcan:lo", "not_a_device"),
        ("socketcan:surely-absent0", "missing"),
        ("udp_multicast:239.74.163.2:43113", "network_or_virtual"),
        ("socketcand://127.0.0.1:29536/can0", "network_loopback"),
        ("socketcand://[::1]:29536/can0", "network_loopback"),
        ("socketcand://192.0.2.7:29536/can0", "real"),
        ("virtual:can0", "network_or_virtual"),
    ],
)
def test_the_name_of_a_can_port_is_judged_by_what_it_leads_to(port: str, kind: str) -> None:
    assert kind_of_end(port) == kind
    assert end_refused("training", port) is None
    assert end_refused("official", port) == (None if kind in ("real", "missing") else kind)
