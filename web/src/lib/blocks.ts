// The layers of a network in blocks, as its makers nested them.
import type { Layer } from "./api";

export type Block = { name: string; layers: Layer[] };

const MOST = 20; // layers of one block
const PASSING = new Set(["Identity", "Sequential", "Dropout", "DropPath", "StochasticDepth", "Flatten"]);

// Layers that change what they are given; the others repeat what stands before them.
export function telling(layers: Layer[], chosen = ""): Layer[] {
  const kinds = new Map(layers.map((layer) => [layer.name, layer.kind]));
  const passes = (layer: Layer) => {
    // A norm with an activation inside gives out what the activation does.
    const inner = /NormAct/.test(layer.kind) ? kinds.get(`${layer.name}.act`) : undefined;
    return PASSING.has(layer.kind) || (inner !== undefined && !PASSING.has(inner));
  };
  return layers.filter((layer) => !passes(layer) || layer.name === chosen);
}

export function blocksOf(layers: Layer[]): Block[] {
  const blocks: Block[] = [];
  for (const part of parted(layers, "")) {
    const last = blocks.at(-1);
    const lone = part.layers.length < 3;
    if (last && lone && last.layers.length < 3 && parent(last.name) === parent(part.name)) {
      last.layers.push(...part.layers);
    } else blocks.push(part);
  }
  return blocks;
}

function parted(layers: Layer[], under: string): Block[] {
  const parts: Block[] = [];
  for (const layer of layers) {
    const name = child(layer.name, under);
    const last = parts.at(-1);
    if (last && last.name === name) last.layers.push(layer);
    else parts.push({ name, layers: [layer] });
  }
  return parts.flatMap((part) =>
    part.layers.length > MOST && part.name !== under ? parted(part.layers, part.name) : [part],
  );
}

function child(name: string, under: string): string {
  if (name === under) return name;
  const rest = under ? name.slice(under.length + 1) : name;
  const first = rest.split(".", 1)[0]!;
  return under ? `${under}.${first}` : first;
}

function parent(name: string): string {
  return name.includes(".") ? name.slice(0, name.lastIndexOf(".")) : "";
}
