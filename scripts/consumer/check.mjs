/**
 * Three generators make clients from the contract, each with a program that uses it: everything compiles strictly, and
 * no operation has an `any` in its types.
 *
 *     node scripts/consumer/check.mjs [CONTRACT] [FOLDER]
 *
 * FOLDER, `build/consumer` without it, gets a copy of this folder, the clients, the programs as JavaScript in
 * `compiled/`, and `types.json`: for each generator and operation what is where in its types. With `-` for CONTRACT the
 * clients in FOLDER stay as they are. Each finding is a line; with one the exit status is 1.
 *
 * Spec: specs/toolchain/generators.md (CONSUMER).
 */

import { execFile } from "node:child_process";
import { copyFileSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";

const HERE = dirname(fileURLToPath(import.meta.url));
const MODULES = resolve(HERE, "../../node_modules");
const OWN_FOLDER = resolve(HERE, "../../build/consumer");

/** For each generator, in a folder of its name: its command line there. */
const GENERATORS = {
  "openapi-typescript": [
    "openapi-typescript/bin/cli.js",
    ..."../openapi.yaml --output client/schema.d.ts --default-non-nullable=false --empty-objects-unknown".split(" "),
  ],
  "hey-api": ["@hey-api/openapi-ts/bin/run.js"],
  orval: ["orval/dist/bin/orval.js", "--config", "orval.config.ts"],
};

/** Fills the folder, which is emptied before if it is our own. */
async function generate(contract, folder) {
  if (folder === OWN_FOLDER) {
    rmSync(folder, { recursive: true, force: true });
  }
  cpSync(HERE, folder, { recursive: true });
  copyFileSync(contract, join(folder, "openapi.yaml"));
  const runs = Object.entries(GENERATORS).map(async ([name, [program, ...options]]) => {
    const command = [join(MODULES, program), ...options];
    await promisify(execFile)(process.execPath, command, { cwd: join(folder, name) }).catch(({ stdout, stderr }) => {
      throw new Error(`${name} takes no such contract\n${stdout}${stderr}`);
    });
  });
  await Promise.all(runs);
}

/** What is where in a type: `types` gets, by the place, the names of all types without members that may stand there. */
function describe(checker, type, place, types, above = []) {
  const note = (name) => (types[place] ??= new Set()).add(name);
  const further = (part, where) => describe(checker, part, where, types, [...above, type]);
  if (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void | ts.TypeFlags.Never) || above.includes(type)) {
    return;
  }
  if (type.isUnion()) {
    type.types.forEach((part) => further(part, place));
  } else if (checker.isTupleType(type)) {
    checker.getTypeArguments(type).forEach((part) => further(part, place));
  } else if (checker.isArrayType(type)) {
    further(checker.getTypeArguments(type)[0], `${place}[]`);
  } else if ((type.isIntersection() ? type.types : [type]).every((part) => part.flags & ts.TypeFlags.Object)) {
    const code = type.getProperty("code") && checker.getTypeOfSymbol(type.getProperty("code"));
    const here = code?.isStringLiteral() ? `${place}<${code.value}>` : place;
    for (const property of type.getProperties()) {
      const optional = property.flags & ts.SymbolFlags.Optional ? "?" : "";
      further(checker.getTypeOfSymbol(property), `${here}.${property.name}${optional}`);
    }
    const indices = checker.getIndexInfosOfType(type);
    indices.forEach((index) => further(index.type, `${here}.*`));
    if (type.getProperties().length + indices.length === 0) {
      note(checker.typeToString(type)); // {}, or a function
    }
  } else {
    note(checker.typeToString(type));
  }
}

/** By generator, operation and place, what `Operations` of each `operations.ts` says. */
function describeAll(program, folder) {
  const checker = program.getTypeChecker();
  const all = {};
  for (const source of program.getSourceFiles().filter(({ fileName }) => fileName.endsWith("/operations.ts"))) {
    const [exported] = checker.getExportsOfModule(checker.getSymbolAtLocation(source));
    const operations = checker.getDeclaredTypeOfSymbol(exported).getProperties();
    all[relative(folder, dirname(source.fileName))] = Object.fromEntries(
      operations.map((operation) => {
        const types = {};
        describe(checker, checker.getTypeOfSymbol(operation), "", types);
        const places = Object.entries(types).map(([place, names]) => [place, [...names].sort()]);
        return [operation.name, Object.fromEntries(places)];
      }),
    );
  }
  return all;
}

/** Compiles everything in the folder, writes what was asked for, and gives what is wrong as lines. */
function check(folder) {
  const form = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => folder, getNewLine: () => "\n" };
  const { config } = ts.readConfigFile(join(folder, "tsconfig.json"), ts.sys.readFile);
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const program = ts.createProgram(fileNames, { ...options, noEmit: false, outDir: join(folder, "compiled") });
  const { diagnostics } = program.emit();
  const types = describeAll(program, folder);
  writeFileSync(join(folder, "types.json"), JSON.stringify(types, null, 2));
  const found = [...errors, ...ts.getPreEmitDiagnostics(program), ...diagnostics];
  const lines = found.map((diagnostic) => ts.formatDiagnostic(diagnostic, form).trim());
  for (const [generator, operations] of Object.entries(types)) {
    for (const [operation, places] of Object.entries(operations)) {
      const loose = Object.entries(places).filter(([, names]) => names.includes("any"));
      lines.push(...loose.map(([place]) => `${generator}: ${operation}${place}: any`));
    }
  }
  return lines;
}

const [contract = join(HERE, "../../openapi/tasks.yaml"), folder = OWN_FOLDER] = process.argv.slice(2);
try {
  if (contract !== "-") {
    await generate(contract, resolve(folder));
  }
  const lines = check(resolve(folder));
  lines.forEach((line) => console.log(line));
  process.exitCode = lines.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
