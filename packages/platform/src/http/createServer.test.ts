import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { silentLog } from "@trellis/base";
import { expect, it, onTestFinished } from "vitest";
import { PROFILE_SECONDS_MAX } from "../profile/index.ts";
import { createServer } from "./createServer.ts";
import { countingRandom } from "./testing/TestTime.ts";

it("cuts a connection whose client stops reading", async () => {
  const server = createServer({ log: silentLog, random: countingRandom() });
  onTestFinished(() => server.close());
  // More than a connection buffers.
  server.get("/large", async () => Buffer.alloc(64 * 1024 * 1024));
  await server.listen({ port: 0, host: "127.0.0.1" });
  expect(server.server.timeout).toBe(75_000);
  server.server.setTimeout(200);
  const accepted = once(server.server, "connection");
  const client = connect((server.server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => void client.destroy());
  client.on("error", () => {}).pause();
  client.write("GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n");
  const [socket] = await accepted;
  await once(socket, "close");
  expect(socket.bytesWritten).toBeGreaterThan(0);
});

it("outlasts the longest profile, which is silent until it ends", async () => {
  const server = createServer({ log: silentLog, random: countingRandom() });
  onTestFinished(() => server.close());
  expect(server.server.timeout).toBeGreaterThan(PROFILE_SECONDS_MAX * 1_000);
});
