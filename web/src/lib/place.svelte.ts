// Where one is: all of it stands in the address, so that a view can be shared and the back button works.
import { SvelteURLSearchParams } from "svelte/reactivity";

const words = new SvelteURLSearchParams(location.search);

addEventListener("popstate", () => {
  clearTimeout(soon);
  soon = undefined;
  const now = new URLSearchParams(location.search);
  for (const name of [...words.keys()]) if (!now.has(name)) words.delete(name);
  for (const [name, value] of now) if (words.get(name) !== value) words.set(name, value);
});

const address = () => `${location.pathname}?${words}`;
let soon: number | undefined;

// A browser takes so many changes of its address in a while and no more: sliders and held keys are written when they rest.
function write(): void {
  clearTimeout(soon);
  soon = undefined;
  history.replaceState(null, "", address());
}
addEventListener("pagehide", () => soon !== undefined && write());

type Value = string | number | boolean | null | undefined;

export const place = {
  get(name: string, fallback = ""): string {
    return words.get(name) ?? fallback;
  },
  // All words that begin so, without the beginning: place.all("s.") are a method's settings.
  all(beginning: string): Record<string, string> {
    return Object.fromEntries(
      [...words].filter(([name]) => name.startsWith(beginning)).map(([name, value]) => [name.slice(beginning.length), value]),
    );
  },
  // Go somewhere: nothing or "" takes a word out. With `quietly` the back button does not stop here.
  go(changes: Record<string, Value>, quietly = false): void {
    if (soon !== undefined && !quietly) write(); // what the back button is to find
    const before = words.toString();
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === undefined || value === "") words.delete(name);
      else if (words.get(name) !== String(value)) words.set(name, String(value));
    }
    if (words.toString() === before) return;
    if (quietly) {
      clearTimeout(soon);
      soon = window.setTimeout(write, 120);
    } else history.pushState(null, "", address());
  },
};
