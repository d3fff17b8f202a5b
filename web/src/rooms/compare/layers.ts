// Layers by how far they stand on the way through a network.
import type { Layer, Network } from "../../lib/api";
import { place } from "../../lib/place.svelte";
import { mapped } from "../explain/layers";

const USUAL = 0.5;

export function depthNow(): number {
  const asked = Number(place.get("depth", String(USUAL)));
  return asked >= 0 && asked <= 1 ? asked : USUAL;
}

// What layers pass on: after a nonlinearity, where a network names one.
const PASSED_ON = /act|elu|swish|tanh|sigmoid/i;

export function layerAt(network: Network | null, depth: number): string {
  const all = mapped(network);
  const passed = all.filter((layer) => PASSED_ON.test(layer.kind));
  const layers = passed.length ? passed : all;
  // Where the last map stands is the end: what follows has no maps.
  const end = layers.at(-1)?.depth ?? 1;
  const apart = (layer: Layer) => Math.abs(layer.depth / end - depth);
  return layers.length ? layers.reduce((one, next) => (apart(next) < apart(one) ? next : one)).name : "";
}

// The layer that was chosen by its name, else the one at the depth.
export function layerOf(network: Network | null, word: string): string {
  const asked = place.get(word);
  return mapped(network).some((layer) => layer.name === asked) ? asked : layerAt(network, depthNow());
}
