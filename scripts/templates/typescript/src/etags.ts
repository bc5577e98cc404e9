/** The ETags of what was answered, by the objects that came with them. */

const tags = new WeakMap<object, string>();

/** Keeps the ETag of an answer for its data, and for what a problem holds: a 412's is that of what is there now. */
export function remember(response: Response, data: unknown, error: unknown): void {
  const etag = response.headers.get("ETag");
  if (etag !== null) {
    for (const found of [data, ...(isObject(error) ? Object.values(error) : [])]) {
      if (isObject(found)) {
        tags.set(found, etag);
      }
    }
  }
}

/** The ETag that came with this object; undefined for items of lists, copies and whatever else came without. */
export function etagOf(data: object): string | undefined {
  return tags.get(data);
}

/** The header that lets a write pass only if nobody has written since. Takes what was read, or its ETag. */
export function ifMatch(known: object | string): { "If-Match": string } {
  const etag = typeof known === "string" ? known : etagOf(known);
  if (!etag) {
    throw new TypeError("no ETag came with this object: read it alone; of a copy (TanStack Query makes some), keep etagOf() of the original");
  }
  return { "If-Match": etag };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
