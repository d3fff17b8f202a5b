// Draws the tiles that are in sight: each unit's map, or a bar where it has but one number.
import { cutOut } from "./cutOut";
import type { Seen } from "./looking.svelte";

export type Sheet = {
  width: number; // what is in sight, in pixels
  height: number;
  top: number; // pixels that are scrolled away above
  size: number; // a tile's side
  step: number; // from one tile to the next
  columns: number;
  bar: string; // colours
  ground: string;
};

export function drawTiles(canvas: HTMLCanvasElement, seen: Seen, order: number[], sheet: Sheet): void {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const dots = devicePixelRatio || 1;
  const [wide, tall] = [Math.round(sheet.width * dots), Math.round(sheet.height * dots)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== tall) canvas.height = tall;
  pen.setTransform(dots, 0, 0, dots, 0, 0);
  pen.clearRect(0, 0, sheet.width, sheet.height);
  // Pixels of a map that is enlarged stay squares.
  pen.imageSmoothingEnabled = Math.max(...seen.units.tile) > sheet.size * dots;
  const { least, range } = spanOf(seen.units.mean);
  const first = Math.max(Math.floor(sheet.top / sheet.step), 0) * sheet.columns;
  const last = Math.min(Math.ceil((sheet.top + sheet.height) / sheet.step) * sheet.columns, order.length);
  for (let place = first; place < last; place++) {
    const unit = order[place]!;
    const x = (place % sheet.columns) * sheet.step;
    const y = Math.floor(place / sheet.columns) * sheet.step - sheet.top;
    if (seen.sprite) pen.drawImage(seen.sprite, ...cutOut(seen.units, unit), x, y, sheet.size, sheet.size);
    else drawBar(pen, x, y, sheet, (seen.units.mean[unit]! - least) / range, -least / range);
  }
}

// Where the lowest and the highest number of a layer lie; zero is always among them.
export function spanOf(numbers: number[]): { least: number; range: number } {
  let [least, most] = [0, 0];
  for (const one of numbers) [least, most] = [Math.min(least, one), Math.max(most, one)];
  return { least, range: most - least || 1 };
}

function drawBar(pen: CanvasRenderingContext2D, x: number, y: number, { size, bar, ground }: Sheet, share: number, zero: number): void {
  const [low, high] = [Math.min(share, zero), Math.max(share, zero)];
  pen.fillStyle = ground;
  pen.fillRect(x, y, size, size);
  pen.fillStyle = bar;
  pen.fillRect(x + size * 0.3, y + size * (1 - high), size * 0.4, Math.max(size * (high - low), 1.5));
}
