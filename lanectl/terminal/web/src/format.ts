// Numbers, times and codes as a person reads them. No reading is a dash, never a zero.

import { current, name } from "./lang";
import type { JudgementView } from "./types";
import { isWord } from "./words";

export const NONE = "–";

export function number(value: unknown, decimals: number): string {
  return typeof value === "number" && Number.isFinite(value) ? value.toFixed(decimals) : NONE;
}

const DECIMALS: Record<string, number> = { "%": 2, ppm: 0, "10⁻⁶": 0, "1e-6": 0, "m⁻¹": 2, kW: 2, "r/min": 0, "": 2 };
const MORE_DECIMALS = 4;

/** Value and limit of a judgement, with as many decimals as it takes to see that the judgement is right. */
export function judgedTexts(judgement: JudgementView): { value: string; limit: string } {
  const usual = DECIMALS[judgement.unit] ?? 3;
  let decimals = usual;
  while (decimals < usual + MORE_DECIMALS && !looksRight(judgement, decimals)) decimals += 1;
  return { value: number(judgement.value, decimals), limit: limitText(judgement, decimals) };
}

function looksRight({ value, limit, limit_min: least, ok }: JudgementView, decimals: number): boolean {
  if (value === null) return true;
  const rounded = (each: number) => Number(each.toFixed(decimals));
  const enough = least === null || rounded(value) >= rounded(least);
  const little = limit === null || limit === least || rounded(value) <= rounded(limit);
  return (enough && little) === ok;
}

function limitText({ limit, limit_min: least }: JudgementView, decimals: number): string {
  if (least === null) return limit === null ? NONE : `≤ ${number(limit, decimals)}`;
  if (least === limit || limit === null) return `≥ ${number(least, decimals)}`;
  return `${number(least, decimals)} – ${number(limit, decimals)}`;
}

/** On which side of its limits a value lies. */
export function sideOf({ value, limit_min: least, ok }: JudgementView): "within" | "beyond" | "short" | "no_value" {
  if (ok) return "within";
  if (value === null) return "no_value";
  return least !== null && value < least ? "short" : "beyond";
}

const GASES: Record<string, string> = { co: "CO", hc: "HC", no: "NO", no2: "NO₂", nox: "NOx", co2: "CO₂", o2: "O₂", lambda: "λ" };
const UNITS = /_(pct|ppm|g_per_km|per_m|kw|km|kmh)$/;

/** `asm5025_co_pct` becomes "ASM5025 CO"; some quantities have a name of their own. */
export function quantity(code: string): string {
  if (isWord(`q_${code}`)) return name("q", code);
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
