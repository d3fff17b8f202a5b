// Small pictures drawn large show their pixels, not a blur; for `{@attach crisp}` on an image.
const SMALL = 64;

export function crisp(image: HTMLImageElement): () => void {
  const look = () => (image.style.imageRendering = image.naturalWidth < SMALL ? "pixelated" : "");
  if (image.complete) look();
  image.addEventListener("load", look);
  return () => image.removeEventListener("load", look);
}
