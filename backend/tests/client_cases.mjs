// What the TypeScript client does on a network that misbehaves, one case after the other; prints what each failed with,
// as JSON. The peer is a little server of this process: it plays a script, and remembers what it was asked.
import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import process from "node:process";
import { createApi, etagOf, idempotencyKey, ifMatch, pages, ProblemError, UnexpectedAnswerError, unwrap } from "task-api-client";

const TASKS = "/api/{user_id}/tasks";
const TASK = "/api/{user_id}/tasks/{id}";
const USER = "/api/{user_id}";
const alice = { path: { user_id: "alice" } };
const first = { path: { user_id: "alice", id: 1 } };
const task = { id: 1, title: "Buy milk", version: 1 };

const json = (status, body, headers = {}) => ({ status, body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } });
const done = (headers) => json(200, task, headers);
const problem = (status, code, headers = {}, more = {}) =>
  json(status, { status, code, title: code, detail: `It is ${code}.`, ...more }, { "Content-Type": "application/problem+json", ...headers });
const unavailable = problem(503, "unavailable", { "Retry-After": "0" });
const page = (status) => ({ status, body: "<h1>A proxy</h1>", headers: { "Content-Type": "text/html" } });
const hangUp = { hangUp: true };
/** The headers and half of the body. */
const breakOff = { ...done(), breakOff: true };
/** Nothing, for as long as the test lasts. */
const silence = { silence: true };

/** A server that gives one answer after the other, the last one again and again. An answer may be made of a request. */
async function peer(...script) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const made = { method: request.method, url: request.url, headers: request.headers, body };
    requests.push(made);
    const next = script.length > 1 ? script.shift() : script[0];
    const answer = typeof next === "function" ? await next(made) : next;
    if (answer.silence) return;
    if (answer.hangUp) return request.socket.destroy();
    response.writeHead(answer.status, answer.headers);
    if (!answer.breakOff) return response.end(answer.body);
    response.write(answer.body.slice(0, 5), () => request.socket.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  servers.push(server);
  return { requests, baseUrl: `http://127.0.0.1:${server.address().port}` };
}
const servers = [];

/** No wait is longer than nothing unless a case says so: the longest backoff is `maxDelay`. */
async function against(script, options = {}) {
  const { requests, baseUrl } = await peer(...[script].flat());
  return { requests, baseUrl, api: createApi({ baseUrl, maxDelay: 0, ...options }) };
}
const create = (api, more = {}) => api.POST(TASKS, { params: alice, body: { title: "Buy milk" }, ...more });
const read = (api, more = {}) => api.GET(TASK, { params: first, ...more });
const keys = (requests) => requests.map(({ headers }) => headers["idempotency-key"]);
const tokens = (requests) => requests.map(({ headers }) => headers.authorization);
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
const unauthenticated = problem(401, "unauthenticated");
/** Lets in whoever has this token. */
const guarded = (token) => ({ headers }) => (headers.authorization === `Bearer ${token}` ? done() : unauthenticated);

