// Generated from openapi/tasks.yaml by `make generate`. Do not edit.
/** Which answers the contract knows, and when it lets a request be sent again. */

import { HAVE_CODES, RETRY_BY_CODE, RETRY_BY_STATUS } from "./contract.js";
import type { Operation, Retry } from "./contract.js";

/** An answer that the contract does not declare, such as the page of a proxy. */
export class UnexpectedAnswerError extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super(`${response.status} with ${mediaType(response) || "no media type"} is no answer of this operation`);
    this.name = "UnexpectedAnswerError";
    this.response = response;
  }
}

export interface Judgement {
  isDeclared: boolean;
  retry: Retry | undefined;
}

/** Judges an answer; where it is read, it throws what reading it throws. */
export async function judge(
  response: Response,
  method: string,
  operation: Operation,
  isRead: boolean,
): Promise<Judgement> {
  const hasNoBody = method === "HEAD" || [204, 205, 304].includes(response.status);
  if (response.ok || response.status === 304) {
    if (isRead && !hasNoBody) {
      await response.clone().arrayBuffer();
    }
    const isDeclared = hasNoBody || operation.answers === undefined || isOneOf(response, operation.answers);
    return { isDeclared, retry: undefined };
  }
  const text = await response.clone().text();
  const problem = isOneOf(response, operation.problems ?? []) ? parsed(response, text) : undefined;
  const code = codeOf(problem);
  return { isDeclared: HAVE_CODES ? code !== undefined : Boolean(problem), retry: ruleOf(code, response.status) };
}

function parsed(response: Response, text: string): unknown {
  if (!/[/+]json$/.test(mediaType(response))) {
    return text;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(problem: unknown): string | undefined {
  const { code }: { code?: unknown } = Object(problem);
  return typeof code === "string" ? code : undefined;
}

/** A code that is not in the table, of a later version of the service, is taken for what its status says. */
function ruleOf(code: string | undefined, status: number): Retry | undefined {
  return code !== undefined && Object.hasOwn(RETRY_BY_CODE, code) ? RETRY_BY_CODE[code] : RETRY_BY_STATUS[status];
}

function isOneOf(response: Response, declared: readonly string[]): boolean {
  const found = mediaType(response);
  return declared.some((type) => type === found || type === "*/*" || type === found.replace(/\/.*/, "/*"));
}

function mediaType(response: Response): string {
  return (response.headers.get("Content-Type") ?? "").replace(/;.*/s, "").trim().toLowerCase();
}
