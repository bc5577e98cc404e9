// Generated from openapi/tasks.yaml by `make generate`. Do not edit.
/** Which answers the contract knows, and when it lets a request be sent again. */

import type { ParseAs } from "openapi-fetch";
import { HAVE_CODES, RETRY_BY_CODE, RETRY_BY_STATUS } from "./contract.js";
import type { Operation, Retry } from "./contract.js";

/** An answer that the contract does not declare, such as the page of a proxy, or JSON that is none. */
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
  parseAs: ParseAs,
): Promise<Judgement> {
  const hasNoBody = method === "HEAD" || [204, 205, 304].includes(response.status);
  if (response.ok || response.status === 304) {
    if (hasNoBody || (operation.answers !== undefined && !isOneOf(response, operation.answers))) {
      return { isDeclared: hasNoBody, retry: undefined };
    }
    const isRead = parseAs === "json" || parseAs === "text"; // as a whole: one that breaks off has not come
    const text = isRead ? await response.clone().text() : "";
    const mayBeEmpty = operation.answers === undefined;
    const isWhole = parseAs !== "json" || parsed(text) !== undefined || (!text && mayBeEmpty);
    return { isDeclared: isWhole, retry: isWhole ? undefined : "keyed" }; // JSON that is none may have broken off
  }
  const text = await response.clone().text();
  const isJson = /[/+]json$/.test(mediaType(response));
  const problem = isOneOf(response, operation.problems ?? []) ? (isJson ? parsed(text) : text) : undefined;
  const code = codeOf(problem);
  return { isDeclared: HAVE_CODES ? code !== undefined : Boolean(problem), retry: ruleOf(code, response.status) };
}

function parsed(text: string): unknown {
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
