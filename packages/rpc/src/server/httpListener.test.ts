import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { Admission } from "@trellis/platform/admission";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { expect, it, onTestFinished } from "vitest";
import { IncomingBytes } from "../guards/IncomingBytes.ts";
import { OutgoingBytes } from "../guards/OutgoingBytes.ts";
import { createHttpListener } from "./httpListener.ts";

it("an answer whose client left while it was made waits for nobody [RPC-18]", async () => {
  const outgoing = new OutgoingBytes(1_000_000);
  const answer = Promise.withResolvers<string>();
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const listener = createHttpListener({
    handle: () => {
      asked.resolve();
      return answer.promise;
    },
    admission: new Admission({ origins: [], hosts: ["localhost"] }),
    limits: { bodyBytesMax: 1_000 },
    incoming: new IncomingBytes(1_000_000),
    outgoing,
    clock: systemClock,
    scheduler: systemScheduler,
    isClosing: () => false,
    onRefused: () => {},
  });
  const server = createServer((request, response) => {
    response.once("close", () => left.resolve());
    listener(request, response);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = httpRequest({ port, method: "POST", headers: { "content-type": "application/json" } });
  client.on("error", () => {}).end("{}");
  await asked.promise;
  client.destroy();
  await left.promise;
  answer.resolve("x".repeat(100_000));
  await answer.promise;
  // Whatever follows upon the answer has run by now.
  await new Promise(setImmediate);
  expect(outgoing.bytes).toBe(0);
});
