// The second network, on the photo at the top.
import { SvelteMap } from "svelte/reactivity";
import { api, type Guess, type Network } from "../../lib/api";
import { house, said } from "../../lib/house.svelte";
import { place } from "../../lib/place.svelte";

type Opened = { network: Network; classes: string[] };
const SUITS_PHOTOS = "cifar10-best";

class Other {
  mistake = $state("");
  #opened = new SvelteMap<string, Opened>();
  #guessed = new SvelteMap<string, Guess[]>();

  readonly net = $derived(place.get("other") || this.#usual());
  // Nothing here is of another network than the address names: while one loads, there is none.
  readonly network = $derived(this.#opened.get(this.net)?.network ?? null);
  readonly classes = $derived(this.#opened.get(this.net)?.classes ?? []);
  readonly guesses = $derived(this.#guessed.get(`${this.net} ${house.photoId}`) ?? []);

  async open(net: string): Promise<void> {
    this.mistake = "";
    if (!net || this.#opened.has(net)) return;
    try {
      const [network, classes] = await Promise.all([api.network(net), api.classes(net)]);
      this.#opened.set(net, { network, classes });
    } catch (problem) {
      if (net === this.net) this.mistake = said(problem);
    }
  }

  async guess(net: string, photo: string): Promise<void> {
    const both = `${net} ${photo}`;
    if (!net || !photo || this.#guessed.has(both)) return;
    try {
      this.#guessed.set(both, await api.guesses(net, photo));
    } catch (problem) {
      if (both === `${this.net} ${house.photoId}`) this.mistake = said(problem);
    }
  }

  // A relative of the first network, else one that looks at photos too.
  #usual(): string {
    const nets = (house.start?.nets ?? []).map((one) => one.name).filter((name) => name !== house.net);
    const family = house.net.split("-")[0] ?? "";
    return nets.find((name) => name.startsWith(`${family}-`)) ?? nets.find((name) => name === SUITS_PHOTOS) ?? nets[0] ?? "";
  }
}

export const other = new Other();
