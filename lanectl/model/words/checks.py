"""The reason codes of the checks beside the exhaust test, in words: what it means, and what to do next."""

from lanectl.model.words.text import Text

CHECK_REASONS: dict[str, Text] = {
    # visual inspection
    "visual_mark_missing": Text(
        "外观检验有项目未填写：逐项检查并填写后才能继续",
        "Marks of the visual inspection are not answered: answer every one, then go on",
    ),
    "mechanical_state_bad": Text("车辆机械状况不良：修好后再检验", "Bad mechanical state: mend it, then inspect again"),
    "emission_controls_tampered": Text(
        "排气污染控制装置缺失、失效或被改动：恢复原装置后复检",
        "Emission controls are missing, out of work or altered: restore them, then retest",
    ),
    "oil_burning_or_black_smoke": Text(
        "烧机油或严重冒黑烟：维修后复检", "Burns oil or smokes black: have it repaired, then retest"
    ),
    "crankcase_ventilation_bad": Text(
        "曲轴箱通风系统不正常：维修后复检", "Crankcase ventilation is not in order: have it repaired, then retest"
    ),
    "evaporative_system_bad": Text(
        "燃油蒸发控制系统不正常：维修后复检", "Evaporative system is not in order: have it repaired, then retest"
    ),
    "gauges_not_working": Text("车上仪表不工作：修好后再检验", "Gauges do not work: mend them, then inspect again"),
    "unsafe_or_biasing_fault": Text(
        "有影响安全或引起测试偏差的机械故障：修好后再检验",
        "A fault is unsafe or would bias the test: mend it, then inspect again",
    ),
    "intake_or_exhaust_leak": Text(
        "进、排气系统泄漏：维修后复检", "Intake or exhaust leaks: have it repaired, then retest"
    ),
    "fluid_leak": Text("有明显液体泄漏：修好后再检验", "Fluids leak: mend it, then inspect again"),
    "obd_not_fitted": Text("车辆没有 OBD 系统，已记录", "No OBD fitted; recorded, nothing to do"),
    "tyre_pressure_off": Text("轮胎气压不正常：充气后再检测", "Tyre pressure is off: set it, then test"),
    "tyres_wet_or_dirty": Text(
        "轮胎不干燥、不清洁：擦干清理后再检测", "Tyres are wet or dirty: dry and clean them, then test"
    ),
    "accessories_on": Text("空调、暖风等附件未关：关闭后再检测", "Air conditioning or heater is on: off, then test"),
    "traction_functions_on": Text(
        "牵引力、稳定控制功能未关：关闭后再检测；关不掉的不适合上测功机",
        "Traction or stability functions are on: off, then test; what cannot be switched off does not go on rollers",
    ),
    "tank_or_fuel_not_normal": Text(
        "油箱或油品异常：处理后再检测", "Tank or fuel is not normal: put it right, then test"
    ),
    "not_fit_for_loaded_test": Text(
        "不适合工况法检测：改用不加载的方法，已记录",
        "Not fit for the rollers: tested without load instead; recorded, nothing to do",
    ),
    "mechanical_fuel_pump": Text("燃油系统不是电控泵，已记录", "The fuel pump is not electronic; recorded only"),
    # what the eye sees of a diesel's exhaust
    "ringelmann_missing": Text(
        "未填写林格曼黑度级数：观察排气后填写", "No Ringelmann grade given: watch the exhaust and enter it"
    ),
    "ringelmann_implausible": Text(
        "林格曼级数与观察不符或超出 0 至 5 级：重新观察后填写",
        "The Ringelmann grade contradicts what was seen, or is not 0 to 5: look again and enter it",
    ),
    # evaporative check
    "neck_missing": Text(
        "缺少加油口压力测试数据：完成测试后再判定", "The filler neck was not measured whole: complete it"
    ),
    "neck_start_off": Text(
        "加油口初始压力不符：重新加压后测试", "The filler neck began at another pressure: pressurise it anew"
    ),
    "neck_hold_short": Text(
        "加油口保压时间不足：保持规定时间后重新测试", "The filler neck was held too briefly: repeat with the whole time"
    ),
    "neck_loss_implausible": Text(
        "加油口压力变化不合理：检查测试仪与连接后重新测试",
        "The filler neck's pressure changed as no tank does: check tester and hoses, repeat",
    ),
    "neck_over_limit": Text(
        "加油口压力下降超过限值：检修燃油蒸发系统后复检",
        "The filler neck lost too much pressure: have the fuel system repaired, then retest",
    ),
    "neck_quick_pass": Text(
        "测试仪提前判定加油口合格，已记录", "The tester called the filler neck good before its time; recorded only"
    ),
    "cap_missing": Text("缺少油箱盖测试数据：完成测试后再判定", "The filler cap was not measured: test it"),
    "cap_incomplete": Text(
        "油箱盖测试数据不完整：补全或重新测试后再判定",
        "One of the cap's two ways was measured in part: complete it, or test the cap anew",
    ),
    "cap_start_off": Text(
        "油箱盖测试压力不符：调整后重新测试", "The cap was tested at another pressure: set it, repeat"
    ),
    "cap_hold_short": Text("油箱盖保压时间不足：重新测试", "The cap was held too briefly: repeat with the whole time"),
    "cap_loss_implausible": Text(
        "油箱盖读数不合理：检查测试仪后重新测试", "The cap's reading is none that can be: check the tester, repeat"
    ),
    "cap_over_limit": Text("油箱盖密封不合格：更换油箱盖后复检", "The filler cap leaks: fit a new cap, then retest"),
    "evap_not_required": Text(
        "主管部门未要求燃油蒸发检测，只记录不判定",
        "The authority does not require the evaporative check; recorded only",
    ),
    # OBD check, with the vehicle at hand
    "mil_unknown": Text(
        "控制单元未报告故障灯状态：重新连接并读取",
        "The control unit did not tell its lamp state: connect and read again",
    ),
    "codes_unknown": Text(
        "控制单元未报告故障码：重新连接并读取", "The control unit did not tell its codes: connect and read again"
    ),
    "lamp_not_asked": Text(
        "未填写故障灯检查结果：打开点火开关和起动后各看一次",
        "The lamp was not looked at: see it at key-on and with the engine running",
    ),
    "connector_not_asked": Text(
        "未填写诊断接口检查结果，已记录：请查看接口并填写",
        "The connector was not asked for; recorded: look at it and say",
    ),
    "before_obd_in_use": Text(
        "检测日期早于在用车 OBD 判定实施日期，只记录不判定：核对时钟",
        "The day of the test is before OBD was judged on vehicles in use; recorded only: compare the clock",
    ),
    "known_problem_model": Text(
        "该车型在签名的通信问题名单上，无法通信不判不合格",
        "A model listed, under signature, as one that does not communicate: silence fails nothing",
    ),
    "other_monitors_open": Text(
        "就绪项以外的监测未完成，已记录", "Monitors that readiness is not counted over are open; recorded only"
    ),
    "no_monitors_told": Text(
        "控制单元未报告任何就绪项，已记录：核对车型与控制单元",
        "The control unit told none of the monitors; recorded: check model and control unit",
    ),
    "engine_type_differs": Text(
        "控制单元的发动机类型与登记燃料不符，已记录：核对车辆与控制单元",
        "The control unit is of another kind of engine than the fuel says; recorded: check the vehicle",
    ),
    "cal_id_missing": Text("控制单元未报告 CALID，已记录", "No calibration id was told; recorded only"),
    "cvn_missing": Text("控制单元未报告 CVN，已记录", "No calibration verification number was told; recorded only"),
}
