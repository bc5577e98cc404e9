/**
 * Fastify with routes, validation and serialisation from an OpenAPI file by fastify-openapi-glue, and pg.
 *
 * A peer of `make bench` (specs/toolchain/benchmarks.md): node server.mjs <contract> <port> <workers>. DATABASE_URL,
 * SECRET and POOL_SIZE come from the environment.
 */
import cluster from "node:cluster";
import process from "node:process";

import fastifyJwt from "@fastify/jwt";
import Fastify from "fastify";
import openapiGlue from "fastify-openapi-glue";
import pg from "pg";

const { DATABASE_URL, SECRET, POOL_SIZE } = process.env;
const [contract, port, workers] = process.argv.slice(2);

const COLUMNS = `id, user_id, title, description, status, status = 'completed' AS completed, priority, due_at, due_on,
  metadata, created_at, updated_at, completed_at, version`;

// With a name, pg prepares a statement once for each connection.
const LIST = {
  name: "list",
  text: `SELECT ${COLUMNS} FROM tasks WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2`,
};
const GET = { name: "get", text: `SELECT ${COLUMNS} FROM tasks WHERE user_id = $1 AND id = $2` };
const CREATE = {
  name: "create",
  text: `INSERT INTO tasks (user_id, title, description, priority) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
};
const TOGGLE = {
  name: "toggle",
  text: `UPDATE tasks SET status = CASE status WHEN 'completed' THEN 'pending' ELSE 'completed' END,
    completed_at = CASE status WHEN 'completed' THEN NULL ELSE now() END, updated_at = now(), version = version + 1
    WHERE user_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
};

// A Date keeps milliseconds only and takes longer: instants stay the text that PostgreSQL sends, in UTC.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => `${text.slice(0, 10)}T${text.slice(11, -3)}Z`);
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

class Tasks {
  constructor(pool) {
    this.pool = pool;
  }

  async listTasks(request) {
    const { limit } = request.query;
    const { rows } = await this.pool.query({ ...LIST, values: [owner(request), limit + 1] });
    const last = rows[limit - 1];
    const place = rows.length > limit ? JSON.stringify([last.created_at, last.id]) : null;
    return {
      items: rows.slice(0, limit).map(task),
      next_cursor: place && Buffer.from(place).toString("base64url"),
    };
  }

  async createTask(request, reply) {
    const { title, description = null, priority = 0 } = request.body;
    const values = [owner(request), title.trim(), description, priority];
    const { rows } = await this.pool.query({ ...CREATE, values });
    reply.code(201);
    return task(rows[0]);
  }

  async getTask(request) {
    return found(await this.pool.query({ ...GET, values: [owner(request), request.params.id] }));
  }

  async toggleTask(request) {
    return found(await this.pool.query({ ...TOGGLE, values: [owner(request), request.params.id] }));
  }
}

class Security {
  async bearer(request) {
    await request.jwtVerify();
  }
}

function owner(request) {
  if (request.params.user_id !== request.user.sub) {
    throw Object.assign(new Error("Not your tasks"), { statusCode: 403 });
  }
  return request.user.sub;
}

function found({ rows }) {
  if (rows.length === 0) {
    throw Object.assign(new Error("Task not found"), { statusCode: 404 });
  }
  return task(rows[0]);
}

function task(row) {
  row.due_date = row.due_at ?? row.due_on;
  return row; // what the contract does not name is not serialised
}

async function serve() {
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE), options: "-c TimeZone=UTC" });
  const app = Fastify();
  // Room for every user's token: the default of 1,000 would verify most of them again.
  await app.register(fastifyJwt, { secret: SECRET, verify: { cache: 20_000, algorithms: ["HS256"] } });
  await app.register(openapiGlue, {
    specification: contract,
    serviceHandlers: new Tasks(pool),
    securityHandlers: new Security(),
  });
  await app.listen({ host: "127.0.0.1", port: Number(port) });
}

if (cluster.isPrimary && Number(workers) > 1) {
  for (let started = 0; started < Number(workers); started += 1) {
    cluster.fork();
  }
} else {
  await serve();
}
