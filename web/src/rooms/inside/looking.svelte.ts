// What the photo makes of the chosen layer; the last layer stays in sight until the next is there.
import { api, type Units } from "../../lib/api";
import { said } from "../../lib/house.svelte";

const KEPT = 24;

export type Seen = { units: Units; sprite: HTMLImageElement | null };

class Looking {
  seen = $state.raw<Seen | null>(null);
  key = $state(""); // what `seen` is of
  mistake = $state("");
  busy = $state(false);
  #kept = new Map<string, Seen>();
  #asked = "";
  #failed: string[] = [];
  #stop = new AbortController();

  // Once more, where it failed.
  again(): void {
    const [net, photo, layer] = this.#failed;
    if (net && photo && layer) void this.look(net, photo, layer);
  }

  async look(net: string, photo: string, layer: string): Promise<void> {
    const key = [net, photo, layer].join("\n");
    if (key === this.#asked) return;
    this.#asked = key;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.mistake = "";
    const kept = this.#kept.get(key);
    if (kept) {
      this.#show(key, kept);
      return;
    }
    this.busy = true;
    try {
      const units = await api.units(net, photo, layer, this.#stop.signal);
      const sprite = units.sprite ? await loaded(units.sprite) : null;
      this.#keep(key, { units, sprite });
      if (key === this.#asked) this.#show(key, { units, sprite });
    } catch (problem) {
      if (key !== this.#asked) return;
      this.busy = false;
      this.#asked = "";
      this.#failed = [net, photo, layer];
      this.seen = null;
      this.mistake = said(problem);
    }
  }

  #show(key: string, seen: Seen): void {
    this.busy = false;
    this.seen = seen;
    this.key = key;
  }

  #keep(key: string, seen: Seen): void {
    this.#kept.set(key, seen);
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}

async function loaded(address: string): Promise<HTMLImageElement> {
  const picture = new Image();
  picture.src = address;
  try {
    await picture.decode();
  } catch {
    throw new Error("The maps of this layer did not come through. Choose the layer once more.");
  }
  return picture;
}

export const looking = new Looking();
