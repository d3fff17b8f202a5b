// The room's work goes on while one looks into other rooms.
import { Work } from "../../lib/work.svelte";

export const work = new Work();
