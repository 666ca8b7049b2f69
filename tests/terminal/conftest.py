"""A lane behind the desk that exists in memory alone, a server thread for it, and a touch screen to look at it."""

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from lanectl.lane.ports import RefusedError
from lanectl.model.view import (
    AcceptForm,
    CameraView,
    DeviceView,
    JudgementView,
    LaneView,
    LockView,
    PromptView,
    QuestionView,
    RefusalView,
    ResultView,
    RunningView,
    TextView,
    TicketView,
    UplinkView,
)
from lanectl.terminal.page import STATIC
from lanectl.terminal.server import serve

T = TypeVar("T")
WEB = STATIC.parent / "web"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def text(zh: str, en: str) -> TextView:
    return TextView(zh=zh, en=en)


NOT_REPAIRED = RefusalView(
    code="GO_BACK_TO_ORIGINAL",
    codes=("GO_BACK_TO_ORIGINAL", "NOT_UPLOADED", "DOCUMENTS_MISSING"),
    message=text(
        "该车上次在 44010631 站检测不合格：请回原检测站复检",
        "This car failed at station 44010631: go back to that station for the retest",
    ),
    details=(
        text("原检测站：44010631，2026-03-02 不合格", "Original station: 44010631, failed on 2026-03-02"),
        text(
            "维修记录尚未上传：请 M 站上传后再来", "The repair record is not uploaded: ask the M-station to upload it"
        ),
        text("缺少单据：维修发票、结算清单", "Papers missing: invoice, settlement list"),
    ),
)
BUSY = RefusalView(code="LANE_BUSY", message=text("正在检测其他车辆：请稍候", "Another test is running: please wait"))

DEVICES = (
    DeviceView(
        name="gas",
        role="gas_analyzer",
        driver="nanhua-nha-506i",
        state="ready",
        message=text("预热完成，泵停", "Warm, pump off"),
        identity="NHA-506I V2.1 SN 20190417",
        age_ms=120,
    ),
    DeviceView(
        name="dyno",
        role="dynamometer",
        driver="xincheng-bntd",
        state="ready",
        message=text("举升器已升起", "Lift is up"),
        identity="BNTD 3.02",
        age_ms=45,
    ),
    DeviceView(
        name="obd",
        role="obd_reader",
        driver="elm327",
        state="ready",
        message=text("等待车辆", "Waiting for a car"),
        identity="ELM327 v1.5",
        age_ms=900,
    ),
)
CAMERAS = (
    CameraView(
        id="front",
        name="前摄像头",
        required=True,
        state="online",
        message=text("画面正常", "The picture is good"),
        last_frame_at="2026-03-05T09:24:30+08:00",
        clock_offset_s=-0.1,
    ),
    CameraView(
        id="rear",
        name="后摄像头",
        required=False,
        state="online",
        message=text("画面正常", "The picture is good"),
        last_frame_at="2026-03-05T09:24:30+08:00",
    ),
)
BAD_CAMERAS = (
    CAMERAS[0].model_copy(
        update={
            "state": "covered",
            "message": text(
                "镜头被遮挡或失焦：取下遮挡物，擦净镜头",
                "The lens is covered or misted: take the cover off, wipe the lens",
            ),
        }
    ),
    CAMERAS[1].model_copy(
        update={
            "state": "offline",
            "message": text(
                "摄像头拒绝登录：核对检测线文件中的用户名和密码",
                "The camera refuses the login: check user and password in the lane file",
            ),
            "last_frame_at": None,
        }
    ),
)
TROUBLED = (
    DEVICES[0].model_copy(
        update={
            "state": "warming",
            "message": text("预热还需 6 分钟：请等待", "Warming up: six more minutes, please wait"),
        }
    ),
    DEVICES[1].model_copy(
        update={
            "state": "lost",
            "message": text(
                "没有应答：检查测功机电源和串口线", "No reply: check the dynamometer's power and serial cable"
            ),
            "age_ms": 48_000,
        }
    ),
    DEVICES[2].model_copy(
        update={
            "state": "fault",
            "message": text("转接器电压过低：检查车辆电瓶", "Adapter voltage too low: check the car's battery"),
            "identity": None,
            "age_ms": None,
        }
    ),
)

