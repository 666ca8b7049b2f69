"""What device trouble means to the people at the lane, and what they do next."""

from collections.abc import Sequence

from lanectl.model.words.text import Text

ERRORS: dict[str, Text] = {
    "unplugged": Text(
        "设备连接已断开。请检查数据线和转接器是否插牢；接好后自动重新连接。",
        "The device's cable is unplugged. Check cable and adapter; it reconnects by itself when they are back.",
    ),
    "no_reply": Text(
        "设备无应答。请确认设备已通电、数据线已接好；仍无应答时请重启该设备。",
        "The device does not answer. Check its power and cable; if it stays silent, restart the device.",
    ),
    "garbled_reply": Text(
        "设备的应答无法识别。请检查数据线有无破损、远离变频器干扰，并核对检测线配置中的设备型号。",
        "The device's answers cannot be read. Check the cable for damage and interference, and the model in the "
        "lane file.",
    ),
    "refused": Text(
        "设备拒绝执行该操作。请查看设备面板上的提示，处理后重试。",
        "The device refused. See what its own display says, put that right and try again.",
    ),
    "not_ready": Text(
        "设备尚未就绪（预热、忙或需要检查）。请等待；超过 30 分钟仍未就绪时请联系维护人员。",
        "The device is not ready yet (warming up, busy, or due for a check). Wait; call maintenance after 30 minutes.",
    ),
    "wrong_device": Text(
        "该端口上的设备不是配置中的设备。请检查两根数据线是否接反，并核对检测线配置。",
        "The port holds another device than the lane file says. Check whether two cables are swapped, and the "
        "lane file.",
    ),
    "device_error": Text(
        "设备故障。请重启该设备；仍有故障时请联系维护人员。",
        "The device is at fault. Restart it; if that does not help, call maintenance.",
    ),
}
"""Text for each error code of drivers.errors."""

