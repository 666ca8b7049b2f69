// What the field in hand expects, or what is odd about what was typed.

import { isDiesel, type Draft, type Field } from "../draft";
import { t } from "../lang";
import { isMass, isPastDay, isPlate, isVin, vinCheckDigit } from "../vehicle";

export function hintFor(field: Field, draft: Draft): string {
  const text = draft[field];
  switch (field) {
    case "plate":
      return text === "" || isPlate(text) ? t("hint_plate") : t("hint_plate_short");
    case "vin":
      return vinHint(text);
    case "reference_mass_kg":
      return isMass(text) ? t("hint_reference_mass") : `${t("hint_reference_mass")} · ${t("hint_mass")}`;
    case "gross_mass_kg":
      return t("hint_mass");
    case "rated_power_kw":
      return t("hint_power");
    case "rated_rpm":
      return t(isDiesel(draft) ? "hint_rated_rpm" : "hint_rated_rpm_spark");
    case "drive":
      return t("hint_drive");
    case "first_registered":
    case "built":
      return text.length === 8 && !isPastDay(text) ? t("hint_date_bad") : t("hint_date");
    case "permit":
      return t("hint_permit");
    default:
      return t("hint_choose");
  }
}

function vinHint(vin: string): string {
  if (vin === "") return t("hint_vin");
  if (!isVin(vin)) return t("hint_vin_count", { n: vin.length });
  const digit = vinCheckDigit(vin);
  return digit === vin.charAt(8) ? t("hint_vin_good") : t("hint_vin_odd", { x: digit ?? "" });
}
