// Generated from openapi/tasks.yaml by `make generate`. Do not edit.
/** Keys under which a write that is sent again is done once. */

import { KEY_HEADER } from "./contract.js";

/** The header with a new key, for an action that outlives one call: whoever calls again under it goes on with the action. */
export function idempotencyKey(): { [KEY_HEADER]: string } {
  return { [KEY_HEADER]: newKey() };
}

/** A new UUID. `crypto.randomUUID` is not there on pages without HTTPS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const digits = Array.from(bytes, (byte, index) => {
    const marked = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte; // version 4, RFC 9562
    return marked.toString(16).padStart(2, "0");
  }).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
