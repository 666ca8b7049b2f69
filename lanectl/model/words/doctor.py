"""What ``lanectl doctor`` finds: how it stands, and what to do about it."""

from typing import Literal, NamedTuple

from lanectl.model.words.text import Text

State = Literal["ok", "warn", "fail"]


class Advice(NamedTuple):
    """How grave a finding is, what it says, and what to do; nothing to do where all is well."""

    state: State
    message: Text
    remedy: Text = Text("", "")


def _ok(zh: str, en: str) -> Advice:
    return Advice("ok", Text(zh, en))


def _warn(message: tuple[str, str], remedy: tuple[str, str]) -> Advice:
    return Advice("warn", Text(*message), Text(*remedy))


def _fail(message: tuple[str, str], remedy: tuple[str, str]) -> Advice:
    return Advice("fail", Text(*message), Text(*remedy))


PROGRAM = {
    "python": _ok("Python {version}（{path}）", "Python {version} ({path})"),
    "packages": _ok("lanectl {version}，{count} 个依赖包版本正确", "lanectl {version}, {count} packages as required"),
    "packages_wrong": _fail(
        ("依赖包不符合要求：{names}", "packages are not as required: {names}"),
        (
            "在同一虚拟环境中重新安装：pip install lanectl",
            "install again into the same environment: pip install lanectl",
        ),
    ),
    "not_installed": _warn(
        (
            "直接从源代码运行，未安装，无法核对依赖包",
            "runs from sources that are not installed; packages cannot be compared",
        ),
        ("安装到虚拟环境：pip install .", "install into an environment: pip install ."),
    ),
    "core": _ok("判定核心已编译，已知答案全部正确", "the core is compiled and gives every known answer"),
    "core_interpreted": _warn(
        ("判定核心未编译；结果相同，但较慢", "the core is not compiled: same results, slower"),
        ("安装 gcc 和 python3-dev 后重新安装 lanectl", "install gcc and python3-dev, then lanectl again"),
    ),
    "core_damaged": _fail(
        ("判定核心给出错误答案：{detail}", "the core gives a wrong answer: {detail}"),
        ("停止检测，重新安装 lanectl", "stop testing; install lanectl again"),
    ),
}

