"""What the panel before the car shows for a prompt: eight Chinese signs at most, read from behind a wheel."""

from lanectl.model.words.text import Text

PANEL: dict[str, Text] = {
    "drive_onto_rollers": Text("慢速驶上滚筒", "Onto the rollers"),
    "stand_in_neutral": Text("停稳挂空挡", "Stand in neutral"),
    "obd_key_on": Text("钥匙ON勿起动", "Key on, no start"),
    "obd_engine_on": Text("起动发动机", "Start the engine"),
    "accelerate_to": Text("加速到", "Accelerate to"),
    "hold_speed": Text("保持车速", "Hold the speed"),
    "hold_rpm": Text("保持转速", "Hold engine speed"),
    "let_idle": Text("松油门回怠速", "Pedal off, idle"),
    "blow_out": Text("吹拂 踩到底", "Blow out: floor it"),
    "snap_now": Text("油门踩到底", "Floor it"),
    "snap_let_go": Text("松油门", "Pedal off"),
    "snap_wait": Text("怠速等待", "Wait at idle"),
    "rev_to_maximum": Text("空挡 踩到底", "Neutral, floor it"),
    "full_throttle": Text("挂挡 踩到底", "In gear, floor it"),
    "keep_full_throttle": Text("踩到底不松", "Keep it floored"),
    "keep_full_throttle_at": Text("踩到底不松", "Keep it floored"),
    "release_pedal": Text("松油门", "Pedal off"),
    "brake_to_stop": Text("制动停车", "Brake to a stop"),
    "sealing": Text("检测结束", "Test over"),
}
