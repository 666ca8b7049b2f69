// Cameras that show no good picture: a badge in a running test, a card beside the queue.

import { Icon } from "../icons";
import { name, t } from "../lang";
import { go } from "../store";
import type { CameraView, LaneView } from "../types";

/** Those without which no test may start come first. */
export function badCameras({ cameras }: LaneView): CameraView[] {
  return cameras.filter(({ state }) => state !== "online").sort((one, other) => Number(other.required) - Number(one.required));
}

export function CameraBadge({ cameras }: { cameras: CameraView[] }) {
  if (cameras.length === 0) return null;
  return (
    <span class="camera-badge" role="status">
      <Icon name="camera" />
      <b>{cameras.map((camera) => `${camera.name} ${name("cam", camera.state)}`).join(t("comma"))}</b>
    </span>
  );
}

export function CameraCard({ cameras }: { cameras: CameraView[] }) {
  if (cameras.length === 0) return null;
  return (
    <button class="camera-card" onClick={() => go({ name: "devices" })}>
      <b>
        <Icon name="camera" /> {t("camera_trouble")}
      </b>
      {cameras.map((camera) => (
        <span key={camera.id}>
          {camera.name}
          {t("colon")}
          {name("cam", camera.state)}
        </span>
      ))}
    </button>
  );
}
