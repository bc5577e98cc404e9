/** Lists, page by page. */

import type { Api, Init, Result } from "./api.js";
import type { PagedPath } from "./contract.js";
import { unwrap } from "./problems.js";

/** One page of a path that has pages. */
export type Page<P extends PagedPath> = NonNullable<Result<P, "get">["data"]>;

/** Gives one page after the other; throws a ProblemError for a problem. `init` is that of `api.GET`. */
export async function* pages<P extends PagedPath>(
  api: Api,
  path: P,
  init: Init<P, "get">,
): AsyncGenerator<Page<P>, void, undefined> {
  // While P is open, the compiler does not know what these have in common.
  const get = api.GET as unknown as (path: P, init: UntypedInit) => Promise<Result<P, "get">>;
  const first: UntypedInit = { ...init };
  let cursor: string | null | undefined;
  do {
    const query = cursor == null ? { ...first.params?.query } : { ...first.params?.query, cursor };
    const page = unwrap(await get(path, { ...first, params: { ...first.params, query } })) as Page<P>; // as above
    yield page;
    cursor = (page as { next_cursor?: string | null }).next_cursor; // as above: PagedPath has it
  } while (cursor != null);
}

interface UntypedInit {
  params?: { query?: { cursor?: string | null } };
}
