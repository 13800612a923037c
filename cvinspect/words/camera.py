"""What is said of cameras: (English, Chinese)."""

CAMERA: dict[str, tuple[str, str]] = {
    # why a part has no picture
    "camera_timeout": (
        "no picture came from the camera within {seconds} s: {message}",
        "相机在 {seconds} s 内未给出图片：{message}",
    ),
    "camera_lost": ("the camera is gone: {message}", "相机失去连接：{message}"),
    "camera_incomplete": ("the picture came incomplete: {message}", "图片传输不完整：{message}"),
    "camera_format": ("the camera's pixels cannot be read: {message}", "相机的像素格式无法读取：{message}"),
    "frame_size": ("the picture has another size: {message}", "图片尺寸改变：{message}"),
    "frame_repeated": ("an old picture came again: {message}", "收到旧图片：{message}"),
    "frame_gap": (
        "pictures were lost, so nobody can say which part this one shows: {message}",
        "有图片丢失，无法确定此图属于哪个部品：{message}",
    ),
    "frame_frozen": ("the camera is frozen: {message}", "相机画面冻结：{message}"),
    "camera_ended": ("there are no more pictures: {message}", "已没有图片：{message}"),
    # what the commands print
    "camera_none": ("no camera answers", "没有相机应答"),
    "camera_always": (
        "always there: folder:PATH, video:FILE or video:rtsp://.., synthetic:",
        "始终可用：folder:PATH、video:FILE 或 video:rtsp://..、synthetic:",
    ),
    "camera_opened": (
        "{message}: opened in {open_ms} ms, {width} x {height} px, {bits} bits, {colour}",
        "{message}：{open_ms} ms 打开，{width} x {height} px，{bits} 位，{colour}",
    ),
    "camera_grey": ("grey", "灰度"),
    "camera_colour": ("colour", "彩色"),
    "camera_frame": (
        "frame {number}: {wait_ms} ms, median grey level {level}, white {white} %",
        "第 {number} 帧：{wait_ms} ms，灰度中值 {level}，全白 {white} %",
    ),
    "camera_gap": (
        "frames {first} to {last} did not come; of a free running camera they were passed over",
        "第 {first} 至 {last} 帧未取得；自由运行的相机会略过这些帧",
    ),
    "camera_again": ("the same picture once more: the camera is frozen", "与上一张完全相同：相机画面冻结"),
}
