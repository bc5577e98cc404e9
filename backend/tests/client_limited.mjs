// Creates more tasks at once than the service allows, and says what became of them and how often it was told to wait.
import process from "node:process";
import { createApi } from "task-api-client";

const [baseUrl, user, token] = process.argv.slice(2);
let refusals = 0;
async function counting(request) {
  const response = await fetch(request);
  refusals += response.status === 429 ? 1 : 0;
  return response;
}
const api = createApi({ baseUrl, token: () => token, fetch: counting, retries: 50 });
const params = { path: { user_id: user } };
const calls = ["bread", "milk", "salt", "tea"].map((title) => api.POST("/api/{user_id}/tasks", { params, body: { title } }));
const statuses = (await Promise.all(calls)).map(({ response }) => response.status);
process.stdout.write(JSON.stringify([statuses, refusals > 0]));
