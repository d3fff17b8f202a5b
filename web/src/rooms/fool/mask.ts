// A painted mask and the server: kept there under an id, at the size of what the network sees.
import { api, pictures } from "../../lib/api";

const HALF = 128;

export type Size = [number, number]; // height and width

// White where pixels may change, black elsewhere, nothing between: a grey edge would be half allowed.
// At the network's own size it is taken as it is: at any other it would be framed as photos are, and cut at the edges.
export async function keep(mask: CanvasImageSource, [height, width]: Size): Promise<string> {
  const canvas = new OffscreenCanvas(width, height);
  const paint = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  paint.fillRect(0, 0, width, height);
  paint.drawImage(mask, 0, 0, width, height);
  const picture = paint.getImageData(0, 0, width, height);
  for (let place = 0; place < picture.data.length; place += 4) {
    const level = (picture.data[place] ?? 0) >= HALF ? 255 : 0;
    picture.data.set([level, level, level, 255], place);
  }
  paint.putImageData(picture, 0, 0);
  const { id } = await api.mask(await canvas.convertToBlob({ type: "image/png" }));
  return id;
}

export async function pictureOf(id: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = pictures.mask(id);
  await image.decode();
  return image;
}

// One painted for a network of another size is kept anew for this one.
export async function fitted(id: string, size: Size): Promise<string> {
  const image = await pictureOf(id).catch(() => null); // the server says that it is gone when it is asked to use it
  if (!image || (image.naturalHeight === size[0] && image.naturalWidth === size[1])) return id;
  return keep(image, size);
}
