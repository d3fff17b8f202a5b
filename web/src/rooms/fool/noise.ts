// What was added to a photo, made visible: the difference times a factor, about grey or upon the photo.
export type Pixels = { width: number; height: number; data: Uint8ClampedArray };

const NICE = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000, 10_000];

// The factor that makes the largest change black or white.
export const fitting = (largest: number): number => (largest > 0 ? 0.5 / largest : 1);

const BEYOND = 10; // times that: small changes then show, and the large ones are cut

// Factors worth a place on the slider.
export function factors(largest: number): number[] {
  const found = NICE.filter((factor) => factor <= BEYOND * fitting(largest));
  return found.length ? found : [1];
}

export async function read(address: string): Promise<Pixels> {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const paint = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  paint.drawImage(image, 0, 0);
  return paint.getImageData(0, 0, canvas.width, canvas.height);
}

// `noise` holds the change as 0.5 + change / (2 largest), so that grey is none.
export function amplified(noise: Pixels, largest: number, factor: number, photo: Pixels | null): ImageData {
  const made = new ImageData(noise.width, noise.height);
  for (let at = 0; at < noise.data.length; at += 1) {
    if (at % 4 === 3) {
      made.data[at] = 255;
      continue;
    }
    const change = ((noise.data[at] ?? 0) - 127.5) * 2 * largest;
    const about = photo ? (photo.data[at] ?? 0) : 127.5;
    made.data[at] = about + factor * change; // clamped by the array
  }
  return made;
}
