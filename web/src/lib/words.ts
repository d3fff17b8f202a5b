// How numbers and names are said.

// A probability: never rounded to nothing or to certainty.
export function percent(probability: number): string {
  if (Number.isNaN(probability)) return "not a number";
  if (probability === 0 || probability === 1) return `${probability * 100} %`;
  if (Math.abs(probability) < 0.0005) return probability > 0 ? "<0.1 %" : ">-0.1 %";
  if (probability >= 0.9995 && probability < 1) return ">99.9 %";
  return `${(probability * 100).toFixed(1)} %`;
}

// A number with four digits that count.
export function number(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "not a number" : x > 0 ? "endless" : "-endless";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-3) return x.toExponential(2).replace("e+", "e");
  if (size >= 1000) return Math.round(x).toLocaleString("en");
  return String(Number(x.toPrecision(4)));
}

// A change of a pixel, of 1, as people write it: of 255.
export function of255(x: number): string {
  return `${Number((x * 255).toPrecision(3))}/255`;
}

export function clip(text: string, n: number): string {
  return text.length <= n ? text : `${text.slice(0, n - 1).trimEnd()}…`;
}

export function many(n: number, one: string, more = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : more}`;
}

// What an image is of, where its name is all that is known.
export function capital(text: string): string {
  return text ? text[0]!.toUpperCase() + text.slice(1) : text;
}

const TITLES: Record<string, string> = {
  gradient: "Gradient",
  gradient_x_input: "Gradient × input",
  smooth_grad: "SmoothGrad",
  integrated_gradients: "Integrated gradients",
  deconvnet: "Deconvnet",
  guided_backprop: "Guided backprop",
  cam: "CAM",
  grad_cam: "Grad-CAM",
  grad_cam_pp: "Grad-CAM++",
  layer_cam: "LayerCAM",
  score_cam: "Score-CAM",
  guided_grad_cam: "Guided Grad-CAM",
  rise: "RISE",
  deletion_insertion: "Deletion and insertion",
  class_: "Class",
  invert: "Inversion",
  deepdream: "DeepDream",
  clip_ascent: "Clipped ascent",
  from_noise: "From noise",
  fgsm: "FGSM",
  ifgsm: "Iterated FGSM",
  pgd: "PGD",
  apgd: "APGD",
  deepfool: "DeepFool",
  ddn: "DDN",
  fmn: "FMN",
  carlini_wagner: "Carlini-Wagner",
  lbfgs: "L-BFGS",
};

export function methodTitle(name: string): string {
  return TITLES[name] ?? capital(name.replace(/_+$/, "").replaceAll("_", " "));
}
