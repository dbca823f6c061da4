import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nodeConnector } from "./openNodeConnection.ts";

/** RFC 6455, section 1.3. */
const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const NOTIFICATION = JSON.stringify({ params: { result: "late" } });

/** Accepts WebSockets, and then answers nothing, as a process that hangs. */
const server = createServer();
let sockets: Duplex[];

beforeEach(async () => {
  sockets = [];
  server.on("upgrade", ({ headers }, socket) => {
    const accept = createHash("sha1")
      .update(headers["sec-websocket-key"] + ACCEPT_SUFFIX)
      .digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    sockets.push(socket.on("error", () => {}));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

it("closes without a peer that hangs, and hears no more of it [MINE-6]", async () => {
  const heard: unknown[] = [];
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const node = await nodeConnector(undefined)(url, (value) => heard.push(value));
  const send = () =>
    sockets[0]!.write(Buffer.concat([Buffer.of(0x81, NOTIFICATION.length), Buffer.from(NOTIFICATION)]));
  send();
  await expect.poll(() => heard).toEqual(["late"]);
  const call = node.call("trellis_getStreams");
  node.close();
  await node.closed;
  await expect(call).rejects.toMatchObject({ code: "UPSTREAM_UNREACHABLE" });
  await expect(node.call("trellis_getStreams")).rejects.toMatchObject({ code: "UPSTREAM_UNREACHABLE" });
  send();
  await once(sockets[0]!, "data");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(heard).toEqual(["late"]);
});
