// What the server answers, and how it is asked. Every address of the server stands in this file.

export type Guess = { index: number; label: string; wnid: string; probability: number };
export type Setting = {
  name: string;
  option: string;
  says: string;
  kind: "int" | "float" | "bool" | "text" | "choice";
  default: number | boolean | string | null;
  low: number | null;
  high: number | null;
  choices: string[];
  range: string;
};
export type Method = {
  name: string;
  command: string;
  says: string;
  settings: Setting[];
  needs: string[];
  makes: string;
};
export type Verb = "see" | "dream" | "fool";
export type Net = { name: string; says: string; loaded: boolean };
export type Photo = { id: string; name: string; width: number; height: number; own: boolean };
export type Start = {
  version: string;
  net: string;
  photo: string;
  nets: Net[];
  photos: Photo[];
  methods: Record<Verb, Method[]>;
  most: { bytes: number }; // of an upload
  missing: Record<string, string>; // a method that cannot run here, and what would bring it
};
export type Layer = {
  name: string;
  kind: string;
  shape: number[];
  units: number;
  spatial: boolean;
  parameters: number;
  depth: number; // share of the way through the network, 0 to 1
  field: number | null; // pixels a side that one unit sees
};
export type Network = {
  name: string;
  size: [number, number];
  channels: number;
  classes: number;
  parameters: number;
  layers: Layer[];
};
// What a photo makes of a layer: one number a unit, and all maps in one picture, each stretched on its own.
export type Units = {
  layer: string;
  units: number;
  columns: number; // tiles in one line of the sprite
  tile: [number, number]; // height and width of a tile, in pixels of the sprite
  mean: number[]; // each unit's mean over its map
  peak: number[]; // each unit's largest value
  labels: string[] | null; // where units are classes
  sprite: string | null; // its address; none where units have no map
};
export type Patch = { picture: string; value: number; shows: string };
export type Unit = {
  name: string; // layer:unit
  layer: string;
  unit: number;
  label: string | null;
  mean: number;
  peak: number;
  at: [number, number] | null; // where the peak is, as a share of height and width
  rank: number; // 1: the strongest unit of its layer on this photo
  field: number | null;
  map: string | null; // addresses of pictures
  gradients: Record<"plain" | "guided" | "deconv", string>;
  filters: string | null;
  patches: Patch[];
  patches_of: string; // the data the patches are from
  dream: string | null; // where it was dreamt before
  command: string;
};
export type Occluded = { index: number; label: string; before: number; after: number; guesses: Guess[] };

// Something made: what every kind has, and what some have.
export type Made = {
  id: string;
  verb: Verb;
  method: string;
  kind: string; // the kind of result: Heatmap, Dream, Fooling, ...
  net: string;
  photo: string | null;
  says: string; // the result in one line
  command: string; // the command line that repeats it
  stopped: boolean; // somebody stopped it early
  seconds: number;
  figure: string; // address of the captioned picture (PNG)
  result: string; // address of the result file (.safetensors)
  table: Record<string, string | number | boolean | null>[];
  maps?: { target: string; map: string; picture: string | null; says_nothing: boolean; signed: boolean }[]; // Heatmap: map is RGBA, to lie over the photo; a signed one is clear about zero
  images?: { picture: string; title: string; guess: Guess | null; facts: { name: string; value: number | null }[] }[]; // Dream, Styled, Inversion
  chances: Record<string, { step: number; value: number }[]>; // how likely some classes were on the way
  traces?: { name: string; values: number[] }[]; // what was optimised, step by step
  fooling?: {
    before: Guess;
    after: Guess;
    goal: string;
    success: boolean;
    original: string;
    image: string;
    noise: string; // grey is no change; `largest` is white or black
    largest: number; // the largest change of a pixel, of 1
    l2: number;
    steps: number;
    queries: number;
    file_fools: boolean; // a PNG of 8 bits is misread too
    allowed: string;
  }[];
  survival?: { change: string; picture: string; guess: Guess; lasts: boolean }[][]; // one list an image
  areas?: { deletion: number; insertion: number; curves: { name: string; x: number[]; y: number[] }[] };
  cut_out?: { mask: string; picture: string; share: number };
};

export class Mistake extends Error {}

// Says what went wrong in words for a person.
async function answer<T>(asked: Promise<Response>): Promise<T> {
  let response: Response;
  let said: unknown;
  try {
    response = await asked;
    said = await response.json();
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") throw problem;
    throw new Mistake("The server does not answer. Is `seethrough app` still running?");
  }
  if (!response.ok) throw new Mistake((said as { says?: string }).says ?? `The server answered ${response.status}.`);
  return said as T;
}

type Words = Record<string, string | number | null | undefined>;

export function address(path: string, words: Words = {}): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(words)) {
    if (value !== null && value !== undefined && value !== "") said.set(name, String(value));
  }
  const query = said.toString();
  return `/api/${path}${query ? `?${query}` : ""}`;
}

const get = <T>(path: string, words: Words = {}, signal?: AbortSignal) => answer<T>(fetch(address(path, words), { signal }));
const post = <T>(path: string, body: BodyInit, words: Words = {}, signal?: AbortSignal) =>
  answer<T>(fetch(address(path, words), { method: "POST", body, signal }));

export const api = {
  start: () => get<Start>("start"),
  nets: (search: string) => get<Net[]>("nets", { search }), // those whose name holds the words
  network: (net: string) => get<Network>("network", { net }),
  classes: (net: string) => get<string[]>("classes", { net }),
  guesses: (net: string, photo: string, top = 5) => get<Guess[]>("guesses", { net, photo, top }),
  units: (net: string, photo: string, layer: string, signal?: AbortSignal) =>
    get<Units>("units", { net, photo, layer }, signal),
  unit: (net: string, photo: string, layer: string, unit: number, signal?: AbortSignal) =>
    get<Unit>("unit", { net, photo, layer, unit }, signal),
  // x and y are shares of what the network sees, 0 to 1; side is a share of its shorter side.
  occlude: (net: string, photo: string, index: number, y: number, x: number, side: number, fill: string, signal?: AbortSignal) =>
    get<Occluded>("occlude", { net, photo, class: index, y, x, side, fill }, signal),
  made: (id: string) => get<Made>(`made/${id}`),
  alike: (one: string, other: string) => get<{ alike: number | null }>("alike", { one, other }), // two made heat maps
  upload: (file: Blob, name: string) => post<Photo>("photos", file, { name }),
  forget: (photo: string) => answer<object>(fetch(address("photos", { photo }), { method: "DELETE" })),
  // A drawn mask: a PNG of any size, white where pixels may change. Its id goes into a job's `given.mask`.
  mask: (png: Blob) => post<{ id: string }>("masks", png),
};

// Addresses of pictures.
export const pictures = {
  photo: (photo: string) => address("photo.jpg", { photo }), // the whole photo, at most 1,024 pixels a side
  small: (photo: string) => address("photo.jpg", { photo, side: 96 }),
  seen: (net: string, photo: string) => address("seen.png", { net, photo }), // exactly what the network sees
  mask: (mask: string) => address("mask.png", { mask }), // a drawn mask again: white where pixels may change
  page: (made: string[]) => address("page.html", { made: made.join(",") }), // everything made, as one page to keep
};
