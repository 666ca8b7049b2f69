"""The local API over HTTP: what it takes, what it refuses, and whom it turns away."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from httpx import ASGITransport, AsyncClient

from lanectl.model import view
from lanectl.model.view import LaneView, View
from lanectl.terminal.page import STATIC, Page
from lanectl.terminal.server import create_app

if TYPE_CHECKING:
    from tests.terminal.conftest import FakeDesk

FORM: dict[str, Any] = {
    "operator": "op1",
    "plate": "粤B12345",
    "vin": "LSVAG218XE2100001",
    "fuel": "petrol",
    "reference_mass_kg": 1320,
}


def client_of(desk: "FakeDesk", page: Page | None = None) -> AsyncClient:
    transport = ASGITransport(create_app(desk, page), raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://127.0.0.1:8460")


@pytest.fixture
async def client(desk: "FakeDesk") -> AsyncIterator[AsyncClient]:
    async with client_of(desk) as opened:
        yield opened


async def test_the_view_comes_whole(client: AsyncClient, desk: "FakeDesk") -> None:
    answer = await client.get("/api/view")

    assert answer.status_code == 200
    assert LaneView.model_validate(answer.json()) == desk.now


async def test_an_accepted_vehicle_comes_back_as_a_ticket(client: AsyncClient, desk: "FakeDesk") -> None:
    answer = await client.post("/api/tickets", json=FORM)

    assert answer.status_code == 201
    assert answer.json()["plate"] == "粤B12345"
    assert desk.forms[0].vin == FORM["vin"]


async def test_start_answer_stop_and_dismiss_reach_the_desk(client: AsyncClient, desk: "FakeDesk") -> None:
    started = await client.post("/api/tickets/T-0007/start", json={"operator": "op1"})
    await client.post("/api/answer", json={"operator": "op1", "question": "mil", "choice": "yes"})
    await client.post("/api/stop", json={"operator": "op1", "why": "unsafe"})
    dismissed = await client.post("/api/tickets/T-0008/dismiss", json={"operator": "op2"})

    assert started.json() == {"test_id": "T-0007-test"}
    assert dismissed.status_code == 200
    assert desk.calls == [
        ("start", "T-0007", "op1"),
        ("answer", "mil", "yes", "op1"),
        ("stop", "op1", "unsafe"),
        ("dismiss", "T-0008", "op2"),
    ]


async def test_a_refusal_of_the_lane_is_told_as_it_is(
    client: AsyncClient, desk: "FakeDesk", scenery: dict[str, Any]
) -> None:
    desk.refuse = scenery["NOT_REPAIRED"]

    answer = await client.post("/api/tickets", json=FORM)

    assert answer.status_code == 409
    assert answer.json() == scenery["NOT_REPAIRED"].model_dump(mode="json")


async def test_the_same_key_acts_once_and_gets_the_same_answer(client: AsyncClient, desk: "FakeDesk") -> None:
    first = await client.post("/api/tickets", json=FORM, headers={"Idempotency-Key": "k1"})
    again = await client.post("/api/tickets", json=FORM, headers={"Idempotency-Key": "k1"})
    other = await client.post("/api/tickets", json=FORM, headers={"Idempotency-Key": "k2"})

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["idempotent-replay"] == "true"
    assert other.json()["ticket"] != first.json()["ticket"]
    assert len(desk.calls) == 2


async def test_a_key_is_not_taken_for_another_request(client: AsyncClient, desk: "FakeDesk") -> None:
    await client.post("/api/tickets/T-0008/dismiss", json={"operator": "op1"}, headers={"Idempotency-Key": "k"})
    answer = await client.post("/api/tickets", json=FORM, headers={"Idempotency-Key": "k"})

    assert answer.status_code == 422
    assert answer.json()["error"]["class"] == "key_reused"
    assert [call[0] for call in desk.calls] == ["dismiss"]


async def test_a_breakdown_is_told_without_details_and_may_be_tried_again(
    client: AsyncClient, desk: "FakeDesk"
) -> None:
    desk.break_down = True
    broken = await client.post("/api/tickets", json=FORM, headers={"Idempotency-Key": "k"})
    desk.break_down = False
    mended = await client.post("/api/tickets", json=FORM, headers={"Idempotency-Key": "k"})

    assert broken.status_code == 500
    assert broken.json()["error"]["class"] == "broken"
    assert "fake lane" not in broken.text
    assert mended.status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("plate", ""),
        ("plate", "<script>"),
        ("vin", "LSVAG218XE210000"),
        ("vin", "LSVAG218XE210000O"),
        ("reference_mass_kg", -1),
        ("reference_mass_kg", "heavy"),
        ("gross_mass_kg", 90_000),
        ("rated_power_kw", 0),
        ("rated_power_kw", 4_200),
        ("rated_rpm", 42),
        ("rated_rpm", 99_000),
        ("aspiration", "compound"),
        ("drive", "three_wheel"),
        ("fuel", "coal"),
        ("first_registered", "2018-02-30"),
        ("built", "2999-01-01"),
        ("operator", " "),
        ("colour", "red"),
    ],
)
async def test_an_unusable_field_is_named(client: AsyncClient, desk: "FakeDesk", field: str, value: object) -> None:
    answer = await client.post("/api/tickets", json={**FORM, field: value})

    error = answer.json()["error"]
    assert answer.status_code == 422
    assert (error["class"], error["field"]) == ("bad_field", field)
    assert all(error["remedy"][lang] for lang in ("zh", "en"))
    assert desk.calls == []


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b"\xff\xfe"])
async def test_a_body_that_is_no_json_object_is_refused(client: AsyncClient, body: bytes) -> None:
    answer = await client.post("/api/stop", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["error"]["class"] == "not_json"


async def test_a_form_of_a_foreign_page_cannot_post(client: AsyncClient, desk: "FakeDesk") -> None:
    answer = await client.post(
        "/api/stop", content=b'{"operator":"op1","why":"x"}', headers={"Content-Type": "text/plain"}
    )

    assert answer.status_code == 415
    assert desk.calls == []


async def test_a_huge_body_is_refused(client: AsyncClient) -> None:
    answer = await client.post("/api/tickets", json={**FORM, "permit": "x" * 20_000})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8460"},
        {"Host": "192.168.1.20:8460"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "https://127.0.0.1:8460"},
    ],
)
async def test_foreign_hosts_and_origins_are_turned_away(
    client: AsyncClient, desk: "FakeDesk", headers: dict[str, str]
) -> None:
    assert (await client.get("/api/view", headers=headers)).status_code == 403
    assert (await client.post("/api/stop", json={"operator": "op1", "why": "x"}, headers=headers)).status_code == 403
    assert desk.calls == []


@pytest.mark.parametrize("host", ["127.0.0.1:8460", "localhost:8460", "[::1]:8460", "127.0.0.1"])
async def test_the_pages_own_origin_is_welcome(client: AsyncClient, host: str) -> None:
    assert (await client.get("/api/view", headers={"Host": host, "Origin": f"http://{host}"})).status_code == 200


async def test_every_answer_forbids_foreign_content_and_framing(client: AsyncClient) -> None:
    for path in ("/", "/api/view", "/nowhere"):
        headers = (await client.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


async def test_unknown_addresses_and_methods_answer_in_json(client: AsyncClient) -> None:
    missing, wrong = await client.get("/api/nothing"), await client.get("/api/stop")

    assert (missing.status_code, missing.json()["error"]["class"]) == (404, "unknown_path")
    assert (wrong.status_code, wrong.json()["error"]["class"]) == (405, "wrong_method")


async def test_a_page_that_is_not_built_says_how_to_build_it(desk: "FakeDesk", tmp_path: Path) -> None:
    async with client_of(desk, Page(tmp_path)) as client:
        answer = await client.get("/")

    assert answer.status_code == 503
    assert answer.text.count("make web") == 2
    assert "触摸屏" in answer.text


async def test_only_files_of_the_page_are_shown(desk: "FakeDesk", tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a-1.js").write_text("1")
    (tmp_path / "index.html").write_text("<p>page</p>")
    (tmp_path / "secret.txt").write_text("no")
    async with client_of(desk, Page(tmp_path)) as client:
        asset = await client.get("/assets/a-1.js")
        outside = [await client.get(f"/assets/{path}") for path in ("..%2fsecret.txt", "%2e%2e/secret.txt", "gone.js")]
        index = await client.get("/")

    assert (asset.status_code, asset.text) == (200, "1")
    assert "immutable" in asset.headers["cache-control"]
    assert [answer.status_code for answer in outside] == [404, 404, 404]
    assert index.text == "<p>page</p>"


def test_the_page_knows_the_views_field_by_field() -> None:
    """The page's types are written by hand: they name what the models name, no more and no less."""
    source = (STATIC.parent / "web" / "src" / "types.ts").read_text(encoding="utf-8")
    written = {
        name: re.findall(r"^  (\w+)\??:", body, re.MULTILINE)
        for name, body in re.findall(r"export interface (\w+) \{\n(.*?)\n\}", source, re.DOTALL)
    }
    models = {
        name: list(model.model_fields)
        for name, model in vars(view).items()
        if isinstance(model, type) and issubclass(model, View) and model is not View
    }

    assert {name: fields for name, fields in written.items() if name != "Sample"} == models


def test_the_lock_file_names_no_registry() -> None:
    lock = (STATIC.parent / "web" / "package-lock.json").read_text(encoding="utf-8")

    assert "resolved" not in lock
