// Generated from openapi/tasks.yaml by `make generate`. Do not edit.
/** What the client has to know of the contract. */

import type { components } from "../schema.js";

/** When a request may be sent again: as it is; as it is unless that could do it twice; with a new token. */
export type Retry = "later" | "keyed" | "authenticated" | "corrected";

export interface Operation {
  /** The header that takes an idempotency key. */
  readonly key?: string;
  /** Whether it takes a bearer token. */
  readonly isSecured?: true;
  /** How its answers are read that are not JSON. */
  readonly parseAs?: "text";
  /** The media types of its successes, unless one has none. */
  readonly answers?: readonly string[];
  /** The media types of its errors. */
  readonly problems?: readonly string[];
}

export const KEY_HEADER = "Idempotency-Key";

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  "GET /": { answers: ["application/json", "text/html"], problems: ["application/problem+json"] },
  "GET /openapi.yaml": { parseAs: "text", answers: ["application/yaml"], problems: ["application/problem+json"] },
  "GET /openapi.json": { answers: ["application/json"], problems: ["application/problem+json"] },
  "GET /docs": { parseAs: "text", answers: ["text/html"], problems: ["application/problem+json"] },
  "GET /problems": { parseAs: "text", answers: ["text/html"], problems: ["application/problem+json"] },
  "GET /problems/{code}": { parseAs: "text", answers: ["text/html"], problems: ["application/problem+json"] },
  "GET /health": { answers: ["application/json"], problems: ["application/problem+json"] },
  "GET /health/db": { answers: ["application/json"], problems: ["application/problem+json"] },
  "GET /api/{user_id}": { isSecured: true, answers: ["application/json"], problems: ["application/problem+json"] },
  "DELETE /api/{user_id}": { isSecured: true, problems: ["application/problem+json"] },
  "GET /api/{user_id}/tasks": { isSecured: true, answers: ["application/json"], problems: ["application/problem+json"] },
  "POST /api/{user_id}/tasks": { key: "Idempotency-Key", isSecured: true, answers: ["application/json"], problems: ["application/problem+json"] },
  "POST /api/{user_id}/tasks/bulk": { key: "Idempotency-Key", isSecured: true, answers: ["application/json"], problems: ["application/problem+json"] },
  "GET /api/{user_id}/tasks/{id}": { isSecured: true, answers: ["application/json"], problems: ["application/problem+json"] },
  "PUT /api/{user_id}/tasks/{id}": { key: "Idempotency-Key", isSecured: true, answers: ["application/json"], problems: ["application/problem+json"] },
  "DELETE /api/{user_id}/tasks/{id}": { key: "Idempotency-Key", isSecured: true, problems: ["application/problem+json"] },
  "PATCH /api/{user_id}/tasks/{id}": { key: "Idempotency-Key", isSecured: true, answers: ["application/json"], problems: ["application/problem+json"] },
  "PATCH /api/{user_id}/tasks/{id}/complete": { key: "Idempotency-Key", isSecured: true, answers: ["application/json"], problems: ["application/problem+json"] },
};

/** Whether every problem has a `code`. */
export const HAVE_CODES: boolean = true;

/** `x-retry` of each problem. */
export const RETRY_BY_CODE: Readonly<Record<string, Retry>> = {
  "malformed_json": "corrected",
  "invalid_host": "corrected",
  "malformed_request": "corrected",
  "unauthenticated": "authenticated",
  "forbidden": "corrected",
  "not_found": "corrected",
  "task_not_found": "corrected",
  "method_not_allowed": "corrected",
  "request_timeout": "later",
  "idempotency_key_in_progress": "later",
  "metadata_full": "corrected",
  "precondition_failed": "corrected",
  "content_too_large": "corrected",
  "target_too_long": "corrected",
  "unsupported_media_type": "corrected",
  "invalid_request": "corrected",
  "idempotency_key_reused": "corrected",
  "precondition_required": "corrected",
  "rate_limited": "later",
  "head_too_large": "corrected",
  "internal_error": "keyed",
  "unavailable": "keyed",
};

/** For codes that are not above: what all problems of a status agree on, and HTTP says of statuses that have none. */
export const RETRY_BY_STATUS: Readonly<Record<number, Retry>> = {
  401: "authenticated",
  408: "later",
  429: "later",
  500: "keyed",
  502: "keyed",
  503: "keyed",
  504: "keyed",
};

/** Every problem of the contract: `code` tells them apart. */
export type Problem =
  | components["schemas"]["InvalidHostProblem"]
  | components["schemas"]["MalformedRequestProblem"]
  | components["schemas"]["MethodNotAllowedProblem"]
  | components["schemas"]["RequestTimeoutProblem"]
  | components["schemas"]["TargetTooLongProblem"]
  | components["schemas"]["InvalidRequestProblem"]
  | components["schemas"]["HeadTooLargeProblem"]
  | components["schemas"]["InternalErrorProblem"]
  | components["schemas"]["NotFoundProblem"]
  | components["schemas"]["UnavailableProblem"]
  | components["schemas"]["UnauthenticatedProblem"]
  | components["schemas"]["ForbiddenProblem"]
  | components["schemas"]["RateLimitedProblem"]
  | components["schemas"]["MalformedJsonProblem"]
  | components["schemas"]["IdempotencyKeyInProgressProblem"]
  | components["schemas"]["ContentTooLargeProblem"]
  | components["schemas"]["UnsupportedMediaTypeProblem"]
  | components["schemas"]["IdempotencyKeyReusedProblem"]
  | components["schemas"]["TaskNotFoundProblem"]
  | components["schemas"]["MetadataFullProblem"]
  | components["schemas"]["PreconditionFailedProblem"]
  | components["schemas"]["PreconditionRequiredProblem"];

type CodeOf<T> = T extends { code: infer C } ? C : never;
export type ProblemCode = CodeOf<Problem>;

/** The paths whose answers have pages: a query parameter `cursor`, and `next_cursor` in the answer. */
export type PagedPath = "/api/{user_id}" | "/api/{user_id}/tasks";
