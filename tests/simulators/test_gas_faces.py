"""The faces of gas analysers that share a vocabulary take every golden question, in any chunking."""

import json
from pathlib import Path

import pytest

from protocols import amb, fasm_5000, fga_4100, mqw_50
from protocols.gas import Action, Dialect, Gases, Refused, Status
from simulators.station import STEP_S, SimulatedLane

VECTORS = Path(__file__).parents[1] / "vectors"
DIALECTS: dict[str, tuple[str, Dialect]] = {
    "fuli-fla-501": ("amb", amb.dialect(amb.fla_501())),
    "mingquan-mqw-50a": ("mqw_50", mqw_50.dialect(mqw_50.MQW_50A)),
    "mingquan-mqw-50b": ("mqw_50", mqw_50.dialect(mqw_50.MQW_50B)),
    "foshan-fasm-5000": ("fasm_5000", fasm_5000.DIALECT),
    "foshan-fga-4100": ("fga_4100", fga_4100.DIALECT),
    "horiba-mexa-584l": ("amb", amb.dialect(amb.MEXA_584L)),
}


def asked(device: str) -> list[bytes]:
    vectors = json.loads((VECTORS / f"{DIALECTS[device][0]}.json").read_text(encoding="utf-8"))
    return [
        bytes.fromhex(each["hex"])
        for each in vectors
        if device in each["devices"] and each["direction"] == "to_device" and "never sent" not in each["meaning"]
    ]


def wait(lane: SimulatedLane, seconds: float) -> None:
    for _ in range(round(seconds / STEP_S)):
        lane.step()


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("device", DIALECTS)
def test_each_golden_question_is_answered_in_any_chunking(device: str, size: int) -> None:
    dialect = DIALECTS[device][1]
    for frame in asked(device):
        wire = SimulatedLane(2, [device]).wires["gas"]
        for at in range(0, len(frame), size):
            wire.receive(frame[at : at + size])
        action = dialect.decode_request(frame).action
        assert action is not None
        assert not isinstance(dialect.decode_reply(action, wire.take()), Refused)


@pytest.mark.parametrize("device", DIALECTS)
def test_damage_gets_no_answer_and_half_a_question_is_forgotten(device: str) -> None:
    lane, dialect = SimulatedLane(2, [device]), DIALECTS[device][1]
    question, wire = dialect.encode_request(Action.READ), lane.wires["gas"]
    wire.receive(question[:-1] + bytes([question[-1] ^ 0x01]))
    assert wire.take() == b""
    wait(lane, 0.3)
    wire.receive(question[:2])
    wait(lane, 0.3)
    wire.receive(question)
    assert isinstance(dialect.decode_reply(Action.READ, wire.take()), Gases)


def test_a_mexa_tells_its_troubles() -> None:
    lane, dialect = SimulatedLane(2, ["horiba-mexa-584l"]), DIALECTS["horiba-mexa-584l"][1]

    def words(action: Action) -> frozenset[str]:
        lane.wires["gas"].receive(dialect.encode_request(action))
        reply = dialect.decode_reply(action, lane.wires["gas"].take())
        assert isinstance(reply, Status)
        return reply.words

    assert {"filter_dirty", "calibration_error", "leak"} <= set(lane.fault_kinds["gas"])
    for kind in ("filter_dirty", "calibration_error", "leak"):
        lane.fault("gas", kind)
    lane.line.residue_ppm = 30.0
    assert {"filter_dirty", "leak", "hc_hang_up"} <= words(Action.READ_PARTS)
    assert words(Action.READ_STATUS) == {"calibration_error"}
    lane.clear()
    assert words(Action.READ_STATUS) == set()
    lane.fault("gas", "power_cut")
    assert words(Action.READ_STATUS) == {"warming"}
