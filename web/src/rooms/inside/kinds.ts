// What kind of layer one is: a letter and a colour for the drawing, a word for people.
import type { Layer } from "../../lib/api";

export type Kind = { letter: string; title: string; colour: string };

const KINDS: [RegExp, Kind][] = [
  [/norm/i, { letter: "N", title: "normalisation", colour: "var(--edge)" }],
  [/pool/i, { letter: "P", title: "pooling", colour: "var(--series-2)" }],
  [/relu|silu|swish|gelu|sigmoid|tanh|softmax|elu\b|mish|activation/i, { letter: "A", title: "activation", colour: "var(--series-3)" }],
  [/conv(?!.*(block|separable|residual))/i, { letter: "C", title: "convolution", colour: "var(--series-1)" }],
  [/linear|dense\b/i, { letter: "L", title: "linear", colour: "var(--series-4)" }],
  [/flatten|identity|dropout|droppath|permute|reshape/i, { letter: "–", title: "passes on", colour: "var(--line)" }],
];
export const BLOCK: Kind = { letter: "B", title: "whole block", colour: "var(--series-5)" };

export function kindOf(layer: Layer): Kind {
  return KINDS.find(([pattern]) => pattern.test(layer.kind))?.[1] ?? BLOCK;
}

export function legend(layers: Layer[]): Kind[] {
  const kinds = new Map(layers.map((layer) => [kindOf(layer).letter, kindOf(layer)]));
  return ["C", "N", "A", "P", "L", "B", "–"].flatMap((letter) => kinds.get(letter) ?? []);
}

export function shapeOf(layer: Layer): string {
  if (layer.spatial) return `${layer.units.toLocaleString("en")} units, maps of ${layer.shape.slice(-2).join(" × ")}`;
  return `${layer.units.toLocaleString("en")} units`;
}

// The longer side of its maps.
export function sideOf(layer: Layer): number {
  return Math.max(...layer.shape.slice(-2));
}
