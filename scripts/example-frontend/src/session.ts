// Who is signed in, by Better Auth: its session is a cookie that scripts do not see, its tokens are what the API takes.

import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import type { FieldError } from "task-api-client";

const auth = createAuthClient({ baseURL: import.meta.env.VITE_AUTH_URL, plugins: [jwtClient()] });

export const IMPOSSIBLE = "Signing in is not possible at the moment.";

const PATIENCE = 10_000; // ms, less than tasks.ts has: so it is known who did not answer

export type User = { id: string; name: string };

/** There is no session, or no longer. */
export class SignedOut extends Error {}

/** The session is of somebody else: they signed in in another tab. */
export class OtherUser extends SignedOut {}

/** Better Auth does not answer. */
export class NoToken extends Error {}

/** The user of the session that the browser has, if any; throws where Better Auth does not answer, as `token` does. */
export async function currentUser(): Promise<User | undefined> {
  const { data, error } = await auth.getSession();
  if (error) throw new Error(error.message);
  return data?.user;
}

/** A token for the API: what `createApi` asks for at its first request, and again when a token is no longer good. */
export async function token(): Promise<string> {
  const fetchOptions = { signal: AbortSignal.timeout(PATIENCE) };
  const { data, error } = await auth.token({ fetchOptions }).catch(() => ({ data: null, error: undefined }));
  if (data) return data.token;
  throw error?.status === 401 ? new SignedOut() : new NoToken("The sign-in service cannot be reached.");
}

/** Begins a session. With a name, of a new user. Gives what is wrong, as the API does, where it cannot begin. */
export async function signIn(given: { name?: string; email: string; password: string }): Promise<User | FieldError[]> {
  const { name, ...known } = given;
  try {
    const { data, error } = name === undefined ? await auth.signIn.email(known) : await auth.signUp.email({ ...known, name });
    return data ? data.user : refused(error);
  } catch {
    return [{ field: "", message: IMPOSSIBLE, type: "rule" }];
  }
}

/** Ends the session; false where Better Auth could not be told. */
export async function signOut(): Promise<boolean> {
  try {
    const { error } = await auth.signOut();
    return !error;
  } catch {
    return false;
  }
}

// Better Auth names what is wrong, but not where; or where, in words for programmers: "[body.email] Invalid ...".
function refused({ code = "", message = IMPOSSIBLE }: { code?: string | undefined; message?: string | undefined }): FieldError[] {
  const places = [...message.matchAll(/\[(body\.\w+)\]/g)].map(([, place = ""]) => place);
  if (!places.length) return [{ field: `body.${fieldOf(code)}`, message, type: "rule" }];
  return places.map((place) => ({ field: place, message: "This cannot be taken", type: "rule" }));
}

function fieldOf(code: string): string {
  if (code.startsWith("PASSWORD") || code === "INVALID_EMAIL_OR_PASSWORD") return "password";
  return code.includes("EMAIL") || code.startsWith("USER_ALREADY_EXISTS") ? "email" : "";
}

let ended = (_: SignedOut) => {};

/** Sets what happens when a session turns out to be over, or to be of somebody else. */
export function whenEnded(action: (how: SignedOut) => void): void {
  ended = action;
}

/** Runs what an event asks for. */
export function run(work: () => Promise<void>): Promise<void> {
  return work().catch((error: unknown) => {
    if (error instanceof SignedOut) ended(error);
    else if (!(error instanceof Error && error.name === "AbortError")) throw error;
  });
}
