"""What judging again says: (English, Chinese)."""

_STATES = {
    "not_judged_again": ("could not be judged again: {message}", "无法再次判定：{message}"),
    "quarantined_died": (
        "set aside: {count} times the program that inspected it came to a sudden end ({message}); look at the picture",
        "已隔离：检测进程 {count} 次异常退出（{message}），请检查图片",
    ),
    "quarantined_slow": (
        "set aside: {count} times it took too long ({message}); give --time-limit more, or look at the picture",
        "已隔离：{count} 次超时（{message}），请加大 --time-limit 或检查图片",
    ),
    "quarantined_killed": (
        "set aside: {count} times the program that inspected it was killed ({message}), as for want of memory",
        "已隔离：检测进程 {count} 次被强行终止（{message}），可能内存不足",
    ),
    "told_before": ("as the list beside the photographs says", "依照片清单所列"),
    "no_reason_kept": ("no reason was recorded", "未记录理由"),
}

_TERMINAL = {
    "regrade_begun": ("{count} parts to judge again", "待再次判定 {count} 件"),
    "regrade_listing": ("{count} pictures listed", "已列出 {count} 张图片"),
    "regrade_resumed": (
        "going on with run {number} of {message}: {left} of {count} parts are left",
        "继续第 {number} 次再判定（{message} 开始）：共 {count} 件，余 {left} 件",
    ),
    "regrade_progress": (
        "{done}/{count} parts, {rate} a second, {message} left",
        "{done}/{count} 件，每秒 {rate} 件，剩余 {message}",
    ),
    "regrade_stopped": (
        "stopped; what is done is kept, the same command goes on from there",
        "已中止；已完成部分已保存，再次执行同一命令即可继续",
    ),
    "regrade_dry": (
        "{count} parts; about {message} with {jobs} processes, as measured on {sampled} of them; nothing was written",
        "共 {count} 件；按其中 {sampled} 件实测，{jobs} 个进程约需 {message}；未写入任何内容",
    ),
    "regrade_dry_done": (
        "{left} of them have no result yet; what is there is taken from the ledger",
        "其中 {left} 件尚无结果，其余取自台账",
    ),
    "regrade_unnamed": (
        "{count} pictures of the list are not in the folder: {message}",
        "清单中有 {count} 张图片不在文件夹中：{message}",
    ),
    "regrade_row": ("row {row} of the archive says so", "已记入档案第 {row} 行"),
    "regrade_no_row": ("no row was written into an archive", "未写入档案"),
    "regrade_in_out": (
        "{count} parts asked for, {out} answered: {done} judged, {failed} could not be, {quarantined} set aside",
        "应判 {count} 件，已答复 {out} 件：判定 {done} 件，无法判定 {failed} 件，隔离 {quarantined} 件",
    ),
    "regrade_miscount": (
        "{count} parts asked for, {out} answered: the count does not come out; do not use this answer",
        "应判 {count} 件，仅答复 {out} 件：数目不符，请勿使用本结果",
    ),
    "regrade_retry_hint": (
        "--retry tries again what could not be judged",
        "加 --retry 可重试无法判定者",
    ),
}

_REPORT = {
    "title": ("Judged again", "再次判定报告"),
    "mode_judge": (
        "from what the archive keeps: sizes, uncertainties, findings; no picture was read",
        "依据档案所存尺寸、不确定度与缺陷再次判定，未读取图片",
    ),
    "mode_inspect": ("the archive's pictures, inspected again", "对档案图片重新检测"),
    "mode_photographs": ("photographs that no record knows, inspected", "对档案外旧照片检测"),
    "untouched": (
        "The verdicts of then stand as they were recorded; nothing that was decided about a part changes by this.",
        "当时的判定保持原样；本报告不改变任何部品的处置。",
    ),
    "what": ("what", "内容"),
    "source": ("parts of", "对象"),
    "scope": ("scope", "范围"),
    "all": ("all", "全部"),
    "limits": ("limit table", "外观判定基准"),
    "recipe": ("recipe", "检测方案"),
    "own": ("each part's own", "各件当时所用"),
    "none": ("none", "无"),
    "overridden": ("overridden on the command line", "命令行更改"),
    "who": ("asked by", "提出人"),
    "why": ("why", "事由"),
    "when": ("from, to", "起止时间"),
    "software": ("program", "程序"),
    "results": ("SHA-256 of all results", "全部结果的 SHA-256"),
    "row": ("row of the archive", "档案行号"),
    "matrix": ("Then and now", "前后判定对照"),
    "then": ("then", "当时"),
    "now": ("now", "现在"),
    "sum": ("sum", "合计"),
    "no_old": ("no verdict then", "当时无判定"),
    "changed_count": ("{count} of {parts} verdicts are others now", "{parts} 件中有 {count} 件判定改变"),
    "changes": ("What changed, and by which rule", "判定改变者及所依规则"),
    "no_change": ("No verdict is another one.", "无判定改变。"),
    "new_verdicts": ("What does not pass", "未合格者"),
    "all_pass": ("Everything passes.", "全部合格。"),
    "lost": ("What could not be judged again", "无法再次判定者"),
    "lost_note": (
        "These count as INVALID; none is left out of the numbers above.",
        "以下均计为无效，已全部计入上表。",
    ),
    "part": ("part", "部品"),
    "record": ("record", "记录号"),
    "lot": ("lot", "批次"),
    "others": ("further", "其他"),
    "verdict": ("verdict", "判定"),
    "rule": ("rule", "规则"),
    "why_then": ("what decided then", "当时的判定理由"),
    "why_now": ("what decides now", "现在的判定理由"),
    "cause": ("because of", "改变原因"),
    "cause_limits": ("the limit table or the choices in judging", "判定基准或判定选项"),
    "cause_entries": ("what was entered by hand since", "其后的人工录入"),
    "cause_software": ("another version of the program", "程序版本"),
    "cause_inspection": ("what is seen in the picture now", "图片重新检测的结果"),
    "state": ("state", "状态"),
    "state_failed": ("could not be judged", "无法判定"),
    "state_quarantined": ("set aside", "隔离"),
    "more": ("and {count} more, in the table beside this page", "另有 {count} 件，见同目录表格"),
    "summary": ("summary", "汇总"),
    "sheet_changes": ("changes", "改变"),
    "sheet_lost": ("not judged", "未判定"),
    "parts": ("parts", "件"),
    "draft": (
        "the limit table is not approved by the customer ({message})",
        "判定基准未经客户批准（{message}）",
    ),
    "seconds": ("{count} s", "{count} 秒"),
    "minutes": ("{count} min", "{count} 分钟"),
    "hours": ("{count} h", "{count} 小时"),
}

REGRADE: dict[str, tuple[str, str]] = {
    **_STATES,
    **_TERMINAL,
    **{f"again_{code}": pair for code, pair in _REPORT.items()},
}
