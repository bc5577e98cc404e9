// Everything stays on this machine: the server listens on 127.0.0.1, and a taken port is an error, not another port.
import { defineConfig } from "vite";

const { VITE_API_URL = "http://127.0.0.1:8000", VITE_AUTH_URL = "http://localhost:3000" } = process.env;
Object.assign(process.env, { VITE_API_URL, VITE_AUTH_URL });

export default defineConfig({
  root: import.meta.dirname,
  build: { outDir: "../../build/example-frontend", emptyOutDir: true, target: "es2022" },
  server: { host: "127.0.0.1", port: 5173, strictPort: true },
});
