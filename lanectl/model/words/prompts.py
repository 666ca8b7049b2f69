"""The large instructions and the questions of a test."""

from lanectl.model.words.text import Text

PROMPTS: dict[str, Text] = {
    "obd_key_on": Text("钥匙转到 ON，不要起动发动机，看故障灯", "Key to ON, engine off: look at the MIL"),
    "obd_engine_on": Text("起动发动机，看故障灯是否熄灭", "Start the engine: watch the MIL go out"),
    "obd_connecting": Text("插好 OBD 诊断接头，请稍候", "Plug the OBD connector in and wait"),
    "obd_reading": Text("正在读取 OBD，保持发动机运转", "Reading OBD: keep the engine running"),
    "obd_no_link": Text(
        "OBD 无法通讯：检查接头后选择原因", "No OBD communication: check the connector, then name the reason"
    ),
    "drive_onto_rollers": Text(
        "慢速驶上底盘测功机，挂空挡，固定车辆", "Drive slowly onto the rollers, neutral, chock the car"
    ),
    "zeroing": Text("分析仪调零中，取样管离开排气管", "Analyzer is zeroing: keep the probe away from the tailpipe"),
    "drawing_ambient": Text("正在检查环境空气，请稍候", "Checking ambient air: please wait"),
    "drawing_residue": Text("正在检查取样管残留 HC，取样管不要插入", "Checking HC residue: keep the probe out"),
    "purging": Text("正在反吹取样管，请稍候", "Purging the sample line: please wait"),
    "reading_weather": Text("正在读取温度、湿度、气压", "Reading temperature, humidity and pressure"),
    "insert_probe": Text("取样管插入排气管不少于 400 mm，打开风机", "Probe at least 400 mm into the tailpipe; fan on"),
    "drawing_exhaust": Text("开始取样，准备加速", "Sampling starts: get ready to accelerate"),
    "starting_pump": Text("气泵已启动，取样管先不要插入", "The pump runs; keep the probe out for now"),
    "accelerate_to": Text("加速到 {target} km/h", "Accelerate to {target} km/h"),
    "hold_speed": Text("保持 {target} km/h", "Hold {target} km/h"),
    "stand_in_neutral": Text("车辆停稳，拉手刹，挂空挡，发动机热车", "Stand still, handbrake on, neutral, engine warm"),
    "attach_tachometer": Text("安装转速传感器并插入油温探头", "Attach the tachometer and the oil temperature probe"),
    "zeroing_opacity": Text(
        "不透光烟度计调零中，取样探头离开排气管", "Opacimeter is zeroing: keep the probe out of the tailpipe"
    ),
    "insert_opacity_probe": Text(
        "不透光烟度计探头插入排气管不少于 400 mm", "Opacimeter probe at least 400 mm into the tailpipe"
    ),
    "insert_diesel_probes": Text(
        "烟度计与氮氧化物取样探头均插入排气管，打开风机",
        "Put the opacimeter and the NOx probe into the tailpipe; fan on",
    ),
    "hold_rpm": Text("踩油门，保持转速 {target} r/min", "Hold the engine at {target} r/min"),
    "let_idle": Text("松开油门，回到怠速", "Release the pedal, let the engine idle"),
    "blow_out": Text("吹拂：油门踩到底", "Blow out: floor it"),
    "snap_now": Text("第 {number} 次：油门踩到底", "Snap {number}: floor the pedal"),
    "snap_let_go": Text("松开油门", "Release the pedal"),
    "snap_wait": Text("保持怠速，下一次要在 1 s 内踩到底", "Stay at idle; next time floor it within 1 s"),
    "rev_to_maximum": Text("空挡，油门踩到底，看最高转速", "Neutral, pedal to the floor: highest engine speed"),
    "full_throttle": Text(
        "挂挡加速，油门踩到底，选最高车速最接近 70 km/h 的挡位",
        "In gear, pedal to the floor; the gear whose top speed is nearest to 70 km/h",
    ),
    "keep_full_throttle": Text("油门踩到底不松，正在扫描功率", "Keep the pedal on the floor: power scan"),
    "keep_full_throttle_at": Text(
        "油门踩到底不松，滚筒保持 {target} km/h", "Keep the pedal on the floor; the rollers hold {target} km/h"
    ),
    "release_pedal": Text("松开油门", "Release the pedal"),
    "brake_to_stop": Text("松开油门，踩制动停车", "Release the pedal and brake to a stop"),
    "no_rest": Text(
        "滚筒未停或车速未知：停车，检查测功机；停稳后举升器自动升起",
        "The rollers turn or are not heard: stop the car, check the dynamometer; the lift then rises by itself",
    ),
    "sealing": Text("检测结束，正在封存记录", "Test over: the record is being sealed"),
}

