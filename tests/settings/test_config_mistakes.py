"""Mistakes that people make in a lane file: each is found, alone, on its line, with a way out."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from lanectl.app.config_check import check_whole

Write = Callable[..., Path]

# what is in the example, what somebody wrote instead with '§' where the problem begins, its code, part of its hint
MISTAKES = [
    ('region = "440106"', '§regoin = "440106"', "unknown_key", "region"),
    ('region = "440106"', 'region = §"44010"', "bad_value", ""),
    ('region = "440106"', "region = §440106", "bad_value", ""),
    ('region = "440106"             # division code, six digits\n', "", "missing_key", "region"),
    ('station = "44010625"', 'station = §""', "bad_value", ""),
    ('station = "44010625"', 'station = §"4401 0625"', "bad_value", ""),
    ('station = "44010625"', '§staton = "44010625"', "unknown_key", "station"),
    ('name = "一号线"', 'name = §""', "bad_value", ""),
    ('name = "一号线"', "name = §1", "bad_value", ""),
    ('name = "一号线"', "name = §一号线", "syntax", ""),
    ('name = "一号线"', 'name = §"一号线', "syntax", "closing"),
    ('name = "一号线"', "name §'一号线'", "syntax", ""),
    ('mode = "training"', 'mode = §"trainig"', "bad_value", "training"),
    ('mode = "training"', 'mode = §"Training"', "bad_value", "training"),
    ('mode = "training"', "mode = §true", "bad_value", ""),
    ('mode = "training"', '§modus = "training"', "unknown_key", "mode"),
    ("clock_factor = 1 ", "clock_factor = §0 ", "bad_value", ""),
    ("clock_factor = 1 ", "clock_factor = §6 ", "bad_value", ""),
    ("clock_factor = 1 ", 'clock_factor = §"1" ', "bad_value", ""),
    ("clock_factor = 1 ", "clock_factor = §nan ", "bad_value", ""),
    ("clock_factor = 1 ", "§clockfactor = 1 ", "unknown_key", "clock_factor"),
    ("[data]", "[§date]", "unknown_key", "data"),
    ('profile = "default"', 'profile = §"defualt"', "data_file", "name"),
    ('profile = "default"', 'profile = §"../default"', "data_file", "name"),
    ('profile = "default"', 'profile = §""', "bad_value", ""),
    ('profile = "default"', '§limit_set = "a"', "unknown_key", ""),
    ('profile = "default"', '§profil = "default"', "unknown_key", "profile"),
    ('# folder = "data"', 'folder = §"nowhere"', "no_folder", "path"),
    ('# signing = "lane.key.pem"', 'signing = §"lane.kee.pem"', "no_file", "path"),
    ('# signing = "lane.key.pem"', "signing = §3", "bad_value", ""),
    ('# signing = "lane.key.pem"', '§signign = "lane.key.pem"', "unknown_key", "signing"),
    ('# trust = "trust"', 'trust = §"trusted"', "no_folder", "path"),
    ('# file = "ledger.db"', 'file = §"state/of/lane/ledger.db"', "no_folder", "path"),
    ('# file = "ledger.db"', 'file = §""', "bad_value", ""),
    ("port = 8883", "port = §0", "bad_value", ""),
    ("port = 8883", 'port = §"8883"', "bad_value", ""),
    ("port = 8883", "port = §88830", "bad_value", ""),
    ("port = 8883", "port = 0§8883", "syntax", ""),
    ('host = "bureau.example.cn"', '§hots = "bureau.example.cn"', "unknown_key", "host"),
    ('host = "bureau.example.cn"\n', "", "missing_key", "host"),
    ('# ca = "uplink/ca.pem"', 'ca = §"uplink/ca.pem"', "no_file", "path"),
    ("[terminal]", "[§teminal]", "unknown_key", "terminal"),
    ("port = 8460 ", "port = 8460 \n§port = 8461 ", "repeated", "first"),
    ("[terminal]", "[terminal", "syntax", ""),
    ('# parasitic_loss = "parasitic_loss.toml"', 'parasitic_loss = §"loss.toml"', "no_file", "path"),
    ('# parasitic_loss = "parasitic_loss.toml"', '§parasitc_loss = "x"', "unknown_key", "parasitic_loss"),
    ('id = "op1"', 'id = §"op 1"', "bad_value", ""),
    ('id = "op1"', "§idd = 'op1'", "unknown_key", "id"),
    ('name = "张三"', 'name = "张三"\n\n[[operators]]\nid = §"op1"\nname = "李四"', "same_id", "own"),
    ('name = "张三"', 'name = "张三"\n\n[[operators]]\n§name = "李四"', "missing_key", "id"),
    ('driver = "nanhua-nha-506i"', 'driver = §"nanhua-nha-56i"', "unknown_driver", "nanhua-nha-506i"),
    ('driver = "nanhua-nha-506i"', "driver = §506", "unknown_driver", "lanectl devices"),
    ('driver = "nanhua-nha-506i"', '§drvier = "nanhua-nha-506i"', "missing_key", "lanectl devices"),
    ('driver = "xincheng-bntd"', 'driver = §"nanhua-nha-506i"', "wrong_role", "one device"),
    ('port = "/dev/serial/by-id/usb-dynamometer"', 'port = §"/dev/serial/by-id/usb-gas-analyzer"', "same_port", "own"),
    ('port = "/dev/serial/by-id/usb-dynamometer"', "port = §5", "bad_value", ""),
    ('port = "/dev/serial/by-id/usb-dynamometer"', '§prot = "/dev/ttyUSB0"', "unknown_key", "port"),
    ('port = "/dev/serial/by-id/usb-obd"', 'port = "/dev/serial/by-id/usb-obd"\nbaud = §9601', "bad_value", ""),
    ('port = "/dev/serial/by-id/usb-obd"', 'port = "/dev/serial/by-id/usb-obd"\n§bauds = 9600', "unknown_key", "baud"),
    ("[devices.obd]", "[devices.§OBD]", "bad_value", ""),
]


@pytest.mark.parametrize(("old", "new", "code", "hint"), MISTAKES)
def test_each_mistake_is_named_at_its_place(
    written: Write, example: str, old: str, new: str, code: str, hint: str
) -> None:
    path = written(old, new.replace("§", ""))
    before = example.partition(old)[0] + new.partition("§")[0]
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1

    problems = check_whole(path).problems

    found = [(problem.line, problem.code) for problem in problems]
    if code == "missing_key" and "§" not in new:  # nothing is left to point at but the table's head
        line = example.partition(old)[0].rpartition("[")[0].count("\n") + 1
    elif code == "missing_key":  # the head of the table, just above
        line = line - 1
    elif "§" in new:
        assert column in {problem.column for problem in problems}
    assert (line, code) in found
    assert all(problem.file == str(path) and problem.message.zh and problem.hint.zh for problem in problems)
    named = next(problem for problem in problems if problem.code == code)
    assert hint in named.hint.en


def test_there_are_at_least_fifty_mistakes() -> None:
    assert len(MISTAKES) >= 50


@pytest.mark.parametrize(
    ("old", "new", "code", "hint"), [mistake for mistake in MISTAKES if mistake[2] != "missing_key"]
)
def test_one_mistake_is_one_problem(written: Write, old: str, new: str, code: str, hint: str) -> None:
    assert len(check_whole(written(old, new.replace("§", ""))).problems) == 1


def test_the_example_has_no_mistake(written: Write) -> None:
    assert check_whole(written()).problems == ()


def test_several_mistakes_come_in_the_order_of_their_lines(written: Write, example: str, tmp_path: Path) -> None:
    text = example.replace('"training"', '"trainig"').replace("8883", "0").replace('"nanhua-nha-506i"', '"nanhua"')
    path = tmp_path / "lane.toml"
    path.write_text(text, encoding="utf-8")
    codes = [problem.key for problem in check_whole(path).problems]
    assert codes == ["lane.mode", "uplink.port", "devices.gas.driver"]


def test_official_mode_allows_no_clock_factor(written: Write) -> None:
    problems = check_whole(
        written(
            'mode = "training"             # official | training; training results never count\nclock_factor = 1 ',
            'mode = "official"\nclock_factor = 2 ',
        )
    ).problems
    assert [problem.code for problem in problems] == ["clock_in_official"]


@pytest.mark.parametrize("port", ["/dev/ttyUSB0", "/dev/ttyACM12"])
def test_official_mode_takes_no_port_by_its_number(written: Write, port: str) -> None:
    named = 'mode = "training"             # official'
    path = written('"/dev/serial/by-id/usb-obd"', f'"{port}"')
    assert check_whole(path).problems == ()
    path.write_text(path.read_text("utf-8").replace(named, 'mode = "official" # official'), "utf-8")

    problems = check_whole(path).problems
    assert [(problem.code, problem.key) for problem in problems] == [("unstable_port", "devices.obd.port")]
    assert "/dev/serial/by-id" in problems[0].hint.en


def test_a_fact_that_a_device_does_not_tell_cannot_be_expected(written: Write) -> None:
    told = 'identity = { model = "x", serial_number = "1" }'
    path = written('"/dev/serial/by-id/usb-obd"', f'"/dev/serial/by-id/usb-obd"\n{told}')

    problems = check_whole(path).problems
    assert [(problem.code, problem.key) for problem in problems] == [("not_told", "devices.obd.identity.serial_number")]
    assert "firmware, model" in problems[0].hint.en
    assert (problems[0].line, problems[0].column) == (path.read_text("utf-8").split(told)[0].count("\n") + 1, 43)


def test_a_key_in_the_wrong_table_is_sent_home(written: Write) -> None:
    problems = check_whole(written('lane = "01"', 'lane = "01"\nprofile = "default"')).problems
    assert "[data]" in problems[0].hint.en


def test_a_byte_that_is_no_utf8_is_found(tmp_path: Path) -> None:
    path = tmp_path / "lane.toml"
    path.write_bytes(b'[lane]\nregion = "440106"\nname = "' + "é".encode("latin-1") + b'"\n')
    problem = check_whole(path).problems[0]
    assert (problem.code, problem.line, problem.column) == ("encoding", 3, 9)


def test_the_page_and_the_bureau_cannot_share_a_local_port(written: Write) -> None:
    problems = check_whole(
        written('host = "bureau.example.cn"\nport = 8883', 'host = "localhost"\nport = 8460')
    ).problems
    assert [(problem.code, problem.key) for problem in problems] == [("same_port", "terminal.port")]


@pytest.mark.parametrize("named", ["petrol", "diesel", "equipment", "schedule"])
def test_a_profile_that_names_a_data_file_which_is_not_there_is_found(
    named: str, tmp_path: Path, written: Write
) -> None:
    packaged = (resources.files("config") / "profiles" / "default.toml").read_text("utf-8")
    old = next(line for line in packaged.splitlines() if line.startswith(f"{named} = "))
    profile = tmp_path / "data" / "profiles" / "ours.toml"
    profile.parent.mkdir(parents=True)
    profile.write_text(packaged.replace(old, f'{named} = "nowhere"'), encoding="utf-8")
    text = written('profile = "default"', 'profile = "ours"').read_text("utf-8")
    path = tmp_path / "lane.toml"
    path.write_text(text.replace('# folder = "data"', 'folder = "data"'), encoding="utf-8")

    problems = check_whole(path).problems

    assert [(problem.code, "nowhere" in problem.message.en) for problem in problems] == [("data_file", True)], problems
