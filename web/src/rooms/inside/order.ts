// In which order units are shown, and which a search finds.
import type { Units } from "../../lib/api";

export type Sort = "number" | "mean" | "peak";
export const SORTS: { name: Sort; title: string }[] = [
  { name: "number", title: "By number" },
  { name: "mean", title: "By mean" },
  { name: "peak", title: "By peak" },
];

export function ordered(units: Units, sort: Sort, find: string): number[] {
  const words = find.trim().toLowerCase();
  const labels = units.labels;
  let found = Array.from({ length: units.units }, (_, unit) => unit);
  if (/^\d+$/.test(words)) {
    found = found.filter((unit) => String(unit).startsWith(words));
  } else if (words) {
    found = found.filter((unit) => labels?.[unit]?.toLowerCase().includes(words));
  }
  if (sort === "number") return found;
  const values = units[sort];
  return found.sort((one, other) => values[other]! - values[one]!);
}

// The unit to begin with: where there are maps, one that answers strongly, but not everywhere.
export function telling(units: Units): number {
  const says = (unit: number) => {
    const [mean, peak] = [units.mean[unit]!, units.peak[unit]!];
    return units.sprite ? mean * Math.max(peak - mean, 0) ** 2 : mean;
  };
  let best = 0;
  for (let unit = 1; unit < units.units; unit++) if (says(unit) > says(best)) best = unit;
  return best;
}