TICKETS = (
    TicketView(
        ticket="T-0007",
        plate="粤A12345",
        vin="LSVAG2180E2100001",
        fuel="petrol",
        method="asm",
        status="waiting",
        accepted_at="2026-03-05T09:12:40+08:00",
    ),
    TicketView(
        ticket="T-0008",
        plate="粤AD30618",
        vin="LFV2A21K9D4123456",
        fuel="hybrid",
        method="two_speed_idle",
        status="waiting",
        accepted_at="2026-03-05T09:20:05+08:00",
        retest=True,
    ),
    TicketView(
        ticket="T-0006",
        plate="湘B6K88港",
        vin="LHGCM46567A200355",
        fuel="petrol",
        method="asm",
        status="refused",
        accepted_at="2026-03-05T09:02:11+08:00",
        retest=True,
        refusal=NOT_REPAIRED,
    ),
    TicketView(
        ticket="T-0005",
        plate="粤A9F210",
        vin="LBEHDAEB79Y042637",
        fuel="petrol",
        method="asm",
        status="done",
        accepted_at="2026-03-05T08:40:00+08:00",
        outcome="fail",
    ),
    TicketView(
        ticket="T-0004",
        plate="粤B77720",
        vin="LSGPC52U7AF102938",
        fuel="petrol",
        method="asm",
        status="done",
        accepted_at="2026-03-05T08:21:00+08:00",
        outcome="pass",
    ),
)

PASSED = tuple(
    JudgementView(quantity=quantity, value=value, limit=limit, unit=unit, ok=True)
    for quantity, value, limit, unit in (
        ("asm5025_co_pct", 0.04, 0.50, "%"),
        ("asm5025_hc_ppm", 11.0, 90.0, "ppm"),
        ("asm5025_no_ppm", 171.0, 700.0, "ppm"),
    )
)
FAILED = (
    JudgementView(quantity="asm5025_co_pct", value=0.62, limit=0.50, unit="%", ok=False),
    JudgementView(quantity="asm5025_hc_ppm", value=84.0, limit=90.0, unit="ppm", ok=True),
    JudgementView(quantity="asm5025_no_ppm", value=655.0, limit=700.0, unit="ppm", ok=True),
    JudgementView(quantity="asm2540_co_pct", value=0.71, limit=0.40, unit="%", ok=False),
    JudgementView(quantity="asm2540_hc_ppm", value=93.0, limit=80.0, unit="ppm", ok=False),
    JudgementView(quantity="asm2540_no_ppm", value=512.0, limit=650.0, unit="ppm", ok=True),
)

MIL_QUESTION = QuestionView(
    id="mil_lights_at_key_on",
    text=text("钥匙 ON、发动机未起动：故障灯亮吗？", "Key on, engine off: does the MIL light?"),
    choices=(("yes", text("是，亮", "Yes, it lights")), ("no", text("否，不亮", "No, it stays dark"))),
)
NO_LINK_QUESTION = QuestionView(
    id="obd_no_link_why",
    text=text(
        "OBD 为什么无法通讯？检查接头后选择", "Why is there no OBD communication? Check the connector, then choose"
    ),
    choices=(
        ("connector_damaged", text("接口损坏", "Connector damaged")),
        ("connector_missing", text("找不到接口", "Connector not found")),
        ("no_answer", text("接好但无应答", "Connected, no answer")),
    ),
)


