"""Try the built wheel as a stranger would: a fresh environment, an empty folder, nothing of this repository in reach.

Usage: python tests/wheel/try_wheel.py DIST [--pure]. Dependencies come from the package index, held by constraints.txt.
With --pure the sources are installed without a compiler, and the interpreted core has to give the same answer.
Exit 0 when every look holds; else 1, and each look that does not hold is named.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"
COMPILED = ("asm", "formulas", "two_speed_idle")
FOREIGN = ("simulators", "tests", "lanectl/terminal/web", "node_modules")
LIMITS = ("gb18285-2018", "gb3847-2018", "equipment-gb", "plausibility", "schedule-cn", "schedule-guangzhou")
DATA = (
    *(f"config/limits/{name}.toml" for name in LIMITS),
    "config/profiles/default.toml",
    "config/examples/lane.toml",
    "lanectl/core/equipment/load.py",
)
CAR = 'fuel = "petrol"\nreference_mass_kg = 1480\n'
HEADER = "t_s,speed_kmh,force_n,hc_ppm,co_pct,co2_pct,no_ppm,ambient_temp_c,humidity_pct,pressure_kpa"
CLEAN = "25.0,1440.0,20,0.05,14.9,90,25.0,50.0,101.3"
WHERE = (
    "import json, lanectl, lanectl.core.asm, lanectl.core.two_speed_idle, lanectl.core.formulas as f; "
    "from importlib.util import find_spec; "
    "print(json.dumps({'asm': lanectl.core.asm.__file__, 'formulas': f.__file__, "
    "'two_speed_idle': lanectl.core.two_speed_idle.__file__, 'lanectl': lanectl.__file__, "
    "'simulators': find_spec('simulators') is not None}))"
)


class NotSoError(Exception):
    """A look at the wheel does not hold."""


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with lanectl in it, and the empty folder that its commands run in."""

    home: Path
    empty: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment from the empty folder; nothing of the caller's Python gets in."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        program = str(self.home / "bin" / command[0])
        return subprocess.run([program, *command[1:]], cwd=self.empty, env=clean, capture_output=True, text=True)

    def json(self, *command: str) -> dict[str, Any]:
        """Run a command that prints one JSON object."""
        done = self.run(*command)
        try:
            told = json.loads(done.stdout)
        except ValueError:
            raise NotSoError(f"{' '.join(command)} printed no JSON: {done.stdout}{done.stderr}") from None
        _hold(isinstance(told, dict), f"{' '.join(command)} printed no object")
        return dict(told)


def main() -> None:
    """Install and look; say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dist", type=Path, metavar="DIST", help="the folder with the built wheel")
    parser.add_argument("--pure", action="store_true", help="try the sources without a compiler instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="try-wheel-") as folder:
        found = try_pure(Path(folder)) if arguments.pure else try_wheel(Path(folder), arguments.dist.resolve())
    say("all good" if found == 0 else f"{found} did not hold")
    sys.exit(1 if found else 0)


def try_wheel(folder: Path, dist: Path) -> int:
    """Look into the wheel, install it and use it; return how many looks did not hold."""
    wheels = sorted(dist.glob("lanectl-*.whl"))
    if len(wheels) != 1:
        sys.exit(f"{dist} holds {len(wheels)} lanectl wheels; build it with: make wheel")
    lanectl = install(folder, str(wheels[0]), {})
    return looks(
        {
            "the wheel holds core, data and page, and nothing foreign": lambda: look_inside(wheels[0]),
            "the compiled core is loaded, from the environment": lambda: look_at_core(lanectl, ".so"),
            "lanectl devices lists drivers": lambda: look_at_devices(lanectl),
            "lanectl evaluate judges a trace": lambda: look_at_evaluate(lanectl),
            "lanectl demo names its remedy": lambda: look_at_demo(lanectl),
        }
    )


def try_pure(folder: Path) -> int:
    """Install the sources without a compiler; the verdict has to be that of the caller's own lanectl."""
    lanectl = install(folder, str(ROOT), {"LANECTL_PURE": "1"})
    ours = Installed(Path(sys.prefix), lanectl.empty)
    return looks(
        {
            "the interpreted core is loaded, from the environment": lambda: look_at_core(lanectl, ".py"),
            "lanectl evaluate judges a trace": lambda: look_at_evaluate(lanectl),
            "interpreted and compiled core give the same answer": lambda: look_at_both(ours, lanectl),
        }
    )


