// What was made, by its id: asked for once, shown wherever it is named.
import { SvelteMap } from "svelte/reactivity";
import { api, Mistake, type Made } from "../../lib/api";

const found = new SvelteMap<string, Made | Mistake>();
const asked = new Set<string>();

export const kept = {
  // Nothing while it is on its way; a mistake where the server no longer has it.
  get: (id: string): Made | Mistake | undefined => found.get(id),
  // Takes in what has just been made; tells whether it is new.
  put(made: Made): boolean {
    const isNew = !asked.has(made.id);
    asked.add(made.id);
    found.set(made.id, made);
    return isNew;
  },
  async ask(id: string, again = false): Promise<void> {
    if (asked.has(id) && !again) return;
    asked.add(id);
    try {
      found.set(id, await api.made(id));
    } catch (problem) {
      found.set(id, problem instanceof Mistake ? problem : new Mistake(String(problem)));
    }
  },
};
