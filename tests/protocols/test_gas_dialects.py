"""Whatever a gas analyzer can say about gas is read back as it was meant, in any chunking, behind any noise."""

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import amb
from protocols.gas import Action, Dialect, Done, Gases, Pef, Refused, Reply, Status

words = st.integers(-32_768, 32_767)
positive = st.integers(0, 65_535)
noise = st.binary(max_size=6).map(lambda data: data.replace(b"\x06", b"\x00").replace(b"\x15", b"\x00"))
FEW = settings(max_examples=40)


def heard(dialect: Dialect, action: Action, stream: bytes, size: int) -> list[object]:
    framer = dialect.reply_framer(action)
    found = [item for at in range(0, len(stream), size) for item in framer.feed(stream[at : at + size])]
    assert framer.surplus == 0
    return list(found)


@FEW
@given(st.lists(words, min_size=8, max_size=8), positive, st.booleans(), st.booleans(), noise, st.integers(1, 30))
def test_gases_with_the_amb_frame(counts, rpm, of_mexa, alarm, before, size):  # type: ignore[no-untyped-def]
    model = amb.MEXA_584L if of_mexa else amb.fla_501()
    layout, (hc, co, co2, o2, no, oil, ratio, air_fuel) = model.layout, counts
    sent = Gases(
        hc, co / layout.co[1], co2 / 100, o2 / 100, no, rpm, oil / layout.oil[1], ratio / layout.lambda_[1],
        air_fuel / layout.air_fuel[1], words=frozenset({"rpm_alarm"} if alarm and of_mexa else ()),
    )  # fmt: skip
    stream = before + amb.encode_reply(model, Action.READ, sent)
    assert heard(amb.dialect(model), Action.READ, stream, size) == [sent]


@FEW
@given(st.binary(min_size=13, max_size=13), st.integers(-32_768, 32_767), st.integers(0, 255), st.integers(1, 20))
def test_what_else_the_amb_frame_says(raw, pef, code, size):  # type: ignore[no-untyped-def]
    model = amb.MEXA_584L
    status = Status(raw, model.words(Action.READ_STATUS, raw))
    said: dict[Action, Reply] = {
        Action.READ_STATUS: status,
        Action.READ_PEF: Pef(pef / 1000),
        Action.MEASURE: Done(Action.MEASURE),
        Action.ZERO: Refused(code),
    }
    for action, reply in said.items():
        assert heard(amb.dialect(model), action, amb.encode_reply(model, action, reply), size) == [reply]
    quiet = amb.MEXA_584L.without(Action.READ_STATUS, status, amb.ERRORS)
    assert model.words(Action.READ_STATUS, quiet) == status.words - amb.ERRORS
