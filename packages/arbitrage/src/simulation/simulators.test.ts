import { createEvm } from "@trellis/evm";
import { describe, expect, it } from "vitest";
import { createEvmSimulator } from "./createEvmSimulator.ts";
import { simulateRoute } from "./simulateRoute.ts";
import { createCallSimulator } from "./testing/createCallSimulator.ts";
import { EXECUTOR, OWNER, openTrade, stateClientOf, type Trade, UNIT } from "./testing/openTrade.ts";
import { simulatorSuite } from "./testing/simulatorSuite.ts";

const evm = createEvm({ random: { bytes: (count) => new Uint8Array(count).fill(5) } });
const onEvm = (trade: Trade) =>
  createEvmSimulator({ chainId: Number(trade.market.chain.chainId) }, { evm, client: stateClientOf(trade) });
const onNode = (trade: Trade) => createCallSimulator(stateClientOf(trade));
const routeOf = (trade: Trade, amount: bigint) => ({
  route: trade.route(amount),
  arbitrageur: trade.arbitrageur.address,
  executor: EXECUTOR,
  owner: OWNER,
  block: trade.block(),
  afterSeconds: 1,
  gasLimit: 3_000_000n,
});

simulatorSuite("EVM on a node's state", onEvm);
simulatorSuite("EVM on a node without proofs and access lists", (trade) => {
  for (const method of ["eth_getProof", "eth_createAccessList"]) trade.node.lacks.add(method);
  return onEvm(trade);
});
simulatorSuite("eth_call with overrides", onNode);

describe("simulators", () => {
  it("agree on everything", async () => {
    const trade = openTrade();
    for (const amount of [1n, UNIT, 10n * UNIT, 200n * UNIT, 5_000n * UNIT]) {
      const input = routeOf(trade, amount);
      expect(await simulateRoute(onEvm(trade), input)).toEqual(await simulateRoute(onNode(trade), input));
    }
  });

  it("ARB-12: does not request a block's state twice", async () => {
    const trade = openTrade();
    const simulator = onEvm(trade);
    await simulateRoute(simulator, routeOf(trade, UNIT));
    const asked = [...trade.node.asked.values()].reduce((sum, count) => sum + count, 0);
    await simulateRoute(simulator, routeOf(trade, 2n * UNIT));
    const again = [...trade.node.asked.values()].reduce((sum, count) => sum + count, 0);
    expect(again).toBe(asked);
    trade.market.chain.pass();
    const codes = trade.node.asked.get("eth_getCode");
    await simulateRoute(simulator, routeOf(trade, UNIT));
    expect(trade.node.asked.get("eth_getProof")).toBeGreaterThan(0);
    expect(trade.node.asked.get("eth_getCode")).toBe(codes);
  });

  it("ARB-12: an access list saves round trips", async () => {
    const trade = openTrade();
    await simulateRoute(onEvm(trade), routeOf(trade, UNIT));
    const withList = trade.node.asked.get("eth_getProof") ?? 0;
    trade.node.asked.clear();
    trade.node.lacks.add("eth_createAccessList");
    await simulateRoute(onEvm(trade), routeOf(trade, UNIT));
    expect(trade.node.asked.get("eth_getProof")).toBeGreaterThan(withList);
  });

  it("SIMULATION_FAILED: a node that ignores state overrides", async () => {
    const trade = openTrade();
    trade.node.ignoresOverrides = true;
    await expect(simulateRoute(onNode(trade), routeOf(trade, UNIT))).rejects.toMatchObject({
      code: "SIMULATION_FAILED",
      facts: { reason: "overrides not supported" },
    });
    expect((await simulateRoute(onEvm(trade), routeOf(trade, UNIT))).isSuccess).toBe(true);
  });

  it("SIMULATION_FAILED: the call itself reverts, or its result is malformed", async () => {
    const trade = openTrade();
    const client = stateClientOf(trade);
    for (const answer of [undefined, "0x1234"] as const) {
      const simulator = createCallSimulator({ ...client, callOverridden: async () => answer });
      await expect(simulateRoute(simulator, routeOf(trade, UNIT))).rejects.toMatchObject({
        code: "SIMULATION_FAILED",
      });
    }
  });

  it("SIMULATION_FAILED: a node whose state requests never end", async () => {
    const trade = openTrade();
    const client = stateClientOf(trade);
    const forgetful = createEvmSimulator(
      { chainId: 7331 },
      {
        client,
        evm: {
          call: (input) => {
            input.state.storage(OWNER, `0x${(next++).toString(16).padStart(64, "0")}`);
            return evm.call(input);
          },
        },
      },
    );
    let next = 1;
    await expect(simulateRoute(forgetful, routeOf(trade, UNIT))).rejects.toMatchObject({
      code: "SIMULATION_FAILED",
      facts: { reason: "state access not bounded" },
    });
  });

  it("NODE_UNREACHABLE: code that does not match its hash", async () => {
    const trade = openTrade();
    const client = { ...stateClientOf(trade), code: async () => "0x6001" as const };
    const simulator = createEvmSimulator({ chainId: 7331 }, { evm, client });
    await expect(simulateRoute(simulator, routeOf(trade, UNIT))).rejects.toMatchObject({
      code: "NODE_UNREACHABLE",
      facts: { reason: "invalid response" },
    });
  });
});
