// Says when the service does not answer, and calls again what could not be done, for as long as that lasts.

import type { Connection } from "./tasks.js";
import { announce, find } from "./page.js";

const EVERY = 5_000; // ms; the client's own repetitions are over by then

const TEXTS = {
  unreachable: "There is no connection to the service. Trying again…",
  unavailable: "The service is not available at the moment. Trying again…",
};

const waiting = new Set<() => void>();
let timer: number | undefined;
let check = () => {};

const banner = find("#connection", HTMLElement);
find("button", HTMLButtonElement, banner).addEventListener("click", () => again());
window.addEventListener("online", () => again());

/** Forgets what waits: somebody else may be signed in. `request` is asked when nothing waits, and after an outage. */
export function restart(request = () => {}): void {
  waiting.clear();
  banner.hidden = true;
  check = request;
}

/** Hears of each request how it went. */
export function notice(connection: Connection): void {
  if (connection !== "up") {
    find("span", HTMLElement, banner).textContent = TEXTS[connection];
    banner.hidden = false;
    timer ??= window.setTimeout(() => again(), EVERY);
  } else if (!banner.hidden) {
    banner.hidden = true;
    announce("The service answers again.");
    again([...waiting, check]);
  }
}

/** Calls this when the service may answer again, unless what it returns is called before. */
export function later(action: () => void): () => void {
  waiting.add(action);
  timer ??= window.setTimeout(() => again(), EVERY);
  return () => waiting.delete(action);
}

function again(actions = waiting.size ? [...waiting] : [check]): void {
  window.clearTimeout(timer);
  timer = undefined;
  waiting.clear();
  for (const action of actions) action();
}
