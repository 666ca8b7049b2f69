"""The codes that checks of the equipment and their schedule give, in words: what it means, and what to do next."""

from lanectl.model.words.text import Text

EQUIPMENT_REASONS: dict[str, Text] = {
    # readings and records
    "no_reading": Text("没有读数：检查设备连接后重新检查", "No reading: check the device, then check again"),
    "no_number": Text("读数无效：检查设备后重新检查", "The reading is no number: see to the device, then check again"),
    "too_few_samples": Text("记录的读数太少：重新检查", "Too few readings in the record: check again"),
    "hole_in_record": Text(
        "记录中断：检查设备连接后重新检查", "A hole in the record: check the connection, check again"
    ),
    "not_reached": Text(
        "读数未达到规定值：检查气路或设备后重新检查", "The reading never got there: see to line and device, check again"
    ),
    "already_there": Text(
        "切换前读数已达到规定值：先通零气，再重新检查", "The reading was there before the step: zero first, check again"
    ),
    "no_step": Text("切换前后读数相同：检查气瓶和阀门", "Nothing changed at the step: see to bottle and valve"),
    "outside_domain": Text(
        "数值超出公式适用范围：检查输入后重新检查", "A value outside the formula: correct it, check again"
    ),
    # dynamometer
    "coast_down_off": Text(
        "滑行时间误差超差：重做附加损失、校准测力后再滑行",
        "Coast-down time off: measure the parasitic loss, calibrate the force, then coast down again",
    ),
    "window_missing": Text("缺少规定的速度区间：补做", "A speed window is missing: do it as well"),
    "load_outside_range": Text("加载功率超出规定范围：重新设定", "The load is outside its range: set another"),
    "load_missing": Text("缺少规定的加载点：补做", "A load is missing: do it as well"),
    "not_spun_up": Text("起始速度不够：提高到规定速度后再滑行", "Let go too early: spin up to the speed, then again"),
    "spin_up_unknown": Text(
        "未记录起始速度：下次检查请记录", "The speed before letting go is not told: record it next time"
    ),
    "inertia_off": Text(
        "基本惯量超差：核对铭牌，检查测力和测速", "Base inertia off: compare the plate, check force and speed"
    ),
    "force_off": Text("测力超差：校准测力传感器后重新检查", "Force off: calibrate the sensor, check again"),
    "speed_off": Text("测速超差：检查速度传感器后重新检查", "Speed off: see to the speed sensor, check again"),
    "load_off": Text("负荷精度超差：校准后重新检查", "Load off: calibrate, check again"),
    # gas, air, flow
    "gas_off": Text(
        "标准气检查超差：用高浓度气校准，再用高、低浓度气检查",
        "Off at the check gas: calibrate with the high gas, then check with the high and the low one",
    ),
    "point_missing": Text("五点检查不完整：补做缺少的点", "A point of the five is missing: do it as well"),
    "points_not_rising": Text(
        "五点气体浓度未逐点升高：核对气瓶后重做",
        "The five gases do not rise from point to point: compare the bottles, again",
    ),
    "gas_missing": Text(
        "标准气缺少须检查的组分：换用组分齐全的气瓶",
        "The bottle lacks a gas that has to be checked: use one that has it",
    ),
    "channel_missing": Text("有通道未检查：补做", "A channel was not checked: do it as well"),
    "channels_not_fitted": Text(
        "设备没有部分通道，未检查，已记录", "The device lacks channels, which were not checked; recorded"
    ),
    "points_missing": Text("检查点不够：补做其他检查点", "Too few points that differ: check at others as well"),
    "bottle_far_from_recipe": Text(
        "气瓶标称值与该点常用浓度相差很大：核对气瓶", "The bottle is far from what this point uses: compare its label"
    ),
    "too_slow": Text(
        "响应时间超差：清洁气路、更换滤芯后重新检查", "Too slow: clean the line, change filters, check again"
    ),
    "ambient_high": Text("环境空气污染物超限：通风后重新检查", "Ambient air too dirty: ventilate, check again"),
    "background_high": Text("背景空气污染物超限：通风、反吹后重新检查", "Background air too dirty: purge, check again"),
    "residue_high": Text(
        "取样管残留 HC 超限：清洁或更换取样管、滤芯", "HC residue in the line: clean or change line, filter"
    ),
    "zero_drifted": Text("调零后清洁空气读数不为零：重新调零", "Clean air does not read zero: zero again"),
    "oxygen_off": Text("氧读数超差：校准或更换氧传感器", "Oxygen off: calibrate or change the oxygen cell"),
    "leaking": Text("泄漏检查不通过：检查气路接头后重新检查", "A leak: see to the joints of the line, check again"),
    "low_flow": Text("取样流量低：检查滤芯和取样管", "Low sample flow: see to filters and line"),
    "flow_meter_off": Text("流量计超差：清洁并校准后重新检查", "Flow analyser off: clean, calibrate, check again"),
    "converter_weak": Text("NOx 转化炉效率不足：更换转化剂", "The NOx converter is weak: change its filling"),
    # opacity, comparison
    "opacity_off": Text(
        "不透光度超差：清洁光学窗口并校准后重新检查", "Opacity off: clean the windows, calibrate, check again"
    ),
    "filter_missing": Text("缺少规定的滤光片：补做", "A filter of the set is missing: do it as well"),
    "response_off": Text("不透光烟度计响应时间超差：送修", "The opacimeter's response is off: have it repaired"),
    "tachometer_off": Text("转速计超差：检查传感器后重新检查", "Tachometer off: see to its pick-up, check again"),
    "weather_off": Text("气象参数超差：校准气象传感器", "Weather sensor off: calibrate it"),
}

SCHEDULE_REASONS: dict[str, Text] = {
    "failed": Text("上次检查不合格：排除故障后重新检查", "The last check failed: mend it, then check again"),
    "never_done": Text("从未做过该项检查：先做检查", "Never checked: do the check first"),
    "missed": Text("检查已过期：先做检查", "The check is overdue: do it first"),
    "due_now": Text("检查到期：请尽快检查", "The check is due: do it soon"),
    "changed": Text("设备调整、维修或更换后未检查：先做检查", "Not checked since it was changed: do the check first"),
    "after_failure": Text(
        "前一项检查不合格后须重做：先做检查", "To be done anew after another check failed: do it first"
    ),
    "before_test": Text("每次检测前须做：先做检查", "Needed before every test: do it first"),
    "certificate_missing": Text("没有检定证书日期：录入证书", "No date of a certificate: enter it"),
    "certificate_expired": Text("检定证书已过期：送检", "The certificate has expired: have the device verified"),
    "dated_ahead": Text("有检查记录的时间晚于当前时间：核对时钟", "A check is dated ahead of now: compare the clock"),
}