def result_of(ticket: TicketView, outcome: str, **more: Any) -> ResultView:
    """A sealed result of this ticket."""
    headlines = {
        "pass": text("合格", "Pass"),
        "fail": text("排放超标，请维修后复检", "Emissions over the limit: repair and retest"),
        "aborted": text(
            "检测中止：不是不合格，查明原因后重新检测", "Aborted: not a fail; clear the cause and test again"
        ),
        "invalid": text(
            "检测无效：不是不合格，排除故障后重新检测", "Invalid: not a fail; mend the trouble and test again"
        ),
    }
    facts: dict[str, Any] = {
        "ticket": ticket.ticket,
        "test_id": f"{ticket.ticket}-test",
        "plate": ticket.plate,
        "vin": ticket.vin,
        "method": ticket.method,
        "outcome": outcome,
        "headline": headlines[outcome],
        "sequence": 128,
        "record_sha256": "9f2c44d01ab3e87755c0de1199aa77ffeed0123456789abcdef0123456789abc",
        "receipt": "received",
        "ended_at": "2026-03-05T09:31:20+08:00",
    }
    return ResultView(**(facts | more))


class FakeDesk:
    """A lane in memory: holds a view, carries a test from start to stop, and lets a test push what it likes."""

    def __init__(self) -> None:
        self.now = LaneView(
            seq=1,
            region="440106",
            station="44010625",
            lane="01",
            name="一号检测线",
            mode="training",
            clock="2026-03-05T09:24:31+08:00",
            operators=(("op1", "陈志强"), ("op2", "李晓梅")),
            devices=DEVICES,
            cameras=CAMERAS,
            uplink=UplinkView(connected=True, outbox=0),
            queue=TICKETS,
            results=(
                result_of(TICKETS[3], "fail", judgements=FAILED, ended_at="2026-03-05T08:52:03+08:00"),
                result_of(TICKETS[4], "pass", judgements=PASSED, sequence=127, ended_at="2026-03-04T17:31:20+08:00"),
            ),
        )
        self.calls: list[tuple[str, ...]] = []
        self.forms: list[AcceptForm] = []
        self.refuse: RefusalView | None = None
        self.break_down = False
        self._views: set[asyncio.Queue[LaneView]] = set()
        self._samples: set[asyncio.Queue[dict[str, float | int | None]]] = set()

    # what the terminal calls

    def view(self) -> LaneView:
        return self.now

    async def changes(self) -> AsyncIterator[LaneView]:
        waiting: asyncio.Queue[LaneView] = asyncio.Queue()
        self._views.add(waiting)
        try:
            yield self.now
            while True:
                yield await waiting.get()
        finally:
            self._views.discard(waiting)

    async def live(self) -> AsyncIterator[dict[str, float | int | None]]:
        waiting: asyncio.Queue[dict[str, float | int | None]] = asyncio.Queue()
        self._samples.add(waiting)
        try:
            while True:
                yield await waiting.get()
        finally:
            self._samples.discard(waiting)

    async def accept(self, form: AcceptForm) -> TicketView:
        self._note("accept", form.plate)
        self.forms.append(form)
        ticket = TICKETS[0].model_copy(
            update={"ticket": f"T-{100 + len(self.forms)}", "plate": form.plate, "vin": form.vin, "fuel": form.fuel}
        )
        if form.plate.endswith("9999"):
            ticket = ticket.model_copy(update={"status": "refused", "retest": True, "refusal": NOT_REPAIRED})
        self.show(queue=(*self.now.queue, ticket))
        return ticket

    async def start(self, ticket: str, operator: str) -> str:
        self._note("start", ticket, operator)
        found = self.ticket(ticket)
        self.show(queue=self._queue_with(ticket, status="testing"), running=running_of(found, question=MIL_QUESTION))
        return f"{ticket}-test"

    async def answer(self, question: str, choice: str, operator: str) -> None:
        self._note("answer", question, choice, operator)
        assert self.now.running is not None
        self.show(running=measuring(self.ticket(self.now.running.ticket)))

    async def stop(self, operator: str, why: str) -> None:
        self._note("stop", operator, why)
        assert self.now.running is not None
        ticket = self.ticket(self.now.running.ticket)
        result = result_of(ticket, "aborted", reasons=(text("操作员停止", "Stopped by the operator"),))
        queue = self._queue_with(ticket.ticket, status="done", outcome="aborted")
        self.show(running=None, queue=queue, results=(result, *self.now.results))

    async def dismiss(self, ticket: str, operator: str) -> None:
        self._note("dismiss", ticket, operator)
        self.show(queue=tuple(each for each in self.now.queue if each.ticket != ticket))

    # what a test does with it

    def show(self, **changes: Any) -> None:
        """Change the view; every page hears of it."""
        self.now = self.now.model_copy(update={**changes, "seq": self.now.seq + 1})
        for waiting in self._views:
            waiting.put_nowait(self.now)

    def push(self, sample: dict[str, float | int | None]) -> None:
        """Send the readings of one beat to every page."""
        for waiting in self._samples:
            waiting.put_nowait(sample)

    def ticket(self, ticket: str) -> TicketView:
        return next(each for each in self.now.queue if each.ticket == ticket)

    def samples_taken(self) -> bool:
        """Say whether every sample so far has left the lane."""
        return all(waiting.empty() for waiting in self._samples)

    @property
    def pages(self) -> int:
        return len(self._views)

    def _note(self, *call: str) -> None:
        self.calls.append(call)
        if self.break_down:
            raise RuntimeError("the fake lane broke down")
        if self.refuse is not None:
            raise RefusedError(self.refuse)

    def _queue_with(self, ticket: str, **changes: Any) -> tuple[TicketView, ...]:
        return tuple(each.model_copy(update=changes) if each.ticket == ticket else each for each in self.now.queue)


