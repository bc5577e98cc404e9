// Generated from openapi/tasks.yaml by `make generate`. Do not edit.
/** openapi-fetch's client, whose calls follow the contract's rules on the way (`attempts.ts`). */

import createClient from "openapi-fetch";
import type {
  Client,
  ClientOptions,
  ClientPathsWithMethod,
  FetchResponse,
  MaybeOptionalInit,
  Middleware,
  ParseAs,
} from "openapi-fetch";
import type { paths } from "../schema.js";
import { send } from "./attempts.js";
import type { Fetch } from "./attempts.js";
import { OPERATIONS } from "./contract.js";
import { remember } from "./etags.js";
import { Tokens } from "./tokens.js";
import type { TokenProvider } from "./tokens.js";

export type Method = "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace";

/** The paths that have an operation of this method. */
export type PathOf<M extends Method> = ClientPathsWithMethod<Client<paths>, M>;

/** What a call takes beside its path: `params`, `body`, `signal`, `headers` and the rest of openapi-fetch and fetch. */
export type Init<P extends keyof paths, M extends Method> = MaybeOptionalInit<paths[P], M>;

/** `{ data, response }`, or `{ error, response }` with one of the problems that the operation declares. */
export type Result<P extends keyof paths, M extends Method, As extends ParseAs = "json"> = FetchResponse<
  paths[P][M] & {}, // an operation that is there
  { parseAs: As },
  `${string}/${string}`
>;

type Arguments<T, As extends ParseAs> = undefined extends T
  ? [init?: T & { parseAs?: As }]
  : [init: T & { parseAs?: As }];

/** Calls an operation. Unlike openapi-fetch's own type this one refuses members that nothing declares. */
export type Call<M extends Method> = <P extends PathOf<M>, As extends ParseAs = "json">(
  path: P,
  ...init: Arguments<Init<P, M>, As>
) => Promise<Result<P, M, As>>;

/** Makes the calls of one user. */
export interface Api {
  GET: Call<"get">;
  PUT: Call<"put">;
  POST: Call<"post">;
  DELETE: Call<"delete">;
  OPTIONS: Call<"options">;
  HEAD: Call<"head">;
  PATCH: Call<"patch">;
  TRACE: Call<"trace">;
  /** Adds middleware of openapi-fetch. It sees a call once, before its first and after its last attempt. */
  use(...middleware: Middleware[]): void;
  eject(...middleware: Middleware[]): void;
}

export interface ApiOptions extends Omit<ClientOptions, "fetch"> {
  /** Gives the bearer token. It is asked once, and once more, with `refresh: true`, after a 401. */
  token?: TokenProvider | undefined;
  /** How often a call is sent again, at most; 3 unless told otherwise. A new token after a 401 does not count. */
  retries?: number | undefined;
  /** The longest wait before an attempt in milliseconds, 30 000 unless told otherwise. A longer `Retry-After` is not waited for. */
  maxDelay?: number | undefined;
  /** What sends a request; the global `fetch` unless told otherwise. */
  fetch?: Fetch | undefined;
}

/** Makes a client for one user: who signs in after another gets a client of their own. */
export function createApi(options: ApiOptions = {}): Api {
  const { token, fetch: ownFetch, retries = 3, maxDelay = 30_000, ...rest } = options;
  const client = createClient<paths>(rest);
  const request = client.request as UntypedRequest; // Call's types are those of the contract; what is inside serves any
  const tokens = token && new Tokens(token);
  const call: UntypedRequest = async (method, path, init = {}) => {
    const operation = OPERATIONS[`${method} ${path}`] ?? {};
    const parseAs = init.parseAs ?? operation.parseAs ?? "json";
    // The global fetch is looked up with each call: test tools replace it at any time.
    const fetch = init.fetch ?? ownFetch ?? globalThis.fetch;
    const settings = { operation, fetch, tokens, retries, maxDelay, parseAs };
    const result = await request(method, path, {
      ...init,
      parseAs,
      fetch: (sent, extra) => send(sent, extra, settings),
    });
    if (result.response.status === 304) {
      return { response: result.response }; // openapi-fetch takes it for an error without a text
    }
    remember(result.response, result.data, result.error);
    return result;
  };
  const methods = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];
  const calls = methods.map((method) => [method, call.bind(undefined, method)]);
  return { ...Object.fromEntries(calls), use: client.use, eject: client.eject };
}

interface UntypedInit {
  parseAs?: ParseAs;
  fetch?: Fetch;
}

interface UntypedResult {
  data?: unknown;
  error?: unknown;
  response: Response;
}

type UntypedRequest = (method: string, path: string, init?: UntypedInit) => Promise<UntypedResult>;
