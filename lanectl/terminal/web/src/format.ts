// Numbers, times and codes as a person reads them. No reading is a dash, never a zero.

import { current, name } from "./lang";

export const NONE = "–";

export function number(value: unknown, decimals: number): string {
  return typeof value === "number" && Number.isFinite(value) ? value.toFixed(decimals) : NONE;
}

/** Speed for the big digits: one decimal as long as it fits. */
export function speed(value: unknown): string {
  return number(value, typeof value === "number" && value >= 99.95 ? 0 : 1);
}

const DECIMALS: Record<string, number> = { "%": 2, ppm: 0, "10⁻⁶": 0, "1e-6": 0 };

export function judged(value: number | null, unit: string): string {
  if (value === null) return NONE;
  const decimals = DECIMALS[unit];
  return decimals === undefined ? String(Math.round(value * 1000) / 1000) : value.toFixed(decimals);
}

const GASES: Record<string, string> = { co: "CO", hc: "HC", no: "NO", no2: "NO₂", nox: "NOx", co2: "CO₂", o2: "O₂", lambda: "λ" };
const UNITS = /_(pct|ppm|g_per_km|per_m|kw|km|kmh)$/;

/** `asm5025_co_pct` becomes "ASM5025 CO". */
export function quantity(code: string): string {
  const [, stage, what] = /^(asm\d{4}|high_idle|idle)?_?(.*)$/.exec(code.replace(UNITS, "")) ?? [];
  const gas = GASES[what ?? ""] ?? what ?? code;
  return stage ? `${name("q", stage)} ${gas}` : gas;
}

export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}

/** Hours and minutes of an ISO time, as the lane wrote it (no change of time zone); with seconds where wanted. */
export function timeOfDay(iso: string, seconds = false): string {
  return (seconds ? /T(\d\d:\d\d:\d\d)/ : /T(\d\d:\d\d)/).exec(iso)?.[1] ?? iso;
}

/** Time of day, with the date in front where that is another day than the lane's today. */
export function moment(iso: string, clock: string): string {
  const day = iso.slice(0, 10);
  return day === clock.slice(0, 10) ? timeOfDay(iso) : `${day.slice(5)} ${timeOfDay(iso)}`;
}

export function dateAndTime(iso: string): string {
  return `${iso.slice(0, 10)} ${timeOfDay(iso)}`;
}

export function duration(seconds: number): string {
  const zh = current() === "zh";
  if (seconds < 90) return zh ? `${Math.round(seconds)} 秒` : `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return zh ? `${minutes} 分钟` : `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return zh ? `${hours} 小时` : `${hours} h`;
}
