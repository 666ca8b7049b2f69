"""``lanectl verify``, ``replay``, ``export`` and ``sign-data``: evidence, checked and handed out with no network."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lanectl.app import evidence
from lanectl.app.evidence import DEFAULT_LANE_FILE, Found
from lanectl.app.replay import ReplayDamageError, replay
from lanectl.cli.output import GOOD, SAYS_NO, UsageError, emit_json, leave, say
from lanectl.cli.trust import Config, Json, Keys, Trust, installed, readable_input, trusted
from lanectl.ledger.bundle import SUFFIX, BundleDamagedError, read_bundle
from lanectl.ledger.errors import LedgerDamagedError
from lanectl.ledger.keys import Signer
from lanectl.ledger.verify import verify_ledger
from lanectl.settings.data_files import write_signature

LedgerFile = Annotated[Path | None, typer.Option(help="This ledger file instead of the lane file's.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command("verify")(verify)
    app.command("replay")(replay_test)
    app.command("export")(export)
    app.command("sign-data")(sign_data)


def verify(
    bundles: Annotated[list[Path] | None, typer.Argument(help="Bundles, or folders of them; none: the ledger.")] = None,
    key: Keys = None,
    config: Config = DEFAULT_LANE_FILE,
    ledger: LedgerFile = None,
    trust: Trust = None,
    as_json: Json = False,
) -> None:
    """Check evidence with no network: every byte, every signature, every link of the chain."""
    with readable_input():
        keys = trusted(key, trust, config, bundles=bool(bundles))
        if bundles:
            files = _files(bundles)
            records, found = evidence.verify_bundles(files, keys)
        else:
            file = _existing(ledger or installed(config).ledger)
            result = verify_ledger(file, keys)
            records, found = result.records, [Found(file, problem) for problem in result.problems]
    _tell_verified(records, found, as_json)
    leave(SAYS_NO if found else GOOD)


def replay_test(
    what: Annotated[str, typer.Argument(metavar="TEST_ID|BUNDLE", help="A test of this lane, or a bundle file.")],
    config: Config = DEFAULT_LANE_FILE,
    ledger: LedgerFile = None,
    as_json: Json = False,
) -> None:
    """Recompute a verdict from its trace and compare it to the last bit."""
    try:
        with readable_input():
            told = replay(_members(what, config, ledger)).as_json()
    except (ReplayDamageError, BundleDamagedError, LedgerDamagedError) as error:
        told = {"same": False, "recorded": {}, "recomputed": {}, "differences": [f"damaged: {error}"]}
    if as_json:
        emit_json(told)
    else:
        _tell_replay(what, told)
    leave(GOOD if told["same"] else SAYS_NO)


def export(
    test_ids: Annotated[list[str], typer.Argument(metavar="TEST_ID…", help="Tests of this lane.")],
    to: Annotated[Path, typer.Option("--to", help="Folder for the bundles; it is made where it is missing.")],
    config: Config = DEFAULT_LANE_FILE,
    ledger: LedgerFile = None,
    as_json: Json = False,
) -> None:
    """Write evidence bundles."""
    with readable_input():
        try:
            files = evidence.export(_existing(ledger or installed(config).ledger), test_ids, to)
        except LedgerDamagedError as error:
            raise UsageError(str(error), "keep the file and run: lanectl verify", "LedgerDamagedError") from None
    if as_json:
        emit_json({"files": [str(file) for file in files]})
    else:
        for file in files:
            say(str(file))


def sign_data(
    files: Annotated[list[Path], typer.Argument(help="Limits, profiles, other data files.")],
    key: Annotated[Path, typer.Option(help="Private key (PEM) that nobody else may read.")],
    as_json: Json = False,
) -> None:
    """Sign data files: the signature stands beside each as FILE.sig."""
    with readable_input():
        signer = Signer.load(key)
        present = [_existing(file) for file in files]
        signatures = [write_signature(file, signer) for file in present]
    if as_json:
        emit_json({"key_id": signer.key_id, "files": [str(file) for file in signatures]})
    else:
        for file in signatures:
            say(f"{file}  ({signer.key_id})")


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"{path}: no such file", "correct the path", "FileNotFoundError")
    return path


def _files(paths: list[Path]) -> list[Path]:
    files = [_existing(file) for file in evidence.bundles_in(paths)]
    if not files:
        raise UsageError(f"no *{SUFFIX} file in {', '.join(map(str, paths))}", "name a bundle, or another folder")
    return files


def _members(what: str, config: Path, ledger: Path | None) -> dict[str, bytes]:
    path = Path(what)
    if path.is_file() or path.suffix == SUFFIX or len(path.parts) > 1:
        return read_bundle(_existing(path))
    return evidence.take_out(_existing(ledger or installed(config).ledger), what)


def _tell_verified(records: int, found: list[Found], as_json: bool) -> None:
    first = min(found, key=lambda f: (f.problem.sequence is None, f.problem.sequence or 0), default=None)
    if as_json:
        bad = {"sequence": first.problem.sequence, "reason": first.problem.reason, **_words(first)} if first else None
        problems = [{"sequence": f.problem.sequence, "reason": f.problem.reason, **_words(f)} for f in found]
        emit_json({"ok": not found, "records": records, "first_bad": bad, "problems": problems})
        return
    say(f"{records} 条记录 / records: {'完好 / sound' if not found else '有问题 / damaged'}")
    for item in found:
        place = f"#{item.problem.sequence}" if item.problem.sequence is not None else item.file.name
        say(f"  {place}  {item.problem.text.zh}\n      {item.problem.reason}")


def _words(found: Found) -> dict[str, object]:
    return {"code": found.problem.code, "reason_zh": found.problem.text.zh, "file": str(found.file)}


def _tell_replay(what: str, told: dict[str, Any]) -> None:
    say(f"{what}: {'一致 / same' if told['same'] else '不一致 / different'}")
    say(f"  recorded:   {told['recorded'].get('outcome')}  {told['recorded'].get('values')}")
    say(f"  recomputed: {told['recomputed'].get('outcome')}  {told['recomputed'].get('values')}")
    for difference in told["differences"]:
        say(f"  {difference}")
