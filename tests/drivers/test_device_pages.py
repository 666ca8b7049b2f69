"""The catalogue in docs/devices is made from the registry, whole, and as new as what it is made from."""

from pathlib import Path

import pytest

from drivers.registry import DECODERS, DRIVERS
from lanectl.app.device_pages import INDEX, UNDETECTED, published, write

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "devices"
VECTORS = ROOT / "tests" / "vectors"
AGAIN = "make it anew: make catalogue"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return published(VECTORS, FOLDER / UNDETECTED)


def test_every_device_has_its_page_and_no_page_is_of_a_device_that_is_no_more() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == {*DRIVERS, Path(INDEX).stem}, AGAIN


@pytest.mark.parametrize("device", [*DRIVERS, Path(INDEX).stem])
def test_a_page_says_what_the_registry_says_today(pages: dict[str, str], device: str) -> None:
    assert (FOLDER / f"{device}.md").read_text("utf-8") == pages[f"{device}.md"], AGAIN


@pytest.mark.parametrize("device", DRIVERS)
def test_a_page_holds_all_that_is_asked_of_it(pages: dict[str, str], device: str) -> None:
    page, info = pages[f"{device}.md"], DRIVERS[device]
    for name in info.settings.model_fields:
        assert f"`{name}`" in page
    for text in (info.id, info.name, info.maker, info.protocol, f"**{info.grade}**", info.codec.codec, info.simulator):
        assert text in page
    assert "Does not know" in page
    assert "| from it |" in page or "| to it |" in page
    for probe in info.probes:
        for question in probe.questions:
            assert question.request.hex(" ").upper() in page


def test_the_index_names_every_device_and_every_protocol(pages: dict[str, str]) -> None:
    for device in {*DRIVERS, *DECODERS}:
        assert f"`{device}`" in pages[INDEX]


def test_old_pages_are_taken_away_and_measured_rates_are_shown(tmp_path: Path) -> None:
    (tmp_path / "gone-device.md").write_text("old", "utf-8")
    rates = '[device."elm327"]\nframes = 1000\nof = "reading"\none_bit = 0.25\nall = 0.0\n'
    (tmp_path / UNDETECTED).write_text(rates, "utf-8")
    write(tmp_path, VECTORS)
    assert not (tmp_path / "gone-device.md").exists()
    assert (tmp_path / UNDETECTED).exists()
    page = (tmp_path / "elm327.md").read_text("utf-8")
    assert "| one bit tipped over | 0.25 |" in page
    assert "| **all of these** | none |" in page
    assert "Not measured yet" in (tmp_path / "rz-1.md").read_text("utf-8")
