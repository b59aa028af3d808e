import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// `npm run dev` serves the console by itself and hands the API to a running soma.
const server = process.env["SOMA_URL"] ?? "http://127.0.0.1:8080";
const isNavigation = (accept: string | undefined) => accept?.includes("text/html") === true;

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: { target: "es2023", cssTarget: ["chrome123", "firefox120", "safari17.5"], assetsInlineLimit: 0 },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": server,
      // The Step Functions API shares its path with the console's first page.
      "^/$": { target: server, bypass: (request) => (request.method === "POST" ? null : request.url) },
      "/runtimes": server,
      // The console's pages live under the same path: a navigation stays here, a request for data goes to soma.
      "/harnesses": { target: server, bypass: (request) => (isNavigation(request.headers.accept) ? "/index.html" : null) },
    },
  },
});
