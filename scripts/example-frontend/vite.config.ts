// Everything stays on this machine: the server listens on 127.0.0.1, and a taken port is an error, not another port.
import { defineConfig } from "vite";
import type { Plugin } from "vite";

const { VITE_API_URL = "http://127.0.0.1:8000", VITE_AUTH_URL = "http://localhost:3000" } = process.env;
Object.assign(process.env, { VITE_API_URL, VITE_AUTH_URL });

/** Says the address that works: at 127.0.0.1 the cookie of Better Auth, which is at localhost, would be another site's. */
const address: Plugin = {
  name: "address",
  configureServer(server) {
    server.printUrls = () => server.config.logger.info(`Open http://localhost:${server.config.server.port}/`);
  },
};

export default defineConfig({
  plugins: [address],
  root: import.meta.dirname,
  build: { outDir: "../../build/example-frontend", emptyOutDir: true, target: "es2022" },
  server: { host: "127.0.0.1", port: 5173, strictPort: true },
});