def running_of(ticket: TicketView, **changes: Any) -> RunningView:
    """A test that has just begun."""
    facts: dict[str, Any] = {
        "ticket": ticket.ticket,
        "test_id": f"{ticket.ticket}-test",
        "plate": ticket.plate,
        "method": ticket.method,
        "stage": "obd_check",
        "phase": "obd_check",
        "phase_text": text("OBD 检查", "OBD check"),
        "prompt": PromptView(
            code="obd_key_on",
            text=text("钥匙转到 ON，不要起动发动机，看故障灯", "Key to ON, engine off: look at the MIL"),
        ),
        "elapsed_s": 12,
    }
    return RunningView(**(facts | changes))


def measuring(ticket: TicketView) -> RunningView:
    """A test in its first ASM mode."""
    return running_of(
        ticket,
        stage="measure",
        phase="asm5025_quick",
        phase_text=text("ASM5025 快速检查", "ASM5025 quick check"),
        prompt=PromptView(
            code="hold_speed",
            text=text("保持 25 km/h", "Hold 25 km/h"),
            target_kmh=25.0,
            tolerance_kmh=2.0,
            remaining_s=14,
        ),
        elapsed_s=68,
    )


LOCK = LockView(
    code="CALIBRATION_OVERDUE",
    message=text(
        "分析仪五点检查已过期：由设备员完成检查后自动解锁",
        "The analyzer's five-point check is overdue: the equipment officer runs it, then this lock goes",
    ),
)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture(scope="session")
def scenery() -> dict[str, Any]:
    """The building blocks of scenes, for tests that arrange their own."""
    return {
        "BAD_CAMERAS": BAD_CAMERAS,
        "BUSY": BUSY,
        "DEVICES": DEVICES,
        "FAILED": FAILED,
        "LOCK": LOCK,
        "MIL_QUESTION": MIL_QUESTION,
        "NO_LINK_QUESTION": NO_LINK_QUESTION,
        "NOT_REPAIRED": NOT_REPAIRED,
        "PASSED": PASSED,
        "TICKETS": TICKETS,
        "TROUBLED": TROUBLED,
        "measuring": measuring,
        "result_of": result_of,
        "running_of": running_of,
        "text": text,
    }


