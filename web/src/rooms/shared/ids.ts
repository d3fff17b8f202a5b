// The ids of what was made in a view, as they stand in the address: newest first.
import { Mistake } from "../../lib/api";
import { house } from "../../lib/house.svelte";
import { place } from "../../lib/place.svelte";
import { kept } from "./kept.svelte";

// More than these, and the address grows too long to share.
const MOST = 24;

export const ids = (): string[] => place.get("made").split(",").filter(Boolean);

export const shownId = (): string => place.get("shown") || (ids()[0] ?? "");

export function add(id: string): void {
  const all = [id, ...ids().filter((one) => one !== id)].slice(0, MOST);
  place.go({ made: all.join(","), shown: null }, true);
}

export function takeOut(id: string): void {
  const left = ids().filter((one) => one !== id);
  place.go({ made: left.join(","), shown: place.get("shown") === id ? null : place.get("shown") });
}

// Whether what was made is of the network and the photo at the top; what is not known yet may be.
export function fits(id: string): boolean {
  const made = kept.get(id);
  if (!made || made instanceof Mistake) return true;
  const there = house.photos.some((photo) => photo.id === made.photo);
  return made.net === house.net && (!there || made.photo === house.photoId);
}

// Show something made, with the network and the photo it is of.
export function goTo(id: string, words: Record<string, null> = {}): void {
  const made = kept.get(id);
  const of = made && !(made instanceof Mistake) && !fits(id) ? { net: made.net, photo: made.photo ?? place.get("photo") } : {};
  place.go({ shown: id, ...of, ...words });
}
