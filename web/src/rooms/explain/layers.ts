// The layers whose maps can be laid over the photo.
import type { Layer, Network } from "../../lib/api";
import { telling } from "../../lib/blocks";

// One place is no map.
const hasMap = (layer: Layer): boolean => layer.spatial && (layer.shape.at(-1) ?? 1) * (layer.shape.at(-2) ?? 1) > 1;

// Without those that only hand on what they are given.
export const mapped = (network: Network | null): Layer[] => telling((network?.layers ?? []).filter(hasMap));
