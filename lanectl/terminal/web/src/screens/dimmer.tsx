// Dims the screen when nobody has touched it for a while. The touch that wakes it does nothing else.

import { useEffect, useState } from "preact/hooks";

import { Icon } from "../icons";
import { t } from "../lang";

const DIM_AFTER_MS = 180_000;
/** The click that belongs to the waking touch comes a moment after it. */
const SWALLOW_MS = 400;

export function Dimmer({ awake }: { awake: boolean }) {
  const [dim, setDim] = useState(false);
  useEffect(() => {
    if (awake) {
      setDim(false);
      return undefined;
    }
    let timer = setTimeout(() => setDim(true), DIM_AFTER_MS);
    const touched = () => {
      clearTimeout(timer);
      timer = setTimeout(() => setDim(true), DIM_AFTER_MS);
    };
    const hidden = () => document.visibilityState === "hidden" && setDim(true);
    window.addEventListener("pointerdown", touched, true);
    window.addEventListener("keydown", touched, true);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("pointerdown", touched, true);
      window.removeEventListener("keydown", touched, true);
      document.removeEventListener("visibilitychange", hidden);
    };
  }, [awake]);
  if (!dim) return null;
  return (
    <div class="dimmed" onPointerUp={() => setTimeout(() => setDim(false), SWALLOW_MS)}>
      <Icon name="lock" />
      <p>{t("wake")}</p>
    </div>
  );
}
