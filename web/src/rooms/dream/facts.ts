// The numbers of one image of a dream, in words.
import type { Made } from "../../lib/api";
import { capital, number, percent } from "../../lib/words";

type Fact = { name: string; value: string };

const SHARES = new Set(["probability", "code off by", "pixels off by"]);

export function factsOf(made: Made, at: number): Fact[] {
  const facts = (made.images?.[at]?.facts ?? []).flatMap(({ name, value }) =>
    value === null ? [] : [{ name: capital(name), value: SHARES.has(name) ? percent(value) : number(value) }],
  );
  return [
    ...facts,
    { name: "Network", value: made.net },
    { name: made.stopped ? "Stopped after" : "Took", value: `${number(Number(made.seconds.toPrecision(2)))} s` },
  ];
}