FILES = {
    "lane_file": _ok("{file} 没有问题（{lane}，{mode}）", "{file} has no problem ({lane}, {mode})"),
    "lane_file_missing": _fail(
        ("没有通道文件 {file}", "there is no lane file {file}"),
        (
            "按 config/examples/lane.toml 写一个，或指明文件：lanectl doctor FILE",
            "write one after config/examples/lane.toml, or name it: lanectl doctor FILE",
        ),
    ),
    "lane_file_wrong": _fail(("{place}：{message}", "{place}: {message}"), ("{hint}", "{hint}")),
    "devices": _ok("{count} 台设备：{names}", "{count} devices: {names}"),
    "devices_lacking": _fail(
        ("设备不全：{detail}", "devices are lacking: {detail}"),
        ("在通道文件 [devices] 中补上，lanectl devices 列出驱动", "add them under [devices]; see lanectl devices"),
    ),
    "signed_data": _ok("{names} 的签名有效", "the signatures of {names} are good"),
    "data_refused": _fail(
        ("数据文件不能使用：{detail}", "a data file cannot be used: {detail}"),
        (
            "向签发机构取得带签名的文件，放到 {folder}",
            "get the file with its signature from its authority into {folder}",
        ),
    ),
    "mode": _ok("可以按 {mode} 模式运行", "this lane may run in {mode} mode"),
    "mode_refused": _fail(
        ("不允许按 {mode} 模式运行：{detail}", "this lane may not run in {mode} mode: {detail}"),
        (
            "逐条改正；每个代码的含义见 docs/threat-model.md",
            "put each right; docs/threat-model.md says what they guard",
        ),
    ),
    "keys": _ok("私钥 {key_id} 只有所有者可读，已受信任", "the private key {key_id} is its owner's alone, and trusted"),
    "key_refused": _fail(
        ("密钥不能使用：{detail}", "a key cannot be used: {detail}"),
        ("按说明改正密钥文件", "put the key file right as described"),
    ),
    "key_not_readable": _fail(
        ("用户 {user} 读不到 {file}", "the user {user} cannot read {file}"),
        ("chown {user} {file}; chmod 600 {file}", "chown {user} {file}; chmod 600 {file}"),
    ),
    "key_open": _fail(
        ("其他用户能读取私钥 {file}", "others may read the private key {file}"),
        ("chmod 600 {file}", "chmod 600 {file}"),
    ),
    "key_not_trusted": _fail(
        ("私钥 {key_id} 的公钥不在 {trust}/lane 中", "the public key of {key_id} is not in {trust}/lane"),
        ("向主管部门登记公钥并放入该文件夹", "enrol the public key with the bureau and put it there"),
    ),
    "disk": _ok("{folder} 剩余 {free}", "{free} are free at {folder}"),
    "disk_low": _warn(
        ("{folder} 只剩 {free}", "only {free} are left at {folder}"),
        ("清理磁盘；不要删除账本", "make room; never delete the ledger"),
    ),
    "disk_full": _fail(
        ("{folder} 只剩 {free}，检测记录可能无法保存", "only {free} are left at {folder}: records may be refused"),
        ("停止检测，先清理磁盘；不要删除账本", "stop testing and make room; never delete the ledger"),
    ),
    "ledger": _ok(
        "账本完好：{records} 条记录，{waiting} 条消息待回执",
        "the ledger is sound: {records} records, {waiting} messages wait for a receipt",
    ),
    "ledger_partly": _ok(
        "账本可读：{records} 条记录，{waiting} 条消息待回执；文件太大，未全部检查（lanectl verify 检查全部）",
        "the ledger can be read: {records} records, {waiting} messages wait; too large to be checked whole here "
        "(lanectl verify does)",
    ),
    "ledger_none": _ok("还没有账本；首次启动时建立于 {folder}", "no ledger yet; the first start founds it in {folder}"),
    "ledger_damaged": _fail(
        ("账本损坏：{detail}", "the ledger is damaged: {detail}"),
        (
            "停止检测，保留文件原样，运行 lanectl verify 并通知维护人员",
            "stop testing, leave the file as it is, run lanectl verify and call maintenance",
        ),
    ),
    "ledger_other": _fail(
        ("账本 {file} 属于 {owner}", "the ledger {file} belongs to {owner}"),
        ("在 [ledger] 中写上本通道自己的文件", "name this lane's own file under [ledger]"),
    ),
    "ledger_not_readable": _fail(
        ("读不到账本：{detail}", "the ledger cannot be read: {detail}"),
        ("用 root 或 {user} 运行 lanectl doctor", "run lanectl doctor as root or as {user}"),
    ),
    "ledger_folder": _fail(
        ("用户 {user} 不能写入 {folder}", "the user {user} cannot write into {folder}"),
        (
            '在 [ledger] 中写 file = "/var/lib/lanectl/ledger.db"，并 chown {user} 该文件夹',
            'write file = "/var/lib/lanectl/ledger.db" under [ledger], and chown {user} its folder',
        ),
    ),
}

