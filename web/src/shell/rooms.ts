// The rooms of the page, and their addresses.
import type { Component } from "svelte";
import { place } from "../lib/place.svelte";
import Compare from "../rooms/Compare.svelte";
import Dream from "../rooms/Dream.svelte";
import Explain from "../rooms/Explain.svelte";
import Fool from "../rooms/Fool.svelte";
import Inside from "../rooms/Inside.svelte";

export type Room = { name: string; title: string; says: string; component: Component };

export const ROOMS: Room[] = [
  { name: "inside", title: "Look inside", says: "layers and units on this photo", component: Inside },
  { name: "explain", title: "Explain", says: "what in the photo mattered", component: Explain },
  { name: "dream", title: "Dream", says: "what units and classes ask for", component: Dream },
  { name: "fool", title: "Fool", says: "a small change that misleads", component: Fool },
  { name: "compare", title: "Compare", says: "two networks on this photo", component: Compare },
];

export function roomNow(): Room {
  return ROOMS.find((room) => room.name === place.get("room")) ?? ROOMS[0]!;
}

const SHARED = ["room", "net", "photo"];
// How each room was left, so that coming back finds it so; it holds for the network it was left with.
const left = new Map<string, { net: string; words: Record<string, string> }>();

export function leave(room: string, net: string): void {
  const words = Object.fromEntries(Object.entries(place.all("")).filter(([name]) => !SHARED.includes(name)));
  left.set(room, { net, words });
}

// All words that lead to a room: those that it does not share with this one go.
export function wordsTo(room: string, net: string): Record<string, string | null> {
  const gone = Object.keys(place.all("")).filter((name) => !SHARED.includes(name));
  const before = left.get(room);
  return {
    ...Object.fromEntries(gone.map((name) => [name, null])),
    ...(before?.net === net ? before.words : {}),
    room,
  };
}

// For a link that opens in a tab of its own.
export function addressOf(room: string): string {
  const words = new URLSearchParams({ room });
  for (const name of ["net", "photo"]) if (place.get(name)) words.set(name, place.get(name));
  return `?${words}`;
}

// Of another network: layers, units, classes and what was made do not go along, how one looks does.
const STAYS = new Set([...SHARED, "method", "methods", "sort", "opacity"]);

export function wordsToNet(net: string): Record<string, string | null> {
  const gone = Object.keys(place.all("")).filter((name) => !STAYS.has(name) && !name.startsWith("s."));
  return { ...Object.fromEntries(gone.map((name) => [name, null])), net };
}
