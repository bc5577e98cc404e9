// Generated from openapi/tasks.yaml by `make generate`. Do not edit.
/** One call: its attempts under one key, the waits between them, a new token in their midst. */

import type { ParseAs } from "openapi-fetch";
import { judge, UnexpectedAnswerError } from "./answers.js";
import type { Operation, Retry } from "./contract.js";
import { newKey } from "./keys.js";
import type { Tokens } from "./tokens.js";
import { delayBefore, wait } from "./waits.js";

/** `extra` is openapi-fetch's `requestInitExt`. */
export type Fetch = (request: Request, extra?: RequestInit) => Promise<Response>;

export interface Settings {
  operation: Operation;
  fetch: Fetch;
  tokens: Tokens | undefined;
  retries: number;
  maxDelay: number;
  parseAs: ParseAs;
}

/** What came of an attempt; what has an error is thrown unless it is tried again. */
interface Outcome {
  retry: Retry | undefined;
  response?: Response;
  error?: unknown;
}

/** The methods that may be repeated whatever became of the first time (RFC 9110, section 9.2.2). */
const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];

export async function send(request: Request, extra: RequestInit | undefined, settings: Settings): Promise<Response> {
  const { operation, retries, maxDelay } = settings;
  const { headers, signal } = request;
  if (operation.key !== undefined && !headers.has(operation.key)) {
    headers.set(operation.key, newKey());
  }
  const isRepeatable = operation.key !== undefined || IDEMPOTENT.includes(request.method);
  const tokens = operation.isSecured && !headers.has("Authorization") ? settings.tokens : undefined;
  let token = await tokens?.get(signal);
  let isRefreshed = false;
  for (let retry = 0; ; ) {
    const outcome = await attempt(copy(request, token?.value), extra, settings);
    if (outcome.retry === "authenticated" && tokens && !isRefreshed) {
      isRefreshed = true;
      token = await tokens.get(signal, token);
      continue;
    }
    const mayRepeat = outcome.retry === "later" || (outcome.retry === "keyed" && isRepeatable);
    const delay = mayRepeat && retry < retries ? delayBefore(retry, outcome.response, maxDelay) : undefined;
    if (delay === undefined) {
      return settled(outcome);
    }
    await wait(delay, signal);
    retry += 1;
    token = await tokens?.get(signal);
  }
}

async function attempt(request: Request, extra: RequestInit | undefined, settings: Settings): Promise<Outcome> {
  const { fetch, operation, parseAs } = settings;
  try {
    const response = await fetch(request, extra);
    const { isDeclared, retry } = await judge(response, request.method, operation, parseAs);
    return isDeclared ? { response, retry } : { response, retry, error: new UnexpectedAnswerError(response) };
  } catch (error) {
    request.signal.throwIfAborted();
    const isAborted = error instanceof Error && error.name === "AbortError"; // by a fetch of the caller's own
    return { error, retry: isAborted ? undefined : "keyed" };
  }
}

function settled({ response, error }: Outcome): Response {
  if (error !== undefined || response === undefined) {
    throw error;
  }
  return response;
}

/** The request for one attempt: a body can be read once only, and a clone lacks what frameworks add to requests. */
function copy(request: Request, token: string | undefined): Request {
  // The signal is given again, because Node 20 collects that of a clone while it is in use: nothing would end the attempt.
  const copied = new Request(request.clone(), { signal: request.signal });
  if (token) {
    copied.headers.set("Authorization", `Bearer ${token}`);
  }
  return Object.assign(copied, Object.fromEntries(Object.entries(request)));
}
