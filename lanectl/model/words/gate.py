"""What the retest gate says: every code with its reason and what to do next."""

from lanectl.model.words.text import Text

CODES = {
    "FIRST_TEST": Text("没有未关闭的不合格记录，可以开始检测", "No open failure: the test may start"),
    "SYSTEM_RECORD": Text(
        "监管系统中有有效的维修记录，可以复检", "The bureau's system holds a valid repair record: the retest may start"
    ),
    "TRANSITION_DOCUMENTS": Text(
        "过渡阶段凭证齐全，可以复检；请留存凭证复印件",
        "The papers of the transition phase are complete: the retest may start; keep copies of them",
    ),
    "PAPER_WITH_PERMIT": Text(
        "凭纸质凭证和监管部门的一次性许可复检；系统恢复后须补核",
        "Retest on paper under the bureau's one-use permit; the record is checked again when the line is back",
    ),
    "PERMIT_INVALID": Text(
        "许可码无效、过期、已使用，或不是给这辆车、本站的；请向监管部门申请新的许可码",
        "The permit is forged, expired, used, or for another vehicle or station; ask the bureau for a new one",
    ),
    "BUREAU_UNREACHABLE": Text(
        "联系不上监管平台，无法查询；请检查网络后重试，或向监管部门申请一次性许可码",
        "The bureau does not answer; check the network and ask again, or ask the bureau for a one-use permit",
    ),
    "UNREPAIRABLE": Text(
        "维修站已认定该车无法修复，不安排复检；请车主联系维修站或按规定处理",
        "An M-station found the vehicle unrepairable: no retest; the owner turns to the M-station or the authority",
    ),
    "VEHICLE_MISMATCH": Text(
        "号牌号码与车辆识别代号对不上；请核对行驶证和车架号，改正登记，或请监管部门更正记录",
        "Plate and VIN do not belong together; compare with the licence and the frame, correct the entry, "
        "or have the bureau correct the record",
    ),
    "GO_BACK_TO_ORIGINAL": Text(
        "该车在其他检验机构检验不合格，只能回原检验机构复检",
        "The vehicle failed at another station: it must go back there for the retest",
    ),
    "NO_REPAIR_RECORD": Text(
        "没有维修记录；请先到维修站（M站）维修，再来复检",
        "There is no repair record; have the vehicle repaired at an M-station first, then come back",
    ),
    "NOT_UPLOADED": Text(
        "维修记录尚未上传到系统；请联系维修站上传后重试",
        "The repair record is not uploaded; ask the M-station to upload it, then ask again",
    ),
    "RECORD_BEFORE_FAILURE": Text(
        "维修记录早于最近一次不合格检验；需要检验之后的新维修记录",
        "The repair record is older than the last failure; a new repair after that failure is needed",
    ),
    "RECORD_ALREADY_USED": Text(
        "这条维修记录已用于一次复检；需要重新维修并上传新记录",
        "This repair record was used for a retest before; a new repair with its own record is needed",
    ),
    "M_STATION_NOT_LISTED": Text(
        "维修企业在维修当日不在公布的 M站名单内；请到名单内的 M站维修",
        "The repairer was not on the published list on that day; go to an M-station of the list",
    ),
    "DOCUMENTS_MISSING": Text(
        "缺少纸质凭证；请车主补齐后再来", "Papers are missing; the owner brings them, then ask again"
    ),
}

DOCUMENTS = {
    "certificate": Text("机动车维修竣工出厂合格证", "completion certificate"),
    "settlement_list": Text("维修结算清单", "settlement list"),
    "invoice": Text("维修发票", "invoice"),
}

FLAGS = {
    "overdue": Text("已超过复检期限，将告知监管部门", "Later than the term for the retest; the bureau is told"),
    "calendar_unverified": Text(
        "缺少该年度的官方工作日历，期限按周一至周五计算",
        "No official calendar for that year: the term is counted Monday to Friday",
    ),
    "interval_below_minimum": Text(
        "距不合格检验时间过短，请核对维修内容", "Very soon after the failure; look at what was repaired"
    ),
    "record_dated_ahead": Text(
        "有维修记录的日期晚于现在，不予采用", "A repair record is dated ahead of now and does not count"
    ),
    "m_station_unchecked": Text(
        "无法核对 M站名单，恢复后须补核", "The M-station could not be looked up; check it when the line is back"
    ),
    "permit_used": Text("本次使用了一次性许可码", "A one-use permit was used"),
    "permit_not_needed": Text("许可码未使用，可保留到有效期内", "The permit was not needed and is not used up"),
    "permit_invalid": Text("出示的许可码无效，未予采用", "The permit that was shown does not count"),
    "back_check": Text("系统恢复后须补核本次放行", "To be checked again when the line is back"),
}

PERMIT_FAULTS = {
    "malformed": Text("许可码格式不对；请重新扫描", "The permit cannot be read; scan it again"),
    "bad_signature": Text("许可码签名无效；请向监管部门核实", "The permit's signature does not hold; ask the bureau"),
    "other_scope": Text(
        "许可码用途不同；请申请停机解锁许可", "The permit is for something else; ask for an outage unlock"
    ),
    "other_vehicle": Text("许可码是给另一辆车的", "The permit is for another vehicle"),
    "other_place": Text("许可码是给其他检验机构或检测线的", "The permit is for another station or lane"),
    "used": Text("许可码已使用过；请申请新的", "The permit was used before; ask for a new one"),
    "not_in_force": Text("许可码尚未生效或已过期；请申请新的", "The permit is not in force; ask for a new one"),
}

FACTS = {
    "original": Text(
        "原检验机构：{station}（{failed_on} 检验不合格）", "failed first at station {station} on {failed_on}"
    ),
    "last_failure": Text("最近一次不合格：{failed_on}，报告 {report}", "last failure: {failed_on}, report {report}"),
    "documents": Text("缺少：{names}", "missing: {names}"),
    "any_document": Text("任意一种即可：{names}", "one of these is enough: {names}"),
    "due": Text("复检期限：{due}", "retest due by {due}"),
}
