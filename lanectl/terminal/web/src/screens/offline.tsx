// No connection: nothing that could be stale is shown, only why the screen waits and what to do.

import { useEffect, useState } from "preact/hooks";

import { Icon } from "../icons";
import { t } from "../lang";
import type { LinkState } from "../link";

const LONG_S = 30;

export function Offline({ link, inTest }: { link: LinkState; inTest: boolean }) {
  const [now, tick] = useState(Date.now());
  useEffect(() => {
    const ticking = setInterval(() => tick(Date.now()), 500);
    return () => clearInterval(ticking);
  }, []);
  const waited = Math.max(0, Math.round((now - link.since) / 1000));
  const first = link.cause === "first";
  return (
    <main class="offline" aria-live="assertive">
      <Icon name={first ? "wait" : "broken"} />
      <h1>{t(first ? "offline_first" : "offline_title")}</h1>
      {!first && <p>{t(link.cause === "silent" ? "offline_silent" : "offline_closed")}</p>}
      {inTest && <p class="offline-driving">{t("offline_driving")}</p>}
      {!inTest && !first && <p>{t("offline_idle")}</p>}
      <p class="offline-wait">{t("offline_waiting", { s: waited })}</p>
      {waited >= LONG_S && <p>{t("offline_long")}</p>}
    </main>
  );
}