PORTS = {
    "port": _ok("{port} 存在，{user} 可读写", "{port} is there, {user} may read and write it"),
    "port_in_use": _ok("{port} 由本通道的程序使用", "{port} is in use by this lane's own program"),
    "port_missing": _fail(
        ("没有 {port}", "there is no {port}"),
        (
            "插好设备；用 ls -l /dev/serial/by-id 查看实际名称",
            "plug the device in; see its name with: ls -l /dev/serial/by-id",
        ),
    ),
    "port_no_device": _fail(
        ("{port} 不是串口", "{port} is no serial port"),
        ("在通道文件中改正端口", "correct the port in the lane file"),
    ),
    "port_refused": _fail(
        (
            "用户 {user} 不能读写 {port}（属组 {group}）",
            "the user {user} may not read and write {port} (group {group})",
        ),
        (
            "sudo usermod -aG {group} {user}，然后重新登录或重启服务",
            "sudo usermod -aG {group} {user}, then log in again or restart the service",
        ),
    ),
    "port_held": _fail(
        ("{port} 被其他程序占用：{holders}", "{port} is held by another program: {holders}"),
        (
            "结束该程序（常见：ModemManager、minicom、旧版检测软件）",
            "end it (often ModemManager, minicom or old test software)",
        ),
    ),
    "port_unstable": _warn(
        ("{port} 的名称可能随插拔变化", "the name {port} may change with the next plugging"),
        ("在通道文件中改用 {stable}", "write {stable} in the lane file instead"),
    ),
    "tcp_port": _ok("{port} 接受连接", "{port} takes connections"),
    "tcp_port_unreachable": _fail(
        ("{port} 连接不上：{detail}", "{port} cannot be reached: {detail}"),
        ("检查设备电源、网线和地址", "look after the device's power, its cable and the address"),
    ),
    "device_grade": _ok(
        "{driver} 的协议等级为 {grade}：{meaning}", "{driver} has a protocol of grade {grade}: {meaning}"
    ),
    "device_grade_b": _warn(
        ("{driver} 的协议等级为 {grade}：{meaning}", "{driver} has a protocol of grade {grade}: {meaning}"),
        (
            "用于检测前逐项核对读数与设备显示，并查看 docs/devices/{driver}.md",
            "before testing with it, compare its readings with its own display; see docs/devices/{driver}.md",
        ),
    ),
    "port_network": _ok("网络接口 {port} 已启用", "the network interface {port} is up"),
    "port_network_down": _fail(
        ("网络接口 {port} 未启用", "the network interface {port} is down"),
        ("sudo ip link set {port} up type can bitrate 500000", "sudo ip link set {port} up type can bitrate 500000"),
    ),
    "port_not_looked_at": _ok(
        "{port}：未检查（不是本机的串口或地址）", "{port}: not looked at (no serial port or address)"
    ),
    "page": _ok("操作页面端口 {port} 可用", "the page's port {port} is free"),
    "page_ours": _ok(
        "操作页面端口 {port} 由本通道的程序使用", "the page's port {port} is in use by this lane's own program"
    ),
    "page_taken": _fail(
        ("操作页面端口 {port} 被其他程序占用", "the page's port {port} is taken by another program"),
        ("结束该程序，或在 [terminal] 中换一个端口", "end it, or choose another port under [terminal]"),
    ),
    "camera": _ok("{address} 接受连接", "{address} takes connections"),
    "camera_unreachable": _fail(
        ("摄像头 {address} 连接不上：{detail}", "the camera {address} cannot be reached: {detail}"),
        ("检查摄像头电源、网线和地址", "look after the camera's power, its cable and the address"),
    ),
    "camera_optional_unreachable": _warn(
        (
            "摄像头 {address}（非必需）连接不上：{detail}",
            "the camera {address} (not required) cannot be reached: {detail}",
        ),
        ("检查摄像头电源、网线和地址", "look after the camera's power, its cable and the address"),
    ),
    "no_decoder": _fail(
        ("配置了摄像头，但没有解码库", "there are cameras in the lane file, but no decoder is installed"),
        ("pip install 'lanectl[camera]'", "pip install 'lanectl[camera]'"),
    ),
}