def install(folder: Path, what: str, settings: Mapping[str, str]) -> Installed:
    """Make a fresh environment and install into it."""
    made = Installed(folder / "venv", folder / "empty")
    made.empty.mkdir()
    venv.create(made.home, with_pip=True, symlinks=True)
    pip = [str(made.home / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "-c", str(CONSTRAINTS), what],
        cwd=made.empty,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"installing {what} failed:\n{done.stdout}{done.stderr}")
    return made


def looks(wanted: Mapping[str, Callable[[], None]]) -> int:
    """Take every look, say how it came out, and return how many did not hold."""
    wrong = 0
    for name, look in wanted.items():
        try:
            look()
        except NotSoError as error:
            wrong += 1
            say(f"NO  {name}: {error}")
        else:
            say(f"ok  {name}")
    return wrong


def look_inside(wheel: Path) -> None:
    """Look at the list of files: compiled core with its sources, data, built page; no simulator, no test, no C file."""
    names = zipfile.ZipFile(wheel).namelist()
    foreign = [name for name in names if name.startswith(FOREIGN) or name.endswith((".c", ".ts", ".tsx"))]
    _hold(not foreign, f"it holds {', '.join(foreign[:5])}")
    missing = [name for name in DATA if name not in names]
    for module in (*(f"lanectl/core/{core}" for core in COMPILED), "lanectl/ledger/cells"):
        missing += [f"{module}{end}" for end in (".py", ".pxd") if f"{module}{end}" not in names]
        missing += [] if any(_is_binary(name, module) for name in names) else [f"compiled {module}"]
    page = "lanectl/terminal/static/"
    missing += [] if f"{page}index.html" in names else ["the page"]
    for end in (".js", ".css"):
        built = [name for name in names if name.startswith(f"{page}assets/") and name.endswith(end)]
        _hold(len(built) < 2, f"the page is in it twice: {', '.join(built)}")
        missing += [] if built else [f"the page's {end}"]
    _hold(not missing, f"it lacks {', '.join(missing)}")


def _is_binary(name: str, module: str) -> bool:
    return name.startswith(f"{module}.") and name.endswith(".so")


def look_at_core(lanectl: Installed, ending: str) -> None:
    """Look at where the core comes from, and whether simulators can be imported."""
    told = lanectl.json("python", "-c", WHERE)
    home = str(lanectl.home.resolve())
    for name in COMPILED:
        _hold(told[name].endswith(ending), f"{name} is {told[name]}")
    _hold(str(Path(told["lanectl"]).resolve()).startswith(home), f"lanectl is {told['lanectl']}")
    _hold(not told["simulators"], "simulators can be imported")


def look_at_devices(lanectl: Installed) -> None:
    """Look at the catalogue of drivers."""
    devices = lanectl.json("lanectl", "devices", "--json").get("devices")
    known = {device["id"] for device in devices or []}
    _hold({"nanhua-nha-506i", "xincheng-bntd", "elm327"} <= known, f"it lists {sorted(known)}")


def look_at_evaluate(lanectl: Installed) -> None:
    """Let a tiny trace be judged: a clean car passes the quick check, and a trace that stops early is invalid."""
    clean = evaluate(lanectl, 20)
    _hold((clean["outcome"], clean["reasons"]) == ("pass", ["quick_check_passed"]), f"it said {clean}")
    short = evaluate(lanectl, 15)
    _hold((short["outcome"], short["reasons"]) == ("invalid", ["incomplete"]), f"it said {short}")


def evaluate(lanectl: Installed, seconds: int) -> dict[str, Any]:
    """Judge so many seconds of a clean car."""
    (lanectl.empty / "car.toml").write_text(CAR)
    rows = [f"{second},{CLEAN}" for second in range(seconds)]
    (lanectl.empty / "trace.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    return lanectl.json("lanectl", "evaluate", "--method", "asm", "--vehicle", "car.toml", "trace.csv", "--json")


def look_at_both(ours: Installed, theirs: Installed) -> None:
    """Compare the whole answer of two installations, bit by bit."""
    told = ours.json("python", "-c", WHERE)["asm"]
    _hold(told.endswith(".so"), f"the core to compare with is not compiled: {told}")
    _hold(evaluate(ours, 20) == evaluate(theirs, 20), "they differ")


def look_at_demo(lanectl: Installed) -> None:
    """Without the simulators the demo is wrong usage, and says what to install."""
    done = lanectl.run("lanectl", "demo")
    _hold(done.returncode == 2, f"exit {done.returncode}")
    _hold("lanectl-simulators" in done.stderr and "Traceback" not in done.stderr, f"it said: {done.stderr}")


def _hold(holds: bool, else_say: str) -> None:
    if not holds:
        raise NotSoError(else_say)


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