QUESTIONS: dict[str, Text] = {
    "mil_lights_at_key_on": Text("钥匙 ON、发动机未起动：故障灯亮吗？", "Key on, engine off: does the MIL light?"),
    "mil_out_with_engine_on": Text("发动机运转：故障灯熄灭了吗？", "Engine running: is the MIL out?"),
    "obd_no_link_why": Text("OBD 为什么无法通讯？", "Why is there no OBD communication?"),
    "wheels_on_rollers": Text("驱动轮已在滚筒上、车辆已固定？", "Driven wheels on the rollers, car secured?"),
    "probe_in": Text("取样管已插好？", "Is the probe in?"),
    "standing_in_neutral": Text(
        "车辆已停稳、挂空挡、发动机已热车？", "Does the car stand in neutral, with a warm engine?"
    ),
    "tachometer_attached": Text("转速传感器已装好、有转速显示？", "Is the tachometer attached and counting?"),
    "opacity_probe_in": Text("烟度计探头已插好？", "Is the opacimeter's probe in?"),
    "diesel_probes_in": Text("两个取样探头均已插好？", "Are both probes in?"),
}

CHOICES: dict[str, Text] = {
    "yes": Text("是", "Yes"),
    "no": Text("否", "No"),
    "connector_damaged": Text("接口损坏", "Connector damaged"),
    "connector_missing": Text("找不到接口", "Connector not found"),
    "no_answer": Text("接好但无应答", "Connected, no answer"),
}

PHASES: dict[str, Text] = {
    "obd_check": Text("OBD 检查", "OBD check"),
    "prepare": Text("测前检查", "Checks before the test"),
    "measure": Text("排气检测", "Exhaust test"),
    "making_safe": Text("卸载停车", "Coming to rest"),
    "no_rest": Text(
        "滚筒未停或车速未知：停车，检查测功机；停稳后举升器自动升起",
        "The rollers turn or are not heard: stop the car, check the dynamometer; the lift then rises by itself",
    ),
    "sealing": Text("封存", "Sealing"),
    "asm5025_hold": Text("ASM5025 稳速", "ASM5025 settle"),
    "asm5025": Text("ASM5025 检测", "ASM5025 test"),
    "asm2540_hold": Text("ASM2540 稳速", "ASM2540 settle"),
    "asm2540": Text("ASM2540 检测", "ASM2540 test"),
    "decided": Text("判定", "Decided"),
    "precondition": Text("70 % 额定转速预热", "70 % of rated speed"),
    "probe": Text("插入取样探头", "Probe in"),
    "high_idle_settle": Text("高怠速稳定", "High idle, settling"),
    "high_idle": Text("高怠速取样", "High idle, sampling"),
    "drop_to_idle": Text("回怠速", "Down to idle"),
    "idle_settle": Text("怠速稳定", "Idle, settling"),
    "idle": Text("怠速取样", "Idle, sampling"),
    "blow_out_idle": Text("吹拂前怠速", "Idle before blowing out"),
    "blow_out": Text("吹拂", "Blowing out"),
    "snap_idle": Text("加速前怠速", "Idle before a snap"),
    "snap": Text("自由加速", "Free acceleration"),
    "snap_settle": Text("回怠速", "Back to idle"),
    "max_rpm": Text("最高转速", "Highest engine speed"),
    "accelerate": Text("加速到最高车速", "Up to the highest speed"),
    "scan": Text("功率扫描", "Power scan"),
    "to_100": Text("进入最大功率点", "To the point of highest power"),
    "settle_100": Text("最大功率点稳定", "Highest power, settling"),
    "sample_100": Text("最大功率点取样", "Highest power, sampling"),
    "to_80": Text("进入 80 % 点", "To the 80 % point"),
    "settle_80": Text("80 % 点稳定", "80 % point, settling"),
    "sample_80": Text("80 % 点取样", "80 % point, sampling"),
    "done": Text("判定", "Decided"),
}
