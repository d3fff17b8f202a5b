// What is seen through random views jumps from step to step: its mean over some steps says where it goes.
import type { Point } from "../../lib/work.svelte";

const FEWEST = 30; // points below which there is nothing to smooth
const WINDOWS = 16; // windows in the whole

export type Line = { name: string; points: Point[] };

export function withMean(line: Line): Line[] {
  const { points } = line;
  if (points.length < FEWEST || !jumps(points)) return [line];
  const half = Math.max(2, Math.round(points.length / WINDOWS / 2));
  let sum = 0;
  const sums = [0, ...points.map((point) => (sum += point.value))];
  const mean = points.map((point, at) => {
    const from = Math.max(0, at - half);
    const to = Math.min(points.length, at + half + 1);
    return { step: point.step, value: ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from) };
  });
  return [
    { name: "each step", points },
    { name: "mean", points: mean },
  ];
}

// Whether a line goes up and down far more than it gets anywhere.
function jumps(points: Point[]): boolean {
  const values = points.map((point) => point.value);
  const way = values.slice(1).reduce((sum, value, at) => sum + Math.abs(value - (values[at] ?? value)), 0);
  return way > 3 * (Math.max(...values) - Math.min(...values));
}

// The values of a trace, counted from the first step; those of steps that never were are left out.
export function pointsOf(values: (number | null)[]): Point[] {
  return values.flatMap((value, place) => (value !== null && Number.isFinite(value) ? [{ step: place + 1, value }] : []));
}

// Of "bn1: code off by 3 %" the name.
export function nameOf(title: string): string {
  return title.split(": ")[0] ?? title;
}
