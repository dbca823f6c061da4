import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2024", sourcemap: false, modulePreload: { polyfill: false } },
  server: {
    proxy: {
      "/rpc": { target: "http://127.0.0.1:8080", ws: true },
      "^/(v1|node|arbitrage/v1|console)/": "http://127.0.0.1:8080",
    },
  },
});
