"""What the local API says when it cannot take a request, and the page that stands in until the real one is built."""

from lanectl.model.words.text import Text

MESSAGES: dict[str, Text] = {
    "not_json": Text("请求内容不是 JSON 对象", "The request body is not a JSON object"),
    "too_large": Text("请求内容过大", "The request body is too large"),
    "bad_field": Text("填写有误：{field}", "Not usable: {field}"),
    "key_reused": Text(
        "同一个 Idempotency-Key 用于不同的请求", "The same Idempotency-Key came with a different request"
    ),
    "foreign_page": Text("只接受本机页面的请求", "Only the page of this machine may ask"),
    "unknown_path": Text("没有这个地址：{path}", "No such address: {path}"),
    "wrong_method": Text("此地址不接受 {method}", "This address does not take {method}"),
    "broken": Text("检测程序内部出错，操作未完成", "The lane program failed inside; the action was not completed"),
}

REMEDIES: dict[str, Text] = {
    "not_json": Text(
        "以 application/json 发送一个 JSON 对象，见 docs/local-api.md",
        "Send one JSON object as application/json; see docs/local-api.md",
    ),
    "too_large": Text("内容不得超过 {limit} 字节", "Send no more than {limit} bytes"),
    "bad_field": Text("改正该项后重新提交", "Correct this field and send again"),
    "key_reused": Text("每个新操作使用新的 Idempotency-Key", "Take a new Idempotency-Key for each new action"),
    "foreign_page": Text(
        "在检测线电脑上打开 http://127.0.0.1:端口/", "Open http://127.0.0.1:PORT/ on the lane's own computer"
    ),
    "unknown_path": Text("可用地址见 docs/local-api.md", "The addresses are listed in docs/local-api.md"),
    "wrong_method": Text("可用方法见 docs/local-api.md", "The methods are listed in docs/local-api.md"),
    "broken": Text(
        "看屏幕上的当前状态后再试；再次出错请查看日志并通知维护人员",
        "Look at the present state and try again; if it fails again read the journal and call maintenance",
    ),
}

FIELD_HINTS: dict[str, Text] = {
    "plate": Text("号牌为 2 至 12 个汉字、大写字母或数字", "A plate is 2 to 12 Chinese characters, capitals or digits"),
    "vin": Text("车架号为 17 位，不含 I、O、Q", "A VIN has 17 characters and no I, O or Q"),
    "reference_mass_kg": Text("基准质量应在 200 至 60000 kg 之间", "The reference mass is between 200 and 60000 kg"),
    "gross_mass_kg": Text("总质量应在 200 至 60000 kg 之间", "The gross mass is between 200 and 60000 kg"),
    "rated_power_kw": Text("额定功率应在 1 至 1000 kW 之间", "The rated power is between 1 and 1000 kW"),
    "rated_rpm": Text("额定转速应在 500 至 12000 r/min 之间", "The rated engine speed is between 500 and 12000 r/min"),
    "aspiration": Text("进气方式选择自然吸气或增压", "The engine is naturally aspirated or turbocharged: choose one"),
    "drive": Text(
        "驱动方式选择“两驱/可切换”或“全时四驱/牵引力控制关不掉”",
        "Choose two driven wheels, or all wheels always driven (also traction control that stays on)",
    ),
    "first_registered": Text(
        "日期写作 年-月-日，不晚于今天", "A date is written YYYY-MM-DD and does not lie in the future"
    ),
    "built": Text("日期写作 年-月-日，不晚于今天", "A date is written YYYY-MM-DD and does not lie in the future"),
    "operator": Text("选择本线的操作员", "Choose an operator of this lane"),
}

NOT_BUILT = Text(
    "触摸屏页面尚未构建。在源码目录运行 make web，然后刷新此页。检测程序本身在正常运行。",
    "The touch page is not built. Run make web in the source folder, then reload. The lane itself is running.",
)
