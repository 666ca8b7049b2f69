"""The reason codes of the two diesel methods, in words: what it means, and what to do next."""

from lanectl.model.words.text import Text

DIESEL_REASONS: dict[str, Text] = {
    "opacity_below_10_hz": Text(
        "不透光读数低于 10 次/秒，峰值不可靠：检查不透光烟度计连接后重新检测",
        "Fewer than ten opacity readings a second, a peak may be lost: check the opacimeter, test again",
    ),
    "slow_opacity_allowed": Text(
        "不透光读数低于 10 次/秒，经允许仍作判定（旧记录）",
        "Fewer than ten opacity readings a second, judged because it was allowed (old records)",
    ),
    "opacity_full_scale": Text(
        "不透光度达到 100 %，光吸收系数无法计算：清洁并校准不透光烟度计后重新检测",
        "Opacity of 100 % has no smoke density: clean and check the opacimeter, test again",
    ),
    "snap_repeated": Text("有的自由加速不计，需重做", "Some accelerations do not count and were to be repeated"),
    "snap_short_of_speed": Text(
        "有的自由加速未达到断油转速：油门踩到底并保持",
        "An acceleration stayed below the governed speed: floor the pedal and hold it",
    ),
    "opacity_not_settled": Text(
        "加速前不透光度未回到零点附近：怠速等待读数稳定后再加速",
        "The opacimeter was not back near zero: wait at idle before the next acceleration",
    ),
    "snap_not_from_idle": Text(
        "有的自由加速不是从怠速开始：回到怠速后再加速",
        "An acceleration did not begin at idle: let the engine idle first",
    ),
    "blow_out_short_of_speed": Text(
        "有的吹拂未达到断油转速：油门踩到底并保持",
        "A blow-out stayed below the governed speed: floor the pedal and hold it",
    ),
    "short_hold": Text(
        "断油转速保持时间不足：下次保持约 2 s", "The governed speed was held too briefly: hold it for about 2 s"
    ),
    "slow_pedal": Text(
        "油门踏板踩下过慢：应在 1 s 内踩到底", "The pedal went down too slowly: floor it within one second"
    ),
    "short_idle": Text(
        "两次加速之间怠速时间过短：下次多等几秒", "Too little idling between accelerations: wait longer"
    ),
    "flat_opacity": Text(
        "三次加速烟度几乎不升高，已记录：核对取样探头是否插好",
        "Smoke hardly rises in all three accelerations; recorded: see that the probe is in the pipe",
    ),
    "last_three_snaps": Text(
        "加速次数多于所需，按最后三次判定", "More accelerations than needed: the last three count"
    ),
    "governed_speed_unknown": Text(
        "未给出额定转速，无法核对断油转速：补充 rated_rpm",
        "No rated speed given, so that the governed speed is not checked: give rated_rpm",
    ),
    "power_below_limit": Text(
        "最大轮边功率低于额定功率的 40 %，判定不合格：维修后复检",
        "Wheel power below 40 % of the rated power: have it repaired, then retest",
    ),
    "full_throttle_too_long": Text(
        "全油门时间过长，检测中止：冷却后重新检测", "Too long at full throttle: let it cool down, test again"
    ),
    "ambient_too_hot": Text(
        "环境温度超过限值：降温后重新检测", "The ambient air is too hot for this test: test again when it is cooler"
    ),
    "no_power_correction": Text(
        "缺少环境温度或大气压，功率无法修正：检查气象传感器后重新检测",
        "No temperature or pressure to correct the power with: check the weather sensor, test again",
    ),
    "engine_speed_outside_window": Text(
        "100 % 点发动机转速超出额定转速 ±10 %：核对挡位和额定转速",
        "Engine speed at the 100 % point is more than 10 % off the rated speed: check gear and rated speed",
    ),
    "value_missing_in_scan": Text(
        "功率扫描中有的秒缺少车速或力，未计入：检查底盘测功机",
        "Seconds without speed or force in the scan were left out: check the dynamometer",
    ),
    "scan_too_fast": Text(
        "功率扫描减速超过每秒 2 km/h：检查测功机控制",
        "The scan slowed down by more than 2 km/h a second: check the dynamometer's control",
    ),
    "gear_too_high": Text(
        "全油门车速超过 100 km/h：换低一挡", "More than 100 km/h at full throttle: take the next lower gear"
    ),
    "nox_is_no_plus_no2": Text("NOx 为 NO 与 NO₂ 之和", "NOx is the sum of NO and NO2; nothing to do"),
    "power_not_confirmed": Text(
        "恒速点的轮边功率明显低于功率扫描：全程踩住油门，检查测功机后重新检测",
        "The power at a point stays below the scan's: keep the pedal on the floor, check the dynamometer, test again",
    ),
    "power_decided_by_inertia": Text(
        "扫描功率达到 40 %，但恒速功率未达到（差额来自转动惯量）：放慢扫描速度后重新检测",
        "Only the slowing rollers lift the scan to 40 % of the rated power: scan more slowly, test again",
    ),
    "pedal_released": Text(
        "从功率扫描到取样结束之间松过油门：油门始终踩到底，重新检测",
        "The pedal was eased between scan and last sample: keep it on the floor throughout, test again",
    ),
    "pedal_short_of_full_scale": Text(
        "油门踏板读数从未接近 100 %，已记录：核对油门是否踩到底",
        "The pedal never reads near 100 %; recorded: see that it is on the floor",
    ),
    "pedal_unconfirmed": Text(
        "没有油门踏板读数，踏板只能由功率核对：能连接 OBD 时请连接",
        "No pedal reading, only the power tells of the pedal: connect OBD where possible",
    ),
    "probe_out": Text(
        "取样时测到的不是排气（CO₂ 过低，或无 CO₂ 时 NOx 过低）：插好取样探头后重新检测",
        "What was sampled is no exhaust (CO2 too low, or NOx where CO2 is not measured): insert the probe, test again",
    ),
    "probe_without_co2": Text(
        "没有 CO₂ 读数，探头是否插好只能由 NOx 判断：请接入 CO₂",
        "No CO2 reading, only NOx tells whether the probe was in: connect CO2",
    ),
    "nox_near_zero": Text(
        "全负荷时 NOx 接近零且无 CO₂ 读数：核对取样探头是否插好",
        "NOx near zero at full load, and no CO2 to tell: see that the probe is in the pipe",
    ),
    "opacity_near_zero": Text(
        "两个点的烟度都接近零，已记录：核对不透光烟度计探头（有颗粒捕集器时可能正常）",
        "Hardly any smoke at both points; recorded: see that the smoke probe is in (a particle filter does this too)",
    ),
    "max_rpm_low": Text(
        "最高转速低于额定转速的 90 %，已记录：空挡油门应踩到底，核对额定转速",
        "The highest engine speed is below 90 % of the rated one; recorded: floor it in neutral, check the rated speed",
    ),
    "sampling_restarted": Text(
        "取样曾中断并重新开始，已记录：保持规定的转速或车速",
        "A sampling was broken off and began again; recorded: hold the engine speed or road speed that is asked for",
    ),
    "altitude_allowance": Text(
        "海拔高于 1500 m，光吸收系数限值已放宽", "Station above 1500 m: the limit of k is raised; nothing to do"
    ),
}
