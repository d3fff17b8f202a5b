// A view asks for many things at once; the server does two at a time, and its line is for others too.
const AT_ONCE = 2;
let running = 0;
const waiting: (() => void)[] = [];

export async function inTurn<T>(job: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  else running += 1;
  try {
    return await job();
  } finally {
    // The place goes to whoever waits longest.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
