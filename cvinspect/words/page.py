"""What the operator page says: (English, Chinese). Every code begins with page_."""

_STATION = {
    "state_0": ("starting", "启动中"),
    "state_1": ("ready", "就绪"),
    "state_2": ("inspecting", "检测中"),
    "state_3": ("HOLD", "工位暂停"),
    "away": ("No word from the station: nothing on this page holds", "与工位失去联系：本页内容无效"),
    "no_part": ("no part yet", "尚无部品"),
    "no_picture": ("no picture of this part", "此部品没有图片"),
    "holds": ("The station holds: every part is not-OK", "工位暂停：所有部品均按 NG 输出"),
    "draft": (
        "Trial: the limit table {message} is not approved by the customer ({status})",
        "试运行：判定基准 {message} 未经客户批准（{status}）",
    ),
    "archive_fault": ("the archive cannot be read: {message}", "无法读取档案：{message}"),
    "told_otherwise": ("told as {outcome}", "已按“{outcome}”输出"),
    "decided_by": ("{who} decided: {outcome}", "{who} 判为：{outcome}"),
    "again_as": ("inspected again: record {row}", "已复检：记录 {row}"),
    "again_of": ("second inspection, after record {row}", "复检，首次记录为 {row}"),
    "more": ("{count} more", "另有 {count} 项"),
    "view": ("view {view}", "视图 {view}"),
    "part": ("part", "部品"),
    "record": ("record", "记录"),
    "last_parts": ("last parts", "最近部品"),
    "newest": ("newest part", "最新部品"),
}

_SHIFT = {
    "shift": ("this shift", "本班"),
    "since": ("since {message}", "自 {message} 起"),
    "yield": ("first-pass yield", "一次合格率"),
    "parts": ("parts", "件"),
    "top": ("most frequent defects", "主要缺陷"),
    "none": ("none", "无"),
    "health": ("condition", "设备状态"),
    "camera": ("camera", "相机"),
    "camera_good": ("pictures come", "取像正常"),
    "camera_bad": ("no picture: {message}", "无图片：{message}"),
    "calibration": ("calibration {view}", "标定 {view}"),
    "days_left": ("{days} days left", "剩余 {days} 天"),
    "expired": ("expired", "已过期"),
    "archive": ("record", "记录"),
    "archive_good": ("kept", "保存正常"),
    "archive_bad": ("not kept", "未能保存"),
}

_ALARMS = {
    "same_place": (
        "{count} parts running are marked at the same place: {kind} at ({x}, {y}) mm on {face}. "
        "Look at the mould and the fixture",
        "连续 {count} 件在同一位置有缺陷：{face} 面 ({x}, {y}) mm 处{kind}。请检查模具和治具",
    ),
    "review_share": (
        "{percent} % of the last {parts} parts need a person's decision; 2 % are expected at most",
        "最近 {parts} 件中有 {percent} % 待复判，应不超过 2 %",
    ),
    "cause": ("{count} parts: {message}", "{count} 件：{message}"),
}

_QUEUE = {
    "queue": ("parts to decide", "待复判部品"),
    "decide_now": ("decide", "去复判"),
    "place": ("place in the tray", "料盘位置"),
    "place_no": ("no. {count}", "第 {count} 位"),
    "waits": ("waiting", "等待"),
    "minutes": ("{count} min", "{count} 分钟"),
    "accept": ("Accept", "判合格"),
    "reject": ("Reject", "判不合格"),
    "release": ("Release a failed part", "放行不合格品"),
    "why_no_defect": ("no defect", "无缺陷"),
    "why_dust": ("dust, wiped off", "灰尘，已擦除"),
    "why_within": ("within the limit sample", "在限度样品以内"),
    "why_agreed": ("agreed with the customer", "已与客户确认"),
    "why_defect": ("defect confirmed", "确认有缺陷"),
    "why_beyond": ("beyond the limit sample", "超出限度样品"),
    "why_unsure": ("cannot be told", "无法判断"),
    "note": ("remark (may be left out)", "备注（可不填）"),
    "again": ("Wiped: inspect again", "擦拭后复检"),
    "again_hint": (
        "once; put the part before the camera, both records are kept",
        "仅一次；将部品放回相机下，两次记录均保留",
    ),
    "waits_for": ("The next picture is taken for part {part}, wiped", "下一张图片用于擦拭后的部品 {part}"),
    "empty": ("no part waits", "没有待复判部品"),
    "close": ("back to the line", "返回产线"),
    "written": ("written down as row {row}", "已保存为第 {row} 行"),
    "sign_in": ("sign in", "登录"),
    "sign_out": ("sign out", "退出"),
    "name": ("name", "姓名"),
    "pin": ("PIN", "PIN 码"),
    "sign_in_first": ("Sign in to decide", "请先登录再复判"),
    "nobody": ("the station file names no [[person]]", "工位文件中没有 [[person]]"),
    "role_operator": ("operator", "操作员"),
    "role_quality": ("quality", "品质"),
}

_REFUSALS = {
    "wrong_pin": ("name or PIN is wrong", "姓名或 PIN 码错误"),
    "wait": ("too many wrong PINs: wait {seconds} s", "PIN 码错误次数过多：请等待 {seconds} 秒"),
    "only_quality": ("only quality may release this part", "此部品只能由品质人员放行"),
    "not_inspected": (
        "this part was not inspected: it cannot be accepted; inspect it again",
        "此部品未有效检测，不能判合格；请重新检测",
    ),
    "decided": ("it is decided already", "此部品已有判定"),
    "unknown_part": ("this part is not on the page any more", "此部品已不在页面上"),
    "again_once": ("it was inspected again already; this is done once", "此部品已复检过一次，不能再次复检"),
    "again_busy": ("another part is waited for: {part}", "正在等待另一部品复检：{part}"),
    "not_written": (
        "NOT written down: the station did not answer; look whether it holds",
        "未能保存：工位没有应答；请查看是否暂停",
    ),
    "bad_request": ("the request cannot be read", "无法读取请求"),
}

PAGE: dict[str, tuple[str, str]] = {
    f"page_{code}": pair for part in (_STATION, _SHIFT, _ALARMS, _QUEUE, _REFUSALS) for code, pair in part.items()
}
