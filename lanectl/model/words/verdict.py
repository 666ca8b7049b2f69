"""The reason codes that the core puts into a verdict, in words: what it means, and what to do next."""

from lanectl.model.words.checks import CHECK_REASONS
from lanectl.model.words.diesel import DIESEL_REASONS
from lanectl.model.words.text import Text
from lanectl.model.words.vmas import VMAS_REASONS

VERDICT_REASONS: dict[str, Text] = {
    **DIESEL_REASONS,
    **CHECK_REASONS,
    **VMAS_REASONS,
    "over_limit": Text("排放超过限值：维修后复检", "Over the limit: have it repaired, then retest"),
    "immediate_fail_500_percent": Text(
        "连续 10 s 超过限值 500 %，立即判定不合格：维修后复检",
        "Ten seconds in a row above 500 % of a limit, failed at once: have it repaired, then retest",
    ),
    "quick_check_passed": Text("快速检查合格，检测结束", "Passed by the quick check; nothing more to do"),
    "asm5025_failed": Text("ASM5025 未通过，已进行 ASM2540", "ASM5025 not passed, so the test went on to ASM2540"),
    "rounding_decides": Text(
        "修约值与全数值判定不同：按数据中的修约规则判定，两个数值都已保存",
        "Rounded and full value judge differently: judged as the limits data says, both values are kept",
    ),
    "gap_outside_window": Text(
        "取样窗口以外有数据缺失，不影响判定：检查设备连接",
        "Data missing outside the sampling: no effect; check the devices",
    ),
    "no_humidity_factor": Text(
        "温湿度气压超出湿度修正范围，该秒不计：检查环境与气象传感器",
        "Weather outside the humidity correction, those seconds do not count: check weather and sensor",
    ),
    "value_missing": Text(
        "有的秒缺少读数，含缺失的窗口不计：检查设备连接",
        "Readings missing in some seconds, their windows do not count: check the devices",
    ),
    "value_missing_in_window": Text(
        "取样期间缺少读数：检查分析仪连接后重新检测",
        "A reading is missing while sampling: check the analyzer, test again",
    ),
    "hc_recorded_only": Text("天然气车 HC 只记录不判定", "Natural gas: HC is recorded, not judged; nothing to do"),
    "hybrid_as_petrol": Text(
        "混合动力车按汽油车修正系数计算", "Hybrid: corrected with the figures of petrol; nothing to do"
    ),
    "lambda_without_no": Text(
        "无 NO 读数，过量空气系数按 NO 为 0 计算（差异不超过 0.002）",
        "No NO reading: lambda computed with NO as 0 (at most 0.002 lower); connect NO if the analyzer has it",
    ),
    "lambda_not_judged": Text("过量空气系数只记录不判定", "Lambda is recorded, not judged; nothing to do"),
    "closed_loop_unknown": Text(
        "未说明是否闭环控制，过量空气系数未判定：补充 closed_loop",
        "Not stated whether closed-loop, so lambda is not judged: give closed_loop",
    ),
    "high_idle_not_in_trace": Text(
        "数据从怠速开始，未含高怠速：只判定了怠速",
        "The trace begins at idle: only idle is judged; give the whole trace",
    ),
    "no_engine_speed": Text(
        "转速表一直为零：检查转速传感器的安装后重新检测",
        "The engine speed counter only says 0: see that its pick-up sits, test again",
    ),
    "engine_speed_implausible": Text(
        "测得的转速与发动机控制单元的转速相差过大：检查转速传感器和冲程、缸数设置后重新检测",
        "Counted engine speed and control unit disagree: check pick-up, strokes and cylinders, test again",
    ),
    "engine_speed_unconfirmed": Text(
        "没有控制单元的转速，测得的转速未核对：能连接 OBD 时请连接",
        "No engine speed from the control unit to check the counted one with: connect OBD where possible",
    ),
    "engine_cold": Text(
        "检测开始时发动机温度低于要求，已记录：热车后再检测",
        "The engine was below working temperature when the test began; recorded: warm it up before testing",
    ),
    "temperature_unknown": Text(
        "没有机油或冷却液温度，未核对热车状态：插入油温探头或连接 OBD",
        "Oil and coolant temperature unknown, warm engine not checked: insert the oil probe or connect OBD",
    ),
    "discarded_over_limit": Text(
        "不计入的数据中有超过限值的，最高值已记录：复核该次检测",
        "Something that does not count was over the limit; its highest value is kept: look at this test again",
    ),
    "probe_unconfirmed": Text(
        "数据中没有操作员对插入取样探头的确认，未核对其时间：下次由系统记录 probe_in",
        "Nobody confirmed when the probe went in, so its time is not checked: record probe_in",
    ),
    "probe_in_early": Text(
        "取样探头在预处理或吹拂结束之前已插入，已记录：下次听到提示后再插入",
        "The probe was in before preconditioning or blow-outs were over; recorded: put it in when asked",
    ),
    "mil_on": Text("故障灯点亮：维修后复检", "The malfunction lamp is on: have it repaired, then retest"),
    "stored_codes": Text("有已确认的故障码：维修后复检", "Trouble codes are stored: have it repaired, then retest"),
    "lamp_does_not_light": Text(
        "打开点火开关时故障灯不亮：检修故障灯电路后复检", "The lamp stays dark at key-on: mend its circuit, then retest"
    ),
    "lamp_differs": Text(
        "仪表故障灯与控制单元状态不一致：维修后复检", "Lamp and control unit disagree: have it repaired, then retest"
    ),
    "no_communication": Text(
        "OBD 无法通信：确认点火开关和接头，仍不通则维修后复检",
        "No OBD communication: check ignition and plug; if it stays silent, repair and retest",
    ),
    "connector_missing": Text("找不到诊断接口：维修后复检", "No diagnostic connector: have it repaired, then retest"),
    "connector_damaged": Text(
        "诊断接口损坏：维修后复检", "Diagnostic connector damaged: have it repaired, then retest"
    ),
    "readiness_incomplete": Text("就绪状态未全部完成，已记录", "Some monitors are not ready; recorded, nothing to do"),
    "drive_and_come_back": Text(
        "未就绪项超过两项：建议行驶后再检", "More than two monitors are open: drive for a while and come back"
    ),
    "pending_codes": Text("有未决故障码，已记录：建议检修", "Codes are pending; recorded: have it looked at"),
    "not_binding": Text("该车 OBD 检查结果只记录不判定", "The OBD check does not bind for this vehicle; recorded only"),
}
