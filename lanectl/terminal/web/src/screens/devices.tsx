// Every device: what it is, how it is, and what to do about it.

import { duration, NONE } from "../format";
import { name, say, t } from "../lang";
import type { DeviceView, LaneView } from "../types";
import { DeviceState } from "./lane_state";

export function Devices({ view }: { view: LaneView }) {
  return (
    <main class="devices scroll">
      {view.devices.map((device) => (
        <Device key={device.name} device={device} />
      ))}
      {view.devices.length === 0 && <p class="empty">{t("no_devices")}</p>}
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

function age(ms: number | null): string {
  if (ms === null) return NONE;
  return ms < 2_000 ? `${ms} ms` : duration(ms / 1000);
}
