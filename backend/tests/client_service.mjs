// What the TypeScript client does with the real service, over a connection that loses answers: every write is done before
// its answer is lost, and must be done once. Exits with 0 only when every answer was the expected one.
//
//     node client_service.mjs BASE_URL USER TOKEN EXPIRED_TOKEN
import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import process from "node:process";
import { createApi, ifMatch, pages, ProblemError, unwrap } from "task-api-client";

const [baseUrl, user, token, expired] = process.argv.slice(2);
const TASKS = "/api/{user_id}/tasks";
const TASK = "/api/{user_id}/tasks/{id}";
const mine = { path: { user_id: user } };
const one = ({ id }, header = {}) => ({ path: { ...mine.path, id }, header });

let isLossy = true;
const losses = [];
/** Loses the answer of each write's first attempt. */
async function lossy(request) {
  const key = request.headers.get("Idempotency-Key");
  const response = await fetch(request);
  if (isLossy && key !== null && response.ok && !losses.includes(key)) {
    losses.push(key);
    throw new TypeError("fetch failed");
  }
  return response;
}

const asked = [];
const api = createApi({
  baseUrl,
  maxDelay: 1000,
  fetch: lossy,
  token: ({ refresh }) => (asked.push(refresh), refresh ? token : expired),
});

const made = [];
for (const title of ["Buy bread", "Buy milk", "Buy salt"]) {
  const { data, response } = await api.POST(TASKS, { params: mine, body: { title } });
  deepStrictEqual([response.status, response.headers.get("Idempotency-Replayed")], [201, "true"]);
  made.push(data);
}
deepStrictEqual([asked, losses.length], [[false, true], 3]);

const titles = [];
for await (const { items } of pages(api, TASKS, { params: { ...mine, query: { sort: "title", limit: 2 } } })) {
  ok(items.length <= 2);
  titles.push(...items.map(({ title }) => title));
}
deepStrictEqual(titles, ["Buy bread", "Buy milk", "Buy salt"]);
const { tasks } = unwrap(await api.GET("/api/{user_id}", { params: mine }));
throws(() => ifMatch(tasks[0]), TypeError);

const bread = made[0];
const patch = (known, title) => api.PATCH(TASK, { params: one(bread, ifMatch(known)), body: { title } });
const changed = unwrap(await patch(bread, "Buy rye bread"));
strictEqual(changed.version, 2);
const { error } = await patch(bread, "Buy no bread");
strictEqual(error.code, "precondition_failed");
deepStrictEqual(error.task, changed);
strictEqual(unwrap(await patch(error.task, "Buy white bread")).version, 3);

const toggle = await api.PATCH(`${TASK}/complete`, { params: one(bread) });
deepStrictEqual([toggle.data.completed, toggle.data.version, toggle.response.headers.get("Idempotency-Replayed")], [true, 4, "true"]);
strictEqual((await api.DELETE(TASK, { params: one(bread) })).response.status, 204);
await rejects(api.GET(TASK, { params: one(bread) }).then(unwrap), (thrown) => {
  return thrown instanceof ProblemError && thrown.problem.code === "task_not_found";
});

isLossy = false;
const refused = await api.POST(TASKS, { params: mine, body: { title: " ", status: "pending" } });
deepStrictEqual(refused.error.errors.map(({ field }) => field), ["body.title"]);
const { error: unknown } = await api.GET(TASKS, { params: { ...mine, query: { cursor: "x" } } });
deepStrictEqual(unknown.errors.map(({ type }) => type), ["cursor"]);
const known = unwrap(await api.GET(TASK, { params: one(made[1]) }));
const { data, response } = await api.GET(TASK, { params: one(made[1], { "If-None-Match": ifMatch(known)["If-Match"] }) });
deepStrictEqual([data, response.status], [undefined, 304]);
ok(unwrap(await api.GET("/openapi.yaml")).startsWith("# The contract."));
strictEqual(unwrap(await api.GET("/openapi.json")).openapi, "3.1.0");
strictEqual(unwrap(await createApi({ baseUrl }).GET("/health")).status, "ok");
