// A block laid over the photo by hand, and what the network says then.
import { api, type Occluded } from "../../lib/api";
import { house, said } from "../../lib/house.svelte";
import { place } from "../../lib/place.svelte";
import { classNow } from "./methods";

export const FILLS: Record<string, string> = {
  grey: "grey",
  zero: "black",
  mean: "the photo's mean colour",
  blur: "the photo blurred",
};
const MOST_TRIES = 400;
const PATIENCE = 60; // milliseconds: a block that is dragged does not ask at every pixel

export type Spot = { y: number; x: number };
export type Try = Spot & { change: number }; // of the probability

export function spotNow(): Spot | null {
  const [y, x] = place.get("at").split(",").map(Number);
  const fits = (share: number | undefined): share is number => share !== undefined && share >= 0 && share <= 1;
  return place.get("at") && fits(y) && fits(x) ? { y, x } : null;
}

export function sideNow(): number {
  const side = Number(place.get("side", "0.25"));
  return side >= 0.02 && side <= 1 ? side : 0.25;
}

export const fillNow = (): string => (place.get("fill") in FILLS ? place.get("fill") : "grey");

const within = (share: number): string => Math.min(1, Math.max(0, share)).toFixed(3);

export const lay = ({ y, x }: Spot): void => place.go({ at: `${within(y)},${within(x)}` }, true);
export const lift = (): void => place.go({ at: null });

class Cover {
  found = $state.raw<Occluded | null>(null);
  says = $state("");
  busy = $state(false);
  #tries = $state.raw<Try[]>([]);
  #tried = $state(""); // what the tries answer
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked: AbortController | null = null;

  // Where the block has been, as long as the question is the same.
  get tries(): Try[] {
    return this.#tried === this.#question() ? this.#tries : [];
  }
  wipe(): void {
    this.#tries = [];
  }

  // What becomes of the class with the block where it is now.
  ask(): void {
    const spot = spotNow();
    const index = classNow() ?? house.guesses[0]?.index;
    const words = [house.net, house.photoId] as const;
    const [side, fill, question] = [sideNow(), fillNow(), this.#question()];
    clearTimeout(this.#timer);
    if (!spot || index === undefined) {
      this.#asked?.abort();
      this.found = null;
      this.busy = false;
      return;
    }
    this.busy = true;
    this.#timer = setTimeout(() => {
      this.#asked?.abort();
      const asked = new AbortController();
      this.#asked = asked;
      api
        .occlude(...words, index, spot.y, spot.x, side, fill, asked.signal)
        .then((found) => {
          Object.assign(this, { found, says: "", busy: false });
          this.#mark(question, { ...spot, change: found.after - found.before });
        })
        .catch((problem: unknown) => {
          if (asked.signal.aborted) return;
          Object.assign(this, { says: said(problem), busy: false });
        });
    }, PATIENCE);
  }

  #question(): string {
    return JSON.stringify([house.net, house.photoId, classNow(), sideNow(), fillNow()]);
  }

  #mark(question: string, one: Try): void {
    const before = this.#tried === question ? this.#tries : [];
    this.#tried = question;
    this.#tries = [...before.filter((old) => old.x !== one.x || old.y !== one.y), one].slice(-MOST_TRIES);
  }
}

export const cover = new Cover();
