"""Why the lane does not do what it is asked, other than the retest gate (model.words.gate)."""

from lanectl.model.words.text import Text

REFUSALS: dict[str, Text] = {
    "busy": Text("另一辆车正在检测：结束后再开始", "Another vehicle is being tested: start after it"),
    "rollers_turning": Text("滚筒未停稳：停车后再开始", "The rollers do not stand: bring them to a stop, then start"),
    "locked": Text("本线已锁止：先解除锁止原因", "The lane is locked: clear the reason first"),
    "unknown_ticket": Text("队列中没有这辆车：重新登记", "This vehicle is not in the queue: accept it again"),
    "not_waiting": Text("这辆车不在等待状态", "This vehicle is not waiting: accept it again"),
    "unknown_operator": Text("操作员不在名单中：换用已登记的操作员", "Operator not on the list: use a listed one"),
    "no_question": Text("当前没有这个问题：按屏幕提示操作", "No such question is open: follow the screen"),
    "bad_choice": Text("不是有效的回答：从列出的选项中选择", "Not a valid answer: choose one of those shown"),
    "nothing_running": Text("当前没有正在进行的检测", "No test is running: nothing to stop"),
    "already_queued": Text("这辆车已在队列中", "This vehicle is in the queue already: test it from there"),
    "bad_vehicle": Text(
        "车辆信息有误：{detail}，改正后重新登记", "Vehicle facts are wrong: {detail}; correct and accept again"
    ),
    "method_not_here": Text(
        "本线没有这种车的检测方法（{method}）：请到有相应设备的检测线",
        "This lane has no method for this vehicle ({method}): use a lane that has it",
    ),
}

LOCKS: dict[str, Text] = {
    "estop": Text(
        "急停已按下：排除危险后拔出急停按钮", "Emergency stop pressed: clear the danger, then pull the button out again"
    ),
    "enable_open": Text(
        "测功机使能回路断开：确认测功机通信正常且未加载，恢复后自动解锁",
        "The dynamometer's enable circuit is open: see that it answers and holds no load; releases itself",
    ),
    "device": Text(
        "{name} 未就绪（{state}）：检查电源和连接，恢复后自动解锁",
        "{name} is not ready ({state}): check power and cable; releases itself",
    ),
    "camera": Text(
        "{name}异常超过 30 秒（或程序启动后尚未正常），不能开始检测。{what}；恢复后自动解锁",
        "{name} has been bad for more than 30 s, or never good yet: no test may start. {what}; releases itself",
    ),
    "bureau": Text(
        "监管平台已锁止本线（{why}）：联系监管平台解锁", "Locked by the bureau ({why}): ask the bureau to unlock"
    ),
    "ledger": Text(
        "存储异常（{why}）：停止检测，运行 lanectl verify 并联系技术人员",
        "Storage trouble ({why}): stop testing, run lanectl verify, call the technician",
    ),
    "disk": Text("磁盘空间不足：清理磁盘，剩余 {free_mb} MB", "Disk nearly full: make room, {free_mb} MB left"),
}