FLAGS: dict[str, Text] = {
    "jumped": Text(
        "读数突变，快于实际可能；该读数不采用。如反复出现，请检查数据线和传感器。",
        "The reading jumped faster than is possible and is not used. If it repeats, check cable and sensor.",
    ),
    "unconfirmed": Text(
        "读数与前后读数不符；该读数不采用。如反复出现，请检查数据线、接地和传感器。",
        "The reading agrees with none around it and is not used. If it repeats, check cable, earthing and sensor.",
    ),
    "stood_still": Text(
        "读数长时间完全不变；该读数不采用。请重启设备并检查传感器和取样管路。",
        "The reading stands still to the last digit and is not used. Restart the device; check its sensor and hose.",
    ),
    "low_flow": Text(
        "取样流量过低。请检查取样管是否弯折、滤芯是否堵塞，必要时反吹或更换滤芯。",
        "The sample flow is low. Check the hose for kinks and the filters for dirt; purge or change the filter.",
    ),
    "flow_not_told": Text(
        "该分析仪不报告取样流量。检测前请自行检查取样管和滤芯。",
        "This analyzer does not tell its sample flow. Check hose and filters yourself before a test.",
    ),
    "analyzer_error": Text(
        "分析仪报告故障状态。请查看分析仪自身的故障提示，排除后继续。",
        "The analyzer tells an error status. See what its own display says, and put that right.",
    ),
    "filter_dirty": Text(
        "分析仪提示滤芯脏堵。请更换滤芯后继续。",
        "The analyzer says that its filter is dirty. Change the filter, then go on.",
    ),
    "leak": Text(
        "分析仪提示取样管路泄漏。请检查接头和滤芯罩，排除后重新检漏。",
        "The analyzer says that its sample line leaks. Check joints and filter cups, then check for leaks again.",
    ),
    "hc_hang_up": Text(
        "取样管路 HC 残留过高。请反吹或更换取样管后继续。",
        "Too much HC hangs in the sample line. Purge it or change the hose, then go on.",
    ),
    "o2_sensor_aged": Text(
        "氧传感器已老化。请安排更换氧传感器并重新校准。",
        "The O2 sensor has aged. Have it replaced and the analyzer calibrated.",
    ),
    "no_sensor_aged": Text(
        "NO 传感器已老化。请安排更换 NO 传感器并重新校准。",
        "The NO sensor has aged. Have it replaced and the analyzer calibrated.",
    ),
    "water_trap_full": Text(
        "水分离器已满。请排水后继续。",
        "The water trap is full. Empty it, then go on.",
    ),
    "hc_ppm_out_of_range": Text(
        "HC 读数超出量程。请检查取样管路，调零后重试。",
        "HC reads outside its range. Check the sample line, set zero and try again.",
    ),
    "co_pct_out_of_range": Text(
        "CO 读数超出量程。请检查取样管路，调零后重试。",
        "CO reads outside its range. Check the sample line, set zero and try again.",
    ),
    "co2_pct_out_of_range": Text(
        "CO₂ 读数超出量程。请检查取样管路，调零后重试。",
        "CO2 reads outside its range. Check the sample line, set zero and try again.",
    ),
    "o2_pct_out_of_range": Text(
        "O₂ 读数超出量程。请检查氧传感器及其接线。",
        "O2 reads outside its range. Check the O2 sensor and its plug.",
    ),
    "no_ppm_out_of_range": Text(
        "NO 读数超出量程。请检查 NO 传感器及其接线。",
        "NO reads outside its range. Check the NO sensor and its plug.",
    ),
    "nox_ppm_out_of_range": Text(
        "NOx 读数超出量程。请检查取样管路和转化炉，调零后重试。",
        "NOx reads outside its range. Check the sample line and the converter, set zero and try again.",
    ),
    "engine_rpm_out_of_range": Text(
        "发动机转速读数不可信。请重新夹好转速传感器。",
        "The engine speed cannot be right. Fit the speed clamp again.",
    ),
    "oil_temp_c_out_of_range": Text(
        "机油温度读数不可信。请检查油温探头；如始终约为实际值的 10 倍，请在配置中设置 oil_temp_in_tenths。",
        "The oil temperature cannot be right. Check the probe; if it always reads ten times too much, set "
        "oil_temp_in_tenths in the lane file.",
    ),
    "lambda_out_of_range": Text(
        "分析仪自算的过量空气系数不可信；不影响判定。如反复出现，请检查氧传感器。",
        "The analyzer's own lambda cannot be right; it does not enter the verdict. If it repeats, check the O2 sensor.",
    ),
    "opacity_n_pct_out_of_range": Text(
        "不透光度读数超出量程。请检查取样管路并擦净光学窗口，调零后重试。",
        "Opacity reads outside its range. Check the sample line, clean the windows, set zero and try again.",
    ),
    "opacity_k_per_m_out_of_range": Text(
        "烟度计自算的光吸收系数不可信；不影响判定。如反复出现，请擦净光学窗口并调零。",
        "The opacimeter's own k cannot be right; it does not enter the verdict. If it repeats, clean the windows and "
        "set zero.",
    ),
    "no_oil_probe": Text(
        "未接油温探头，无机油温度。如需油温，请插入探头。",
        "No oil probe is connected, so there is no oil temperature. Insert the probe if it is needed.",
    ),
    "no_signal": Text(
        "转速表无信号。请确认发动机已启动，并重新夹好转速传感器。",
        "The tachometer has no signal. Make sure that the engine runs, and fit the sensor again.",
    ),
}
"""Text for each flag of a reading."""

STATES: dict[str, Text] = {
    "starting": Text("正在连接设备，请稍候。", "Connecting to the device; wait a moment."),
    "ready": Text("设备正常，可以检测。", "The device is ready for tests."),
    "warming": Text("设备正在预热，请等待预热结束。", "The device is warming up; wait until it is done."),
    "busy": Text("设备正在执行操作，请等待其完成。", "The device is at work; wait until it is done."),
    "lost": ERRORS["unplugged"],
    "fault": ERRORS["device_error"],
}
"""Text for each state of a device, where no error says more."""


SWAPPED = Text(
    "设备 {name} 的端口上不是该设备，{others} 也未找到。请检查这几根数据线是否接反，并核对检测线配置中的端口。",
    "Another device than {name} is on its port, and {others} is not found either. Check whether their cables are "
    "swapped, and the ports in the lane file.",
)
"""Text for two or more devices that are not behind their ports."""


def device_state_text(state: str, code: str | None = None, name: str = "", swapped_with: Sequence[str] = ()) -> Text:
    """Say how a device stands and what to do: by its error where it has one, else by its state."""
    if swapped_with and state == "fault":
        return SWAPPED.fill(name=name, others=", ".join(swapped_with))
    if state in ("lost", "fault", "warming") and code in ERRORS:
        return ERRORS[code]
    return STATES.get(state, ERRORS["device_error"])
