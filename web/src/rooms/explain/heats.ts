// The room's heat maps and what is made of them: they stay while one looks into other rooms.
import { place } from "../../lib/place.svelte";
import { putId } from "./ids";
import { Job } from "./job.svelte";
import { choose } from "./methods";

export type Heat = { map: Job; trust: Job };

const heats = new Map<string, Heat>();

const keeper = (word: string, name: string) => (id: string) => {
  if (place.get("room") === "explain") putId(word, name, id);
};

export function heatOf(name: string): Heat {
  const heat = heats.get(name) ?? { map: new Job(keeper("made", name)), trust: new Job(keeper("trust", name)) };
  heats.set(name, heat);
  return heat;
}

// A method that was chosen with others is chosen no more.
export function takeAway(name: string, names: string[]): void {
  heatOf(name).map.leave();
  heatOf(name).trust.leave();
  choose(names.filter((one) => one !== name));
}

export const cutOut = new Job((id) => {
  if (place.get("room") === "explain") place.go({ cut: id }, true);
});
