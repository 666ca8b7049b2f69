// The lane's clock, carried on by the page between two views.

import { useEffect, useState } from "preact/hooks";

import { timeOfDay } from "../format";

export function Clock({ clock, at }: { clock: string; at: number }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const ticking = setInterval(() => tick((count) => count + 1), 5_000);
    return () => clearInterval(ticking);
  }, []);
  return <time class="clock">{advance(clock, Date.now() - at)}</time>;
}

function advance(clock: string, passedMs: number): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/.exec(clock);
  if (match?.[1] === undefined) return timeOfDay(clock);
  return timeOfDay(new Date(Date.parse(`${match[1]}Z`) + passedMs).toISOString());
}
