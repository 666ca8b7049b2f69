"""``lanectl decode`` and ``lanectl devices``, as an outside check would call them."""

import json
from typing import Any

import pytest

from lanectl.app import catalogue
from lanectl.cli import output, wire

GASES = "06 00 7B 00 2D 05 8C 00 50 00 EA 09 C4 03 57 00 00 00 00 65 05"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    import typer

    app = typer.Typer()
    wire.register(app)
    try:
        code = app(args=list(arguments), standalone_mode=False)
    except output.UsageError as error:
        output.report_error(error, as_json="--json" in arguments)
        code = output.UNUSABLE
    out = capsys.readouterr().out
    return code, json.loads(out) if "--json" in arguments else {"text": out}


def test_devices_are_listed_with_all_keys(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "devices", "--json")
    assert code == 0
    assert {"nanhua-nha-506i", "xincheng-bntd", "elm327"} <= {device["id"] for device in told["devices"]}
    for device in told["devices"]:
        assert set(device) == {"id", "name", "role", "maker", "protocol", "grade", "simulator", "tells"}
    assert "nanhua-nha-506i" in run(capsys, "devices")[1]["text"]


@pytest.mark.parametrize("request_hex", [None, "01", "81"])
def test_gases_are_decoded_with_trace_names(capsys: pytest.CaptureFixture[str], request_hex: str | None) -> None:
    options = ["--request", request_hex] if request_hex else []
    code, told = run(capsys, "decode", "nanhua-nha-503", GASES, *options, "--json")
    assert (code, told["device"], told["kind"], told["flags"]) == (0, "nanhua-nha-503", "data", [])
    assert told["values"] == {
        "hc_ppm": 123, "co_pct": 0.45, "co2_pct": 14.2, "o2_pct": 0.8, "no_ppm": 234, "engine_rpm": 2500,
        "oil_temp_c": 85.5, "lambda": 1.01, "flow_word": 0, "status_byte": 0,
    }  # fmt: skip


def test_oil_of_the_506i_is_whole_degrees_unless_that_cannot_be(capsys: pytest.CaptureFixture[str]) -> None:
    tenths = run(capsys, "decode", "nanhua-nha-506i", GASES, "--json")[1]
    assert (tenths["values"]["oil_temp_c"], tenths["flags"]) == (85.5, ["oil_temp_in_tenths"])
    whole = GASES.replace("03 57", "00 55").removesuffix("05") + "00"
    degrees = run(capsys, "decode", "nanhua-nha-506i", whole, "--json")[1]
    assert (degrees["values"]["oil_temp_c"], degrees["flags"]) == (85, [])


def test_a_command_to_the_device_is_decoded(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "decode", "xincheng-bntd", "58535000002141", "--to-device", "--json")
    assert (code, told["error"]["class"]) == (1, "FrameLengthError")
    code, told = run(capsys, "decode", "xincheng-bntd", "58 53 50 9A 99 21 41 90 43", "--to-device", "--json")
    assert (code, told["kind"], told["values"]) == (0, "set_power_kw", {"power_kw": 10.1})


def test_smoke_revolutions_and_prompts_are_decoded(capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "decode", "nanhua-nht-6", "A5 01 60 00 65 09 B0 FF FF DE", "--request", "A55B", "--json")[1]
    assert (told["kind"], told["flags"]) == ("data", ["no_oil_probe"])
    assert told["values"] == {"opacity_n_pct": 35.2, "opacity_k_per_m": 1.01, "engine_rpm": 2480, "oil_temp_c": None}
    code, told = run(capsys, "decode", "nanhua-nht-6", "A6 02 64 00 DC 0E 42 C9", "--json")
    assert (code, told["error"]["class"]) == (1, "ChecksumError")
    told = run(capsys, "decode", "nanhua-nht-1l", "AD 03 50", "--json")[1]
    assert (told["kind"], told["flags"]) == ("state", ["internal_error"])
    assert run(capsys, "decode", "mingquan-mqz-3", "30 38 35 30 0D", "--json")[1]["values"] == {"engine_rpm": 850}
    assert run(capsys, "decode", "nanhua-rpm-5300", "30 38 35 30 0D", "--to-device", "--json")[0] == 1
    told = run(capsys, "decode", "nanhua-led", "00 31 31 32 BE A9 41 31 32 33 34 35 0D", "--to-device", "--json")[1]
    assert (told["texts"], told["flags"]) == ({"text": "京A12345"}, ["centre"])


def test_a_can_identifier_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    frame = "04 41 0C 26 C0 00 00 00"
    assert run(capsys, "decode", "obd-iso-tp", frame, "--can-id", "7E8", "--json")[1]["values"] == {"engine_rpm": 2480}
    assert run(capsys, "decode", "obd-iso-tp", frame, "--can-id", "18DAF110", "--json")[0] == 0
    assert run(capsys, "decode", "obd-iso-tp", frame, "--can-id", "123", "--json")[0] == 1
    assert run(capsys, "decode", "obd-iso-tp", frame, "--can-id", "xyz", "--json")[0] == 2


def test_a_damaged_frame_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "decode", "nanhua-nha-506i", GASES[:-2] + "06", "--json")
    assert code == 1
    assert told["error"] == {"class": "ChecksumError", "message": "sum8 is 05, the frame says 06"}
    code, told = run(capsys, "decode", "nanhua-nha-506i", GASES[:-2] + "06")
    assert code == 1
    assert "damaged frame" in told["text"]


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("nanhua-nha-5066", "01"), "UnknownDeviceError"),
        (("elm327", "no hex"), "NotHexError"),
        (("elm327", "012"), "NotHexError"),
        (("elm327", ""), "NotHexError"),
        (("elm327", "00" * 9000), "NotHexError"),
        (("elm327", "3E", "--request", "?"), "NotHexError"),
    ],
)
def test_wrong_usage_leaves_with_two_and_a_remedy(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], kind: str
) -> None:
    code, told = run(capsys, "decode", *arguments, "--json")
    assert code == 2
    assert told["error"]["class"] == kind
    assert told["error"]["remedy"]


def test_decoding_is_also_told_in_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "decode", "elm327", "4E 4F 20 44 41 54 41 0D 0D 3E")
    assert code == 0
    assert "no_data" in told["text"]


def test_every_decoder_is_reachable_by_its_id() -> None:
    assert {"nanhua-nha-503", "nanhua-nha-503v", "nanhua-nha-506i", "xincheng-bntd", "elm327", "obd-iso-tp"} <= set(
        catalogue.decodable()
    )
