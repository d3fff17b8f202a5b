// The room's work goes on while one looks into other rooms.
import { Work } from "../../lib/work.svelte";

export const attack = new Work();
export const trial = new Work(); // of whether a misleading picture lasts
