// The page's own keypad: for each field only the signs that can stand there.

import { useState } from "preact/hooks";

import type { Draft, Field } from "../draft";
import { Icon } from "../icons";
import { name, t } from "../lang";
import { get, set } from "../store";
import type { LaneView } from "../types";
import { DIGITS, LAST_SIGNS, PLATE_LETTERS, PLATE_MAX, provincesFor, VIN_LENGTH, VIN_LETTERS } from "../vehicle";

const FUELS = ["petrol", "diesel", "cng", "lpg", "hybrid"] as const;
const DRIVES = ["two_wheel", "four_wheel_full_time"] as const;
const ASPIRATIONS = ["natural", "turbo"] as const;
const LONGEST: Partial<Record<Field, number>> = {
  plate: PLATE_MAX,
  vin: VIN_LENGTH,
  reference_mass_kg: 7,
  gross_mass_kg: 7,
  rated_power_kw: 6,
  rated_rpm: 5,
  first_registered: 8,
  built: 8,
  permit: 2_000,
};
const ALLOWED: Partial<Record<Field, RegExp>> = {
  plate: /^[一-鿿A-HJ-NP-Z0-9]$/u,
  vin: /^[A-HJ-NPR-Z0-9]$/,
  reference_mass_kg: /^[0-9.]$/,
  gross_mass_kg: /^[0-9.]$/,
  rated_power_kw: /^[0-9.]$/,
  rated_rpm: /^\d$/,
  first_registered: /^\d$/,
  built: /^\d$/,
  permit: /^[\w.\-]$/,
};

/** The choices of a field that is not typed. */
export function choicesOf(field: Field, view: LaneView): [code: string, label: string][] | null {
  if (field === "fuel") return FUELS.map((fuel) => [fuel, name("fuel", fuel)]);
  if (field === "drive") return DRIVES.map((drive) => [drive, name("drive_means", drive)]);
  if (field === "aspiration") return ASPIRATIONS.map((aspiration) => [aspiration, name("aspiration", aspiration)]);
  if (field === "closed_loop") return [["yes", t("yes")], ["no", t("no")], ["", t("not_known")]];
  if (field === "operator") return view.operators;
  return null;
}

/** The text after one more sign, if that sign can stand there. */
export function typed(field: Field, text: string, sign: string): string {
  const put = field === "permit" ? sign : sign.toUpperCase();
  const fits = ALLOWED[field]?.test(put) === true && text.length < (LONGEST[field] ?? 0);
  return fits ? text + put : text;
}

interface Props {
  field: Field;
  draft: Draft;
  view: LaneView;
  next: () => void;
}

export function Keypad({ field, draft, view, next }: Props) {
  const put = (text: string) => set({ draft: { ...get().draft, [field]: text } });
  const press = (sign: string) => put(typed(field, get().draft[field], sign));
  const erase = () => put(get().draft[field].slice(0, -1));
  const choices = choicesOf(field, view);
  if (choices !== null) {
    return <Choices choices={choices} chosen={draft[field]} choose={(code) => (put(code), next())} />;
  }
  if (field === "permit") return <Scanned clear={() => put("")} />;
  if (field === "plate") return <PlateKeys text={draft.plate} region={view.region} press={press} erase={erase} />;
  if (field === "vin") return <Keys kind="vin" signs={[...DIGITS, ...VIN_LETTERS]} press={press} erase={erase} />;
  const signs = ALLOWED[field]?.test(".") ? [...DIGITS, "."] : DIGITS;
  return <Keys kind="digits" signs={signs} press={press} erase={erase} />;
}

interface ChoicesProps {
  choices: [string, string][];
  chosen: string;
  choose: (code: string) => void;
}

function Choices({ choices, chosen, choose }: ChoicesProps) {
  return (
    <div class={`entry-choices entry-choices-${choices.length} scroll`}>
      {choices.map(([code, label]) => (
        <button key={code} class={`button ${code === chosen ? "primary" : ""}`} onClick={() => choose(code)}>
          {label}
        </button>
      ))}
    </div>
  );
}

function Scanned({ clear }: { clear: () => void }) {
  return (
    <div class="entry-choices">
      <button class="button" onClick={clear}>
        {t("clear")}
      </button>
    </div>
  );
}

interface KeysProps {
  kind: "vin" | "digits" | "plate";
  signs: string[];
  press: (sign: string) => void;
  erase: () => void;
  other?: { label: string; turn: () => void };
}

function Keys({ kind, signs, press, erase, other }: KeysProps) {
  return (
    <div class={`keys keys-${kind}`}>
      {signs.map((sign) => (
        <button key={sign} class="key" onClick={() => press(sign)}>
          {sign}
        </button>
      ))}
      {other !== undefined && (
        <button class="key key-wide" onClick={other.turn}>
          {other.label}
        </button>
      )}
      <button class="key key-wide key-erase" aria-label={t("erase")} onClick={erase}>
        <Icon name="erase" />
      </button>
    </div>
  );
}

interface PlateProps {
  text: string;
  region: string;
  press: (sign: string) => void;
  erase: () => void;
}

function PlateKeys({ text, region, press, erase }: PlateProps) {
  const [chosen, choose] = useState<boolean | null>(null);
  const han = chosen ?? text === "";
  const signs = !han ? [...DIGITS, ...PLATE_LETTERS] : text === "" ? provincesFor(region) : [...LAST_SIGNS];
  return (
    <Keys
      kind="plate"
      signs={signs}
      press={(sign) => (choose(null), press(sign))}
      erase={() => (choose(null), erase())}
      other={{ label: t(han ? "key_latin" : "key_han"), turn: () => choose(!han) }}
    />
  );
}
