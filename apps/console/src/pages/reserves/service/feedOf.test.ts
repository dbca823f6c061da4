import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { session } from "../../../session/session.ts";
import { feedOf } from "./feedOf.ts";

afterEach(() => vi.unstubAllGlobals());

const LIMIT = { timeout: 60_000 };
const ADMIN = { id: "key:1", role: "admin", customerId: null, scopes: ["*"] };

it("AUTHENTICATION_MISSING: events that are refused end the session of who is not known any more", async () => {
  let principal: typeof ADMIN | null = ADMIN;
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ principal, ended: null, ways: ["apiKey"] }));
  });
  server.on("upgrade", (_, socket) => {
    socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { fetch } = globalThis;
  const asked: string[] = [];
  vi.stubGlobal("location", { origin });
  vi.stubGlobal("sessionStorage", { getItem: () => null, removeItem: () => {} });
  vi.stubGlobal("fetch", (target: string) => {
    asked.push(target);
    return fetch(`${origin}${target}`);
  });
  await session.refresh();
  expect(session.state.kind).toBe("signedIn");

  const stop = feedOf("/v1").subscribe(() => {});
  await vi.waitUntil(() => asked.filter((target) => target.endsWith("/session")).length === 2, LIMIT);
  expect(session.state.kind).toBe("signedIn");
  principal = null;
  await vi.waitUntil(() => session.state.kind !== "signedIn", LIMIT);
  expect(session.state).toMatchObject({ kind: "ended", code: "AUTHENTICATION_MISSING", principal: ADMIN });
  stop();
  server.close();
});
