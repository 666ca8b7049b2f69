// The side of the queue: locks first, then the devices, then the line to the bureau.

import { Icon, type IconName } from "../icons";
import { duration } from "../format";
import { name, say, t } from "../lang";
import { go } from "../store";
import type { CameraView, DeviceView, LaneView, UplinkView } from "../types";
import { badCameras, CameraCard } from "./cameras";

export const STATE_ICONS: Record<DeviceView["state"], IconName> = {
  starting: "wait",
  ready: "check",
  warming: "heat",
  busy: "busy",
  lost: "broken",
  fault: "warning",
};

export function LaneState({ view }: { view: LaneView }) {
  return (
    <aside class="lane-state scroll">
      {view.locks.map((lock) => (
        <div key={lock.code} class="lock">
          <b>
            <Icon name="lock" /> {t("locked")}
          </b>
          <p>{say(lock.message)}</p>
          <code>{lock.code}</code>
        </div>
      ))}
      <CameraCard cameras={badCameras(view)} />
      <button class="devices-button" onClick={() => go({ name: "devices" })}>
        <b class="side-title">{t("device_states")}</b>
        {view.devices.map((device) => (
          <span key={device.name} class={`device-line state-${device.state}`}>
            <span>{name("role", device.role)}</span>
            <DeviceState device={device} />
          </span>
        ))}
        {view.devices.length === 0 && <span>{t("no_devices")}</span>}
        {view.cameras.map((camera) => (
          <span key={camera.id} class={`device-line state-${camera.state}`}>
            <span>{camera.name}</span>
            <CameraState camera={camera} />
          </span>
        ))}
      </button>
      <Line uplink={view.uplink} />
    </aside>
  );
}

export function DeviceState({ device }: { device: DeviceView }) {
  return (
    <span class={`device-state state-${device.state}`}>
      <Icon name={STATE_ICONS[device.state]} /> {name("dev", device.state)}
    </span>
  );
}

export function CameraState({ camera }: { camera: CameraView }) {
  return (
    <span class={`device-state state-${camera.state}`}>
      <Icon name={camera.state === "online" ? "camera" : camera.state === "offline" ? "broken" : "warning"} />{" "}
      {name("cam", camera.state)}
    </span>
  );
}

function Line({ uplink }: { uplink: UplinkView }) {
  return (
    <div class="bureau-line">
      <b class="side-title">{t("bureau_line")}</b>
      <span class={uplink.connected ? "state-ready" : "state-lost"}>
        <Icon name={uplink.connected ? "link" : "broken"} /> {t(uplink.connected ? "uplink_up" : "uplink_down")}
      </span>
      <span>{uplink.outbox === 0 ? t("uplink_clear") : t("uplink_backlog", { n: uplink.outbox })}</span>
      {uplink.oldest_s !== null && <span>{t("oldest", { age: duration(uplink.oldest_s) })}</span>}
    </div>
  );
}
