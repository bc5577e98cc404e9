/** Problems as exceptions, for those who like them. */

import type { Problem } from "./contract.js";

export class ProblemError extends Error {
  readonly problem: Problem;
  readonly response: Response;

  constructor(problem: Problem, response: Response) {
    super(`${response.status} ${told(problem)}`.trim());
    this.name = "ProblemError";
    this.problem = problem;
    this.response = response;
  }
}

/** The data of a result; what has an error has none, which without `exactOptionalPropertyTypes` could be `undefined`. */
type DataOf<R> = R extends { data: infer T } ? T : never;

/** Gives the data of a result, or throws its problem as a ProblemError. */
export function unwrap<R extends { data?: unknown; error?: unknown; response: Response }>(result: R): DataOf<R> {
  if (result.error !== undefined) {
    throw new ProblemError(result.error as Problem, result.response); // `judge` lets no others pass
  }
  return result.data as DataOf<R>; // there is no error
}

function told(problem: unknown): string {
  const { detail = "", title = "" }: { detail?: unknown; title?: unknown } = Object(problem);
  return String(detail || title);
}
