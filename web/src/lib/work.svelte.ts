// Long work: asked for, watched, paused, stopped. One socket a job; closing it ends the job.
import type { Guess, Made, Verb } from "./api";

export type Request = {
  verb: Verb;
  method: string;
  net: string;
  photo?: string | null;
  settings?: Record<string, number | boolean | string>; // those that differ from their defaults
  // What a method takes beside photos and settings, by the names of the command line:
  // classes, units, unit, layer, layers, to (a list), away, on, styles (photo ids), start, mask (a mask's id), of (the id of
  // something made: what `survival` tries, the heat map of `deletion_insertion`).
  given?: Record<string, unknown>;
};
type Message =
  | { is: "waiting"; before: number; seconds: number | null }
  | { is: "started" }
  | { is: "paused" }
  | { is: "step"; done: number; total: number; values: Record<string, number>; frames?: string[]; guesses?: Guess[]; noise?: string; largest?: number }
  | { is: "done"; made: Made }
  | { is: "mistake"; says: string };

export type Point = { step: number; value: number };

export class Work {
  state = $state<"nothing" | "waiting" | "running" | "paused" | "done" | "failed">("nothing");
  request = $state.raw<Request | null>(null);
  before = $state(0); // jobs that come first
  seconds = $state<number | null>(null); // how long that may take
  done = $state(0);
  total = $state(0);
  values = $state.raw<Record<string, number>>({});
  history = $state.raw<Record<string, Point[]>>({}); // each number of the steps, over the steps
  frames = $state.raw<string[]>([]); // the images as they are now, as data addresses
  noise = $state(""); // what an attack has added so far, as in Made.fooling
  largest = $state(0);
  guesses = $state.raw<Guess[]>([]); // what the network takes the first image for now
  chances = $state.raw<Record<string, Point[]>>({}); // probabilities of those guesses over the steps, by label
  made = $state.raw<Made | null>(null);
  says = $state(""); // what went wrong
  #socket: WebSocket | null = null;

  get busy(): boolean {
    return this.state === "waiting" || this.state === "running" || this.state === "paused";
  }

  // Ends in what was made, or null when it was dropped or failed (`says` tells why).
  start(request: Request): Promise<Made | null> {
    this.drop();
    Object.assign(this, { request, state: "waiting", before: 0, seconds: null, done: 0, total: 0, says: "", made: null });
    Object.assign(this, { values: {}, history: {}, frames: [], guesses: [], chances: {}, noise: "", largest: 0 });
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/work`);
    this.#socket = socket;
    return new Promise((end) => {
      socket.onopen = () => socket.send(JSON.stringify(request));
      socket.onmessage = (event) => {
        if (socket !== this.#socket) return;
        this.#take(JSON.parse(event.data) as Message);
        if (!this.busy) socket.close();
      };
      socket.onclose = () => {
        if (socket === this.#socket) {
          this.#socket = null;
          if (this.busy) {
            this.state = "failed";
            this.says = "The server does not answer. Is `seethrough app` still running?";
          }
          end(this.made);
        } else end(null);
      };
    });
  }

  pause(): void {
    this.#say("pause");
  }
  goOn(): void {
    this.#say("go on");
  }
  // End with what there is.
  stop(): void {
    this.#say("stop");
  }
  // End with nothing.
  drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    // A browser complains of a socket that is closed before it is open.
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket?.close();
    if (this.busy) this.state = "nothing";
  }

  #say(word: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ do: word }));
  }

  #take(message: Message): void {
    if (message.is === "waiting") {
      this.state = "waiting";
      this.before = message.before;
      this.seconds = message.seconds;
    } else if (message.is === "started") this.state = "running";
    else if (message.is === "paused") this.state = "paused";
    else if (message.is === "step") {
      this.done = message.done;
      this.total = message.total;
      this.values = message.values;
      this.history = added(this.history, Object.entries(message.values), message.done);
      if (message.frames) this.frames = message.frames;
      if (message.noise) this.noise = message.noise;
      if (message.largest !== undefined) this.largest = message.largest;
      if (message.guesses) {
        this.guesses = message.guesses;
        this.chances = added(this.chances, message.guesses.map((one) => [one.label, one.probability]), message.done);
      }
    } else if (message.is === "done") {
      this.made = message.made;
      this.state = "done";
    } else {
      this.says = message.says;
      this.state = "failed";
    }
  }
}

function added(before: Record<string, Point[]>, now: [string, number][], step: number): Record<string, Point[]> {
  const grown = { ...before };
  for (const [name, value] of now) if (Number.isFinite(value)) grown[name] = [...(before[name] ?? []), { step, value }];
  return grown;
}
