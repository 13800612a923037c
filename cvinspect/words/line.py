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
