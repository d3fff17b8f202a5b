// Where a unit's map stands in the sprite: left, top, width, height.
import type { Units } from "../../lib/api";

export function cutOut(units: Units, unit: number): [number, number, number, number] {
  const [height, width] = units.tile;
  return [(unit % units.columns) * width, Math.floor(unit / units.columns) * height, width, height];
}
