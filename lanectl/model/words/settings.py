"""What is said about a lane file or a data file that is not right; a hint beside each message says what to do."""

from lanectl.model.words.text import Text

PROBLEMS = {
    "syntax": Text("不是有效的 TOML：{detail}", "this is not TOML: {detail}"),
    "encoding": Text("文件不是 UTF-8 编码", "the file is not UTF-8"),
    "repeated": Text("键 {key} 写了两次", "the key {key} is written twice"),
    "unknown_key": Text("未知的键 {key}", "unknown key {key}"),
    "missing_key": Text("缺少键 {key}", "the key {key} is missing"),
    "bad_value": Text("{key} 的值 {value} 不对：{detail}", "{key} has the value {value}: {detail}"),
    "clock_in_official": Text("正式模式不允许改变时钟速度", "official mode allows no clock factor"),
    "uplink_in_official": Text("正式模式必须配置上行链路 [uplink]", "official mode needs an [uplink]"),
    "same_port": Text("{key} 与 {other} 使用同一个端口 {value}", "{key} uses the same port as {other}: {value}"),
    "unstable_port": Text(
        "正式模式不允许使用会变化的端口名 {value}", "official mode takes no port by a name that may change: {value}"
    ),
    "not_told": Text("{driver} 不报告 {fact}，无法核对", "{driver} does not tell its {fact}, so it cannot be compared"),
    "same_id": Text("操作员编号 {value} 出现两次", "two operators have the id {value}"),
    "same_camera": Text("摄像头编号 {value} 出现两次", "two cameras have the id {value}"),
    "clock_region": Text("{key} 不是画面内的时钟区域", "{key} is no region of a clock within the picture"),
    "no_file": Text("{key} 指向的文件不存在：{value}", "{key} names a file that does not exist: {value}"),
    "no_folder": Text("{key} 指向的文件夹不存在：{value}", "{key} names a folder that does not exist: {value}"),
    "unknown_driver": Text("没有名为 {value} 的驱动", "there is no driver {value}"),
    "wrong_role": Text("驱动 {value} 的类别是 {role}，已由 {other} 占用", "{value} is a second {role} beside {other}"),
    "data_file": Text("{key} 不能使用：{detail}", "{key} cannot be used: {detail}"),
}

VALUE_FAULTS = {
    "string_type": Text("应为加引号的文本", "text in quotes is expected"),
    "int_type": Text("应为整数，不加引号", "a whole number without quotes is expected"),
    "float_type": Text("应为数字，不加引号", "a number without quotes is expected"),
    "bool_type": Text("应为 true 或 false", "true or false is expected"),
    "date_type": Text("应为日期，如 2026-03-31，不加引号", "a date such as 2026-03-31 without quotes is expected"),
    "finite_number": Text("应为有限的数字", "a finite number is expected"),
    "model_type": Text("应为一个表", "a table is expected"),
    "mapping_type": Text("应为一个表", "a table is expected"),
    "tuple_type": Text("应为一个列表", "a list is expected"),
    "greater_than_equal": Text("不能小于 {ge}", "at least {ge} is expected"),
    "greater_than": Text("必须大于 {gt}", "more than {gt} is expected"),
    "less_than_equal": Text("不能大于 {le}", "at most {le} is expected"),
    "less_than": Text("必须小于 {lt}", "less than {lt} is expected"),
    "string_too_short": Text("至少要有 {min_length} 个字符", "at least {min_length} characters are expected"),
    "string_too_long": Text("最多 {max_length} 个字符", "at most {max_length} characters are expected"),
    "string_pattern_mismatch": Text("格式不符：{pattern}", "it does not have the form {pattern}"),
    "too_short": Text("至少要有 {min_length} 项", "at least {min_length} entries are expected"),
    "literal_error": Text("应为 {expected} 之一", "one of {expected} is expected"),
}

HINTS = {
    "unstable_port": Text(
        "改用 /dev/serial/by-id/ 下的名称（ls -l /dev/serial/by-id），或用 udev 规则固定名称",
        "write its name under /dev/serial/by-id (ls -l /dev/serial/by-id), or one that a udev rule gives it",
    ),
    "not_told": Text("删掉这个键；该设备报告：{told}", "remove this key; this device tells: {told}"),
    "syntax": Text("改正这一行；文本值要加引号", "correct this line; text values stand in quotes"),
    "unclosed": Text("补上缺少的结束符号", "write the closing character that is missing"),
    "encoding": Text("用 UTF-8 编码重新保存文件", "save the file again as UTF-8"),
    "repeated": Text("删掉其中一处；第一处在第 {line} 行", "remove one of them; the first is in line {line}"),
    "nearest": Text("是否想写 {nearest}？", "did you mean {nearest}?"),
    "elsewhere": Text("这个键属于 [{table}]", "this key belongs into [{table}]"),
    "known_keys": Text("这里可以写：{keys}", "known here: {keys}"),
    "no_keys": Text("删掉这个键", "remove this key"),
    "missing_key": Text("在 {table} 中加上 {key}", "add {key} to {table}"),
    "bad_value": Text("按说明改正这个值", "correct the value as described"),
    "choices": Text("可选值：{choices}", "write one of: {choices}"),
    "clock_in_official": Text(
        "删掉 clock_factor，或把 mode 改为 training", "remove clock_factor, or set mode to training"
    ),
    "uplink_in_official": Text("加上 [uplink]，写明 host 和 port", "add [uplink] with host and port"),
    "same_port": Text("给每台设备写各自的端口", "give each its own port"),
    "same_id": Text("给每位操作员一个自己的编号", "give each operator an id of his own"),
    "same_camera": Text("给每个摄像头一个自己的编号", "give each camera an id of its own"),
    "clock_region": Text(
        "写 [x, y, 宽, 高]，各为画面的比例（0 到 1），最多占画面的 40 %",
        "write [x, y, width, height], each a fraction of the picture (0 to 1), at most 40 % of it",
    ),
    "no_file": Text(
        "改正路径，或把文件放到该处；路径相对于通道文件",
        "correct the path or put the file there; paths start at the lane file",
    ),
    "known_drivers": Text("运行 lanectl devices 查看全部驱动", "see all drivers with: lanectl devices"),
    "wrong_role": Text("每一类设备只保留一台", "keep one device of each role"),
    "data_file": Text(
        "改正名称，或把数据文件放到数据文件夹", "correct the name or put the data file into the data folder"
    ),
}

DATA_ERRORS = {
    "missing": Text("找不到数据文件 {name}；{remedy}", "there is no data file {name}; {remedy}"),
    "unreadable": Text("无法读取 {name}：{detail}", "{name} cannot be read: {detail}"),
    "unsigned": Text(
        "{name} 没有签名；请用 lanectl sign-data 签名", "{name} is not signed; sign it with lanectl sign-data"
    ),
    "tampered": Text(
        "{name} 与其签名不符；请从签发机构重新取得该文件",
        "{name} does not match its signature; get the file again from the authority that signed it",
    ),
    "unknown": Text(
        "{name} 由未受信任的密钥 {key_id} 签名；请核实后把公钥放入 authority/",
        "{name} is signed by the key {key_id}, which is not trusted; check it and put the public key into authority/",
    ),
}
