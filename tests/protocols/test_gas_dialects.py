"""Whatever a gas analyzer can say about gas is read back as it was meant, in any chunking, behind any noise."""

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import amb, fasm_5000, fga_4100, gas_simple, mqw_50
from protocols.gas import Action, Dialect, Done, Gases, Pef, Refused, Reply, Status
from protocols.weather import Weather

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


@FEW
@given(st.lists(words, min_size=13, max_size=13), positive, st.booleans(), noise, st.integers(1, 30))
def test_gases_of_mingquan(counts, rpm, with_weather, before, size):  # type: ignore[no-untyped-def]
    hc, co, co2, o2, no, oil, ratio, line, temp, humidity, pressure, pef, _ = counts
    model = mqw_50.MQW_50A if with_weather else mqw_50.MQW_50B
    sent = Gases(
        hc, co / 100, co2 / 100, o2 / 100, no, rpm, oil / 10, ratio / 1000, line_pressure_kpa=line / 10,
        weather=Weather(temp / 10, humidity / 10, pressure / 10) if with_weather else None,
        pef=None if with_weather else pef / 1000,
    )  # fmt: skip
    stream = before + mqw_50.encode_reply(model, Action.READ, sent)
    assert heard(mqw_50.dialect(model), Action.READ, stream, size) == [sent]


@FEW
@given(st.sets(st.sampled_from([name for name, _, _ in mqw_50.STATUS_BITS])), st.integers(0, 255), st.integers(1, 20))
def test_what_else_mingquan_says(said, code, size):  # type: ignore[no-untyped-def]
    dialect = mqw_50.dialect(mqw_50.MQW_50B)
    replies: dict[Action, Reply] = {
        Action.READ_STATUS: mqw_50.status(*said),
        Action.PURGE: Done(Action.PURGE),
        Action.ZERO: Refused(code),
    }
    for action, reply in {**replies, Action.LEAK_CHECK: Refused()}.items():
        assert heard(dialect, action, dialect.encode_reply(action, reply), size) == [reply]


@FEW
@given(st.lists(words, min_size=12, max_size=12), noise, st.integers(1, 40))
def test_gases_of_a_fasm_5000(counts, before, size):  # type: ignore[no-untyped-def]
    hc, co, co2, o2, no, ratio, rpm, oil, flow, kpa, air, humidity = counts
    weather = Weather(air / 10, humidity / 10, kpa / 10)
    sent = Gases(hc, co / 100, co2 / 100, o2 / 100, no, rpm, oil / 10, ratio / 100, flow_word=flow, weather=weather)
    stream = before + fasm_5000.encode_reply(Action.READ, sent)
    assert heard(fasm_5000.DIALECT, Action.READ, stream, size) == [sent]


@FEW
@given(st.lists(st.one_of(st.none(), st.integers(-999, 9999)), min_size=8, max_size=8), noise, st.integers(1, 60))
def test_gases_of_an_fga_4100(counts, before, size):  # type: ignore[no-untyped-def]
    scales = (1, 100, 10, 10, 1, 100, 1, 10)
    values = [None if count is None else count / scale for count, scale in zip(counts, scales, strict=True)]
    hc, co, co2, o2, no, ratio, rpm, oil = values
    sent = Gases(hc, co, co2, o2, no, rpm, oil, ratio)
    stream = before + fga_4100.encode_reply(Action.READ, sent)
    assert heard(fga_4100.DIALECT, Action.READ, stream, size) == [sent]


@FEW
@given(
    st.lists(st.one_of(st.none(), words.filter(lambda count: count != -256)), min_size=7, max_size=7),
    positive.filter(lambda count: count != 0xFF00), st.integers(18, 32), st.booleans(), st.booleans(), noise,
    st.integers(1, 30),
)  # fmt: skip
def test_gases_in_the_simple_dialect(counts, rpm, length, oil_first, summed, before, size):  # type: ignore[no-untyped-def]
    model = gas_simple.Model("one", gas_simple.NHA_506.codes, length, 10, oil_first, summed)
    hc, co, co2, o2, no, oil, ratio = (
        None if count is None else count / divisor
        for count, divisor in zip(counts, (1, 100, 100, 100, 1, 10, 100), strict=True)
    )
    sent = Gases(hc, co, co2, o2, no, rpm, oil, ratio)
    stream = (before if summed else b"") + gas_simple.encode_reply(model, Action.READ, sent)
    assert heard(gas_simple.dialect(model), Action.READ, stream, size) == [sent]
