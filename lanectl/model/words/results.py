"""What a result says to a person: headline, reasons, and what to do next."""

from lanectl.model.words.devices import ERRORS
from lanectl.model.words.text import Text
from lanectl.model.words.verdict import VERDICT_REASONS

HEADLINES: dict[str, Text] = {
    "pass": Text("合格", "Pass"),
    "fail": Text(
        "不合格：请到维修站（M 站）维修，维修记录上传后回本站复检",
        "Fail: have it repaired at an M-station; come back here after the repair record is uploaded",
    ),
    "aborted": Text("检测中止：不是不合格，查明原因后重新检测", "Aborted: not a fail; clear the cause and test again"),
    "invalid": Text("检测无效：不是不合格，排除故障后重新检测", "Invalid: not a fail; mend the trouble and test again"),
}

REASONS: dict[str, Text] = {
    "operator": Text("操作员停止", "Stopped by the operator"),
    "bureau": Text("监管平台停止", "Stopped by the bureau"),
    "safety": Text("安全联锁动作：检查车辆与测功机", "A safety interlock tripped: check car and dynamometer"),
    "forced_exit": Text("程序被强制退出", "The program was forced to exit"),
    "crash": Text("程序或电脑中断，检测已封存为中止", "Program or computer broke off; the test was sealed as aborted"),
    "obd_vin_differs": Text(
        "OBD 读出的 VIN 与登记不一致：核对车辆与登记信息",
        "The control unit holds another VIN than the registration: check car and papers",
    ),
    "obd_not_whole": Text(
        "OBD 检查不完整（详见记录）：重新连接、读取并查看故障灯",
        "The OBD check is not whole (the record says what is missing): connect, read and look at the lamp again",
    ),
    "estop": Text("急停按钮按下：排除危险后重新检测", "Emergency stop pressed: clear the danger, then test again"),
    "io_lost": Text(
        "输入输出模块失联：检查电源与通信线，然后重新检测",
        "Lane I/O module lost: check power and cable, then test again",
    ),
    "weather_lost": Text(
        "气象站失联：检查电源与串口线，然后重新检测", "Weather station lost: check power and cable, then test again"
    ),
    "overspeed": Text(
        "滚筒超速：检查车辆与测功机后重新检测", "Rollers too fast: check car and dynamometer, then test again"
    ),
    "rollers_turning": Text(
        "滚筒仍在转动：停稳后重新检测", "The rollers still turn: let them come to rest, then test again"
    ),
    "dyno_lost": Text(
        "测功机失联：检查电源与串口线，然后重新检测", "Dynamometer lost: check power and cable, then test again"
    ),
    "gas_lost": Text(
        "分析仪失联：检查电源与串口线，然后重新检测", "Analyzer lost: check power and cable, then test again"
    ),
    "obd_lost": Text("OBD 失联：检查接头，然后重新检测", "OBD lost: check the connector, then test again"),
    "opacity_lost": Text(
        "烟度计失联：检查电源与串口线，然后重新检测", "Opacimeter lost: check power and cable, then test again"
    ),
    "nox_lost": Text(
        "氮氧化物分析仪失联：检查电源与串口线，然后重新检测",
        "NOx analyzer lost: check power and cable, then test again",
    ),
    "tachometer_lost": Text(
        "转速计失联：检查电源与串口线，然后重新检测", "Tachometer lost: check power and cable, then test again"
    ),
    "dyno_implausible": Text(
        "测功机读数不可信（卡死或跳变）：检查速度与扭力传感器及其接线，然后重新检测",
        "Dynamometer readings cannot be believed (they stand still or jump): check its sensors, then test again",
    ),
    "gas_implausible": Text(
        "分析仪读数长时间完全不变或前后不符，不可信：重启分析仪，检查取样泵与管路，然后重新检测",
        "Analyzer readings stand still or contradict each other: restart it, check pump and hose, then test again",
    ),
    "opacity_implausible": Text(
        "烟度计读数长时间完全不变或前后不符，不可信：重启烟度计，检查取样管路，然后重新检测",
        "Opacimeter readings stand still or contradict each other: restart it, check its hose, then test again",
    ),
    "nox_implausible": Text(
        "氮氧化物分析仪读数长时间完全不变或前后不符，不可信：重启分析仪，检查取样管路，然后重新检测",
        "NOx readings stand still or contradict each other: restart the analyzer, check its hose, then test again",
    ),
    "tachometer_implausible": Text(
        "转速计读数长时间完全不变或前后不符，不可信：重新夹好传感器，重启转速计，然后重新检测",
        "The tachometer's count stands still or contradicts itself: refit its sensor, restart it, then test again",
    ),
    "engine_speed_not_reached": Text(
        "规定时间内未达到要求的发动机转速：检查转速传感器与油门后重新检测",
        "Engine speed not reached in time: check the tachometer and the pedal, then test again",
    ),
    "opacity_stays_high": Text(
        "怠速时烟度不回落：清洁烟度计探头与光学窗口后重新检测",
        "Smoke does not settle at idle: clean the opacimeter's probe and windows, then test again",
    ),
    "no_power_maximum": Text(
        "功率扫描未找到最大功率点：检查挡位与油门后重新检测",
        "The scan found no highest power: check gear and pedal, then test again",
    ),
    "not_in_position": Text(
        "光电开关被遮挡：把车辆完全停到滚筒上后重新检测",
        "A light barrier is interrupted: bring the car wholly onto the rollers, then test again",
    ),
    "barrier_cut": Text(
        "检测中光电开关被遮挡：确认人员离开、车辆固定后重新检测",
        "A light barrier was interrupted while the rollers turned: clear the zone, secure the car, then test again",
    ),
    "host_overloaded": Text(
        "电脑过载，丢失采样：关闭其他程序后重新检测",
        "Computer overloaded, beats missed: close other programs, test again",
    ),
    "program_fault": Text(
        "程序故障：联系技术人员并附上日志", "A fault of the program: call the technician with the log"
    ),
    "ledger_failed": Text("存储失败：检查磁盘后重新检测", "Storage failed: check the disk, then test again"),
    "speed_not_reached": Text(
        "规定时间内未达到并保持车速：换挡或换驾驶员后重新检测",
        "Speed band not held in time: change gear or driver, test again",
    ),
    "no_answer_from_operator": Text("操作员长时间未确认：重新检测", "A question stayed unanswered: test again"),
    "background_high": Text(
        "环境空气污染物超限：通风、反吹后重新检测", "Ambient air too dirty: ventilate, purge, test again"
    ),
    "residue_high": Text(
        "取样管残留 HC 超限：清洁或更换取样管、滤芯", "HC residue in the line: clean or change line and filter"
    ),
    "no_reading": Text("分析仪没有读数：检查气路与连接", "The analyzer gave no reading: check flow and connection"),
    "no_weather": Text(
        "没有温湿度气压读数：检查气象传感器", "No temperature, humidity or pressure: check the weather sensor"
    ),
    "zero_drifted": Text(
        "调零后清洁空气读数不为零：清洁气路和光学窗口，取样探头离开排气后重新检测",
        "Clean air does not read zero after the zero: clean line and windows, probe out of exhaust, then test again",
    ),
    "opacimeter_alarm": Text(
        "烟度计报警：查看烟度计面板，排除后重新检测",
        "The opacimeter shows an alarm: see its panel, mend it, then test again",
    ),
    "load_refused": Text(
        "测功机拒绝加载命令：检查测功机控制器后重新检测",
        "The dynamometer refuses the load: check its controller, test again",
    ),
    "zero_failed": Text("分析仪调零失败：检查零气与气路", "Zero failed: check zero gas and gas path"),
    "quick_check_passed": Text("快速检查合格", "Passed at the quick check"),
    "over_limit": Text("排放超过限值：需要维修", "Over the limit: needs repair"),
    "asm5025_failed": Text("ASM5025 不合格，继续 ASM2540", "ASM5025 failed, went on to ASM2540"),
    "gross_emitter": Text("连续 10 s 超过限值 5 倍：需要维修", "Ten seconds above five times a limit: needs repair"),
    "rounding_decides": Text(
        "结果取决于修约方式，两种数值均已记录", "The verdict hangs on rounding; both values are recorded"
    ),
    "incomplete": Text("在判定前结束，数据不完整", "Ended before a decision; data incomplete"),
    "too_many_retries": Text(
        "重复次数过多（或总时间超限）：重新检测", "Too many retries (or too long in all): test again"
    ),
    "co_plus_co2_low": Text(
        "CO+CO2 低于 6 %：检查取样管是否脱落、排气系统是否漏气", "CO+CO2 below 6 %: check probe and exhaust leaks"
    ),
    "engine_stall": Text("发动机熄火：重新检测", "Engine stalled: test again"),
    "no_valid_window": Text(
        "没有稳定的 10 s 窗口：保持车速平稳后重新检测", "No steady ten-second window: hold the speed steady, test again"
    ),
    "gap_in_window": Text("取样窗口内数据缺失：检查设备连接", "Data missing inside the window: check the devices"),
    "low_flow": Text("取样流量低：检查取样管与滤芯", "Sample flow low: check line and filter"),
}


