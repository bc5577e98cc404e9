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

/** Gives the data of a result, or throws its problem as a ProblemError. */
export function unwrap<T>(
  result: { data: T; error?: never; response: Response } | { data?: never; error: unknown; response: Response },
): T {
  if (result.error !== undefined) {
    throw new ProblemError(result.error as Problem, result.response); // `judge` lets no others pass
  }
  return result.data as T; // there is no error
}

function told(problem: unknown): string {
  const { detail = "", title = "" }: { detail?: unknown; title?: unknown } = Object(problem);
  return String(detail || title);
}
