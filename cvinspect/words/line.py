"""What is said of a station: (English, Chinese)."""

LINE: dict[str, tuple[str, str]] = {
    # why a part is INVALID
    "late": ("not judged in time: {message}", "未能按时判定：{message}"),
    "worker_gone": ("a process of the station is being started again: {message}", "工位进程正在重新启动：{message}"),
    "not_recorded": ("the record could not be kept: {message}", "记录未能保存：{message}"),
    "trigger_lost": ("a trigger was lost before this part: {message}", "此部品之前丢失触发：{message}"),
    "trigger_repeated": ("an old trigger came again: {message}", "收到旧的触发：{message}"),
    "hold": ("the station holds: {message}", "工位暂停：{message}"),
    # why a station holds
    "worker_looping": (
        "a process ends again and again: {message}; look at its log and start the station anew",
        "进程反复退出：{message}；请查看日志并重新启动工位",
    ),
    "output_unreachable": ("the PLC is not reached: {message}", "无法连接 PLC：{message}"),
    "challenge_due": (
        "the challenge parts are due: {message}",
        "需要开班点检：{message}",
    ),
    "challenge_failed": (
        "the challenge part {message} came out wrong; records since the last good check: {span}",
        "点检样件 {message} 判定有误；上次点检合格以来的记录：{span}",
    ),
    # the challenge
    "challenge_lay": (
        "lay the challenge part {message} before the camera (it must be {due}) and press Enter",
        "请放置点检样件 {message}（应为{due}），然后按回车",
    ),
    "challenge_right": ("right: {message}: {got}", "正确：{message}：{got}"),
    "challenge_not_right": ("WRONG: {message}: {got}, it must be {due}", "错误：{message}：{got}，应为{due}"),
    "challenge_passed": ("all challenge parts came out right", "点检样件全部判定正确"),
    "challenge_wrong": (
        "the station cannot be trusted: it holds until all come out right",
        "该工位不可信：全部判定正确前保持暂停",
    ),
    "challenge_suspect": (
        "records {first} to {last} are suspect: made since the last good check",
        "记录 {first} 至 {last} 存疑：均在上次点检合格之后产生",
    ),
    # what the command prints
    "line_ready": (
        "{message}: ready; {deadline_ms} ms from trigger to verdict; stop with Ctrl-C",
        "{message}：就绪；从触发到判定 {deadline_ms} ms；按 Ctrl-C 停止",
    ),
    "line_page": ("the operator page: {message}", "操作页面：{message}"),
    "line_part": ("{message} ({all_ms} ms)", "{message}（用时 {all_ms} ms）"),
    "line_ended": (
        "{count} parts: {passed} PASS, {failed} FAIL, {review} REVIEW, {invalid} INVALID",
        "共 {count} 件：合格 {passed}，不合格 {failed}，待复判 {review}，检测无效 {invalid}",
    ),
}
