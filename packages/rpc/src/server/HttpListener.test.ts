import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Admission } from "@trellis/platform/admission";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { expect, it, onTestFinished } from "vitest";
import { IncomingBytes } from "../guards/IncomingBytes.ts";
import { OutgoingBytes } from "../guards/OutgoingBytes.ts";
import type { Handler } from "../jsonrpc/createHandler.ts";
import { HttpListener } from "./HttpListener.ts";

async function serve(handle: Handler, onRequest: (response: ServerResponse) => void = () => {}) {
  const outgoing = new OutgoingBytes(10_000_000);
  const listener = new HttpListener({
    route: () => handle,
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
    onRequest(response);
    listener.handle(request, response);
  })
    .on("upgrade", (_, socket) => void socket.on("error", () => {}))
    .listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return { outgoing, port: (server.address() as AddressInfo).port };
}

const POST = { method: "POST", headers: { "content-type": "application/json" } };

it("an answer whose client disconnected meanwhile waits for nobody [RPC-18]", async () => {
  const answer = Promise.withResolvers<string>();
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const { outgoing, port } = await serve(
    () => {
      asked.resolve();
      return answer.promise;
    },
    (response) => response.once("close", () => left.resolve()),
  );
  const client = httpRequest({ port, ...POST });
  client.on("error", () => {}).end("{}");
  await asked.promise;
  client.destroy();
  await left.promise;
  answer.resolve("x".repeat(100_000));
  await answer.promise;
  await new Promise(setImmediate);
  expect(outgoing.bytes).toBe(0);
});

it("an answer queued behind another is released with its connection, despite a later upgrade [RPC-18]", async () => {
  const { outgoing, port } = await serve(() => "x".repeat(1_000_000));
  const client = connect(port, "127.0.0.1").pause();
  client.on("error", () => {});
  const post =
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
  const upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  client.write(`${post.repeat(9)}${upgrade}`);
  await expect.poll(() => outgoing.bytes).toBeGreaterThanOrEqual(3_000_000);
  client.destroy();
  await expect.poll(() => outgoing.bytes).toBe(0);
});

it("a large answer arrives whole, for any chunks [RPC-18]", async () => {
  const parts = ["[", "x", "\u{1f600}".repeat(200_000), ",é", "\u{1f600}".repeat(70_000), "]"];
  const { port, outgoing } = await serve(() => Promise.resolve(parts));
  const answer = await fetch(`http://localhost:${port}`, { ...POST, body: "{}" });
  expect(answer.headers.get("content-length")).toBe(`${Buffer.byteLength(parts.join(""))}`);
  expect((await answer.text()) === parts.join("")).toBe(true);
  await expect.poll(() => outgoing.bytes).toBe(0);
});

it("writes a large answer at the speed of its client [RPC-18]", async () => {
  let buffered = 0;
  const { port } = await serve(
    () => Promise.resolve(Array.from({ length: 80 }, () => "x".repeat(100_000))),
    (response) => {
      const write = response.write.bind(response);
      response.write = ((piece: string) => {
        const isTaken = write(piece);
        buffered = Math.max(buffered, response.writableLength);
        return isTaken;
      }) as typeof response.write;
    },
  );
  const client = httpRequest({ port, ...POST }).end("{}");
  const [response] = (await once(client, "response")) as [IncomingMessage];
  let length = 0;
  for await (const chunk of response) length += chunk.length;
  expect(length).toBe(8_000_000);
  expect(buffered).toBeLessThan(500_000);
});
