import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { captureIo } from "@trellis/kit/captureIo";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "./run.ts";
import type { HealthSettings } from "./settings.ts";

const BODY = '{"status":"unavailable","reasons":["peers: no peer found"]}';
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(({ url: path }, response) => {
    response.writeHead(path === "/health" ? 200 : 503).end(path === "/health" ? "{}" : BODY);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function asked(change: Partial<HealthSettings>): Promise<string> {
  const { io, captured } = captureIo();
  await run({ url, signer: "", ready: false, caFile: "", pins: [], ...change }, io);
  return captured.stdout;
}

it("a service that is alive", async () => {
  expect(await asked({})).toBe("healthy\n");
});

it("UPSTREAM_UNREACHABLE: a service that is not ready, with its reasons", async () => {
  const refused = { code: "UPSTREAM_UNREACHABLE", facts: { url: `${url}/ready`, status: 503, body: BODY } };
  await expect(asked({ ready: true })).rejects.toMatchObject(refused);
});

it("UPSTREAM_UNREACHABLE: nothing that listens", async () => {
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address() as AddressInfo;
  gone.close();
  await once(gone, "close");
  const refused = { code: "UPSTREAM_UNREACHABLE", facts: { reason: "ECONNREFUSED" } };
  await expect(asked({ url: `http://127.0.0.1:${port}` })).rejects.toMatchObject(refused);
});
