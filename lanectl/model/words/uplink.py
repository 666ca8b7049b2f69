"""What the uplink says to people: states of the line, refusals, orders of the bureau."""

from lanectl.model.words.text import Text

MESSAGES: dict[str, Text] = {
    "line_down": Text(
        "与主管部门平台的连接已断开。正在自动重连；请检查网线和路由器，检测结果已在本机保存，恢复后自动上传。",
        "The line to the bureau is down. It reconnects by itself; check cable and router. Results are kept on this "
        "machine and go out when the line is back.",
    ),
    "waiting_for_receipts": Text(
        "有 {count} 条数据等待主管部门签名回执。无需操作；如长时间不减少，请联系主管部门。",
        "{count} messages wait for the bureau's signed receipt. Nothing to do; if the number does not fall, "
        "call the bureau.",
    ),
    "message_quarantined": Text(
        "主管部门拒收了一条数据（{kind}，原因：{reason}）。该数据已隔离保存，请联系主管部门处理。",
        "The bureau refused a message ({kind}, reason: {reason}). It is set aside and kept; call the bureau about it.",
    ),
    "receipt_refused": Text(
        "收到一份无法验证的回执（{code}），未予采信，数据将继续重发。如反复出现，请检查主管部门公钥。",
        "A receipt that cannot be verified ({code}) was ignored; the data is sent again. If this repeats, "
        "check the bureau's public key in the trust store.",
    ),
    "answer_refused": Text(
        "收到一份无法验证的查询答复（{code}），未予采信。请重新查询；如反复出现，请联系主管部门。",
        "An answer that cannot be verified ({code}) was ignored. Ask again; if this repeats, call the bureau.",
    ),
    "command_refused": Text(
        "收到一条无法验证的指令（{code}），未予执行，已记录并上报。请与主管部门核实。",
        "An order that cannot be verified ({code}) was not obeyed; it is recorded and reported. "
        "Ask the bureau about it.",
    ),
    "command_obeyed": Text(
        "已执行主管部门指令：{command}。原因：{reason}",
        "The bureau's order was obeyed: {command}. Reason: {reason}",
    ),
    "session_taken_over": Text(
        "另一台设备正以本检测线的身份连接平台。请立即停止检测并联系主管部门核查。",
        "Another machine connects with this lane's identity. Stop testing and call the bureau at once.",
    ),
}
"""Event kind or state of the line to the message for the screen."""
