// What a plate, a VIN, a mass, an engine's rating and a date look like. Hints for the typist; the lane decides.

export const PROVINCES: readonly (readonly [code: string, sign: string])[] = [
  ["11", "京"], ["12", "津"], ["13", "冀"], ["14", "晋"], ["15", "蒙"], ["21", "辽"], ["22", "吉"], ["23", "黑"],
  ["31", "沪"], ["32", "苏"], ["33", "浙"], ["34", "皖"], ["35", "闽"], ["36", "赣"], ["37", "鲁"], ["41", "豫"],
  ["42", "鄂"], ["43", "湘"], ["44", "粤"], ["45", "桂"], ["46", "琼"], ["50", "渝"], ["51", "川"], ["52", "贵"],
  ["53", "云"], ["54", "藏"], ["61", "陕"], ["62", "甘"], ["63", "青"], ["64", "宁"], ["65", "新"],
];

export const LAST_SIGNS = ["学", "警", "港", "澳", "挂", "使", "领"] as const;
export const PLATE_LETTERS = [..."ABCDEFGHJKLMNPQRSTUVWXYZ"];
export const VIN_LETTERS = [..."ABCDEFGHJKLMNPRSTUVWXYZ"];
export const DIGITS = [..."1234567890"];

export const PLATE_MAX = 8;
export const VIN_LENGTH = 17;

/** Province signs with the lane's own province first. */
export function provincesFor(region: string): string[] {
  const own = PROVINCES.find(([code]) => region.startsWith(code))?.[1];
  const signs = PROVINCES.map(([, sign]) => sign);
  return own === undefined ? signs : [own, ...signs.filter((sign) => sign !== own)];
}

export function isPlate(text: string): boolean {
  return /^[一-鿿][A-HJ-NP-Z][A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9学警港澳挂使领]?$/u.test(text) && text.length >= 7;
}

const VALUES: Record<string, number> = Object.fromEntries([
  ...DIGITS.map((digit) => [digit, Number(digit)]),
  ...[..."ABCDEFGH"].map((letter, index) => [letter, index + 1]),
  ...[..."JKLMN"].map((letter, index) => [letter, index + 1]),
  ["P", 7],
  ["R", 9],
  ...[..."STUVWXYZ"].map((letter, index) => [letter, index + 2]),
]);
const WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

export function isVin(text: string): boolean {
  return /^[A-HJ-NPR-Z0-9]{17}$/.test(text);
}

/** The check digit that character 9 should be (GB 16735), or null while the VIN is not complete. */
export function vinCheckDigit(vin: string): string | null {
  if (!isVin(vin)) return null;
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * (VALUES[vin.charAt(index)] ?? 0), 0);
  return sum % 11 === 10 ? "X" : String(sum % 11);
}

function isBetween(text: string, least: number, most: number): boolean {
  return /^\d+(\.\d+)?$/.test(text) && Number(text) >= least && Number(text) <= most;
}

export function isMass(text: string): boolean {
  return isBetween(text, 200, 60_000);
}

export function isPower(text: string): boolean {
  return isBetween(text, 1, 1_000);
}

export function isRpm(text: string): boolean {
  return isBetween(text, 500, 12_000);
}

/** Eight digits as a date, as far as they go. */
export function dateText(digits: string): string {
  return [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)].filter((part) => part !== "").join("-");
}

export function isPastDay(digits: string): boolean {
  if (!/^\d{8}$/.test(digits)) return false;
  const day = new Date(`${dateText(digits)}T00:00:00Z`);
  const real = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(dateText(digits));
  return real && day.getTime() <= Date.now() + 8 * 3_600_000 && digits >= "1950";
}
