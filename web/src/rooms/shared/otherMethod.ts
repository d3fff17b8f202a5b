// Another method: settings and what was named belong to the one before.
import { place } from "../../lib/place.svelte";

export function otherMethod(name: string): void {
  const settings = Object.keys(place.all("s.")).map((one) => [`s.${one}`, null]);
  place.go({ ...Object.fromEntries(settings), method: name, what: null, by: null, layers: null, start: null });
}
