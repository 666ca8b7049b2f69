"""docs/add-a-device.md, taken at its word: its example is added in a temporary folder and held to the contract."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOC = ROOT / "docs" / "add-a-device.md"
DEVICE = "acme-wx-1"
BLOCK = re.compile(r"^`([^`\n]+)`, [^\n]*:\n\n```(?:python|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENTRY, ENTRIES = "    DriverInfo(\n", "DRIVERS = (\n"
TESTS = ("drivers", "protocols", "vectors", "fuzz")
COPIED = ("protocols", "drivers", "simulators", "docs", *(f"tests/{name}" for name in TESTS))
CONTRACT = (
    "tests/drivers/test_registry.py",
    "tests/drivers/test_search.py",
    "tests/drivers/test_device_pages.py",
    "tests/protocols/test_vectors.py",
    "tests/fuzz",
    "tests/lane/test_each_device_unplugged.py",
)


def steps() -> dict[str, str]:
    """Return the files of the example, each with its text, as the document has them."""
    return dict(BLOCK.findall(DOC.read_text("utf-8")))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what a device may touch; the rest of the program is that of this tree."""
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "tests" / "lane").mkdir()
    for name in ("tests/conftest.py", "tests/lane/conftest.py", CONTRACT[-1], "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("lanectl", "config"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def add(folder: Path, name: str, text: str) -> None:
    """Do one step: a new file, or an entry in the file that lists the devices of a role."""
    file = folder / name
    if not file.exists():
        file.write_text(text, "utf-8")
        return
    names, entry = text.split(ENTRY)
    before, after = file.read_text("utf-8").split(ENTRIES)
    file.write_text(f"{before}{names}\n{ENTRIES}{ENTRY}{entry}{after}", "utf-8")


def python(folder: Path, *arguments: str) -> str:
    """Run one of our modules there, and return what it says."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    ran = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-2000:]
    return ran.stdout


def test_a_device_is_five_files_and_none_in_lanectl() -> None:
    names = list(steps())

    assert len(names) == 5
    assert [name.split("/")[0] for name in names] == ["protocols", "tests", "drivers", "simulators", "drivers"]
    assert [name for name in names if (ROOT / name).exists()] == ["drivers/known/weather.py"]


def test_the_device_of_the_document_passes_the_contract(copy: Path) -> None:
    for name, text in steps().items():
        add(copy, name, text)

    python(copy, "lanectl.app.device_pages", "docs/devices", "tests/vectors")
    said = python(copy, "pytest", "-q", "-p", "no:cacheprovider", "-k", DEVICE, *CONTRACT)

    assert int(re.findall(r"(\d+) passed", said)[-1]) >= len(CONTRACT) * 2, said


def test_the_example_is_written_as_the_rest_is(copy: Path) -> None:
    for name, text in steps().items():
        add(copy, name, text)
    new = [name for name in steps() if name.endswith(".py") and not (ROOT / name).exists()]
    for command in (["format", "--check", "-q"], ["check", "-q"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *new], cwd=copy, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