LINE = {
    "broker": _ok(
        "{host}:{port} 的 {version} 连接正常，对方证书到 {until}",
        "{version} with {host}:{port} is good; its certificate lasts until {until}",
    ),
    "broker_soon": _warn(
        ("{host}:{port} 的证书 {until} 到期", "the certificate of {host}:{port} ends on {until}"),
        ("请主管部门更新证书", "ask the bureau to renew it"),
    ),
    "broker_none": _ok("没有配置上行链路 [uplink]", "this lane has no [uplink]"),
    "broker_unreachable": _fail(
        ("连接不上 {host}:{port}：{detail}", "{host}:{port} cannot be reached: {detail}"),
        ("检查网络、防火墙和 [uplink] 的 host、port", "look after network, firewall, and host and port under [uplink]"),
    ),
    "broker_not_trusted": _fail(
        ("{host}:{port} 的身份不可信：{detail}", "{host}:{port} is not who it should be: {detail}"),
        ("检查 [uplink] 的 host 和 ca；请勿跳过此检查", "check host and ca under [uplink]; do not work around this"),
    ),
    "broker_refuses": _fail(
        ("{host}:{port} 拒绝本通道的证书：{detail}", "{host}:{port} refuses this lane's certificate: {detail}"),
        ("请主管部门核对并重新签发证书", "ask the bureau to check it and to issue a new one"),
    ),
    "certificate": _ok("{file} 有效到 {until}", "{file} is valid until {until}"),
    "certificate_soon": _warn(
        ("{file} 将于 {until} 到期", "{file} ends on {until}"),
        ("尽快向主管部门申请新证书", "ask the bureau for a new one in time"),
    ),
    "certificate_over": _fail(
        ("{file} 已于 {until} 到期", "{file} has ended on {until}"),
        ("向主管部门申请新证书", "ask the bureau for a new one"),
    ),
    "certificate_early": _fail(
        ("{file} 从 {since} 才生效", "{file} is valid only from {since}"),
        ("检查本机时钟", "check this machine's clock"),
    ),
    "certificate_unusable": _fail(
        ("证书不能使用：{detail}", "a certificate cannot be used: {detail}"),
        ("检查 [uplink] 的 ca、cert、key", "check ca, cert and key under [uplink]"),
    ),
}

MACHINE = {
    "clock": _ok("时钟已同步，误差不超过 {error}", "the clock is kept right, at most {error} off"),
    "clock_free": _warn(
        (
            "时钟没有同步（{now}）；记录和摄像头时间可能不可信",
            "nobody keeps the clock right ({now}); times in records may be wrong",
        ),
        (
            "启用时间同步：sudo timedatectl set-ntp true，或安装 chrony",
            "have it kept: sudo timedatectl set-ntp true, or install chrony",
        ),
    ),
    "clock_wrong": _fail(
        ("时钟显示 {now}，早于本程序的发布时间", "the clock says {now}, before this program was made"),
        ("校准时钟并启用时间同步；检查主板电池", "set the clock, have it kept, and look after the machine's battery"),
    ),
    "clock_unknown": _warn(
        ("无法得知时钟是否同步：{detail}", "whether the clock is kept right cannot be told: {detail}"),
        ("运行 timedatectl 查看", "look with: timedatectl"),
    ),
    "service": _ok(
        "lanectl.service 正在运行（重启 {restarts} 次）：{status}",
        "lanectl.service runs ({restarts} restarts): {status}",
    ),
    "service_none": _ok(
        "本机没有运行 systemd；lanectl 由您自行启动", "systemd does not run here; lanectl runs as you start it"
    ),
    "service_not_installed": _warn(
        ("没有安装 lanectl.service", "lanectl.service is not installed"),
        ("按 docs/service.md 安装", "install it as docs/service.md says"),
    ),
    "service_stopped": _warn(
        ("lanectl.service 没有运行", "lanectl.service does not run"),
        ("sudo systemctl enable --now lanectl", "sudo systemctl enable --now lanectl"),
    ),
    "service_starting": _warn(
        (
            "lanectl.service 正在启动或等待重启：{detail}",
            "lanectl.service starts, or waits to be started again: {detail}",
        ),
        ("查看日志：journalctl -u lanectl -n 50", "look into the journal: journalctl -u lanectl -n 50"),
    ),
    "service_failed": _fail(
        ("lanectl.service 已失败：{detail}", "lanectl.service has failed: {detail}"),
        (
            "查看日志：journalctl -u lanectl -n 50；改正后 sudo systemctl restart lanectl",
            "read journalctl -u lanectl -n 50; when mended: sudo systemctl restart lanectl",
        ),
    ),
    "service_not_told": _warn(
        ("systemctl 没有回答：{detail}", "systemctl does not answer: {detail}"),
        ("用 root 运行 lanectl doctor", "run lanectl doctor as root"),
    ),
}

ADVICE = {**PROGRAM, **FILES, **PORTS, **LINE, **MACHINE}