const cases = {
  async "a write has one key over all its attempts, and the next write another"() {
    const { api, requests } = await against([hangUp, unavailable, problem(409, "idempotency_key_in_progress", { "Retry-After": "0" }), json(201, task)]);
    strictEqual((await create(api)).response.status, 201);
    await create(api);
    const [key, ...others] = keys(requests);
    ok(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(key), key);
    deepStrictEqual(others.slice(0, 3), [key, key, key]);
    ok(others[3] && others[3] !== key);
  },
  async "a key of the caller's own is kept, also over several calls"() {
    const { api, requests } = await against([hangUp, json(201, task)], { retries: 0 });
    const header = idempotencyKey();
    await rejects(create(api, { params: { ...alice, header } }), TypeError);
    await create(api, { params: { ...alice, header } });
    deepStrictEqual(keys(requests), [header["Idempotency-Key"], header["Idempotency-Key"]]);
    ok(idempotencyKey()["Idempotency-Key"] !== header["Idempotency-Key"]);
  },
  async "what takes no key gets none"() {
    const { api, requests } = await against({ status: 204 });
    await read(api);
    await api.DELETE(USER, { params: alice });
    deepStrictEqual(keys(requests), [undefined, undefined]);
  },
  async "the body of a request survives its attempts"() {
    const { api, requests } = await against([hangUp, unavailable, json(201, task)]);
    await create(api);
    deepStrictEqual(requests.map(({ body }) => body), Array(3).fill('{"title":"Buy milk"}'));
  },
  async "each code is tried again as the contract says"() {
    const attempts = {};
    for (const [status, code] of [
      [400, "malformed_json"], [401, "unauthenticated"], [403, "forbidden"], [404, "task_not_found"], [408, "request_timeout"],
      [409, "idempotency_key_in_progress"], [409, "metadata_full"], [412, "precondition_failed"], [422, "invalid_request"],
      [422, "idempotency_key_reused"], [429, "rate_limited"], [500, "internal_error"], [503, "unavailable"],
    ]) {
      const { api, requests } = await against(problem(status, code), { retries: 1 });
      strictEqual((await create(api)).error.code, code);
      attempts[code] = requests.length;
    }
    deepStrictEqual(attempts, {
      malformed_json: 1, unauthenticated: 1, forbidden: 1, task_not_found: 1, request_timeout: 2,
      idempotency_key_in_progress: 2, metadata_full: 1, precondition_failed: 1, invalid_request: 1,
      idempotency_key_reused: 1, rate_limited: 2, internal_error: 2, unavailable: 2,
    });
  },
  async "an unknown code is taken for what its status says"() {
    const attempts = {};
    for (const status of [400, 401, 409, 418, 429, 500, 502, 503, 504, 507]) {
      const { api, requests } = await against(problem(status, "constructor"), { retries: 1 });
      strictEqual((await create(api)).error.code, "constructor");
      attempts[status] = requests.length;
    }
    deepStrictEqual(attempts, { 400: 1, 401: 1, 409: 1, 418: 1, 429: 2, 500: 2, 502: 2, 503: 2, 504: 2, 507: 1 });
  },
  async "the last answer is given when all attempts are used up"() {
    for (const [retries, attempts] of [[0, 1], [undefined, 4]]) {
      const { api, requests } = await against(unavailable, { retries });
      const { data, error, response } = await create(api);
      deepStrictEqual([data, error.code, response.status], [undefined, "unavailable", 503]);
      strictEqual(requests.length, attempts);
    }
  },
  async "a failure of the network is thrown as it is when all attempts are used up"() {
    const { api, requests } = await against(hangUp);
    await rejects(create(api), { name: "TypeError", message: "fetch failed" });
    strictEqual(requests.length, 4);
  },
  async "an answer that breaks off has not come"() {
    const { api, requests } = await against([breakOff, done()]);
    deepStrictEqual((await read(api)).data, task);
    strictEqual(requests.length, 2);
  },
  async "what has no key and is not idempotent is sent once, whatever became of it"() {
    for (const answer of [hangUp, page(502), unavailable]) {
      const { api, requests } = await against(answer);
      await api.POST("/of/another/contract", { body: {} }).catch(() => undefined);
      strictEqual(requests.length, 1);
    }
  },
  async "reads and what is idempotent by its method are repeated without a key"() {
    const { api, requests } = await against([hangUp, unavailable, done(), hangUp, { status: 204 }]);
    deepStrictEqual((await read(api)).data, task);
    strictEqual((await api.DELETE(USER, { params: alice })).response.status, 204);
    strictEqual(requests.length, 5);
  },
  async "a proxy's page is thrown, after as many attempts as its status allows"() {
    const attempts = {};
    for (const status of [200, 403, 404, 429, 502, 503, 504]) {
      const { api, requests } = await against(page(status), { retries: 1 });
      await rejects(create(api), (error) => {
        ok(error instanceof UnexpectedAnswerError);
        strictEqual(error.message, `${status} with text/html is no answer of this operation`);
        return error.response.status === status;
      });
      attempts[status] = requests.length;
    }
    deepStrictEqual(attempts, { 200: 1, 403: 1, 404: 1, 429: 2, 502: 2, 503: 2, 504: 2 });
    const { api: emptied } = await against(page(200), { retries: 0 }); // whose success has no media type by the contract
    await rejects(emptied.DELETE(TASK, { params: first }), UnexpectedAnswerError);
    const { api } = await against(page(404));
    const { response } = await create(api).catch((error) => error);
    strictEqual(await response.text(), "<h1>A proxy</h1>");
  },
  async "what only looks like a problem is thrown"() {
    const type = { "Content-Type": "application/problem+json" };
    for (const answer of [
      { status: 404, body: "{", headers: type }, { status: 404, body: "", headers: type }, { status: 404, body: "null", headers: type },
      { status: 404, body: '"not_found"', headers: type }, { status: 404, body: '{"title": "no code"}', headers: type },
      { status: 404 }, json(404, { code: "not_found" }),
    ]) {
      const { api } = await against(answer);
      await rejects(read(api), UnexpectedAnswerError);
    }
  },
  async "JSON that is none is thrown, and tried again like an answer that broke off"() {
    for (const body of ["{", "", " "]) {
      const broken = { ...done(), body };
      const { api, requests } = await against(broken, { retries: 1 });
      for (const call of [read, create]) {
        await rejects(call(api), (error) => error instanceof UnexpectedAnswerError && error.response.status === 200);
      }
      strictEqual(requests.length, 4);
      strictEqual(requests[2].headers["idempotency-key"], requests[3].headers["idempotency-key"]);
      const { api: mended } = await against([broken, done()]);
      deepStrictEqual((await read(mended)).data, task);
      const { api: other, requests: sent } = await against(broken);
      const gives = other.POST("/of/another/contract", { body: {} });
      await (body ? rejects(gives, UnexpectedAnswerError) : gives);
      strictEqual(sent.length, 1);
    }
    const { api } = await against({ ...done(), body: "{" });
    strictEqual((await read(api, { parseAs: "text" })).data, "{");
    strictEqual(await (await read(api, { parseAs: "blob" })).data.text(), "{");
  },
  async "an answer is of its media type whatever its parameters and case"() {
    const { api } = await against([
      done({ "Content-Type": "Application/JSON; charset=utf-8" }),
      problem(404, "task_not_found", { "Content-Type": "application/Problem+json;charset=utf-8" }),
    ]);
    deepStrictEqual((await read(api)).data, task);
    strictEqual((await read(api)).error.code, "task_not_found");
    const { api: other } = await against(done());
    deepStrictEqual((await other.GET("/of/a/later/contract")).data, task);
  },
  async "304 is neither data nor error, 204 has no data, a text is a text"() {
    const { api } = await against([{ status: 304, headers: { ETag: '"1-1"' } }, { status: 204 }, { ...page(200), body: "{}" }, { ...page(200), body: "{}" }]);
    const { data, error, response } = await read(api, { params: { ...first, header: { "If-None-Match": '"1-1"' } } });
    deepStrictEqual([data, error, response.status], [undefined, undefined, 304]);
    strictEqual(unwrap(await api.DELETE(TASK, { params: first })), undefined);
    strictEqual((await api.GET("/docs")).data, "{}");
    ok((await api.GET("/docs", { parseAs: "blob" })).data instanceof Blob);
  },
  async "unwrap gives the data, or throws the problem"() {
    const { api } = await against([done(), problem(404, "task_not_found")]);
    deepStrictEqual(unwrap(await read(api)), task);
    const error = await read(api).then(unwrap).catch((thrown) => thrown);
    ok(error instanceof ProblemError && error instanceof Error);
    deepStrictEqual([error.name, error.message], ["ProblemError", "404 It is task_not_found."]);
    deepStrictEqual([error.problem.code, error.response.status], ["task_not_found", 404]);
  },
  async "Retry-After is waited for in seconds and as a date of the server's clock, unless it is too long"() {
    const attempts = {};
    for (const [said, date] of [
      ["0"], ["1"], ["999999999999"], ["nonsense"], ["-1"],
      ["Mon, 01 Jan 2001 00:00:00 GMT", "Mon, 01 Jan 2001 00:00:00 GMT"], // now, by a clock that is wrong
      ["Mon, 01 Jan 2001 00:00:09 GMT", "Mon, 01 Jan 2001 00:00:00 GMT"], ["Fri, 01 Jan 2100 00:00:00 GMT"],
    ]) {
      const headers = { "Retry-After": said, ...(date && { Date: date }) };
      const { api, requests } = await against(problem(503, "unavailable", headers), { retries: 1 });
      await create(api);
      attempts[said] = requests.length;
    }
    deepStrictEqual(attempts, {
      0: 2, 1: 1, 999999999999: 1, nonsense: 2, "-1": 2,
      "Mon, 01 Jan 2001 00:00:00 GMT": 2, "Mon, 01 Jan 2001 00:00:09 GMT": 1, "Fri, 01 Jan 2100 00:00:00 GMT": 1,
    });
  },
  async "without Retry-After each wait is a random part of a time that doubles, up to the longest"() {
    const plain = globalThis.setTimeout;
    const waits = [];
    const random = Math.random;
    Math.random = () => 0.5;
    globalThis.setTimeout = (callback, delay, ...rest) => {
      const isOurs = callback.name === ""; // the resolve of a promise; undici's timers have names
      if (isOurs) waits.push(delay);
      return plain(callback, isOurs ? 0 : delay, ...rest);
    };
    try {
      const { api } = await against(problem(503, "unavailable"), { retries: 5, maxDelay: 1500 });
      await create(api);
      const forever = problem(503, "unavailable", { "Retry-After": "99999999" });
      const { api: other } = await against([problem(503, "unavailable", { "Retry-After": "2" }), forever, done()], { maxDelay: Infinity });
      await create(other);
    } finally {
      globalThis.setTimeout = plain;
      Math.random = random;
    }
    deepStrictEqual(waits, [125, 250, 500, 750, 750, 2000, 2 ** 31 - 1]); // a timer for more would end at once
  },
  async "a token is asked for once and kept, by all calls together"() {
    const asked = [];
    const { api, requests } = await against(done(), { token: (ask) => (asked.push(ask), Promise.resolve("t")) });
    await Promise.all([read(api), read(api)]);
    await read(api);
    deepStrictEqual(asked, [{ refresh: false }]);
    deepStrictEqual(tokens(requests), Array(3).fill("Bearer t"));
  },
  async "an operation that takes no token is not sent one"() {
    const { api, requests } = await against(done(), { token: () => ok(false, "it was asked for") });
    await api.GET("/health");
    await read(api, { headers: { Authorization: "Basic mine" } });
    deepStrictEqual(tokens(requests), [undefined, "Basic mine"]);
  },
  async "an empty token is not sent"() {
    const { api, requests } = await against(unauthenticated, { token: () => "" });
    strictEqual((await read(api)).error.code, "unauthenticated");
    deepStrictEqual(tokens(requests), [undefined, undefined]);
  },
  async "after a 401 the token is asked for anew, once for all that wait, and the calls go on"() {
    const asked = [];
    const token = (ask) => (asked.push(ask), ask.refresh ? "new" : "old");
    const { api, requests } = await against(guarded("new"), { token, retries: 0 });
    const results = await Promise.all([read(api), read(api), create(api)]);
    deepStrictEqual(results.map(({ data }) => data), [task, task, task]);
    deepStrictEqual(asked, [{ refresh: false }, { refresh: true }]);
    deepStrictEqual(tokens(requests).sort(), [...Array(3).fill("Bearer new"), ...Array(3).fill("Bearer old")]);
    strictEqual(new Set(keys(requests).filter(Boolean)).size, 1);
  },
  async "a 401 that comes after another's refresh makes none of its own"() {
    let refreshes = 0;
    let release;
    const late = new Promise((resolve) => (release = resolve));
    const slow = async () => (await late, unauthenticated);
    const { api } = await against([slow, unauthenticated, done()], { token: ({ refresh }) => ((refreshes += refresh ? 1 : 0), "same") });
    const waiting = read(api);
    deepStrictEqual((await read(api)).data, task);
    release();
    deepStrictEqual((await waiting).data, task);
    strictEqual(refreshes, 1);
  },
  async "a later attempt has the token that others have got meanwhile"() {
    let release;
    const late = new Promise((resolve) => (release = resolve));
    const token = ({ refresh }) => (refresh ? "new" : "old");
    const { api, requests } = await against([async () => (await late, unavailable), guarded("new"), guarded("new")], { token });
    const waiting = read(api);
    await read(api);
    release();
    deepStrictEqual((await waiting).data, task);
    deepStrictEqual(tokens(requests), ["Bearer old", "Bearer old", "Bearer new", "Bearer new"]);
  },
  async "a 401 after the refresh is given as it is, and the next call asks again"() {
    const asked = [];
    const { api, requests } = await against(unauthenticated, { token: ({ refresh }) => (asked.push(refresh), "t") });
    strictEqual((await read(api)).error.code, "unauthenticated");
    deepStrictEqual([asked, requests.length], [[false, true], 2]);
    await read(api);
    deepStrictEqual([asked, requests.length], [[false, true, true], 4]);
  },
  async "a provider that fails is thrown to all that wait, and asked again by the next call"() {
    const asked = [];
    const fails = new Error("signed out");
    let refuse;
    const refused = new Promise((_, reject) => (refuse = reject));
    const token = ({ refresh }) => (asked.push(refresh), asked.length === 2 ? refused : refresh ? "new" : "old");
    let answers = 0;
    const fetch = async (request) => {
      const isNew = request.headers.get("Authorization") === "Bearer new";
      answers += 1;
      if (answers === 2) setTimeout(() => refuse(fails)); // both have read their answer by then: it is all there
      const { status, body, headers } = isNew ? done() : unauthenticated;
      return new Response(body, { status, headers });
    };
    const api = createApi({ baseUrl: "http://nowhere.invalid", fetch, token });
    const results = await Promise.allSettled([read(api), read(api)]);
    deepStrictEqual(results.map(({ reason }) => reason), [fails, fails]);
    deepStrictEqual((await read(api)).data, task);
    deepStrictEqual(asked, [false, true, true]);
    const { api: other } = await against(done(), { token: () => { throw fails; } });
    await rejects(read(other), fails);
  },
  async "a provider that never answers holds nobody who stops waiting, and is asked again when nobody waits"() {
    let asked = 0;
    const { api } = await against(done(), { token: () => ((asked += 1), asked === 1 ? new Promise(() => {}) : "t") });
    const [one, other] = [new AbortController(), new AbortController()];
    const calls = [read(api, { signal: one.signal }), read(api, { signal: other.signal })];
    one.abort(new Error("one"));
    await rejects(calls[0], { message: "one" });
    strictEqual(asked, 1);
    other.abort(new Error("other"));
    await rejects(calls[1], { message: "other" });
    deepStrictEqual((await read(api)).data, task);
    strictEqual(asked, 2);
    const { api: never } = await against(done(), { token: () => new Promise(() => {}) });
    await rejects(read(never, { signal: AbortSignal.abort(new Error("before")) }), { message: "before" });
  },
  async "a signal ends a request with its reason, and no attempt follows"() {
    let arrived;
    const here = new Promise((resolve) => (arrived = resolve));
    const { api, requests } = await against(() => (arrived(), silence));
    const controller = new AbortController();
    const call = create(api, { signal: controller.signal });
    await here;
    globalThis.gc?.(); // signals that follow others must survive it
    controller.abort(new Error("left the page"));
    await rejects(call, { message: "left the page" });
    await rejects(read(api, { signal: AbortSignal.abort(new Error("never began")) }), { message: "never began" });
    strictEqual(requests.length, 1);
    const other = new AbortController(); // some browsers throw an AbortError, whatever the reason
    const fetch = () => (other.abort(new Error("mine")), Promise.reject(new DOMException("theirs", "AbortError")));
    await rejects(read(api, { signal: other.signal, fetch }), { message: "mine" });
  },
  async "a signal ends a wait, and leaves no timer"() {
    const before = timers();
    let waits;
    const waiting = new Promise((resolve) => (waits = resolve));
    const { api } = await against(problem(503, "unavailable", { "Retry-After": "3000" }), { maxDelay: 10_000_000 });
    const controller = new AbortController();
    const call = create(api, { signal: controller.signal, fetch: async (request) => {
      setImmediate(() => setImmediate(waits));
      return new Response('{"code": "unavailable"}', { status: 503, headers: { "Content-Type": "application/problem+json", "Retry-After": "3000" } });
    } });
    await waiting;
    controller.abort(new Error("enough"));
    await rejects(call, { message: "enough" });
    ok(timers() <= before, `${timers()} timers, ${before} before`);
  },
  async "no listener of the client stays with a signal"() {
    const { api } = await against([unavailable, unauthenticated, done()], { token: () => "t" });
    const listeners = new Map();
    const { addEventListener, removeEventListener } = AbortSignal.prototype;
    AbortSignal.prototype.addEventListener = function (type, listener, ...rest) {
      if (listener.name === "stop") listeners.set(listener, (listeners.get(listener) ?? 0) + 1);
      return addEventListener.call(this, type, listener, ...rest);
    };
    AbortSignal.prototype.removeEventListener = function (type, listener, ...rest) {
      if (listeners.has(listener)) listeners.set(listener, 0);
      return removeEventListener.call(this, type, listener, ...rest);
    };
    try {
      deepStrictEqual((await read(api, { signal: new AbortController().signal })).data, task);
    } finally {
      Object.assign(AbortSignal.prototype, { addEventListener, removeEventListener });
    }
    ok(listeners.size >= 2, "it listened for the token and for the wait");
    deepStrictEqual([...listeners.values()].filter(Boolean), []);
  },
  async "an ETag is known of the answer it came with, of a problem's task, and of nothing else"() {
    const { api, requests } = await against([
      done({ ETag: '"1-1"' }), problem(412, "precondition_failed", { ETag: '"1-2"' }, { task: { ...task, version: 2 } }),
      done({ ETag: '"1-3"' }), json(200, { items: [task], next_cursor: null }), done(),
    ]);
    const { data: known } = await read(api);
    const change = (header) => api.PATCH(TASK, { params: { ...first, header }, body: { title: "Buy bread" } });
    const { error } = await change(ifMatch(known));
    const { data: merged } = await change(ifMatch(error.task));
    deepStrictEqual(requests.slice(1).map(({ headers }) => headers["if-match"]), ['"1-1"', '"1-2"']);
    strictEqual(etagOf(merged), '"1-3"');
    deepStrictEqual(ifMatch(etagOf(merged)), { "If-Match": '"1-3"' });
    const { data: list } = await api.GET(TASKS, { params: alice });
    const { data: without } = await read(api);
    for (const unknown of [list, list.items[0], without, { ...known }, error, {}, ""]) {
      throws(() => ifMatch(unknown), { name: "TypeError", message: /TanStack Query.*etagOf\(\)/ });
    }
  },
  async "pages are given one after the other, each tried again like any call, with all that was asked for"() {
    const list = (id, next_cursor) => json(200, { items: [{ ...task, id }], next_cursor });
    const { api, requests } = await against([list(1, "b"), hangUp, unavailable, list(2, "c"), list(3, null)]);
    const found = [];
    for await (const { items } of pages(api, TASKS, { params: { ...alice, query: { limit: 1, status: "pending" } }, headers: { "X-Mine": "1" } })) {
      found.push(items[0].id);
    }
    deepStrictEqual(found, [1, 2, 3]);
    const plain = "/api/alice/tasks?limit=1&status=pending";
    deepStrictEqual(requests.map(({ url }) => url), [plain, ...Array(3).fill(`${plain}&cursor=b`), `${plain}&cursor=c`]);
    ok(requests.every(({ headers }) => headers["x-mine"] === "1"));
  },
  async "pages may begin in the midst, and nothing is asked after the last one that is wanted"() {
    const { api, requests } = await against(json(200, { user: null, tasks: [], next_cursor: "z" }));
    for await (const { tasks } of pages(api, USER, { params: { ...alice, query: { cursor: "m" } } })) {
      if (tasks.length === 0) break;
    }
    deepStrictEqual(requests.map(({ url }) => url), ["/api/alice?cursor=m"]);
  },
  async "a cursor that is refused on the way is thrown, not started over"() {
    const { api, requests } = await against([json(200, { items: [], next_cursor: "b" }), problem(422, "invalid_request", {}, { errors: [] })]);
    const seen = [];
    const walk = async () => {
      for await (const { items } of pages(api, TASKS, { params: alice })) seen.push(items);
    };
    await rejects(walk(), (error) => error instanceof ProblemError && error.problem.code === "invalid_request");
    deepStrictEqual([seen.length, requests.length], [1, 2]);
  },
  async "a signal ends the pages"() {
    const { api } = await against(json(200, { items: [], next_cursor: "b" }));
    const controller = new AbortController();
    const walk = async () => {
      for await (const { items } of pages(api, TASKS, { params: alice, signal: controller.signal })) {
        controller.abort(new Error(`after ${items.length}`));
      }
    };
    await rejects(walk(), { message: "after 0" });
  },
  async "middleware sees a call once, the first request and the last answer, and may change both"() {
    const { api, requests } = await against([unavailable, unauthenticated, done()], { token: () => "t" });
    const seen = [];
    const middleware = {
      onRequest: ({ request, schemaPath }) => {
        seen.push(`${request.method} ${schemaPath}`);
        request.headers.set("X-Mine", "1");
        return new Request(request, { headers: { ...Object.fromEntries(request.headers), "X-Other": "2" } });
      },
      onResponse: ({ response }) => void seen.push(response.status),
      onError: ({ error }) => void seen.push(error.name),
    };
    api.use(middleware);
    deepStrictEqual((await read(api)).data, task);
    deepStrictEqual(seen, [`GET ${TASK}`, 200]);
    deepStrictEqual(requests.map(({ headers }) => [headers["x-mine"], headers["x-other"]]), Array(3).fill(["1", "2"]));
    const { api: other } = await against(page(404));
    other.use(middleware);
    await rejects(read(other), UnexpectedAnswerError);
    deepStrictEqual(seen.slice(2), [`GET ${TASK}`, "UnexpectedAnswerError"]);
    api.eject(middleware);
    await read(api);
    strictEqual(seen.length, 4);
  },
  async "a fetch of one's own is called as one, with all that frameworks add to a request, and may give up"() {
    const seen = [];
    async function own(request, extra) {
      seen.push([this, request.next, extra, new URL(request.url).pathname]);
      return new Response(JSON.stringify(task), { headers: { "Content-Type": "application/json" } });
    }
    const api = createApi({ baseUrl: "http://nowhere.invalid", fetch: own, requestInitExt: { extra: 1 } });
    deepStrictEqual((await read(api, { next: { tags: ["task"] } })).data, task);
    deepStrictEqual(seen, [[undefined, { tags: ["task"] }, { extra: 1 }, "/api/alice/tasks/1"]]);
    let calls = 0;
    const gives = createApi({ baseUrl: "http://nowhere.invalid", maxDelay: 0, fetch: async () => {
      calls += 1;
      throw new DOMException("I gave up", "AbortError");
    } });
    await rejects(read(gives), { message: "I gave up" });
    strictEqual(calls, 1);
  },
  async "the global fetch is the one of the moment"() {
    const { api } = await against(done());
    const plain = globalThis.fetch;
    globalThis.fetch = async () => new Response('{"id": 7}', { headers: { "Content-Type": "application/json" } });
    try {
      deepStrictEqual((await read(api)).data, { id: 7 });
    } finally {
      globalThis.fetch = plain;
    }
    strictEqual((await read(api)).data.id, 1);
  },
};

const outcomes = {};
for (const [name, run] of Object.entries(cases)) {
  if (process.env.TRACE_CASES) process.stderr.write(`${name}\n`);
  outcomes[name] = await run().then(() => null, (error) => String(error?.stack ?? error));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}
process.stdout.write(JSON.stringify(outcomes));
