/**
 * What a front end does through openapi-typescript and openapi-fetch: it creates, lists, reads, updates, toggles and
 * deletes tasks, and meets a 404, a 412 and a 422 on the way. Exits with 0 only when every answer was the expected one.
 *
 *     node program.js BASE_URL USER TOKEN
 *
 * Spec: specs/toolchain/generators.md. There is no cast in this file: what compiles is what the contract says.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, operations, paths } from "./client/schema.js";

type Task = components["schemas"]["Task"];
type TaskList = components["schemas"]["TaskList"];
type ListQuery = NonNullable<operations["listTasks"]["parameters"]["query"]>;
type ProblemCode = components["schemas"]["ProblemCode"];
type TaskProblem =
  | components["schemas"]["TaskNotFoundProblem"]
  | components["schemas"]["NotFoundProblem"]
  | components["schemas"]["InvalidRequestProblem"]
  | components["schemas"]["IdempotencyKeyReusedProblem"];

const [baseUrl, user, token] = process.argv.slice(2);
if (baseUrl === undefined || user === undefined || token === undefined) {
  throw new Error("usage: node program.js BASE_URL USER TOKEN");
}

const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
const mine = { user_id: user };

/** What a front end shows for a problem: `code` decides which members there are. */
function explain(problem: TaskProblem): string {
  switch (problem.code) {
    case "task_not_found":
    case "not_found":
    case "idempotency_key_reused":
      return `${problem.status}: ${problem.detail}`;
    case "invalid_request":
      return problem.errors.map((error) => `${error.field} ${error.type}`).join(", ");
  }
}

/** When a front end may send a request again, by `x-retry` of the contract. A code that is missing here does not compile. */
function retry(code: ProblemCode): "later" | "keyed" | "corrected" | "authenticated" {
  switch (code) {
    case "request_timeout":
    case "idempotency_key_in_progress":
    case "rate_limited":
      return "later";
    case "internal_error":
    case "unavailable":
      return "keyed";
    case "unauthenticated":
      return "authenticated";
    case "malformed_json":
    case "malformed_request":
    case "invalid_host":
    case "forbidden":
    case "not_found":
    case "task_not_found":
    case "method_not_allowed":
    case "metadata_full":
    case "precondition_failed":
    case "content_too_large":
    case "target_too_long":
    case "unsupported_media_type":
    case "invalid_request":
    case "idempotency_key_reused":
    case "precondition_required":
    case "head_too_large":
      return "corrected";
  }
}

async function create(title: string, key: string, replayed: "true" | null = null): Promise<Task> {
  const { data, error, response } = await client.POST("/api/{user_id}/tasks", {
    params: { path: mine, header: { "Idempotency-Key": key } },
    body: { title },
  });
  ok(data, JSON.stringify(error));
  strictEqual(response.status, 201);
  strictEqual(response.headers.get("Idempotency-Replayed"), replayed);
  strictEqual(response.headers.get("Location"), `/api/${encodeURIComponent(mine.user_id)}/tasks/${data.id}`);
  strictEqual(data.title, title);
  strictEqual(data.completed, false);
  return data;
}

/** All pages of two with what is still to be bought, in the order of the titles. */
async function walk(): Promise<Task[]> {
  const tasks: Task[] = [];
  let cursor: string | null = null;
  do {
    const page: TaskList = await list(cursor);
    tasks.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return tasks;
}

async function list(cursor: string | null): Promise<TaskList> {
  // Declared and not spread together: the compiler sees a mistyped parameter only here.
  const query: ListQuery = { status: "pending", search, sort: "title", limit: 2 };
  if (cursor !== null) {
    query.cursor = cursor;
  }
  const { data, error } = await client.GET("/api/{user_id}/tasks", { params: { path: mine, query } });
  ok(data, JSON.stringify(error));
  ok(data.items.length <= 2);
  return data;
}

async function read(id: number): Promise<{ task: Task; tag: string }> {
  const { data, error, response } = await client.GET("/api/{user_id}/tasks/{id}", {
    params: { path: { ...mine, id } },
  });
  ok(data, JSON.stringify(error));
  const tag = response.headers.get("ETag");
  ok(tag !== null && tag.startsWith(`"${id}-${data.version}-`));
  return { task: data, tag };
}

async function update(id: number): Promise<Task> {
  const { data, error } = await client.PUT("/api/{user_id}/tasks/{id}", {
    params: { path: { ...mine, id } },
    body: { description: "Two litres", due_date: "2026-12-24", priority: 3 },
  });
  ok(data, JSON.stringify(error));
  return data;
}

/** The task as it is now: completed, or, if it has changed since it had this tag, as the 412 shows it. */
async function complete(id: number, tag: string): Promise<Task> {
  const { data, error } = await client.PATCH("/api/{user_id}/tasks/{id}/complete", {
    params: { path: { ...mine, id }, header: { "If-Match": tag } },
    body: { completed: true },
  });
  if (error?.code === "precondition_failed") {
    return error.task;
  }
  ok(data, JSON.stringify(error));
  return data;
}

async function remove(id: number): Promise<void> {
  const { error, response } = await client.DELETE("/api/{user_id}/tasks/{id}", {
    params: { path: { ...mine, id } },
  });
  strictEqual(error, undefined);
  strictEqual(response.status, 204);
}

async function meetMissingTask(id: number): Promise<void> {
  const { data, error, response } = await client.GET("/api/{user_id}/tasks/{id}", {
    params: { path: { ...mine, id } },
  });
  strictEqual(data, undefined);
  strictEqual(response.status, 404);
  ok(error !== undefined && error.code === "task_not_found");
  const status: 404 = error.status;
  ok(explain(error).startsWith(`${status}: `));
  strictEqual(retry(error.code), "corrected");
}

async function meetInvalidRequest(): Promise<void> {
  const { error, response } = await client.POST("/api/{user_id}/tasks", {
    params: { path: mine },
    body: { title: " ", status: "pending" },
  });
  strictEqual(response.status, 422);
  ok(error !== undefined && error.status === 422);
  ok(explain(error).startsWith("body.title "));
  ok(error.code === "invalid_request");
  deepStrictEqual(
    error.errors.map(({ field }) => field),
    ["body.title"],
  );
}

const search = "% & more + ü";
const titles = ["Bread", "Milk", "Salt"].map((title) => `${title} ${search}`);
const created: Task[] = [];
for (const title of titles) {
  const key = crypto.randomUUID();
  const task = await create(title, key);
  deepStrictEqual(await create(title, key, "true"), task);
  created.push(task);
}
const [bread, milk] = created;
ok(bread !== undefined && milk !== undefined);

deepStrictEqual(await walk(), created);
const { task, tag } = await read(milk.id);
deepStrictEqual(task, milk);

const updated = await update(milk.id);
deepStrictEqual(updated, {
  ...milk,
  description: "Two litres",
  due_date: "2026-12-24",
  priority: 3,
  updated_at: updated.updated_at,
  version: milk.version + 1,
});

deepStrictEqual(await complete(milk.id, tag), updated);
const completed = await complete(milk.id, (await read(milk.id)).tag);
strictEqual(completed.status, "completed");
strictEqual(typeof completed.completed_at, "string");

await remove(bread.id);
await meetMissingTask(bread.id);
await meetInvalidRequest();
deepStrictEqual(await walk(), created.slice(2));

const { data: text } = await client.GET("/openapi.yaml", { parseAs: "text" });
ok(text?.includes("operationId: createTask"));
