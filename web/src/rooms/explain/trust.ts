// The question of how far a heat map is to be trusted, measured by deletion and insertion.
import type { Made, Method } from "../../lib/api";
import { house } from "../../lib/house.svelte";
import { settingsOf } from "../../lib/settings";
import type { Request } from "../../lib/work.svelte";
import { prefixOf } from "./methods";

export type Best = { deletion: number; insertion: number }; // of all that were measured

export const MEASURE = "deletion_insertion";

export const measure = (): Method | undefined => house.method("see", MEASURE);

export function trustOf(map: Made): Request {
  const method = measure();
  return {
    verb: "see",
    method: MEASURE,
    net: map.net,
    photo: map.photo,
    settings: method ? settingsOf(method, prefixOf(MEASURE)) : {},
    given: { of: map.id },
  };
}
