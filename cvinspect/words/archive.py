"""What the archive says: (English, Chinese)."""

ARCHIVE: dict[str, tuple[str, str]] = {
    # what verify finds
    "archive_database": ("the database itself is damaged: {message}", "数据库文件损坏：{message}"),
    "archive_table": (
        "{message} is not as this program makes it: rules of the database were altered",
        "{message} 与本程序所建不符：数据库规则被改动",
    ),
    "archive_anchor": ("the anchor cannot be used: {message}", "锚点文件不可用：{message}"),
    "archive_anchor_line": ("line {line} of the anchor was altered", "锚点文件第 {line} 行被改动"),
    "archive_gap": ("rows {first} to {last} are missing", "缺少第 {first} 至 {last} 行"),
    "archive_row": ("row {row} was altered, or a row before it was", "第 {row} 行或其前一行被改动"),
    "archive_unreadable": ("row {row} cannot be read", "第 {row} 行无法读取"),
    "archive_mark": ("row {row} is not the one that the anchor has seen", "第 {row} 行与锚点记录不符"),
    "archive_cut": (
        "the archive ends at row {row}, the anchor has seen row {seen}: rows were cut off, or an older state put back",
        "档案止于第 {row} 行，而锚点已记到第 {seen} 行：末尾被截去，或被恢复为旧状态",
    ),
    "archive_after": (
        "the last {count} rows are newer than the anchor: as after a power cut, or added past it",
        "末尾 {count} 行晚于锚点：断电后会如此，也可能是绕过锚点添加",
    ),
    "archive_link": ("the pictures that row {row} names were altered", "第 {row} 行的图片关联被改动"),
    "archive_document": ("a text was altered: {message}", "文本被改动：{message}"),
    "archive_document_gone": ("a text that rows name is missing: {message}", "缺少记录所引用的文本：{message}"),
    "archive_document_strange": ("a text that no row names: {message}", "有未被任何记录引用的文本：{message}"),
    "archive_picture": ("{message}", "{message}（图片缺失或被改动）"),
    "archive_orphans": (
        "{count} picture files that no row names, as a stop leaves them ({message}); they harm nothing",
        "{count} 个图片文件无对应记录（{message}），为中断所遗留，无害",
    ),
    "archive_whole": (
        "{rows} rows, {documents} texts, {pictures} pictures: all as they were written",
        "{rows} 行、{documents} 份文本、{pictures} 张图片：均与写入时一致",
    ),
    "archive_not_whole": (
        "{rows} rows, {documents} texts, {pictures} pictures looked at: {count} faults",
        "已核对 {rows} 行、{documents} 份文本、{pictures} 张图片：{count} 处异常",
    ),
    # how far the work is
    "archive_step_database": ("database", "数据库"),
    "archive_step_rows": ("rows", "行"),
    "archive_step_copies": ("copying pictures", "复制图片"),
    "archive_step_pictures": ("pictures", "图片"),
    # what was recorded
    "archive_recorded": (
        "archive: {count} recorded, {known} were there already",
        "档案：记录 {count} 件，{known} 件已有",
    ),
    "archive_no_picture": (
        "{count} without a picture: the file could not be read or is not the one that was inspected",
        "{count} 件无图片：文件无法读取，或不是当时检测的文件",
    ),
    "archive_backup_wrong": (
        "{message} is as wrong as the archive itself: no backup; find an older one that verifies",
        "{message} 与原档案有同样的异常，不能作为备份；请找回能通过核对的旧备份",
    ),
    "archive_made": ("archive made: {message}", "已建立档案：{message}"),
    "archive_row_written": ("row {row} written", "已写入第 {row} 行"),
    "archive_nothing": ("nothing in the archive fits", "档案中无符合条件的记录"),
    "as_told": ("{message}", "{message}"),
    # what becomes of a part
    "accepted": ("accepted", "放行"),
    "rejected": ("rejected", "拒收"),
    "waiting": ("waits for a person", "待人判定"),
    "not_inspected_yet": ("to be inspected again", "须重新检测"),
    "conceded": ("accepted by concession", "特采放行"),
    "disposition_verdict": ("{what}: verdict {outcome}", "{what}：判定{outcome}"),
    "disposition_judged": (
        "{what}: judged again with what was entered by hand, {outcome} (row {row})",
        "{what}：加入人工录入后再次判定{outcome}（第 {row} 行）",
    ),
    "disposition_overruled": (
        "{what}: {who} overruled the verdict to {outcome} (row {row}): {message}",
        "{what}：{who} 改判为{outcome}（第 {row} 行）：{message}",
    ),
    "disposition_conceded": (
        "{what}: approved by {who} until {expires} (row {row}): {message}",
        "{what}：{who} 批准，有效期至 {expires}（第 {row} 行）：{message}",
    ),
    # entries by hand
    "entered": (
        "entered by hand: {kind} on face {face}, {message} ({who}, {by}; row {row})",
        "人工录入：{face}的{kind}，{message}（{who}，{by}；第 {row} 行）",
    ),
    "entered_none": ("looked for from {from_mm} mm on, nothing found", "从 {from_mm} mm 起检查，未发现"),
    "entered_found": ("found", "发现"),
    "entered_size": ("{quantity} {measured} ± {expanded} {unit}", "{quantity} {measured} ± {expanded} {unit}"),
    "entered_size_plain": ("{quantity} {value} {unit}, u unknown", "{quantity} {value} {unit}，不确定度未知"),
    "entered_affects": ("affects the function", "影响机能"),
    "entered_affects_not": ("does not affect the function", "不影响机能"),
    "judged_again": (
        "judged again: {outcome} under {table} (row {row})",
        "再次判定：{outcome}，按 {table}（第 {row} 行）",
    ),
    # pictures that go
    "prune_would": (
        "{count} pictures, {size} MB, are past their time and would be removed; --yes removes them",
        "{count} 张图片（{size} MB）已过保存期，可删除；加 --yes 执行删除",
    ),
    "prune_done": (
        "{count} pictures, {size} MB, removed; row {row} says so",
        "已删除 {count} 张图片（{size} MB），见第 {row} 行",
    ),
    "prune_none": ("no picture is past its time", "没有超过保存期的图片"),
    "prune_short": (
        "{size} MB more were asked for, but every other picture is within its time or held: nothing else goes",
        "仍差 {size} MB，但其余图片均在保存期内或被保留，不予删除",
    ),
    "archive_backed_up": (
        "{rows} rows and {pictures} pictures copied to {message}; the copy verifies",
        "已备份 {rows} 行、{pictures} 张图片到 {message}；备份核对无误",
    ),
    "archive_upgraded": ("brought up to date; the database before is {message}", "已升级；升级前的数据库为 {message}"),
    "archive_up_to_date": ("the archive is up to date", "档案已是最新版本"),
    # statistics
    "stats_records": ("records", "记录"),
    "stats_overruled": ("overruled", "改判"),
    "stats_conceded": ("accepted by concession", "特采放行"),
    "stats_entries": ("entries by hand", "人工录入"),
    "stats_judgements": ("judged again", "再次判定"),
    "stats_pictures": ("pictures kept", "保存图片"),
    "stats_pruned": ("pictures removed", "已删图片"),
}
