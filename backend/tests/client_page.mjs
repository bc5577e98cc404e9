// What a page does with the TypeScript client; bundled by vite. `run` lists, creates, and meets a conflict.
import { createApi, idempotencyKey, ifMatch, pages, unwrap } from "task-api-client";

globalThis.run = async (baseUrl, user, token) => {
  const api = createApi({ baseUrl, token: () => token });
  const mine = { path: { user_id: user } };
  const isSecure = globalThis.isSecureContext;
  const signal = new AbortController().signal;
  const task = unwrap(await api.POST("/api/{user_id}/tasks", { params: { ...mine, header: idempotencyKey() }, body: { title: "Buy milk" }, signal }));
  const change = (known, title) =>
    api.PATCH("/api/{user_id}/tasks/{id}", { params: { path: { ...mine.path, id: task.id }, header: ifMatch(known) }, body: { title } });
  const first = unwrap(await change(task, "Buy bread"));
  const { error } = await change(task, "Buy salt");
  const merged = unwrap(await change(error.task, "Buy salt and bread"));
  const titles = [];
  for await (const { items } of pages(api, "/api/{user_id}/tasks", { params: mine })) {
    titles.push(...items.map(({ title }) => title));
  }
  const stopped = new AbortController();
  let attempts = 0;
  const flaky = createApi({ baseUrl, token: () => token, maxDelay: 0, fetch: async (request) => {
    const response = await fetch(request);
    attempts += 1;
    if (attempts === 1) throw new TypeError("the answer was lost");
    return response;
  } });
  const again = await flaky.POST("/api/{user_id}/tasks", { params: mine, body: { title: "Buy salt" } });
  stopped.abort(new Error("left"));
  const left = await api.GET("/health", { signal: stopped.signal }).catch((thrown) => thrown.message);
  return [isSecure, first.version, error.code, merged.version, titles, attempts, again.response.headers.get("Idempotency-Replayed"), left];
};
