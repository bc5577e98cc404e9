/**
 * `make client`: compiles the TypeScript package, packs it, and says how much it adds to a page. Spec:
 * specs/toolchain/client.md. Exits with 1 where it does not compile or has grown over its budget.
 *
 *     node scripts/client/build.mjs [FOLDER] [OUT]
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

/** Bytes, minified and gzipped: alone, and with openapi-fetch. Measured: 2,856 and 5,122. */
const BUDGET = { alone: 3_000, whole: 5_500 };

const folder = resolve(process.argv[2] ?? "generated/typescript");
const out = resolve(process.argv[3] ?? "build");

/** Runs a program, whose errors are shown; ours ends with it where it fails. */
function run(...command) {
  try {
    return execFileSync(command[0], command.slice(1), { cwd: folder, encoding: "utf-8", stdio: ["ignore", "pipe", "inherit"] });
  } catch (error) {
    process.stderr.write(error.stdout ?? `${error.message}\n`);
    process.exit(1);
  }
}

/** What a page that imports everything has to load. */
async function size(external) {
  const { output } = await build({
    configFile: false,
    logLevel: "silent",
    root: folder,
    build: {
      write: false,
      target: "es2022",
      rolldownOptions: { input: resolve(folder, "dist/index.js"), external, preserveEntrySignatures: "strict" },
    },
  });
  return gzipSync(output.map(({ code }) => code).join(""), { level: 9 }).length;
}

rmSync(resolve(folder, "dist"), { recursive: true, force: true });
run(process.execPath, createRequire(import.meta.url).resolve("typescript/bin/tsc"), "--project", ".");
mkdirSync(out, { recursive: true });
const [{ filename }] = JSON.parse(run("npm", "pack", "--json", "--ignore-scripts", "--pack-destination", out));
const sizes = { alone: await size(["openapi-fetch"]), whole: await size([]) };
console.log(`${filename}: ${sizes.alone} bytes minified and gzipped, ${sizes.whole} with openapi-fetch`);
for (const [what, budget] of Object.entries(BUDGET)) {
  if (sizes[what] > budget) {
    console.error(`the client has grown over its budget: ${sizes[what]} bytes ${what}, ${budget} are allowed`);
    process.exitCode = 1;
  }
}
