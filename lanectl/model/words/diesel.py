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
    "altitude_allowance": Text(
        "海拔高于 1500 m，光吸收系数限值已放宽", "Station above 1500 m: the limit of k is raised; nothing to do"
    ),
}
