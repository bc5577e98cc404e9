// A real Better Auth in memory, for development and tests ONLY: it stores nothing, sends no e-mail, lets anybody guess
// passwords, and trusts every front end of this machine. Specs: "A Better Auth for development" in
// specs/features/better-auth.md, specs/decisions/0052. It is configured by the environment:
//
//   PORT                   3000; 0 takes any free port. Bound to 127.0.0.1, whatever the URL says
//   BETTER_AUTH_URL        its own base URL, which tokens name as `iss` and `aud`; http://localhost:<port>
//   BETTER_AUTH_SECRET     as Better Auth reads it, and BETTER_AUTH_SECRETS; without both, a random one
//   BETTER_AUTH_TRUSTED_ORIGINS    front ends elsewhere, as Better Auth reads it
//   JWT_ALGORITHM          EdDSA, ES256, ES512, RS256, PS256
//   JWKS_ROTATION_SECONDS  `rotationInterval` of its plugin `jwt`, by whose default keys do not rotate
//   JWKS_GRACE_SECONDS     `gracePeriod` of that plugin, by whose default it is 30 days
//   COOKIE_CACHE           compact, jwt, jwe, or jwks: as jwt, signed with the key of the tokens; none without it
//   MAIL_FILE              receives what would be e-mails, a line of JSON each
//   STATE_FILE             read at the start and written at the end: users and keys outlive a restart
//
// Better Auth rotates by time alone: a key of `rotationInterval` expires, and the next token makes a new one. SIGUSR2
// expires the current key at once, so that nobody needs to wait for a clock.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import process from "node:process";
import { memoryAdapter } from "better-auth/adapters/memory";
import { betterAuth } from "better-auth";
import { toNodeHandler } from "better-auth/node";
import { bearer, jwt } from "better-auth/plugins";

const ALGORITHMS = ["EdDSA", "ES256", "ES512", "RS256", "PS256"];
const CACHES = ["", "compact", "jwt", "jwe", "jwks"];
const { env } = process;

function choice(name, allowed) {
  const value = env[name] || allowed[0];
  if (!allowed.includes(value)) fail(`${name}: must be one of ${allowed.filter(Boolean).join(", ")}`);
  return value;
}

function seconds(name) {
  const value = env[name] ? Number(env[name]) : undefined;
  if (value !== undefined && !(value >= 0 && Number.isFinite(value))) fail(`${name}: must be a number from 0`);
  return value;
}

function fail(complaint) {
  process.stderr.write(`auth: ${complaint.replaceAll(/\s+/g, " ")}\n`);
  process.exit(1);
}

function using(name, work) {
  try {
    return work();
  } catch (error) {
    return fail(`${name}: ${error.message}`);
  }
}

const algorithm = choice("JWT_ALGORITHM", ALGORITHMS);
const cache = choice("COOKIE_CACHE", CACHES);
const port = Number(env.PORT || 3000);
if (!(Number.isInteger(port) && port >= 0 && port <= 65535)) fail("PORT: must be a whole number from 0 to 65535");
const server = createServer();
server.on("error", (error) => fail(error.message));
await once(server.listen(port, "127.0.0.1"), "listening");
const baseURL = env.BETTER_AUTH_URL || `http://localhost:${server.address().port}`;

const isDate = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const revived = (_, value) => (typeof value === "string" && isDate.test(value) ? new Date(value) : value);
const tables = { user: [], session: [], account: [], verification: [], jwks: [] };
if (env.STATE_FILE && existsSync(env.STATE_FILE)) {
  const kept = using("STATE_FILE", () => JSON.parse(readFileSync(env.STATE_FILE, "utf8"), revived));
  if (!Object.keys(tables).every((name) => Array.isArray(kept?.[name]))) fail("STATE_FILE: lacks a table");
  Object.assign(tables, kept);
}

if (env.MAIL_FILE) using("MAIL_FILE", () => appendFileSync(env.MAIL_FILE, ""));
function mail(kind) {
  return async ({ user, token }) => {
    if (env.MAIL_FILE) appendFileSync(env.MAIL_FILE, `${JSON.stringify({ kind, to: user.email, token })}\n`);
  };
}

// It would count for more than `telemetry` below.
delete env.BETTER_AUTH_TELEMETRY;
const auth = betterAuth({
  baseURL,
  ...(env.BETTER_AUTH_SECRET || env.BETTER_AUTH_SECRETS ? {} : { secret: randomBytes(32).toString("base64url") }),
  database: memoryAdapter(tables),
  // Else it reads 100 keys of all that it ever made, in no order, and publishes no other.
  advanced: { database: { defaultFindManyLimit: 1000 } },
  emailAndPassword: { enabled: true, sendResetPassword: mail("reset") },
  emailVerification: { sendVerificationEmail: mail("verification"), sendOnSignUp: true },
  user: { changeEmail: { enabled: true, sendChangeEmailConfirmation: mail("change") } },
  session: cache ? { cookieCache: { enabled: true, strategy: cache === "jwks" ? "jwt" : cache } } : {},
  trustedOrigins: ["http://localhost:*", "http://127.0.0.1:*"],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: "error" },
  plugins: [
    jwt({
      jwks: {
        keyPairConfig: { alg: algorithm },
        rotationInterval: seconds("JWKS_ROTATION_SECONDS"),
        gracePeriod: seconds("JWKS_GRACE_SECONDS"),
      },
      sessionCookieCache: cache === "jwks",
    }),
    bearer(),
  ],
});
const context = await auth.$context.catch((error) => fail(error.message));
const answer = toNodeHandler(auth);
const page = `Better Auth for development. It has no pages to sign in with: send it JSON.

POST ${baseURL}/api/auth/sign-up/email   {"name": "Ann", "email": "ann@example.com", "password": "8 or more"}
POST ${baseURL}/api/auth/sign-in/email   {"email": "ann@example.com", "password": "8 or more"}
     answers "user", whose "id" stands in the paths of the API, and "token", which is the session's
GET  ${baseURL}/api/auth/token           with that as Authorization: Bearer
     answers the "token" that the API takes, for 15 minutes
`;

server.on("request", (request, response) => {
  const { origin } = request.headers;
  if (origin && context.isTrustedOrigin(origin)) {
    // Better Auth leaves CORS to what is around it.
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Access-Control-Allow-Credentials", "true");
    response.setHeader("Access-Control-Allow-Headers", "authorization, content-type");
    response.setHeader("Vary", "Origin");
  }
  if (request.method === "OPTIONS") response.writeHead(204).end();
  else if (request.url === "/") response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" }).end(page);
  else answer(request, response);
});

process.on("SIGUSR2", () => {
  const now = new Date();
  for (const key of tables.jwks) if (!key.expiresAt || key.expiresAt > now) key.expiresAt = now;
});
for (const signal of ["SIGTERM", "SIGINT"])
  process.once(signal, () => {
    const state = JSON.stringify(tables);
    if (env.STATE_FILE) using("STATE_FILE", () => writeFileSync(env.STATE_FILE, state, { mode: 0o600 }));
    server.close();
    server.closeAllConnections();
  });

process.stdout.write(`Better Auth at ${baseURL}\n`);
