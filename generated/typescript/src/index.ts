// Generated from openapi/tasks.yaml by `make generate`. Do not edit.
/** What this package gives; its README.md says how to use it. */

export { createApi } from "./api.js";
export type { Api, ApiOptions, Call, Init, Method, PathOf, Result } from "./api.js";
export { UnexpectedAnswerError } from "./answers.js";
export type { PagedPath, Problem, ProblemCode } from "./contract.js";
export { etagOf, ifMatch } from "./etags.js";
export { idempotencyKey } from "./keys.js";
export { pages } from "./pages.js";
export type { Page } from "./pages.js";
export { ProblemError, unwrap } from "./problems.js";
export type { TokenProvider } from "./tokens.js";
export type * from "./schemas.js";
export type { components, operations, paths } from "../schema.js";
