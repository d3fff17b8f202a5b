// What was made stands in the address by name: made=grad_cam.ID,rise.ID (an id has no point in it).
import { place } from "../../lib/place.svelte";

const listed = (word: string): [string, string][] =>
  place
    .get(word)
    .split(",")
    .filter(Boolean)
    .map((one) => [one.slice(0, one.lastIndexOf(".")), one.slice(one.lastIndexOf(".") + 1)]);

export const idOf = (word: string, name: string): string => listed(word).find(([one]) => one === name)?.[1] ?? "";

// Nothing takes the name out. What is there already stays where it is, so that saying it twice changes nothing.
export function putId(word: string, name: string, id: string): void {
  const all = new Map(listed(word));
  if (id) all.set(name, id);
  else all.delete(name);
  place.go({ [word]: [...all].map((one) => one.join(".")).join(",") }, true);
}
