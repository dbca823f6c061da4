import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemRandom } from "@trellis/base";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTracing } from "./createTracing.ts";
import { parseTraceparent } from "./traceContext.ts";
import { traceOutgoing } from "./traceOutgoing.ts";

const seen: (string | undefined)[] = [];
let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.headers.traceparent as string | undefined);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => void server.close());

const tracingOf = (ratio: number) =>
  createTracing(ratio, {
    random: systemRandom,
    sink: { begin: () => () => {}, close: async () => {} },
  });

async function call(): Promise<void> {
  await (await fetch(url)).text();
  await new Promise<void>((resolve) => void get(url, (answer) => answer.resume().on("end", resolve)));
}

it("fetch and node:http send the context of a sampled span, and only that", async () => {
  const sampled = tracingOf(1);
  const outgoing = traceOutgoing(sampled);
  const context = await sampled.span("work", {}, async () => {
    await call();
    return sampled.current();
  });
  expect(seen.splice(0).map((text) => parseTraceparent(text!))).toEqual([context, context]);
  await call();
  outgoing.stop();
  await sampled.span("work", {}, call);
  const unsampled = tracingOf(0);
  const quiet = traceOutgoing(unsampled);
  await unsampled.span("work", {}, call);
  quiet.stop();
  expect(seen).toEqual(Array.from({ length: 6 }, () => undefined));
});
