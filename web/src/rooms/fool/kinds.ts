// The attacks of the room, in the order in which people should meet them, and what each is to be told.
import { house } from "../../lib/house.svelte";
import { place } from "../../lib/place.svelte";
import { settingsOf } from "../../lib/settings";
import type { Request } from "../../lib/work.svelte";

type Group = { title: string; names: string[] };
export const GROUPS: Group[] = [
  { title: "As little as it takes", names: ["toward", "fmn", "ddn", "deepfool", "carlini_wagner", "lbfgs"] },
  { title: "Within a distance", names: ["pgd", "apgd", "ifgsm", "fgsm", "clip_ascent"] },
  { title: "Out of noise", names: ["lookalike", "from_noise"] },
];
const USUAL = "toward";
const FAR_FROM_MOST = "goldfish"; // few photos are read as one to begin with

export function attackNow(): string {
  const asked = place.get("method");
  return GROUPS.some((group) => group.names.includes(asked)) ? asked : USUAL;
}

// Out of noise one comes to a class; there is nothing to get away from.
export const onlyToward = (attack: string): boolean => attack === "lookalike" || attack === "from_noise";
export const isAway = (attack: string): boolean => place.get("away") === "1" && !onlyToward(attack);

// The class to come to: the one chosen, or one that is worth a try.
export function goalNow(): number | null {
  const asked = place.get("to");
  if (asked !== "" && Number(asked) < house.classes.length) return Number(asked);
  const far = house.classes.findIndex((label) => label === FAR_FROM_MOST);
  if (far >= 0 && house.guesses[0]?.index !== far) return far;
  return house.guesses[1]?.index ?? null;
}

export function request(attack: string): Request {
  const method = house.method("fool", attack);
  const goal = goalNow();
  const given: Record<string, unknown> = {};
  if (attack === "from_noise") given.classes = [goal];
  else if (isAway(attack)) given.away = true;
  else given.to = [goal];
  const mask = place.get("mask");
  if (mask && takesMask(attack)) given.mask = mask;
  return {
    verb: "fool",
    method: attack,
    net: house.net,
    photo: attack === "from_noise" ? null : house.photoId,
    settings: method ? settingsOf(method) : {},
    given,
  };
}

export const takesMask = (attack: string): boolean => house.method("fool", attack)?.needs.includes("mask") ?? false;
