import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "../openapi.yaml",
  output: {
    path: "client",
    module: { extension: ".js" },
    // Without a `file` it is one of the tool's own, the same for every contract: they do not compile under
    // exactOptionalPropertyTypes (hey-api/hey-api#2363).
    header: ({ defaultValue, file }) => (file ? defaultValue : [...defaultValue, "// @ts-nocheck"]),
  },
});
