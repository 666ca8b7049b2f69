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
    "accelerate_to": Text("加速到 {target} km/h", "Accelerate to {target} km/h"),
    "hold_speed": Text("保持 {target} km/h", "Hold {target} km/h"),
    "brake_to_stop": Text("松开油门，踩制动停车", "Release the pedal and brake to a stop"),
    "sealing": Text("检测结束，正在封存记录", "Test over: the record is being sealed"),
}

QUESTIONS: dict[str, Text] = {
    "mil_lights_at_key_on": Text("钥匙 ON、发动机未起动：故障灯亮吗？", "Key on, engine off: does the MIL light?"),
    "mil_out_with_engine_on": Text("发动机运转：故障灯熄灭了吗？", "Engine running: is the MIL out?"),
    "obd_no_link_why": Text("OBD 为什么无法通讯？", "Why is there no OBD communication?"),
    "wheels_on_rollers": Text("驱动轮已在滚筒上、车辆已固定？", "Driven wheels on the rollers, car secured?"),
    "probe_in": Text("取样管已插好？", "Is the probe in?"),
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
    "sealing": Text("封存", "Sealing"),
    "asm5025_hold": Text("ASM5025 稳速", "ASM5025 settle"),
    "asm5025": Text("ASM5025 检测", "ASM5025 test"),
    "asm2540_hold": Text("ASM2540 稳速", "ASM2540 settle"),
    "asm2540": Text("ASM2540 检测", "ASM2540 test"),
    "decided": Text("判定", "Decided"),
}
