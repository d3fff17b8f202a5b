// Which classes' probabilities are drawn: those that ever were high, a few at most.
import type { Point } from "../../lib/work.svelte";

const MOST = 4;

// One point a step, in order: what an attack ends with may have been found earlier on, and a step may be looked at twice.
const oneEach = (points: Point[]): Point[] =>
  [...new Map(points.map((point) => [point.step, point])).values()].sort((one, other) => one.step - other.step);

export function linesOf(chances: Record<string, Point[]>): { name: string; points: Point[] }[] {
  const highest = (points: Point[]) => points.reduce((most, one) => Math.max(most, one.value), 0);
  return Object.entries(chances)
    .map(([name, points]) => ({ name, points: oneEach(points) }))
    .sort((one, other) => highest(other.points) - highest(one.points))
    .slice(0, MOST);
}
