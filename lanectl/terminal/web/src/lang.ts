// Which language the screen speaks; kept across reloads.

import type { TextView } from "./types";
import { isWord, words, type Word } from "./words";

export type Lang = "zh" | "en";

const KEPT_AS = "lanectl.lang";
let lang: Lang = localStorage.getItem(KEPT_AS) === "en" ? "en" : "zh";
mark();

export function current(): Lang {
  return lang;
}

export function choose(next: Lang): void {
  lang = next;
  localStorage.setItem(KEPT_AS, next);
  mark();
}

/** The text of the page in the language of the moment, with facts filled in. */
export function t(word: Word, facts: Record<string, string | number> = {}): string {
  return fill(words[word][lang], facts);
}

/** A text that the lane sent. */
export function say(text: TextView): string {
  return text[lang];
}

/** The word for a code of the lane, or the code itself where the page has none. */
export function name(prefix: string, code: string): string {
  const key = `${prefix}_${code}`;
  return isWord(key) ? words[key][lang] : code;
}

function fill(text: string, facts: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => String(facts[key] ?? whole));
}

function mark(): void {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
}
