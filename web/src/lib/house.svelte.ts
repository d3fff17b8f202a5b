// What every room needs: what the server offers, and the network and photo that the address names.
import { untrack } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import { api, Mistake, type Guess, type Method, type Network, type Photo, type Start, type Verb } from "./api";
import { place } from "./place.svelte";

type Opened = { network: Network; classes: string[] };

class House {
  start = $state.raw<Start | null>(null);
  photos = $state.raw<Photo[]>([]); // the bundled ones and one's own
  mistake = $state(""); // of the server or the network
  unread = $state(""); // why there are no guesses
  #loading = $state(0);
  #opened = new SvelteMap<string, Opened>();
  #guessed = new SvelteMap<string, Guess[]>();

  readonly net = $derived(place.get("net") || this.start?.net || "");
  readonly photo = $derived(
    this.photos.find((one) => one.id === place.get("photo")) ??
      this.photos.find((one) => one.id === this.start?.photo) ??
      this.photos[0] ??
      null,
  );
  readonly photoId = $derived(this.photo?.id ?? "");
  // The address may name a photo of another day.
  readonly lost = $derived(this.start !== null && place.get("photo") !== "" && this.photoId !== place.get("photo"));
  // Nothing here is of another network or photo than the address names: while one loads, there is none.
  readonly network = $derived(this.#opened.get(this.net)?.network ?? null);
  readonly classes = $derived(this.#opened.get(this.net)?.classes ?? []);
  readonly guesses = $derived(this.#guessed.get(`${this.net} ${this.photoId}`) ?? []);
  readonly busy = $derived(this.#loading > 0);

  open(): void {
    void this.begin();
    $effect.root(() => {
      $effect(() => {
        const net = this.start ? this.net : "";
        if (net) untrack(() => void this.#open(net));
      });
      $effect(() => {
        const [net, photo] = [this.start ? this.net : "", this.photoId];
        if (net && photo) untrack(() => void this.#guess(net, photo));
      });
    });
  }

  // Ask the server what it offers; once more where it did not answer.
  async begin(): Promise<void> {
    await this.#while(async () => {
      try {
        const start = await api.start();
        this.photos = start.photos;
        this.start = start;
        this.mistake = "";
      } catch (problem) {
        this.mistake = said(problem);
      }
    });
  }

  method(verb: Verb, name: string): Method | undefined {
    return this.start?.methods[verb].find((one) => one.name === name);
  }

  async upload(file: Blob, name: string): Promise<Photo> {
    const most = this.start?.most.bytes ?? Infinity;
    if (file.size > most) throw new Mistake(`${name} is too large: at most ${Math.floor(most / 1e6)} MB fit.`);
    const photo = await api.upload(file, name);
    this.photos = [...this.photos.filter((one) => one.id !== photo.id), photo];
    return photo;
  }

  async forget(photo: string): Promise<void> {
    await api.forget(photo);
    this.photos = this.photos.filter((one) => one.id !== photo);
  }

  async #open(net: string): Promise<void> {
    this.mistake = "";
    if (this.#opened.has(net)) return;
    await this.#while(async () => {
      try {
        const [network, classes] = await Promise.all([api.network(net), api.classes(net)]);
        this.#opened.set(net, { network, classes });
      } catch (problem) {
        if (net === this.net) this.mistake = said(problem);
      }
    });
  }

  async #guess(net: string, photo: string): Promise<void> {
    const both = `${net} ${photo}`;
    this.unread = "";
    if (this.#guessed.has(both)) return;
    await this.#while(async () => {
      try {
        this.#guessed.set(both, await api.guesses(net, photo));
      } catch (problem) {
        if (net === this.net && photo === this.photoId) this.unread = said(problem);
      }
    });
  }

  async #while(work: () => Promise<void>): Promise<void> {
    this.#loading += 1;
    await work();
    this.#loading -= 1;
  }
}

// A problem in words.
export function said(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}

export const house = new House();
