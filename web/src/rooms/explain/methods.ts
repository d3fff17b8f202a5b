// The methods that make a heat map of a class, in groups, and what each is asked.
import type { Method, Network } from "../../lib/api";
import { house } from "../../lib/house.svelte";
import { place } from "../../lib/place.svelte";
import { settingsOf } from "../../lib/settings";
import type { Request } from "../../lib/work.svelte";
import { mapped } from "./layers";

type Group = { title: string; says: string; methods: Method[] };

const USUAL = ["grad_cam", "smooth_grad", "integrated_gradients"];
const NONE = "none"; // no word at all means the usual ones
const BY_COVERING = ["occlusion", "rise", "score_cam"];
// These look at the photo hundreds of times.
export const isSlow = (name: string): boolean => BY_COVERING.includes(name);

const explains = (method: Method): boolean =>
  method.makes === "Heatmap" && method.needs.includes("photos") && method.needs.includes("class");

export function explaining(): Method[] {
  return (house.start?.methods.see ?? []).filter(explains);
}

export function groups(): Group[] {
  const all = explaining();
  const covering = all.filter((one) => isSlow(one.name));
  const maps = all.filter((one) => !isSlow(one.name) && one.name.includes("cam") && one.name !== "guided_grad_cam");
  const gradients = all.filter((one) => !covering.includes(one) && !maps.includes(one));
  return [
    { title: "By layers", says: "where in a layer's maps the evidence lies", methods: maps },
    { title: "By gradients", says: "which pixels the score hangs on", methods: gradients },
    { title: "By covering", says: "what hiding parts does to the score: slower", methods: covering },
  ].filter((group) => group.methods.length);
}

export function chosen(usual: string[] = USUAL): Method[] {
  const asked = place.get("methods");
  const all = explaining();
  const named = (names: string[]) => names.flatMap((name) => all.find((one) => one.name === name) ?? []);
  if (asked) return asked === NONE ? [] : named(asked.split(","));
  return named(usual).filter((method) => suits(method, house.network));
}

// Methods by layers need a layer with maps; a linear network has none. CAM takes one too, but no other than the last.
export const suits = (method: Method, network: Network | null): boolean =>
  network === null || !(takesLayer(method) || method.name === "cam") || mapped(network).length > 0;

export function choose(names: string[]): void {
  place.go({ methods: names.join(",") || NONE });
}

// The class that is explained; nothing stands for the likeliest.
export function classNow(): number | null {
  const asked = place.get("class");
  const index = Number(asked);
  return asked && Number.isInteger(index) && index >= 0 && index < house.classes.length ? index : null;
}

export function labelNow(): string {
  return house.classes[classNow() ?? house.guesses[0]?.index ?? -1] ?? "";
}

// The layer that methods by layers look at; nothing stands for the one each takes by itself.
export function layerNow(): string {
  const asked = place.get("layer");
  return mapped(house.network).some((layer) => layer.name === asked) ? asked : "";
}

// How wide a picture of the network's pixels is for its height, also before it is there.
export const shapeOf = (network: Network | null): string => (network ? `${network.size[1]} / ${network.size[0]}` : "1");

// So few pixels that each of them is looked at.
export const isCoarse = (network: Network | null): boolean => network !== null && Math.max(...network.size) < 64;

export const takesLayer = (method: Method): boolean => method.needs.includes("layer");
export const prefixOf = (name: string): string => `s.${name}.`;

export function requestOf(method: Method): Request {
  const given: Record<string, unknown> = {};
  const index = classNow();
  const layer = layerNow();
  if (index !== null) given.classes = [index];
  if (layer && takesLayer(method)) given.layer = layer;
  return {
    verb: "see",
    method: method.name,
    net: house.net,
    photo: house.photoId,
    settings: settingsOf(method, prefixOf(method.name)),
    given,
  };
}
