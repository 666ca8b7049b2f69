"""`lanectl gate check` and its exit codes, through the whole program."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lanectl.cli import main
from lanectl.gate.permit import Permit, permit_bytes, permit_token
from lanectl.ledger.keys import key_id_of, write_public_key
from lanectl.model.case import GateCase

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


@pytest.fixture
def asked(tmp_path: Path, run: Run, case: Callable[..., GateCase]) -> Callable[..., tuple[int, dict[str, Any]]]:
    def asked(
        *options: object, at: str = "2026-03-05", profile: str = "default", **changes: Any
    ) -> tuple[int, dict[str, Any]]:
        path = tmp_path / "case.json"
        path.write_text(case(**changes).model_dump_json(), encoding="utf-8")
        code, out, err = run("gate", "check", path, "--profile", profile, "--at", at, "--json", *options)
        assert err == ""
        return code, json.loads(out)

    return asked


def test_the_four_refusals_and_the_way_through_after_the_upload(asked: Any, repair: Any) -> None:
    for wrong, code in (
        ({"repairs": [repair(uploaded=False)]}, "NOT_UPLOADED"),
        ({"station": "44010699"}, "GO_BACK_TO_ORIGINAL"),
        ({"repairs": [repair(settled_on="2026-03-01")]}, "RECORD_BEFORE_FAILURE"),
        ({"repairs": [repair(used_by="R0")]}, "RECORD_ALREADY_USED"),
    ):
        exit_code, said = asked(**wrong)
        assert (exit_code, said["decision"], said["code"], said["missing"]) == (1, "refuse", code, [code])
    exit_code, said = asked()
    assert (exit_code, said["decision"], said["code"], said["due"]) == (0, "allow", "SYSTEM_RECORD", "2026-03-23")
    assert {"missing", "missing_documents", "overdue", "flags"} <= set(said)


def test_a_draft_profile_says_so(asked: Any) -> None:
    assert asked(profile="liuzhou")[1]["profile"]["draft"] is True


def test_a_permit_is_verified_with_the_key_that_is_given(asked: Any, repair: Any, bureau: Any, tmp_path: Path) -> None:
    public = bureau.key.public_key()
    write_public_key(tmp_path / "bureau.pem", public)
    head = json.loads(
        json.dumps(
            Permit.model_validate(
                {
                    "schema": "lanectl/permit/1",
                    "id": "PERMIT-7",
                    "scope": "outage_unlock",
                    "plate": "粤A12345",
                    "vin": "LSVAA4182E2184847",
                    "station": "44010625",
                    "lane": None,
                    "issued_at": "2026-03-05T08:00:00+08:00",
                    "expires_at": "2026-03-05T18:00:00+08:00",
                    "key_id": key_id_of(public),
                }
            ).model_dump(mode="json", by_alias=True)
        )
    )
    message = permit_bytes(Permit.model_validate(head))
    outage = {
        "bureau": "unreachable",
        "repairs": [repair(uploaded=False)],
        "permit": permit_token(message, bureau.key.sign(message)),
    }
    assert asked(**outage)[1]["code"] == "PERMIT_INVALID"
    code, said = asked("--key", tmp_path / "bureau.pem", **outage)
    assert (code, said["code"], said["permit"]) == (0, "PAPER_WITH_PERMIT", "PERMIT-7")


def test_for_people_it_speaks_both_languages_and_says_what_next(tmp_path: Path, run: Run, case: Any) -> None:
    path = tmp_path / "case.json"
    path.write_text(case(repairs=[]).model_dump_json(), encoding="utf-8")
    code, out, _ = run("gate", "check", path, "--profile", "default", "--at", "2026-03-05")
    assert code == 1
    assert "请先到维修站" in out
    assert "repaired at an M-station first" in out


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"vehicle": {"plate": "A", "vin": "V"},\n "station": }', ":2:13"),
        ('{"vehicle": {"plate": "A"}, "station": "S"}', "vehicle.vin"),
        ('{"vehicle": {"plate": "A", "vin": "V"}, "station": "S", "failures": [{"report": 1}]}', "failures[0].report"),
        ('{"vehicle": {"plate": "A", "vin": "V"}, "station": "S", "bureau": "away"}', "bureau"),
        ('{"vehicle": {"plate": "A", "vin": "V"}, "station": "S", "station": "T"}', "'station'"),
        ('{"vehicle": {"plate": "A", "vin": "V"}, "station": "S", "stations": []}', "stations"),
        ("[]", "the whole file"),
        ("[" * 5000, "case.json"),
        ("", ":1:1"),
    ],
)
def test_a_case_that_cannot_be_used_is_told_with_its_place(tmp_path: Path, run: Run, text: str, place: str) -> None:
    path = tmp_path / "case.json"
    path.write_text(text, encoding="utf-8")
    code, out, _ = run("gate", "check", path, "--profile", "default", "--at", "2026-03-05", "--json")
    assert code == 2
    assert place in json.loads(out)["error"]["message"]


@pytest.mark.parametrize(
    "options",
    [
        ("--profile", "default", "--at", "yesterday"),
        ("--profile", "default", "--at", "2026-02-30"),
        ("--profile", "nowhere", "--at", "2026-03-05"),
        ("--profile", "default", "--at", "2026-03-05", "--key", "/nonexistent.pem"),
        ("--profile", "default"),
    ],
)
def test_wrong_usage_ends_in_two_with_a_remedy(tmp_path: Path, run: Run, case: Any, options: tuple[str, ...]) -> None:
    path = tmp_path / "case.json"
    path.write_text(case().model_dump_json(), encoding="utf-8")
    code, out, err = run("gate", "check", path, *options)
    assert (code, out) == (2, "")
    assert "->" in err
    assert "Traceback" not in err


def test_a_missing_case_file_ends_in_two(tmp_path: Path, run: Run) -> None:
    assert run("gate", "check", tmp_path / "gone.json", "--profile", "default", "--at", "2026-03-05")[0] == 2
