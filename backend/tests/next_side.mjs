// The application of docs/nextjs.md without Next.js: what it does with a route handler, and what a browser does with cookies.
// Prints the address of the application, reads that of the API, and prints what a page gets to see, as JSON: of nobody,
// of a user who signs up and adds a task (and with how many tokens), of nobody again, and of the next user.
import { once } from "node:events";
import { createServer } from "node:http";
import process from "node:process";
import { createInterface } from "node:readline/promises";

const server = createServer(async (request, response) => {
  const { GET, POST } = await import("./compiled/app/api/auth/[...all]/route.js");
  const { method, headers } = request;
  const body = method === "POST" ? Buffer.concat(await request.toArray()) : undefined;
  const handle = method === "POST" ? POST : GET;
  const answer = await handle(new Request(process.env.BETTER_AUTH_URL + request.url, { method, headers, body }));
  response.setHeader("Set-Cookie", answer.headers.getSetCookie());
  response.writeHead(answer.status, { "Content-Type": "application/json" }).end(await answer.text());
});
await once(server.listen(0, "127.0.0.1"), "listening");
process.env.BETTER_AUTH_URL = `http://localhost:${server.address().port}`;
process.stdout.write(`${process.env.BETTER_AUTH_URL}\n`);
const input = createInterface(process.stdin);
process.env.NEXT_PUBLIC_API_URL = await input.question("");
input.close();

const cookies = new Map();
const plain = globalThis.fetch;
let tokens = 0;
globalThis.fetch = async (...given) => {
  const request = new Request(...given);
  if (request.url.startsWith(process.env.BETTER_AUTH_URL)) {
    if (request.url.endsWith("/token")) tokens += 1;
    request.headers.set("Origin", process.env.BETTER_AUTH_URL);
    request.headers.set("Cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
  }
  const answer = await plain(request);
  for (const cookie of answer.headers.getSetCookie()) cookies.set(...cookie.split(";")[0].split(/=(.*)/, 2));
  return answer;
};

const { addTask, authClient, listTasks } = await import("./compiled/tasks.js");
const password = "correct horse battery staple";
const told = [];
async function look() {
  const seen = await listTasks().catch((error) => error.message);
  told.push(Array.isArray(seen) ? seen.map(({ title }) => title) : seen);
}
await look();
tokens = 0;
await authClient.signUp.email({ name: "Ann", email: "ann@example.com", password });
await addTask("Buy milk");
await look();
told.push(tokens);
await authClient.signOut();
await look();
await authClient.signUp.email({ name: "Ben", email: "ben@example.com", password });
await look();
process.stdout.write(`${JSON.stringify(told)}\n`);
server.close();
server.closeAllConnections();
