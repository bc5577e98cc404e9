// What the compiler has to allow and to refuse of calls of the TypeScript client: a line below @ts-expect-error that
// compiles is an error. Compiled by backend/tests/test_typescript_client.py, never run.
import { createApi, etagOf, idempotencyKey, ifMatch, pages, ProblemError, unwrap } from "task-api-client";
import type { Api, components, operations, Page, paths, Problem, ProblemCode, Task, TaskList } from "task-api-client";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(is: Equal<A, B>): void;

const api: Api = createApi({ baseUrl: "https://api.example.com", token: ({ refresh }) => (refresh ? "new" : "old"), credentials: "omit" });
createApi();
createApi({ token: async () => "token", fetch, retries: 0, maxDelay: 1000, headers: { "X-Mine": "1" } });
// @ts-expect-error - a token is a text
createApi({ token: () => 1 });
// @ts-expect-error - also where there is none
createApi({ token: () => undefined as string | undefined });
// @ts-expect-error - a mistyped option
createApi({ baseURL: "" });

const mine = { path: { user_id: "alice" } };
const first = { path: { user_id: "alice", id: 1 } };

const created = await api.POST("/api/{user_id}/tasks", { params: mine, body: { title: "Buy milk" } });
if (created.error) {
  same<typeof created.data, undefined>(true);
  switch (created.error.code) {
    case "invalid_request":
      same<(typeof created.error.errors)[number]["field"], string>(true);
      break;
    // @ts-expect-error - creating declares no such problem
    case "precondition_failed":
      break;
    case "rate_limited":
      // @ts-expect-error - only some problems have errors
      created.error.errors;
      break;
  }
} else {
  const task: Task = created.data;
  same<typeof task.due_date, string | null>(true);
  // @ts-expect-error - a mistyped member
  task.titel;
}

// @ts-expect-error - a mistyped parameter
await api.GET("/api/{user_id}/tasks", { params: { ...mine, query: { staus: "completed" } } });
declare const search: string | undefined;
await api.GET("/api/{user_id}/tasks", { params: { ...mine, query: { ...(search && { search }) } } });
// @ts-expect-error - a parameter that is undefined is to be left out
await api.GET("/api/{user_id}/tasks", { params: { ...mine, query: { search } } });
// @ts-expect-error - no such status
await api.GET("/api/{user_id}/tasks", { params: { ...mine, query: { status: "done" } } });
// @ts-expect-error - a mistyped member of the body
await api.POST("/api/{user_id}/tasks", { params: mine, body: { title: "Buy milk", prioritty: 1 } });
// @ts-expect-error - the title is required
await api.POST("/api/{user_id}/tasks", { params: mine, body: {} });
// @ts-expect-error - a mistyped member of the call
await api.POST("/api/{user_id}/tasks", { params: mine, body: { title: "Buy milk" }, singal: null });
// @ts-expect-error - the user is required
await api.GET("/api/{user_id}/tasks", { params: { path: {} } });
// @ts-expect-error - so are the parameters
await api.GET("/api/{user_id}/tasks");
// @ts-expect-error - no such path
await api.GET("/api/{user_id}/task", { params: mine });
// @ts-expect-error - no such method of this path
await api.PUT("/api/{user_id}/tasks", { params: mine });

const text = await api.GET("/docs");
if (!text.error) same<typeof text.data, string>(true);
const blob = await api.GET("/docs", { parseAs: "blob" });
if (!blob.error) same<typeof blob.data, Blob>(true);
same<ReturnType<typeof unwrapDeleted>, undefined>(true);
declare const deleted: Awaited<ReturnType<typeof remove>>;
const remove = () => api.DELETE("/api/{user_id}/tasks/{id}", { params: first });
const unwrapDeleted = () => unwrap(deleted);

const task: Task = unwrap(await api.GET("/api/{user_id}/tasks/{id}", { params: first, signal: AbortSignal.timeout(1000) }));
const changed = await api.PATCH("/api/{user_id}/tasks/{id}", {
  params: { ...first, header: { ...ifMatch(task), ...idempotencyKey() } },
  body: { title: "Buy bread" },
});
if (changed.error?.code === "precondition_failed") {
  const theirs: Task = changed.error.task;
  same<ReturnType<typeof etagOf>, string | undefined>(true);
  ifMatch(theirs);
}
ifMatch('"1-1-1.0.0"');
// @ts-expect-error - a version is no ETag
ifMatch(task.version);

for await (const page of pages(api, "/api/{user_id}/tasks", { params: { ...mine, query: { limit: 100 } } })) {
  const list: TaskList = page;
  list.items.map(({ title }) => title);
}
for await (const { user, tasks } of pages(api, "/api/{user_id}", { params: mine })) {
  same<(typeof tasks)[number]["id"], number>(true);
  user?.email;
}
same<Page<"/api/{user_id}/tasks">["next_cursor"], string | null>(true);
// @ts-expect-error - no path with pages
pages(api, "/health");
// @ts-expect-error - a mistyped parameter
pages(api, "/api/{user_id}/tasks", { params: { ...mine, query: { limt: 100 } } });

function told(error: ProblemError): string {
  const code: ProblemCode = error.problem.code;
  same<ProblemCode, components["schemas"]["ProblemCode"]>(true);
  same<Problem["code"], ProblemCode>(true);
  return code;
}
told(new ProblemError({} as Problem, new Response())); // only its type matters here
same<paths["/health"]["get"], operations["getHealth"]>(true);
