"""What `cvinspect doctor` says: (English, Chinese). Every code begins with doctor_."""

_LINES = {
    "good": ("good", "正常"),
    "doubt": ("look at it", "请留意"),
    "bad": ("bad", "异常"),
    "versions": ("{message}", "版本：{message}"),
    "cores": ("{count} processor cores", "处理器核心 {count} 个"),
    "clock": ("the clock shows {message}", "时钟：{message}"),
    "clock_back": (
        "the newest record is of {message}: the clock was set back",
        "最新记录的时间为 {message}：时钟被调回",
    ),
    "disk_time": (
        "{megabytes} MB are on the disk after {ms} ms ({message})",
        "写入 {megabytes} MB 并落盘需 {ms} ms（{message}）",
    ),
    "disk_closed": ("nothing can be written: {message}", "无法写入：{message}"),
    "disk_free": (
        "{percent} % of the archive's disk are free, {gigabytes} GB",
        "档案所在磁盘剩余 {percent} %，{gigabytes} GB",
    ),
    "no_camera": ("no camera answers", "没有相机应答"),
    "camera_seen": ("a camera answers: {message}", "相机有应答：{message}"),
    "camera_library": ("not asked: {message}", "未查询：{message}"),
    "camera_works": (
        "view {view}: {message} gave a picture in {ms} ms, median grey level {level}",
        "视图 {view}：{message} 在 {ms} ms 内给出图片，灰度中值 {level}",
    ),
    "camera_fault": ("view {view}: no picture: {message}", "视图 {view}：没有图片：{message}"),
    "camera_size": (
        "view {view}: the picture is {message} px, its calibration is for {due} px",
        "视图 {view}：图片为 {message} px，标定适用于 {due} px",
    ),
    "calibration": (
        "view {view}: {message} is valid for {days} days more",
        "视图 {view}：{message} 有效期还剩 {days} 天",
    ),
    "archive_open": ("the archive has {count} rows ({message})", "档案共 {count} 行（{message}）"),
    "archive_closed": ("the archive cannot be opened: {message}", "档案无法打开：{message}"),
    "archive_read_only": ("the archive cannot be written: {message}", "档案不可写：{message}"),
    "port_free": ("{message} can be listened on", "{message} 可以监听"),
    "port_taken": ("cannot be listened on: {message}", "无法监听：{message}"),
    "plc_there": ("the PLC answers at {message}", "PLC 有应答：{message}"),
    "plc_away": ("the PLC does not answer: {message}", "PLC 无应答：{message}"),
    "summary": ("{good} good, {doubt} to look at, {bad} bad", "正常 {good} 项，请留意 {doubt} 项，异常 {bad} 项"),
}

DOCTOR: dict[str, tuple[str, str]] = {f"doctor_{code}": pair for code, pair in _LINES.items()}
