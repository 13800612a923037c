"""What stands on a printed target: (English, Chinese). Every code begins with sheet_."""

_LINES = {
    "title": ("calibration target", "标定板"),
    "print": (
        "1. Print at 100 % (actual size), never “fit to page”.",
        "1. 以 100 %（实际大小）打印，勿选“适合页面”。",
    ),
    "measure": (
        "2. Measure the check rulers X and Y, from 0 to {ruler}, with a steel ruler or callipers.",
        "2. 用钢直尺或卡尺量取校验标尺 X（横）与 Y（竖）：0 至 {ruler}。",
    ),
    "paste": (
        "3. Stick it flat on glass or aluminium: no bubbles, no waves.",
        "3. 平整粘贴在玻璃板或铝板上，不得有气泡和翘曲。",
    ),
    "tell": (
        "4. Tell the program both lengths in mm, X first:",
        "4. 把两个长度（mm，先 X 后 Y）告诉程序：",
    ),
    "written": (
        "{page}: target {wide} x {high} mm, check rulers {ruler} mm",
        "{page}：标定板 {wide} x {high} mm，校验标尺 {ruler} mm",
    ),
    "one_way": (
        "one ruler alone was measured: printers scale X and Y differently, ± 0.5 % between them is part of u",
        "仅量取了一条标尺：打印机横竖比例不同，二者相差 ± 0.5 % 已计入 u",
    ),
    "stretched": (
        "the print is stretched: X and Y differ by {percent} %; their mean is taken, and the difference is part of u",
        "打印件有拉伸：X 与 Y 相差 {percent} %；取平均值，差异已计入 u",
    ),
}

TARGET: dict[str, tuple[str, str]] = {f"sheet_{code}": pair for code, pair in _LINES.items()}
