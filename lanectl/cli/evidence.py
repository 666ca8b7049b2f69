"""``lanectl verify``, ``replay``, ``export`` and ``sign-data``: evidence, checked and handed out with no network."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from lanectl.app import evidence
from lanectl.app.evidence import DEFAULT_LANE_FILE, Found, Installed
from lanectl.app.replay import Replay, ReplayDamageError, replay
from lanectl.cli.output import GOOD, SAYS_NO, UsageError, emit_json, leave, say
from lanectl.ledger.bundle import SUFFIX, BundleDamagedError, read_bundle
from lanectl.ledger.errors import LedgerDamagedError, LedgerUnavailableError, UnknownTestError
from lanectl.ledger.keys import KeyFileError, Signer, TrustStore
from lanectl.ledger.verify import verify_ledger
from lanectl.settings.data_files import write_signature
from lanectl.settings.problems import FaultyFileError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Config = Annotated[Path, typer.Option(help="The lane file that names ledger and trust store.")]
LedgerFile = Annotated[Path | None, typer.Option(help="This ledger file instead of the lane file's.")]
Trust = Annotated[Path | None, typer.Option(help="This trust store instead of the lane's.")]
Keys = Annotated[list[Path] | None, typer.Option(help="Trust exactly this public key (PEM); may be given often.")]


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
    with _readable_input():
        keys = _trusted(key, trust, config, bundles=bool(bundles))
        if bundles:
            files = _files(bundles)
            records, found = evidence.verify_bundles(files, keys)
        else:
            file = _existing(ledger or _installed(config).ledger)
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
        with _readable_input():
            result = replay(_members(what, config, ledger))
    except (ReplayDamageError, BundleDamagedError, LedgerDamagedError) as error:
        result = Replay({}, {}, (f"damaged: {error}",))
    if as_json:
        emit_json(result.as_json())
    else:
        _tell_replay(what, result)
    leave(GOOD if result.same else SAYS_NO)


def export(
    test_ids: Annotated[list[str], typer.Argument(metavar="TEST_ID…", help="Tests of this lane.")],
    to: Annotated[Path, typer.Option("--to", help="Folder for the bundles; it is made where it is missing.")],
    config: Config = DEFAULT_LANE_FILE,
    ledger: LedgerFile = None,
    as_json: Json = False,
) -> None:
    """Write evidence bundles."""
    with _readable_input():
        try:
            files = evidence.export(_existing(ledger or _installed(config).ledger), test_ids, to)
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
    with _readable_input():
        signer = Signer.load(key)
        present = [_existing(file) for file in files]
        signatures = [write_signature(file, signer) for file in present]
    if as_json:
        emit_json({"key_id": signer.key_id, "files": [str(file) for file in signatures]})
    else:
        for file in signatures:
            say(f"{file}  ({signer.key_id})")


@contextmanager
def _readable_input() -> Iterator[None]:
    """Turn what cannot be read into one clear message and exit code 2."""
    try:
        yield
    except KeyFileError as error:
        raise UsageError(str(error), "give another key file", "KeyFileError") from None
    except UnknownTestError as error:
        raise UsageError(
            str(error), "correct the test id, or name the ledger with --ledger", "UnknownTestError"
        ) from None
    except LedgerUnavailableError as error:
        raise UsageError(f"the ledger cannot be read: {error}", "check path, rights and disk", "LedgerError") from None
    except OSError as error:
        message = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise UsageError(message, "correct the path, or its rights", type(error).__name__) from None


def _installed(config: Path) -> Installed:
    try:
        return evidence.installed(config)
    except OSError as error:
        remedy = "name the lane file with --config, or the files with --ledger and --trust (or --key)"
        raise UsageError(f"{config}: {error.strerror}", remedy) from None
    except FaultyFileError as error:
        raise UsageError(str(error), f"run: lanectl config check {config}") from None


def _trusted(keys: list[Path] | None, trust: Path | None, config: Path, *, bundles: bool) -> TrustStore:
    """Return who is trusted. For bundles on a machine without a lane, and without a key, that is nobody."""
    if keys:
        return TrustStore.files(keys)
    if bundles and trust is None and config == DEFAULT_LANE_FILE and not config.exists():
        return TrustStore()
    return TrustStore.folder(trust or _installed(config).trust)


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
    return evidence.take_out(_existing(ledger or _installed(config).ledger), what)


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


def _tell_replay(what: str, result: Replay) -> None:
    say(f"{what}: {'一致 / same' if result.same else '不一致 / different'}")
    say(f"  recorded:   {result.recorded.get('outcome')}  {result.recorded.get('values')}")
    say(f"  recomputed: {result.recomputed.get('outcome')}  {result.recomputed.get('values')}")
    for difference in result.differences:
        say(f"  {difference}")
