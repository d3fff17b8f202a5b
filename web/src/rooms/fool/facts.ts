// The numbers of one attack, in words.
import type { Made } from "../../lib/api";
import { number, of255 } from "../../lib/words";

type Fooling = NonNullable<Made["fooling"]>[number];
type Fact = { name: string; value: string; tone?: "good" | "bad" };

export function factsOf(made: Made, fooling: Fooling): Fact[] {
  const facts: Fact[] = [
    { name: "Distance (L2)", value: number(fooling.l2) },
    { name: "Largest change", value: of255(fooling.largest) },
  ];
  if (fooling.allowed) facts.push({ name: "Allowed", value: fooling.allowed });
  facts.push(
    { name: "Steps", value: String(fooling.steps) },
    { name: "Network asked", value: `${fooling.queries} times` },
    {
      name: "As an 8-bit PNG",
      value: fooling.file_fools ? "misleads too" : "does not mislead",
      tone: fooling.file_fools ? "bad" : undefined,
    },
    { name: made.stopped ? "Stopped after" : "Took", value: `${number(Number(made.seconds.toPrecision(2)))} s` },
  );
  return facts;
}
