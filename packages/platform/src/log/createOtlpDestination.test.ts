import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { createProcessLog } from "./index.ts";

let collector: Server;
afterEach(() => new Promise((resolve) => void collector.close(resolve)));

async function listen(answer: (request: IncomingMessage, body: string) => void): Promise<string> {
  collector = createServer(async (request, response) => {
    answer(request, Buffer.concat((await request.toArray()) as Buffer[]).toString());
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/logs`;
}

const otlpOf = (url: string) => ({ url, service: "trellis-test", version: "1" });
const folder = mkdtempSync(join(tmpdir(), "trellis-otlp-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = { path: join(folder, "log"), sizeMax: 65_536, ageMaxMs: 60_000, keptMax: 0 };

it("lines reach a collector by OTLP with their facts and without secrets", async () => {
  const bodies: string[] = [];
  const url = await listen((_, body) => bodies.push(body));
  const { log, close } = await createProcessLog({ level: "info", file, otlp: otlpOf(url) });
  log.debug("below the level");
  log.child("chain").warn("block refused", { number: 7, wei: 10n ** 20n, apiKey: "trk_secret", isNew: true });
  log.fatal("the end", { error: new Error("why") });
  await close();
  const [{ resource, scopeLogs }] = JSON.parse(bodies.join("")).resourceLogs;
  expect(resource.attributes).toContainEqual({ key: "service.name", value: { stringValue: "trellis-test" } });
  const [refused, end, ...others] = scopeLogs[0].logRecords;
  expect(others).toEqual([]);
  expect(refused).toMatchObject({
    severityNumber: 13,
    severityText: "warn",
    body: { stringValue: "block refused" },
  });
  expect(Number(refused.timeUnixNano)).toBeGreaterThan(1.7e18);
  expect(refused.attributes).toEqual(
    expect.arrayContaining([
      { key: "module", value: { stringValue: "chain" } },
      { key: "number", value: { intValue: 7 } },
      { key: "wei", value: { stringValue: "100000000000000000000" } },
      { key: "isNew", value: { boolValue: true } },
    ]),
  );
  expect(end).toMatchObject({ severityNumber: 21, body: { stringValue: "the end" } });
  expect(JSON.stringify(end.attributes)).toContain("why");
  expect(bodies.join("")).not.toContain("trk_secret");
});

it("an unreachable collector blocks nobody, and loses no line of the file", async () => {
  const url = await listen(() => {});
  await new Promise((resolve) => collector.close(resolve));
  const { log, close } = await createProcessLog({ level: "info", file, otlp: otlpOf(url) });
  log.info("nobody hears it");
  await close();
  expect(readFileSync(file.path, "utf8")).toContain("nobody hears it");
});
