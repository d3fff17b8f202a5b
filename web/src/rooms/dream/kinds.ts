// The ways to dream, and what each is to be told beside its settings.
import type { Layer } from "../../lib/api";
import { telling } from "../../lib/blocks";
import { house } from "../../lib/house.svelte";
import { place } from "../../lib/place.svelte";
import type { Request } from "../../lib/work.svelte";
import { settingsOf } from "../../lib/settings";

export type Wants = "unit" | "class" | "layers" | "layer or unit" | "styles";
export type Kind = {
  name: string; // the method's, in the table
  title: string;
  wants: Wants;
  photo: boolean; // works on the photo at the top
  asks: string; // what one learns from it
  verb: string; // what the button says
};

export const KINDS: Kind[] = [
  { name: "class_", title: "Class", wants: "class", photo: false, asks: "What does a class look like to the network?", verb: "Dream this class" },
  { name: "unit", title: "Unit", wants: "unit", photo: false, asks: "What does one unit respond to?", verb: "Dream this unit" },
  { name: "deepdream", title: "DeepDream", wants: "layer or unit", photo: true, asks: "What does a layer see in the photo? More of it, from small shapes to large ones.", verb: "Dream into the photo" },
  { name: "caricature", title: "Caricature", wants: "layers", photo: true, asks: "What does a layer find in the photo? The photo with more of that.", verb: "Draw the caricature" },
  { name: "invert", title: "Inversion", wants: "layers", photo: true, asks: "What is left of the photo at a layer? Another image that the layer takes for it.", verb: "Look for such an image" },
  { name: "style", title: "Style", wants: "styles", photo: true, asks: "Can the photo be painted as another picture is?", verb: "Paint the photo" },
  { name: "texture", title: "Texture", wants: "styles", photo: false, asks: "How is a picture painted, whatever it shows?", verb: "Paint the texture" },
];

export const kindNow = (): Kind => KINDS.find((one) => one.name === place.get("method")) ?? (KINDS[0] as Kind);

// What is dreamt of: what the address says, where this network has it, or something good to begin with.
export function whatNow(kind: Kind): string {
  const what = place.get("what");
  return what && isThere(kind, what) ? what : usual(kind);
}

function isThere(kind: Kind, what: string): boolean {
  if (kind.wants === "class") return Number(what) < house.classes.length;
  if (kind.wants === "styles") return listed(what).every((id) => house.photos.some((photo) => photo.id === id));
  // A unit that its layer does not have is told of where it is typed.
  return listed(what).every((one) => house.network?.layers.some((layer) => layer.name === one.split(":")[0]));
}

function usual(kind: Kind): string {
  const layers = goodLayers(house.network?.layers ?? []);
  if (kind.wants === "class") return String(house.guesses[0]?.index ?? "");
  if (kind.wants === "unit") {
    const layer = nearest(layers, 0.6);
    return layer ? `${layer}:0` : "";
  }
  if (kind.wants === "layers") {
    const depths = kind.name === "invert" ? [0.1, 0.45, 0.85] : [0.3, 0.6];
    return [...new Set(depths.map((depth) => nearest(layers, depth)))].filter(Boolean).join(",");
  }
  if (kind.wants === "styles") return house.photos.find((one) => one.id !== house.photoId)?.id ?? "";
  return ""; // DeepDream has a layer of its own
}

// Whole blocks, where the makers of a network nested it; else whatever changes what it is given.
function goodLayers(all: Layer[]): Layer[] {
  const mapped = telling(all).filter((layer) => layer.spatial);
  const layers = mapped.length ? mapped : telling(all); // a linear network has no maps, but units
  const blocks = layers.filter((layer) => layers.some((other) => other.name.startsWith(`${layer.name}.`)));
  return blocks.length ? blocks : layers;
}

function nearest(layers: Layer[], depth: number): string {
  const apart = (layer: Layer) => Math.abs(layer.depth - depth);
  return layers.length ? layers.reduce((one, other) => (apart(other) < apart(one) ? other : one)).name : "";
}

export const titleOf = (method: string): string => KINDS.find((one) => one.name === method)?.title ?? method;

export const listed = (words: string): string[] => words.split(",").filter(Boolean);

export function request(kind: Kind): Request {
  const method = house.method("dream", kind.name);
  const what = whatNow(kind);
  const given: Record<string, unknown> = {};
  if (kind.wants === "class") given.classes = [Number(what)];
  else if (kind.wants === "unit") given.units = [what];
  else if (kind.wants === "layers") given.layers = what;
  else if (kind.wants === "styles") given.styles = listed(what);
  else if (what) given[what.includes(":") ? "unit" : "layer"] = what;
  const begins = startNow();
  if (begins && takesStart(kind)) given.start = begins === "photo" ? house.photoId : begins;
  const layers = place.get("layers");
  if (layers && kind.wants === "styles") given.layers = layers;
  return {
    verb: "dream",
    method: kind.name,
    net: house.net,
    photo: kind.photo ? house.photoId : null,
    settings: method ? settingsOf(method) : {},
    given,
  };
}

// What is being dreamt, in a few words.
export function said(asked: Request): string {
  const given = asked.given ?? {};
  const classes = (given.classes as number[] | undefined)?.map((index) => house.classes[index] ?? `class ${index}`);
  const what = classes ?? given.units ?? given.layers ?? given.unit ?? given.layer;
  return [titleOf(asked.method), String(what ?? "").replaceAll(",", ", ")].filter(Boolean).join(": ");
}

// What an image begins as; nothing stands for what the recipe says.
export const startNow = (): string => (STARTS.has(place.get("start")) ? place.get("start") : "");
const STARTS = new Set(["noise", "mean", "black", "photo"]);

export const takesStart = (kind: Kind): boolean => kind.wants === "class" || kind.wants === "unit";
