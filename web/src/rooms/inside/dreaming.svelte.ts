// The dream of a unit: one is under way at a time, also while one looks at another unit.
import { SvelteMap } from "svelte/reactivity";
import type { Made } from "../../lib/api";
import { Work } from "../../lib/work.svelte";

export const work = new Work();
const dreamt = new SvelteMap<string, Made>();

export const keyOf = (net: string, unit: string) => `${net} ${unit}`;
export const dreamtBefore = (net: string, unit: string) => dreamt.get(keyOf(net, unit));
// The unit whose dream is under way, or failed.
export const dreamtNow = () => (work.request ? keyOf(work.request.net, (work.request.given?.units as string[])[0]!) : "");

export async function dream(net: string, unit: string): Promise<void> {
  const made = await work.start({ verb: "dream", method: "unit", net, given: { units: [unit] } });
  if (made) dreamt.set(keyOf(net, unit), made);
}