STOP_WORDS: dict[str, Text] = {
    "unsafe": Text(
        "操作员认为不安全：排除危险后重新检测", "Unsafe in the operator's eyes: clear the danger, then test again"
    ),
    "vehicle_trouble": Text("车辆异常：处理后重新检测", "Trouble with the car: mend it, then test again"),
    "driver_error": Text("驾驶操作失误：重新检测", "A slip of the driver: test again"),
    "customer_asks": Text("车主要求停止：需要时重新登记", "The owner asked to stop: accept the car again when wanted"),
}
"""Why an operator stops, as the page offers it."""

REMARKS: dict[str, Text] = {
    "said": Text("停止者说明：{}", "Whoever stopped it said: {}"),
    "detail": Text("详情：{}", "Detail: {}"),
    "stopped_in": Text("停止时所处阶段：{}", "Stopped in: {}"),
    "decided_before": Text(
        "中断前数据已判定：{}，请通知监管平台", "The kept data had decided before the break: {}; tell the bureau"
    ),
}
"""What stands behind a prefix in the reasons of a record."""


def reason_text(code: str) -> Text:
    """Return the words of a reason code; an unknown code is shown as it is, never hidden."""
    unknown = Text(f"原因代码 {code}：请联系技术人员", f"Reason code {code}: call the technician")
    return REASONS.get(code) or VERDICT_REASONS.get(code) or ERRORS.get(code) or unknown
