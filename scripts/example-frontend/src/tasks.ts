// The tasks of one user, through the client. A write is a function: called again, it is the same request under the same
// key, and is done once, however often it is sent.

import { createApi, etagOf, idempotencyKey, ifMatch } from "task-api-client";
import type { FieldError, operations, Problem, Task, TaskList, TaskUpdate } from "task-api-client";
import { NoToken, OtherUser, SignedOut, token } from "./session.js";
import type { User } from "./session.js";

export type Query = NonNullable<operations["listTasks"]["parameters"]["query"]>;

/** What came of it. `refused` is not as the contract wants it; `failed` may be tried again. */
export type Outcome<T> =
  | { kind: "done"; result: T }
  | { kind: "conflict"; theirs: Task }
  | { kind: "gone" }
  | { kind: "refused"; detail: string; errors: FieldError[] }
  | { kind: "failed"; detail: string };

export type Write<T> = () => Promise<Outcome<T>>;
export type Connection = "up" | "unreachable" | "unavailable" | "no-token";

type Guarded = {
  params: { path: { user_id: string; id: number }; header: { "If-Match": string; "Idempotency-Key": string } };
  signal: AbortSignal;
};
type Answer<T> = { data?: T; error?: Problem };

const PATIENCE = 15_000; // ms, with all that the client repeats

export class Tasks {
  readonly #api;
  readonly #path: { user_id: string };

  /** A client for each user, because it keeps their token. `notice` hears how each request went. */
  constructor(user: User, notice: (connection: Connection) => void) {
    this.#path = { user_id: user.id };
    this.#api = createApi({
      baseUrl: import.meta.env.VITE_API_URL,
      token: () =>
        token().catch((error: unknown) => {
          if (error instanceof NoToken) notice("no-token");
          throw error;
        }),
      maxDelay: 5_000, // somebody is waiting
      fetch: async (request) => {
        try {
          const answer = await fetch(request);
          notice(answer.status === 429 || answer.status >= 500 ? "unavailable" : "up");
          return answer;
        } catch (error) {
          if (!request.signal.aborted || isTimeout(request.signal.reason)) notice("unreachable");
          throw error;
        }
      },
    });
  }

  /** A page. A button that says "more" wants one at a time and follows the cursor; `pages` is for walking through. */
  list(query: Query, signal: AbortSignal): Promise<Outcome<TaskList>> {
    const params = { path: this.#path, query };
    return attempt((patience) => this.#api.GET("/api/{user_id}/tasks", { params, signal: AbortSignal.any([signal, patience]) }));
  }

  get(id: number): Promise<Outcome<Task>> {
    const params = { path: { ...this.#path, id } };
    return attempt((signal) => this.#api.GET("/api/{user_id}/tasks/{id}", { params, signal }));
  }

  create(title: string): Write<Task> {
    const params = { path: this.#path, header: idempotencyKey() };
    return () => attempt((signal) => this.#api.POST("/api/{user_id}/tasks", { params, signal, body: { title } }));
  }

  update(seen: Task, body: TaskUpdate): Write<Task> {
    return this.#guarded(seen, (init) => this.#api.PATCH("/api/{user_id}/tasks/{id}", { ...init, body }));
  }

  complete(seen: Task, completed: boolean): Write<Task> {
    const path = "/api/{user_id}/tasks/{id}/complete";
    return this.#guarded(seen, (init) => this.#api.PATCH(path, { ...init, body: { completed } }));
  }

  remove(seen: Task): Write<undefined> {
    return this.#guarded(seen, (init) => this.#api.DELETE("/api/{user_id}/tasks/{id}", init));
  }

  // A write of the task as the user sees it, and of no other version.
  #guarded<T>(seen: Task, send: (init: Guarded) => Promise<Answer<T>>): Write<T> {
    const path = { ...this.#path, id: seen.id };
    const key = idempotencyKey();
    // Kept over repetitions: when only the answer was lost, a task that is read again has changed by this very write.
    let read = etagOf(seen) === undefined ? undefined : seen;
    return async () => {
      if (!read) {
        // What comes in a list has no ETag.
        const now = await this.get(seen.id);
        if (now.kind !== "done") return now;
        if (now.result.version !== seen.version) return { kind: "conflict", theirs: now.result };
        read = now.result;
      }
      const header = { ...key, ...ifMatch(read) };
      return attempt((signal) => send({ params: { path, header }, signal }));
    };
  }
}

async function attempt<T>(send: (patience: AbortSignal) => Promise<Answer<T>>): Promise<Outcome<T>> {
  try {
    const { data, error } = await send(AbortSignal.timeout(PATIENCE));
    return error ? outcomeOf(error) : { kind: "done", result: data as T }; // a 204 has no data, and T is undefined
  } catch (error) {
    // Who was signed out signs in, and who has stopped waiting does not want to know.
    if (error instanceof SignedOut || (error instanceof Error && error.name === "AbortError")) throw error;
    return { kind: "failed", detail: error instanceof NoToken ? error.message : "The service cannot be reached." };
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

function outcomeOf(problem: Problem): Exclude<Outcome<never>, { kind: "done" }> {
  switch (problem.code) {
    case "precondition_failed":
      return { kind: "conflict", theirs: problem.task };
    case "task_not_found":
      return { kind: "gone" };
    case "invalid_request":
      return { kind: "refused", detail: problem.detail, errors: problem.errors };
    case "unauthenticated": // with a new token, too
      throw new SignedOut();
    case "forbidden": // these tasks, to the user of the token
      throw new OtherUser();
    case "unavailable":
    case "rate_limited":
    case "request_timeout":
    case "idempotency_key_in_progress":
    case "internal_error":
      return { kind: "failed", detail: problem.detail };
    default:
      return { kind: "refused", detail: problem.detail, errors: [] };
  }
}
