"""What a camera's state means to the people at the lane, and what they do next."""

from lanectl.model.words.text import Text

STATES: dict[str, Text] = {
    "online": Text("画面正常", "The picture is good"),
    "frozen": Text(
        "画面不再变化：重启该摄像头，检查录像机是否在回放旧画面",
        "The picture has stopped: restart the camera, and see whether a recorder plays something old",
    ),
    "dark": Text(
        "画面全黑：打开灯光，检查镜头是否被遮住", "The picture is dark: switch the lights on, look at the lens"
    ),
    "covered": Text(
        "镜头被遮挡或失焦：取下遮挡物，擦净镜头", "The lens is covered or misted: take the cover off, wipe the lens"
    ),
    "moved": Text(
        "摄像头方向与参考画面不符：转回原位；确需改变时更换参考画面",
        "The camera looks elsewhere than its reference: turn it back, or have a new reference picture set",
    ),
    "offline": Text("没有画面：检查摄像头电源和网线", "No picture: check the camera's power and network cable"),
}

TROUBLES: dict[str, Text] = {
    "starting": Text("正在连接摄像头：请稍候", "Connecting to the camera: please wait"),
    "no_server": Text(
        "该地址没有摄像头应答：检查电源、网线和地址", "Nobody answers at its address: check power, cable and address"
    ),
    "no_stream": Text(
        "摄像头没有这路视频：核对检测线文件中的地址",
        "The camera has no such stream: check the address in the lane file",
    ),
    "not_let_in": Text(
        "摄像头拒绝登录：核对检测线文件中的用户名和密码",
        "The camera refuses the login: check user and password in the lane file",
    ),
    "silent": Text(
        "摄像头不再发送画面：检查网络，重启摄像头", "No pictures come: check the network, restart the camera"
    ),
    "ended": Text("视频流已结束，正在重新连接：请稍候", "The stream ended and is opened again: please wait"),
    "unreadable": Text("视频无法解码：把摄像头编码改为 H.264", "The stream cannot be decoded: set the camera to H.264"),
    "broken_off": Text(
        "视频中断，正在重新连接：检查网络", "The stream broke off and is opened again: check the network"
    ),
    "bad_reference": Text(
        "参考画面无法读取：更换检测线文件中 reference 指定的图片",
        "The reference picture cannot be read: replace the file that the lane file names as reference",
    ),
    "no_decoder": Text(
        "没有安装解码组件：请维护人员安装 lanectl[camera]",
        "The decoder is not installed: have maintenance install lanectl[camera]",
    ),
    "simulated_end": Text(
        "该地址指向本机，正式模式不予连接：核对检测线文件中的地址和域名解析",
        "Its address leads to this machine, which official mode does not open: check the address and the name service",
    ),
    "decoder_crashed": Text(
        "解码进程崩溃，正在重启：反复出现时请联系维护人员",
        "The decoder process crashed and is started again: call maintenance if it repeats",
    ),
    "decoder_hangs": Text(
        "解码进程无响应，正在重启：反复出现时请联系维护人员",
        "The decoder process hung and is started again: call maintenance if it repeats",
    ),
}
"""Why there is no picture; goes before the text of ``offline``."""


def camera_text(state: str, trouble: str | None) -> Text:
    """Return the words for a camera's state."""
    return TROUBLES.get(trouble or "", STATES[state]) if state == "offline" else STATES[state]
