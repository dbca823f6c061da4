import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Hex, silentMetrics } from "@trellis/base";
import { captureIo } from "@trellis/kit/captureIo";
import { afterEach, expect, it } from "vitest";
import { openMarket } from "./openMarket.ts";
import { type ArbitrageServiceSettings, arbitrageServiceDefinition } from "./settings/index.ts";

const HASH: Hex = `0x${"b2".repeat(32)}`;
const POOL: Hex = `0x${"a1".repeat(20)}`;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function nodeSaying(data: Hex): Promise<string> {
  const place = { blockNumber: "0x1", blockHash: HASH, transactionHash: HASH, logIndex: "0x0" };
  const log = { address: POOL, topics: [HASH], data, ...place };
  const server = createServer(async (request, response) => {
    const { id, method } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result: method === "eth_chainId" ? "0x1" : [log] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function marketOf(...captured: Hex[]) {
  process.env.MARKET_NODES = (await Promise.all(captured.map(nodeSaying))).join(",");
  const { chain, quorum } = arbitrageServiceDefinition.settings;
  const flags = { chain: chain.default, quorum: quorum.default, rpcFrom: "env:MARKET_NODES" };
  return openMarket(flags as ArbitrageServiceSettings, { metrics: silentMetrics, io: captureIo().io });
}

it("ARB-12: accepts logs and simulated states that a quorum of nodes returns, though the first node lies", async () => {
  const market = await marketOf("0x09", "0x01", "0x01");
  expect(await market.blockLogs({ height: 1, hash: HASH })).toMatchObject([{ data: "0x01" }]);
  expect(market.simulator.name).toBe("EVM on 1/1 & 1/2 & 1/3");
});

it("QUORUM_NOT_REACHED: no two answers agree", async () => {
  const market = await marketOf("0x09", "0x01", "0x02");
  await expect(market.blockLogs({ height: 1, hash: HASH })).rejects.toMatchObject({
    code: "QUORUM_NOT_REACHED",
    facts: { reason: "answers differ" },
  });
});

it("trusts a single node", async () => {
  const market = await marketOf("0x09");
  expect(await market.blockLogs({ height: 1, hash: HASH })).toMatchObject([{ data: "0x09" }]);
});
