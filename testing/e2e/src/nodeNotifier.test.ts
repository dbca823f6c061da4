import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { expectStopped } from "./expectStopped.ts";
import { type Devnet, startNode } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const NOBODY = "/ip4/127.0.0.1/tcp/1";

let directory: TemporaryDirectory;
let receiver: Server;
let node: Devnet | undefined;
const received: string[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
  receiver = createServer(async (request, response) => {
    received.push(Buffer.concat((await request.toArray()) as Buffer[]).toString());
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  await node?.kill();
  receiver.close();
  await directory.remove();
});

it("a node without peers notifies its receiver once", async () => {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const file = `${directory.path}/notify.json`;
  const rule = { name: "all", kinds: ["node.peersLost"], severityMin: "info", channels: ["operators"] };
  await writeFile(file, JSON.stringify({ channels: { operators: { kind: "post", url } }, rules: [rule] }));
  node = await startNode({
    dataDir: `${directory.path}/node`,
    args: [
      ...["--network", "local", "--listen", "127.0.0.1:0", "--mdns=false", "--bootstrap", NOBODY],
      ...["--notify", file, "--allow-private-webhooks"],
    ],
  });
  await eventually(() => received.length > 0);
  expect(JSON.parse(received[0]!)).toMatchObject({
    kind: "node.peersLost",
    severity: "critical",
    text: "no peer has responded yet",
  });
  expectStopped(await node.stop());
  expect(received).toHaveLength(1);
});
