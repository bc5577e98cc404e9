// Generated from openapi/tasks.yaml by `make generate`. Do not edit.
/** How long to wait before the next attempt, and the wait itself. */

/** Milliseconds that the first backoff lasts at most; each further one twice as long. */
const FIRST_DELAY = 250;
/** The longest time that a timer can be set to; it fires at once for more. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Milliseconds before the next attempt: what the answer says, else a random part of a growing time; undefined for none. */
export function delayBefore(retry: number, response: Response | undefined, maxDelay: number): number | undefined {
  const said = response && retryAfter(response.headers);
  if (said === undefined) {
    return Math.random() * Math.min(maxDelay, FIRST_DELAY * 2 ** retry);
  }
  return said > maxDelay ? undefined : said;
}

/** `Retry-After` in milliseconds; a date is compared with the answer's own, because the clock here may be wrong. */
function retryAfter(headers: Headers): number | undefined {
  const said = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d+$/.test(said)) {
    return Number(said) * 1000;
  }
  const now = Date.parse(headers.get("Date") ?? "") || Date.now();
  const then = Date.parse(said);
  return Number.isNaN(then) ? undefined : then - now;
}

/** Waits, or throws the signal's reason as soon as it is aborted. */
export function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(milliseconds, LONGEST_TIMER));
  });
  return unlessAborted(elapsed, signal).finally(() => clearTimeout(timer));
}

/** Gives what a promise gives, or throws the signal's reason as soon as it is aborted. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    if (signal.aborted) {
      stop();
    } else {
      signal.addEventListener("abort", stop, { once: true });
    }
  });
}
