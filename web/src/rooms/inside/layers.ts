// Which layer and unit one looks at: those of the address, or ones that are worth a first look.
import type { Layer } from "../../lib/api";
import { telling } from "../../lib/blocks";
import { house } from "../../lib/house.svelte";
import { place } from "../../lib/place.svelte";

const EARLY = 0.22; // share of the way where maps still show the photo's parts
const ACTIVE = /^(?!.*norm).*(relu|silu|gelu|swish|elu)/i;

export function layerNow(): Layer | null {
  const layers = house.network?.layers ?? [];
  return layers.find((layer) => layer.name === place.get("layer")) ?? firstLayer(layers);
}

// Those that are shown; the chosen one always is.
export function layersShown(): Layer[] {
  const layers = house.network?.layers ?? [];
  return place.get("all") ? layers : telling(layers, layerNow()?.name);
}

function firstLayer(layers: Layer[]): Layer | null {
  const spatial = telling(layers).filter((layer) => layer.spatial && Math.min(...layer.shape.slice(-2)) > 1);
  const active = spatial.filter((layer) => ACTIVE.test(layer.kind));
  const from = active.length ? active : spatial;
  if (!from.length) return telling(layers).at(-1) ?? layers.at(-1) ?? null;
  return from.toSorted((one, other) => Math.abs(one.depth - EARLY) - Math.abs(other.depth - EARLY))[0] ?? null;
}
