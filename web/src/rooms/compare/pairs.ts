// The same method asked of both networks.
import type { Method } from "../../lib/api";
import { house } from "../../lib/house.svelte";
import { place } from "../../lib/place.svelte";
import type { Request } from "../../lib/work.svelte";
import { putId } from "../explain/ids";
import { Job } from "../explain/job.svelte";
import { classNow } from "../explain/methods";
import { other } from "./other.svelte";

export const USUAL = ["grad_cam", "integrated_gradients"];
export const SIDES = ["first", "second"] as const;
export type Side = (typeof SIDES)[number];

const jobs = new Map<string, Job>();

export function jobOf(method: string, side: Side): Job {
  const name = `${side}.${method}`;
  const keep = (id: string) => {
    if (place.get("room") === "compare") putId("made", name, id);
  };
  const job = jobs.get(name) ?? new Job(keep);
  jobs.set(name, job);
  return job;
}

// The class of the second network by the same name; nothing stands for its likeliest.
export function otherClass(): number | null {
  const index = classNow();
  const label = index === null ? undefined : house.classes[index];
  const same = label === undefined ? -1 : other.classes.indexOf(label);
  return same < 0 ? null : same;
}

export function requestOf(method: Method, side: Side): Request {
  const index = side === "first" ? classNow() : otherClass();
  return {
    verb: "see",
    method: method.name,
    net: side === "first" ? house.net : other.net,
    photo: house.photoId,
    settings: {},
    given: index === null ? {} : { classes: [index] },
  };
}
