// The accept form while it is being filled in: texts as typed, judged only for completeness.

import { dateText, isMass, isPastDay, isPlate, isVin } from "./vehicle";
import type { AcceptForm, Fuel } from "./types";

export const FIELDS = [
  "plate",
  "fuel",
  "vin",
  "reference_mass_kg",
  "gross_mass_kg",
  "first_registered",
  "built",
  "closed_loop",
  "operator",
  "permit",
] as const;

export type Field = (typeof FIELDS)[number];
export type Draft = Record<Field, string>;

export const EMPTY_DRAFT: Draft = Object.fromEntries(FIELDS.map((field) => [field, ""])) as Draft;

const REQUIRED: ReadonlySet<Field> = new Set(["plate", "fuel", "vin", "reference_mass_kg", "operator"]);

const CHECKS: Partial<Record<Field, (text: string) => boolean>> = {
  plate: isPlate,
  vin: isVin,
  reference_mass_kg: isMass,
  gross_mass_kg: isMass,
  first_registered: isPastDay,
  built: isPastDay,
};

export function isRequired(field: Field): boolean {
  return REQUIRED.has(field);
}

export function isGood(field: Field, text: string): boolean {
  if (text === "") return !isRequired(field);
  return CHECKS[field]?.(text) ?? true;
}

export function missing(draft: Draft): Field[] {
  return FIELDS.filter((field) => !isGood(field, draft[field]));
}

export function toForm(draft: Draft): AcceptForm {
  return {
    operator: draft.operator,
    plate: draft.plate,
    vin: draft.vin,
    fuel: draft.fuel as Fuel,
    reference_mass_kg: Number(draft.reference_mass_kg),
    gross_mass_kg: draft.gross_mass_kg === "" ? null : Number(draft.gross_mass_kg),
    first_registered: draft.first_registered === "" ? null : dateText(draft.first_registered),
    built: draft.built === "" ? null : dateText(draft.built),
    closed_loop: draft.closed_loop === "" ? null : draft.closed_loop === "yes",
    permit: draft.permit === "" ? null : draft.permit,
  };
}