class ServedDesk:
    """A desk behind a real server in a thread of its own, which can die and come back on the same port."""

    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._serving: Future[None] | None = None

    def up(self, port: int = 0) -> None:
        ready = threading.Event()

        def note(url: str) -> None:
            self.url = url
            ready.set()

        self._serving = self.submit(serve(self.desk, "127.0.0.1", port, ready=note))
        assert ready.wait(10)

    def down(self) -> None:
        serving, self._serving = self._serving, None
        if serving is not None:
            serving.cancel()
            self.submit(self._until(lambda: self.desk.pages == 0)).result(10)

    @property
    def is_up(self) -> bool:
        return self._serving is not None

    def restart(self) -> None:
        self.up(int(self.url.rstrip("/").rpartition(":")[2]))

    def submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def show(self, **changes: Any) -> None:
        """Change the lane's view from the test's thread."""
        self.submit(self._call(lambda: self.desk.show(**changes))).result(5)

    def drive(self, speeds: list[float | None], from_ms: int = 0, pause_s: float = 0.004, **others: float) -> None:
        """Send readings as a running test does, only faster."""
        beats = [{"speed_kmh": speed, **others} for speed in speeds]
        self.submit(self._play(beats, from_ms, pause_s)).result(30)

    def play(self, beats: Sequence[Mapping[str, float]], pause_s: float = 0.002) -> None:
        """Send these beats, a tenth of a second apart in the lane's time."""
        self.submit(self._play(beats, 0, pause_s)).result(30)

    def close(self) -> None:
        self.down()
        self.submit(self._settle()).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _play(self, beats: Sequence[Mapping[str, float | None]], from_ms: int, pause_s: float) -> None:
        for index, beat in enumerate(beats):
            self.desk.push({"t_ms": from_ms + 100 * index, **beat})
            await asyncio.sleep(pause_s)

    async def _call(self, act: Callable[[], None]) -> None:
        act()

    async def _until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(8):
            while not reached():  # noqa: ASYNC110 - the pages' ends are nobody's event
                await asyncio.sleep(0.02)

    async def _settle(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await asyncio.wait(others, timeout=5) if others else None
        await self._loop.shutdown_asyncgens()


@pytest.fixture
def served(desk: FakeDesk) -> Iterator[ServedDesk]:
    lane = ServedDesk(desk)
    lane.up()
    yield lane
    lane.close()


@pytest.fixture(scope="module")
def _kept_lane() -> Iterator[ServedDesk]:
    lane = ServedDesk(FakeDesk())
    lane.up()
    yield lane
    lane.close()


@pytest.fixture
def shared_lane(_kept_lane: ServedDesk) -> ServedDesk:
    """One server for many tests; each finds it up and with the view of the morning."""
    if not _kept_lane.is_up:
        _kept_lane.restart()
    fresh = FakeDesk()
    _kept_lane.desk.calls, _kept_lane.desk.forms, _kept_lane.desk.refuse = [], [], None
    _kept_lane.show(**dict(fresh.now))
    return _kept_lane


@pytest.fixture(scope="session")
def built_page() -> Path:
    """The page as built from the sources of now."""
    index = STATIC / "index.html"
    if not index.is_file():
        pytest.fail("the touch page is not built: run make web")
    sources = [path for path in WEB.rglob("*") if path.is_file() and "node_modules" not in path.parts]
    newest = max(sources, key=lambda path: path.stat().st_mtime)
    if newest.stat().st_mtime > index.stat().st_mtime:
        pytest.fail(f"the built page is older than {newest.name}: run make web")
    return STATIC


@pytest.fixture(scope="module")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright keeps a loop running in this thread while it is open, so it must not outlive the module."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright, built_page: Path) -> Iterator[Browser]:
    """Debian's Chromium with a touch screen, and no way out."""
    assert built_page.is_dir()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.fail("Chromium is missing: apt-get install chromium fonts-noto-cjk")
    opened = playwright_driver.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
    yield opened
    opened.close()
