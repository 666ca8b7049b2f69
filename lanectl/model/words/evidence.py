"""What the check of evidence says: which damage it found, and what to do next."""

from lanectl.model.words.text import Text

PROBLEMS: dict[str, Text] = {
    "ledger_unreadable": Text(
        "账本文件无法读取（{detail}）。请保留此文件，停止检测，从备份恢复。",
        "the ledger file cannot be read ({detail}). Keep the file, stop testing, restore from a backup.",
    ),
    "database_damaged": Text(
        "数据库结构已损坏（{detail}）。请保留此文件，检查硬盘，从备份恢复。",
        "the database file is damaged ({detail}). Keep the file, check the disk, restore from a backup.",
    ),
    "schema_changed": Text(
        "账本的表或保护触发器被改动（{detail}）。请查明是谁打开过此文件。",
        "tables or guarding triggers of the ledger were changed ({detail}). Find out who opened this file.",
    ),
    "identity_changed": Text(
        "账本登记的检测线与记录不符（{detail}）。请核对线体配置，查明是谁改动了文件。",
        "the ledger names another lane than its records ({detail}). Compare the lane file; find out who changed it.",
    ),
    "record_missing": Text(
        "缺少第 {detail} 号记录。请向主管部门索取其留存的同号记录，并查明删除者。",
        "record {detail} is missing. Ask the bureau for its copy, and find out who removed it.",
    ),
    "record_not_canonical": Text(
        "记录内容被改动（{detail}）。此记录不可作为证据；请与主管部门留存的副本核对。",
        "the record was changed ({detail}). It is no evidence; compare it with the bureau's copy.",
    ),
    "record_malformed": Text(
        "记录缺少必要字段（{detail}）。请用生成它的软件版本核对。",
        "the record lacks what every record has ({detail}). Check it with the version that wrote it.",
    ),
    "unknown_schema": Text(
        "不认识的记录格式（{detail}）。请升级本软件后再核验。",
        "unknown form of record ({detail}). Verify it with a newer version of this program.",
    ),
    "out_of_order": Text(
        "记录顺序被改动（{detail}）。请与主管部门留存的副本核对。",
        "the record stands in the wrong place ({detail}). Compare with the bureau's copies.",
    ),
    "chain_broken": Text(
        "记录与前一条记录的链接断开（{detail}）：两者之一被替换。请与主管部门留存的副本核对。",
        "the record does not follow the one before it ({detail}): one of the two was replaced. "
        "Compare with the bureau's copies.",
    ),
    "signature_malformed": Text(
        "签名文件被改动（{detail}）。请与主管部门留存的副本核对。",
        "the signature file was changed ({detail}). Compare it with the bureau's copy.",
    ),
    "signature_differs": Text(
        "签名文件与记录不符（{detail}）。请与主管部门留存的副本核对。",
        "signature file and record disagree ({detail}). Compare them with the bureau's copies.",
    ),
    "unknown_key": Text(
        "签名密钥 {detail} 不受信任。请核对密钥编号；若确属本线，请将其公钥装入信任库或用 --key 给出。",
        "signed by the unknown key {detail}. If it really is the lane's, install its public key or give it with --key.",
    ),
    "wrong_realm": Text(
        "签名密钥不属于此检测线或此模式（{detail}）。培训密钥签的记录不能作为正式结果。",
        "the key is not one of this lane and mode ({detail}). What a training key signs never counts.",
    ),
    "signature_wrong": Text(
        "签名不符（密钥 {detail}）：记录或签名被改动。请与主管部门留存的副本核对。",
        "the signature does not fit (key {detail}): record or signature was changed. Compare with the bureau's copy.",
    ),
    "member_missing": Text(
        "缺少证据成员 {detail}。请向主管部门索取副本。",
        "the member {detail} is missing. Ask the bureau for its copy.",
    ),
    "member_extra": Text(
        "有记录未列出的成员 {detail}。请勿采信。",
        "the member {detail} is not named by the record. Do not trust it.",
    ),
    "member_changed": Text(
        "证据成员 {detail} 被改动。请与主管部门留存的副本核对。",
        "the member {detail} was changed. Compare it with the bureau's copy.",
    ),
    "member_not_canonical": Text(
        "证据成员 {detail} 不是本软件写出的格式。请勿采信。",
        "the member {detail} is not in the form that this program writes. Do not trust it.",
    ),
    "bundle_damaged": Text(
        "证据包已损坏（{detail}）。请重新导出，或向主管部门索取副本。",
        "the bundle is damaged ({detail}). Export it again, or ask the bureau for its copy.",
    ),
    "checkpoint_wrong": Text(
        "链头检查点不符（{detail}）。请与主管部门留存的链头核对。",
        "the checkpoint does not fit ({detail}). Compare the head of the chain with the bureau's.",
    ),
    "outbox_changed": Text(
        "发件箱条目被改动（{detail}）。请停止检测并查明是谁打开过此文件。",
        "an outbox entry was changed ({detail}). Stop testing, and find out who opened this file.",
    ),
    "message_missing": Text(
        "记录的上报消息不见了（{detail}）：既未发送，也无回执。请查明删除者。",
        "the message of this record is gone ({detail}): neither waiting nor receipted. Find out who removed it.",
    ),
    "receipt_wrong": Text(
        "回执与消息不符（{detail}）。请向主管部门重新索取回执。",
        "a receipt does not fit its message ({detail}). Ask the bureau for the receipt again.",
    ),
    "journal_changed": Text(
        "未完成检测的数据被改动（{detail}）。该检测只能按中止处理；请检查硬盘。",
        "the journal of an open test was changed ({detail}). That test can only be aborted; check the disk.",
    ),
    "unreadable": Text(
        "无法读取（{detail}）。请检查路径、权限和磁盘，然后重新核查。",
        "it cannot be read ({detail}). Check path, rights and disk, and audit again.",
    ),
    "not_followed": Text(
        "这是指向文件夹的链接（{detail}），不跟随，其中的证据包未核查。请对该文件夹本身运行 lanectl audit。",
        "a link to a folder ({detail}) is not followed, so what is in there was not audited. Audit that folder itself.",
    ),
    "no_file": Text(
        "名称是证据包，却不是文件（{detail}）。请查明是谁放在这里的。",
        "it has the name of a bundle and is no file ({detail}). Find out who put it there.",
    ),
    "not_judged": Text(
        "证据无法重新判定（{detail}）。请用 lanectl verify 和 lanectl replay 单独检查此证据包。",
        "the evidence cannot be judged again ({detail}). Look at this bundle alone with lanectl verify and replay.",
    ),
    "differs": Text(
        "重新判定的结果与记录不符（{detail}）。请查明记录由谁、用哪个版本作出。",
        "what comes out differs from the record ({detail}). Find out who made the record, and with which version.",
    ),
    "does_not_replay": Text(
        "按记录自己的限值也得不到记录的结果（{detail}），不能用来推算其他限值。请先查明原因。",
        "the record does not come out under its own limits ({detail}), so nothing follows for others. "
        "Find out why first.",
    ),
    "changes": Text(
        "按限值 {detail} 判定，结果会改变。",
        "under limits {detail} the outcome would be another.",
    ),
    "trace_too_short": Text(
        "按限值 {detail} 判定，数据在得出结论之前就结束了，无法判断。",
        "under limits {detail} the trace ends before a decision, so nobody can say.",
    ),
    "limits_lack_the_set": Text(
        "记录所带的限值不能按此限值组判定（{detail}），无法判断。",
        "the limits kept in the record cannot be judged by that set ({detail}), so nobody can say.",
    ),
    "program_died": Text(
        "判定此文件时程序中止（{detail}），其他文件已继续核查。请单独用 lanectl replay 检查此文件，并报告开发者。",
        "the program died over this file ({detail}); the others were audited. Try it alone with lanectl replay, "
        "and report it to the developers.",
    ),
}


def problem_text(code: str, detail: str) -> Text:
    """Return the message of a problem, with its detail filled in."""
    return PROBLEMS[code].fill(detail=detail)
