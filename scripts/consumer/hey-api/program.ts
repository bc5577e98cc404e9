/**
 * What a front end does through @hey-api/openapi-ts: it creates, lists, toggles and deletes tasks, and meets a 412 and
 * a 422 on the way. Exits with 0 only when every answer was the expected one.
 *
 *     node program.js BASE_URL USER TOKEN
 *
 * Spec: specs/toolchain/generators.md. There is no cast in this file: what compiles is what the contract says.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { client } from "./client/client.gen.js";
import type { CreateTaskErrors, ListTasksData, Task, TaskList } from "./client/index.js";
import { createTask, deleteTask, getContractYaml, listTasks, toggleTask } from "./client/index.js";

type Query = NonNullable<ListTasksData["query"]>;
type Created = { task: Task; tag: string };

const [baseUrl, user, token] = process.argv.slice(2);
if (baseUrl === undefined || user === undefined || token === undefined) {
  throw new Error("usage: node program.js BASE_URL USER TOKEN");
}
client.setConfig({ baseUrl, auth: token });
const mine = { user_id: user };

/** What a front end shows for a 422. A code that is missing here does not compile. */
function explain(problem: CreateTaskErrors[422]): string {
  switch (problem.code) {
    case "invalid_request":
      return problem.errors.map((error) => `${error.field} ${error.type}`).join(", ");
    case "idempotency_key_reused":
      return problem.detail;
  }
}

async function create(title: string, key: string, replayed: "true" | null = null): Promise<Created> {
  const { data, error, response } = await createTask({
    path: mine,
    headers: { "Idempotency-Key": key },
    body: { title },
  });
  ok(data, JSON.stringify(error));
  strictEqual(response.headers.get("Idempotency-Replayed"), replayed);
  strictEqual(data.title, title);
  const tag = response.headers.get("ETag");
  ok(tag !== null);
  return { task: data, tag };
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
  const query: Query = { status: "pending", search, sort: "title", limit: 2 };
  if (cursor !== null) {
    query.cursor = cursor;
  }
  const { data, error } = await listTasks({ path: mine, query });
  ok(data, JSON.stringify(error));
  ok(data.items.length <= 2);
  return data;
}

/** The task as it is now: completed or not, or, if it has changed since it had this tag, as the 412 shows it. */
async function complete(id: number, tag: string, completed: boolean): Promise<Task> {
  const { data, error } = await toggleTask({
    path: { ...mine, id },
    headers: { "If-Match": tag },
    body: { completed },
  });
  if (error?.code === "precondition_failed") {
    return error.task;
  }
  ok(data, JSON.stringify(error));
  return data;
}

const search = "% & more + ü";
const created: Task[] = [];
const tags: string[] = [];
for (const title of ["Bread", "Milk", "Salt"].map((name) => `${name} ${search}`)) {
  const key = crypto.randomUUID();
  const { task, tag } = await create(title, key);
  deepStrictEqual(await create(title, key, "true"), { task, tag });
  created.push(task);
  tags.push(tag);
}
const [bread, milk] = created;
const [, tag] = tags;
ok(bread !== undefined && milk !== undefined && tag !== undefined);
deepStrictEqual(await walk(), created);

const completed = await complete(milk.id, tag, true);
strictEqual(completed.status, "completed");
deepStrictEqual(await complete(milk.id, tag, false), completed);

const { response } = await deleteTask({ path: { ...mine, id: bread.id } });
strictEqual(response.status, 204);

const { error } = await createTask({ path: mine, body: { title: " " } });
ok(error !== undefined && error.status === 422);
strictEqual(explain(error), "body.title pattern");
deepStrictEqual(await walk(), created.slice(2));

const { data: text } = await getContractYaml({ parseAs: "text" });
ok(text?.includes("operationId: createTask"));
