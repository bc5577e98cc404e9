// Says when the service does not answer, and calls again what could not be done, for as long as that lasts.

import type { Connection } from "./tasks.js";
import { announce, find } from "./page.js";

const EVERY = 5_000; // ms; the client's own repetitions are over by then

const TEXTS = {
  unreachable: "There is no connection to the service. Trying again…",
  unavailable: "The service is not available at the moment. Trying again…",
  "no-token": "The sign-in service cannot be reached. Trying again…",
};

type Action = () => Promise<void>;

const waiting = new Set<Action>();
let timer: number | undefined;
let check = async () => {};
let running = 0;
let isOver = false; // and nobody has checked since

const banner = find("#connection", HTMLElement);
find("button", HTMLButtonElement, banner).addEventListener("click", again);
window.addEventListener("online", again);

/** Forgets what waits: somebody else may be signed in. `request` is made when nothing waits, and after an outage. */
export function restart(request = async () => {}): void {
  waiting.clear();
  window.clearTimeout(timer);
  timer = undefined;
  banner.hidden = true;
  check = request;
}

/** Hears of each request how it went. */
export function notice(connection: Connection): void {
  if (connection !== "up") {
    find("span", HTMLElement, banner).textContent = TEXTS[connection];
    banner.hidden = false;
    timer ??= window.setTimeout(again, EVERY);
  } else if (!banner.hidden) {
    banner.hidden = true;
    announce("The service answers again.");
    isOver = true;
    void again();
  }
}

/** Calls this when the service may answer again, unless what it returns is called before. */
export function later(action: Action): () => void {
  waiting.add(action);
  timer ??= window.setTimeout(again, EVERY);
  return () => waiting.delete(action);
}

async function again(): Promise<void> {
  window.clearTimeout(timer);
  timer = undefined;
  const actions = [...waiting];
  waiting.clear();
  running += 1;
  await Promise.all(actions.map((action) => action())).finally(() => (running -= 1));
  if (running || (actions.length && !isOver)) return;
  isOver = false;
  await check();
}
