"""What ``lanectl probe``, ``sniff`` and ``devices`` say to the people who set up a lane."""

from lanectl.model.words.text import Text

ROLES: dict[str, Text] = {
    "gas_analyzer": Text("尾气分析仪", "gas analyzer"),
    "nox_analyzer": Text("氮氧化物分析仪", "NOx analyzer"),
    "opacimeter": Text("不透光烟度计", "opacimeter"),
    "dynamometer": Text("底盘测功机", "dynamometer"),
    "obd_reader": Text("OBD 诊断仪", "OBD reader"),
    "flow_meter": Text("排气流量计", "exhaust flow meter"),
    "weather_station": Text("气象站", "weather station"),
    "tachometer": Text("发动机转速表", "tachometer"),
    "driver_display": Text("司机引导屏", "panel for the driver"),
    "lane_io": Text("检测线输入输出模块", "lane I/O module"),
    "roller_motor": Text("滚筒电机变频器", "roller motor drive"),
}
"""Names of the roles that devices have in a lane."""

GRADES: dict[str, Text] = {
    "A": Text("协议由至少两个独立来源一致证实", "its bytes are attested by two independent readers or more"),
    "A/B": Text(
        "主要部分由两个独立来源证实，部分细节只有一个来源",
        "its main part is attested by two independent readers, some details by one",
    ),
    "B": Text(
        "协议只有一个来源，或各来源在细节上不一致；首次使用前须与设备显示逐项核对",
        "its bytes are attested by one reader, or readers differ on details: compare every value with the device's own "
        "display before it is first used",
    ),
}
"""What the grade of a protocol means."""

DOUBTED = ("B", "A/B")
"""Grades that are told when a lane starts; the first of them also on the page."""
_GRADE = Text(
    "设备 {name}（{driver}）的协议等级为 {grade}：{meaning}。",
    "Device {name} ({driver}) has a protocol of grade {grade}: {meaning}.",
)


def grade_text(name: str, driver: str, grade: str, told: tuple[str, ...] = DOUBTED[:1]) -> Text | None:
    """Say what the grade of a device's protocol means for its use; None where it is not to be told."""
    if grade not in told:
        return None
    meaning = GRADES[grade]
    zh, en = (
        text.format(name=name, driver=driver, grade=grade, meaning=of) for text, of in zip(_GRADE, meaning, strict=True)
    )
    return Text(zh, en)


PROBE: dict[str, Text] = {
    "begin": Text(
        "{port}：先监听，再用只读问题询问；不发送任何启动、调零、校准或加载命令。",
        "{port}: listening first, then asking what only reads; nothing is started, zeroed, calibrated or loaded.",
    ),
    "found": Text("认出的设备：", "this device answers:"),
    "alike": Text(
        "有 {count} 种设备的字节完全相同，只读问题无法区分。请按铭牌选择一种：",
        "{count} devices answer with the same bytes; no harmless question tells them apart. Choose by the name plate:",
    ),
    "unsure": Text(
        "设备没有给出全部应答（可能正在预热）。请等待后重试以确认。",
        "The device did not give all answers (it may be warming up). Try again later to be sure.",
    ),
    "grade_b": Text("协议等级 {grade}：{meaning}。", "Grade {grade}: {meaning}."),
    "snippet": Text("写入检测线配置文件：", "for the lane file:"),
    "nothing": Text(
        "没有设备应答。请检查设备电源、数据线和接口方向（TX/RX）；引导屏从不应答，无法识别。",
        "Nobody answers. Check the device's power, the cable and its direction (TX/RX); a panel never answers and "
        "cannot be recognised.",
    ),
    "unread": Text(
        "端口上有数据，但不符合任何已知设备。请核对型号、波特率和接线：",
        "Something answers or speaks, but like no device known here. Check model, speed and wiring:",
    ),
    "withheld": Text(
        "{count} 个问题没有发送，因为同样的字节对另一种可能存在的设备是操作命令。确认型号后可用 --only 指定：",
        "{count} questions were not asked, for their bytes are orders to another device that may be there. When the "
        "model is known, name it with --only:",
    ),
    "bus": Text(
        "CAN 总线：先监听 {seconds:g} 秒，听到 {frames} 帧，{ids} 个标识符。",
        "This is a CAN bus: listened to for {seconds:g} s first; {frames} frames were heard, {ids} identifiers.",
    ),
    "bus_reader": Text(
        "车辆应答。该 CAN 接口可用以下任一驱动；车辆使用哪种协议，由检测时读取：",
        "A vehicle answers. This CAN interface can be used by any of these; what the vehicle speaks is read at the "
        "test:",
    ),
    "bus_silent": Text(
        "没有控制单元应答。请检查点火开关、诊断插头和接口的位速率（ip -details link show）。",
        "No control unit answers. Check the ignition, the plug, and the interface's bit rate (ip -details link show).",
    ),
    "bus_disturbed": Text(
        "总线受到干扰（{why}）。请检查位速率和接线。", "The bus is disturbed ({why}). Check bit rate and wiring."
    ),
}

SNIFF: dict[str, Text] = {
    "begin": Text(
        "{port}：只监听，从不发送。时间为单调时钟的秒数，0 = {moment}。按 Ctrl-C 结束。",
        "{port}: listening only, nothing is ever sent. Times are monotonic seconds, 0 = {moment}. End with Ctrl-C.",
    ),
    "end": Text("共 {count} 行，{data} 字节。", "{count} lines, {data} bytes."),
    "lost": Text("端口已断开：{why}", "the port is lost: {why}"),
}
