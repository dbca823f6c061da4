import { afterEach, expect, it } from "vitest";
import { followGenesis } from "./followGenesis.ts";
import { closeAll, connect, startNode, untilState } from "./testing/startNode.ts";

afterEach(closeAll);

const nodeOf = (genesisHash: string, port?: number) => startNode(() => ({ result: { genesisHash } }), port);
const refusing = (port: number) => startNode(() => ({ error: { code: -32_000, message: "no" } }), port);

it("begins again when another chain comes to the address, and not when the same one comes back", async () => {
  const first = await nodeOf("0xa");
  const connection = connect(first.port);
  let begunCount = 0;
  followGenesis(connection, () => {
    begunCount += 1;
  });
  const comesBack = async (
    before: typeof first,
    next: () => Promise<typeof first>,
  ): Promise<typeof first> => {
    const isLost = untilState(connection, "lost");
    before.stop();
    await isLost;
    const node = await next();
    await untilState(connection, "live");
    await connection.request("net_version").catch(() => {});
    return node;
  };
  await connection.request("net_version");
  const same = await comesBack(first, () => nodeOf("0xa", first.port));
  expect(begunCount).toBe(0);
  const dumb = await comesBack(same, () => refusing(first.port));
  expect(begunCount).toBe(0);
  await comesBack(dumb, () => nodeOf("0xb", first.port));
  expect(begunCount).toBe(1);
});
