"""What the core says of a VMAS test, in words: what it means, and what to do next."""

from lanectl.model.words.text import Text

VMAS_REASONS: dict[str, Text] = {
    "exhaust_o2_as_in_air": Text(
        "排气与环境空气的氧浓度相同，无法计算稀释比：插好取样探头后重新检测",
        "The exhaust has the O2 of the air, so there is no dilution ratio: insert the probe, test again",
    ),
    "dilution_ratio_outside": Text(
        "稀释比不在 0 到 1 之间：检查集气管、取样探头和两个氧传感器后重新检测",
        "Dilution ratio not between 0 and 1: check the collecting hose, the probe and both O2 cells, test again",
    ),
    "ambient_o2_outside": Text(
        "环境空气氧浓度超出允许范围：通风并校准流量计氧传感器后重新检测",
        "O2 of the ambient air outside its window: ventilate, calibrate the flow meter's O2 cell, test again",
    ),
    "flow_meter_low": Text(
        "流量计几乎没有流量：检查风机和集气管后重新检测",
        "Hardly any flow at the flow meter: check its blower and the collecting hose, test again",
    ),
    "exhaust_not_captured": Text(
        "流量计中几乎没有排气：对准集气管与排气管、检查流量计氧传感器后重新检测",
        "Hardly any exhaust reached the flow meter: put its hose to the tailpipe, check its O2 cell, test again",
    ),
    "reading_below_zero": Text(
        "CO、HC 或 NOx 读数低于零点误差：分析仪调零并检查后重新检测",
        "CO, HC or NOx reads below zero by more than its error: zero and check the analyzer, test again",
    ),
    "co_plus_co2_low_noted": Text(
        "CO+CO2 曾短时低于 6 %，未超过允许时间，已记录：检查取样探头是否松动",
        "CO+CO2 was below 6 % for a short time within what is allowed; recorded: see that the probe sits firmly",
    ),
    "low_flow_noted": Text(
        "取样流量曾短时偏低，未超过允许时间，已记录：检查取样管与滤芯",
        "Sample flow was low for a short time within what is allowed; recorded: check line and filter",
    ),
    "speed_out_too_long": Text(
        "车速连续偏离工况曲线过久：按司机助的曲线重新检测",
        "Outside the driving cycle for too long at once: follow the driver's aid, test again",
    ),
    "speed_out_in_total": Text(
        "车速偏离工况曲线的总时间过长：按司机助的曲线重新检测",
        "Outside the driving cycle for too long in all: follow the driver's aid, test again",
    ),
    "speed_out_noted": Text(
        "车速曾短时偏离工况曲线，未超过允许时间，已记录",
        "The driving cycle was left for a short time within what is allowed; recorded, nothing to do",
    ),
    "distance_off": Text(
        "实际行驶距离与工况距离相差过大：重新检测，并核对滚筒测速",
        "The way driven is too far from that of the cycle: test again, and check the roller speed",
    ),
    "nox_is_no_alone": Text(
        "分析仪只测 NO，NOx 按 NO 计算（质量按 NO₂ 密度）",
        "The analyzer gives NO alone, taken as NOx (its mass with the density of NO2); nothing to do",
    ),
}
