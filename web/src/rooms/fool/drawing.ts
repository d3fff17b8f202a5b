// A mask as a canvas: opaque where pixels may change. All places are shares of the canvas, 0 to 1.
export type Spot = { x: number; y: number };

const HALF = 128;

export function drawLine(mask: CanvasRenderingContext2D, from: Spot, to: Spot, wide: number, erase: boolean): void {
  const { width, height } = mask.canvas;
  mask.save();
  mask.globalCompositeOperation = erase ? "destination-out" : "source-over";
  mask.strokeStyle = "white";
  mask.lineCap = "round";
  mask.lineJoin = "round";
  mask.lineWidth = wide * Math.min(width, height);
  mask.beginPath();
  mask.moveTo(from.x * width, from.y * height);
  mask.lineTo(to.x * width, to.y * height);
  mask.stroke();
  mask.restore();
}

// One of the nine parts, counted line by line.
export function fillZone(mask: CanvasRenderingContext2D, zone: number, erase: boolean): void {
  const part = zoneOf(mask, zone);
  if (erase) mask.clearRect(...part);
  else {
    mask.fillStyle = "white";
    mask.fillRect(...part);
  }
}

export function fillAll(mask: CanvasRenderingContext2D): void {
  mask.fillStyle = "white";
  mask.fillRect(0, 0, mask.canvas.width, mask.canvas.height);
}

export function clear(mask: CanvasRenderingContext2D): void {
  mask.clearRect(0, 0, mask.canvas.width, mask.canvas.height);
}

// How much of the whole is drawn, and of each of the nine parts.
export function shares(mask: CanvasRenderingContext2D): { whole: number; zones: number[] } {
  return {
    whole: drawn(mask, [0, 0, mask.canvas.width, mask.canvas.height]),
    zones: Array.from({ length: 9 }, (_, zone) => drawn(mask, zoneOf(mask, zone))),
  };
}

function zoneOf(mask: CanvasRenderingContext2D, zone: number): [number, number, number, number] {
  const { width, height } = mask.canvas;
  const left = Math.round(((zone % 3) * width) / 3);
  const top = Math.round((Math.floor(zone / 3) * height) / 3);
  const right = Math.round((((zone % 3) + 1) * width) / 3);
  const bottom = Math.round(((Math.floor(zone / 3) + 1) * height) / 3);
  return [left, top, right - left, bottom - top];
}

function drawn(mask: CanvasRenderingContext2D, part: [number, number, number, number]): number {
  const { data } = mask.getImageData(...part);
  let count = 0;
  for (let place = 3; place < data.length; place += 4) if ((data[place] ?? 0) >= HALF) count += 1;
  return (4 * count) / data.length;
}

// Shade what must stay as it is, so that what may change stands out.
export function shade(view: CanvasRenderingContext2D, mask: HTMLCanvasElement): void {
  const { width, height } = view.canvas;
  view.save();
  view.clearRect(0, 0, width, height);
  view.fillStyle = "rgb(10 12 18 / 72%)";
  view.fillRect(0, 0, width, height);
  view.globalCompositeOperation = "destination-out";
  view.drawImage(mask, 0, 0, width, height);
  view.restore();
}

// Take over a mask's picture: white where pixels may change.
export function takeOver(mask: CanvasRenderingContext2D, image: HTMLImageElement): void {
  const { width, height } = mask.canvas;
  clear(mask);
  mask.drawImage(image, 0, 0, width, height);
  const picture = mask.getImageData(0, 0, width, height);
  for (let place = 0; place < picture.data.length; place += 4) {
    const level = (picture.data[place] ?? 0) >= HALF ? 255 : 0;
    picture.data.set([255, 255, 255, level], place);
  }
  mask.putImageData(picture, 0, 0);
}
