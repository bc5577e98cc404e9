import { defineConfig } from "orval";

export default defineConfig({
  tasks: {
    input: "../openapi.yaml",
    output: {
      target: "client/tasks.ts",
      client: "fetch",
      headers: true,
      override: {
        mutator: { path: "send.ts", name: "send", extension: ".js" },
        useNamedParameters: true,
      },
    },
  },
});
