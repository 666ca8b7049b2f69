// The accept form while it is being filled in: texts as typed, judged only for completeness.
// Which facts are asked follows from the fuel; which method they lead to is the lane's rule.

import { dateText, isMass, isPastDay, isPlate, isPower, isRpm, isVin } from "./vehicle";
import type { AcceptForm, Fuel } from "./types";

export type Field =
  | "plate"
  | "fuel"
  | "vin"
  | "drive"
  | "first_registered"
  | "built"
  | "operator"
  | "reference_mass_kg"
  | "gross_mass_kg"
  | "rated_power_kw"
  | "rated_rpm"
  | "aspiration"
  | "closed_loop"
  | "permit";

export const STEPS = ["vehicle", "figures"] as const;
export type Step = (typeof STEPS)[number];

export type Draft = Record<Field, string>;

const VEHICLE: readonly Field[] = ["plate", "fuel", "vin", "drive", "first_registered", "built", "operator"];
const DIESEL: readonly Field[] = ["reference_mass_kg", "gross_mass_kg", "rated_power_kw", "rated_rpm", "aspiration", "permit"];
const SPARK: readonly Field[] = ["reference_mass_kg", "gross_mass_kg", "rated_rpm", "closed_loop", "permit"];

export const EMPTY_DRAFT: Draft = Object.fromEntries([...VEHICLE, ...DIESEL, ...SPARK].map((field) => [field, ""])) as Draft;

const ALWAYS: ReadonlySet<Field> = new Set(["plate", "fuel", "vin", "drive", "operator", "reference_mass_kg"]);
const FOR_DIESEL: ReadonlySet<Field> = new Set(["rated_power_kw", "rated_rpm", "aspiration"]);

const CHECKS: Partial<Record<Field, (text: string) => boolean>> = {
  plate: isPlate,
  vin: isVin,
  reference_mass_kg: isMass,
  gross_mass_kg: isMass,
  rated_power_kw: isPower,
  rated_rpm: isRpm,
  first_registered: isPastDay,
  built: isPastDay,
};

export function isDiesel(draft: Draft): boolean {
  return draft.fuel === "diesel";
}

export function fieldsOf(step: Step, draft: Draft): readonly Field[] {
  if (step === "vehicle") return VEHICLE;
  return isDiesel(draft) ? DIESEL : SPARK;
}

export function allFields(draft: Draft): Field[] {
  return STEPS.flatMap((step) => fieldsOf(step, draft));
}

export function stepOf(field: Field): Step {
  return VEHICLE.includes(field) ? "vehicle" : "figures";
}

/** Gross mass decides between light and heavy where there is spark ignition; a diesel's engine is asked for instead. */
export function isRequired(field: Field, draft: Draft): boolean {
  if (ALWAYS.has(field)) return true;
  return isDiesel(draft) ? FOR_DIESEL.has(field) : field === "gross_mass_kg";
}

export function isGood(field: Field, draft: Draft): boolean {
  const text = draft[field];
  if (text === "") return !isRequired(field, draft);
  return CHECKS[field]?.(text) ?? true;
}

export function missing(draft: Draft, fields: readonly Field[] = allFields(draft)): Field[] {
  return fields.filter((field) => !isGood(field, draft));
}

/** What is sent: facts that this fuel is not asked for stay behind, even when they were typed before. */
export function toForm(draft: Draft): AcceptForm {
  const asked = allFields(draft);
  const text = (field: Field) => (asked.includes(field) && draft[field] !== "" ? draft[field] : null);
  const figure = (field: Field) => (text(field) === null ? null : Number(draft[field]));
  const day = (field: Field) => (text(field) === null ? null : dateText(draft[field]));
  return {
    operator: draft.operator,
    plate: draft.plate,
    vin: draft.vin,
    fuel: draft.fuel as Fuel,
    reference_mass_kg: Number(draft.reference_mass_kg),
    gross_mass_kg: figure("gross_mass_kg"),
    first_registered: day("first_registered"),
    built: day("built"),
    closed_loop: text("closed_loop") === null ? null : draft.closed_loop === "yes",
    rated_power_kw: figure("rated_power_kw"),
    rated_rpm: figure("rated_rpm"),
    aspiration: text("aspiration") as AcceptForm["aspiration"],
    drive: text("drive") as AcceptForm["drive"],
    permit: text("permit"),
  };
}
