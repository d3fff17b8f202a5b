// One thing that a view shows once it is made: made by a job, or asked for again by its id.
import { api, type Made } from "../../lib/api";
import { said } from "../../lib/house.svelte";
import { capital } from "../../lib/words";
import { type Request, Work } from "../../lib/work.svelte";
import { inTurn } from "./turns";

export type Wanted = {
  request: Request;
  id: string; // what the address says was made, or ""
  alone: boolean; // to be made without a click
};

// Which question each thing answers that was made since the page was opened.
const answers = new Map<string, string>();
const PATIENCE = 500; // milliseconds until somebody has finished typing

// A mistake begins with the argument it is about; here that says nothing to a reader.
const lost = (problem: unknown): string => capital(said(problem).replace(/^made: /, ""));

export class Job {
  work = new Work();
  made = $state.raw<Made | null>(null);
  asked = $state(""); // the question that was asked last
  answered = $state(""); // the question that `made` answers
  gone = $state(""); // why what the address names cannot be shown
  busy = $state(false); // from being wanted until it is taken in
  queued = $state(false); // asked for, but others of this view come first
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #keep: (id: string) => void;

  // `keep` puts an id into the address, or takes it out with "".
  constructor(keep: (id: string) => void) {
    this.#keep = keep;
  }

  // The view asks this now: show what is there, fetch what is kept, make what is quick.
  want({ request, id, alone }: Wanted): void {
    const question = JSON.stringify(request);
    if (this.asked === question) {
      if (this.made && this.answered === question) this.#keep(this.made.id);
      return;
    }
    this.drop();
    this.asked = question;
    if (this.made && this.answered === question) this.#keep(this.made.id);
    else if (id && (answers.get(id) ?? question) === question) void this.#fetch(id, request, alone);
    else {
      this.#keep("");
      if (!alone) return;
      this.busy = true;
      this.#timer = setTimeout(() => void this.run(request), this.made ? PATIENCE : 0);
    }
  }

  async run(request: Request): Promise<Made | null> {
    this.drop();
    const turn = this.#turn;
    const question = JSON.stringify(request);
    this.asked = question;
    this.busy = this.queued = true;
    const made = await inTurn(async () => {
      if (turn !== this.#turn) return null;
      this.queued = false;
      return this.work.start(request);
    });
    if (turn !== this.#turn) return null;
    this.busy = false;
    if (made) this.#take(made, question);
    return made;
  }

  // End with nothing; what was made before stays.
  drop(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.busy = this.queued = false;
    this.gone = "";
    this.work.drop();
    if (this.work.state !== "nothing") this.work.state = "nothing";
  }

  // Nobody looks at it any more: asked again, it begins anew.
  leave(): void {
    this.drop();
    this.asked = "";
  }

  #take(made: Made, question: string): void {
    this.made = made;
    this.answered = question;
    answers.set(made.id, question);
    this.#keep(made.id);
  }

  async #fetch(id: string, request: Request, alone: boolean): Promise<void> {
    const turn = this.#turn;
    const question = this.asked;
    this.busy = true;
    try {
      const made = await api.made(id);
      if (turn !== this.#turn) return;
      this.busy = false;
      // The photo or the network was changed at the top since.
      const fits = made.net === request.net && (!request.photo || made.photo === request.photo);
      if (fits) this.#take(made, question);
      else {
        this.#keep("");
        if (alone) void this.run(request);
      }
    } catch (problem) {
      if (turn === this.#turn) Object.assign(this, { gone: lost(problem), busy: false });
    }
  }
}
