// Every device: what it is, how it is, and what to do about it.

import { duration, NONE, number, timeOfDay } from "../format";
import { name, say, t } from "../lang";
import type { CameraView, DeviceView, LaneView } from "../types";
import { CameraState, DeviceState } from "./lane_state";

export function Devices({ view }: { view: LaneView }) {
  return (
    <main class="devices scroll">
      {view.devices.map((device) => (
        <Device key={device.name} device={device} />
      ))}
      {view.devices.length === 0 && <p class="empty">{t("no_devices")}</p>}
      {view.cameras.map((camera) => (
        <Camera key={camera.id} camera={camera} />
      ))}
    </main>
  );
}

function Device({ device }: { device: DeviceView }) {
  return (
    <section class={`device card edge-${device.state}`}>
      <header>
        <h2>{name("role", device.role)}</h2>
        <DeviceState device={device} />
      </header>
      <p class="device-message">{say(device.message)}</p>
      {device.note && <p class="device-message">{say(device.note)}</p>}
      <dl>
        <dt>{t("driver")}</dt>
        <dd>{device.driver}</dd>
        <dt>{t("identity")}</dt>
        <dd>{device.identity ?? NONE}</dd>
        <dt>{t("heard")}</dt>
        <dd>{age(device.age_ms)}</dd>
      </dl>
    </section>
  );
}

function Camera({ camera }: { camera: CameraView }) {
  return (
    <section class={`device card edge-${camera.state}`}>
      <header>
        <h2>{camera.name}</h2>
        <CameraState camera={camera} />
      </header>
      <p class="device-message">{say(camera.message)}</p>
      <dl>
        <dt>{t("needed")}</dt>
        <dd>{t(camera.required ? "cam_required" : "cam_optional")}</dd>
        <dt>{t("last_picture")}</dt>
        <dd>{camera.last_frame_at === null ? NONE : timeOfDay(camera.last_frame_at, true)}</dd>
        <dt>{t("clock_offset")}</dt>
        <dd>{camera.clock_offset_s === null ? t("no_clock") : `${number(camera.clock_offset_s, 1)} s`}</dd>
      </dl>
    </section>
  );
}

function age(ms: number | null): string {
  if (ms === null) return NONE;
  return ms < 2_000 ? `${ms} ms` : duration(ms / 1000);
}
