import { silentLog, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { describe, expect, it } from "vitest";
import { createNetwork } from "../node/createNetwork.ts";
import type { Network } from "../node/Network.ts";
import { MemoryPeerBookStore } from "../peers/index.ts";
import { seededBytes } from "../sync/testing/seededBytes.ts";
import { noStates } from "../sync/testing/TestNode.ts";
import { TestInternet, type TestTransport } from "../sync/testing/TestTransport.ts";
import { openTestChain, TEST_PARAMETERS, TEST_START_MS } from "../sync/testing/testChain.ts";
import { createWire } from "../wire/index.ts";
import { SHARD_LIMITS } from "./limits.ts";
import type { ShardAddresses } from "./ShardAddresses.ts";

const { shards: protocol } = createWire(TEST_PARAMETERS).protocols;

class TestAddresses implements ShardAddresses {
  readonly #own = new Map<number, readonly string[]>();
  /** By shard. */
  readonly reported = new Map<number, (readonly string[])[]>();

  own(): ReadonlyMap<number, readonly string[]> {
    return this.#own;
  }

  listen(shard: number, addresses: readonly string[]): void {
    this.#own.set(shard, addresses);
  }

  found(shard: number, addresses: readonly string[]): void {
    this.reported.set(shard, [...(this.reported.get(shard) ?? []), addresses]);
  }

  newest(shard: number): readonly string[] | undefined {
    return this.reported.get(shard)?.at(-1);
  }
}

interface Node {
  readonly addresses: TestAddresses;
  readonly transport: TestTransport;
  readonly network: Network;
}

interface Start {
  readonly name: string;
  readonly shards?: readonly number[];
  readonly bootstrap?: readonly string[];
  readonly acceptAddress?: NonNullable<Parameters<typeof createNetwork>[0]["acceptAddress"]>;
}

const addressIn = (name: string, shard: number): string => `/test/${name}${shard}/p2p/${name}${shard}`;

async function start(
  internet: TestInternet,
  { name, shards, bootstrap = [], ...rest }: Start,
): Promise<Node> {
  const { time } = internet;
  const chain = await openTestChain(time);
  const transport = internet.transport(name);
  const addresses = new TestAddresses();
  for (const shard of shards ?? []) addresses.listen(shard, [addressIn(name, shard)]);
  const network = await createNetwork(
    { shard: 0, agent: name, bootstrap: bootstrap.map((each) => `test/${each}`), outboundTarget: 8, ...rest },
    {
      transport,
      peerBook: new MemoryPeerBookStore(),
      states: noStates,
      shards: shards && addresses,
      chain: chain.exchange,
      view: chain.view,
      pool: chain.pool,
      intake: chain.intake,
    },
    { clock: time, scheduler: time, random: seededBytes(name), log: silentLog, metrics: silentMetrics },
  );
  await network.start();
  if (shards === undefined) transport.unsupported.add(protocol.id);
  return { addresses, transport, network };
}

const newInternet = (): TestInternet => new TestInternet(new VirtualTime(TEST_START_MS));
const questionsTo = ({ transport }: Node): number => transport.answered.get(protocol.id) ?? 0;

describe("NET-32: networks of other shards", () => {
  it("are found at the peers that follow the shard, in both directions", async () => {
    const internet = newInternet();
    const a = await start(internet, { name: "a", shards: [1, 2, 3] });
    const b = await start(internet, { name: "b", shards: [2, 3], bootstrap: ["a"] });
    const c = await start(internet, { name: "c", shards: [3, 7], bootstrap: ["a", "b"] });
    await internet.time.run(5_000);
    expect([...a.addresses.reported.keys()].sort()).toEqual([2, 3]);
    expect(a.addresses.newest(2)).toEqual([addressIn("b", 2)]);
    for (const { addresses } of [a, b, c]) expect(addresses.newest(3)).toHaveLength(2);
    expect(c.addresses.reported.has(7)).toBe(false);
  });

  it("change without a peer that has left, and are passed on only if they change", async () => {
    const internet = newInternet();
    const a = await start(internet, { name: "a", shards: [1] });
    const b = await start(internet, { name: "b", shards: [1], bootstrap: ["a"] });
    await internet.time.run(200_000);
    expect(a.addresses.reported.get(1)).toEqual([[addressIn("b", 1)]]);
    await b.network.stop();
    expect(a.addresses.reported.get(1)).toEqual([[addressIn("b", 1)], []]);
    await a.network.stop();
  });

  it("that begin to listen later, or elsewhere, are found too, with ever rarer questions", async () => {
    const internet = newInternet();
    const a = await start(internet, { name: "a", shards: [1] });
    const b = await start(internet, { name: "b", shards: [1], bootstrap: ["a"] });
    b.addresses.listen(1, []);
    await internet.time.run(1_500);
    expect(a.addresses.newest(1)).toBeUndefined();
    b.addresses.listen(1, ["/test/new/p2p/new"]);
    await internet.time.run(SHARD_LIMITS.againMs + SHARD_LIMITS.tickMs);
    expect(a.addresses.newest(1)).toEqual(["/test/new/p2p/new"]);
    await internet.time.run(10 * SHARD_LIMITS.againMsMax);
    b.addresses.listen(1, ["/test/newer/p2p/new"]);
    const before = questionsTo(b);
    await internet.time.run(2 * SHARD_LIMITS.againMsMax);
    expect(a.addresses.newest(1)).toEqual(["/test/newer/p2p/new"]);
    expect(questionsTo(b) - before).toBeLessThanOrEqual(2);
  });

  it("a node with one shard neither asks nor answers, and no peer is penalised for it", async () => {
    const internet = newInternet();
    const a = await start(internet, { name: "a" });
    const b = await start(internet, { name: "b", shards: [1], bootstrap: ["a"] });
    await internet.time.run(100_000);
    expect([questionsTo(a), questionsTo(b)]).toEqual([0, 0]);
    for (const { network } of [a, b]) expect(network.peers()).toMatchObject([{ score: 0, offences: [] }]);
  });

  it("are named by a liar as one peer per shard, with addresses that the node would dial", async () => {
    const internet = newInternet();
    const liar = await start(internet, { name: "liar", shards: [] });
    const a = await start(internet, {
      name: "a",
      shards: [1],
      bootstrap: ["liar"],
      acceptAddress: (address, connectedAt, own) => {
        expect([connectedAt, own]).toEqual(["test/liar", ["test/a"]]);
        return address.includes("loopback") ? undefined : address;
      },
    });
    liar.transport.override = async (_from, id, _request, answer) =>
      id === protocol.id
        ? protocol.answer.encode({
            shards: [
              {
                shard: 1,
                addresses: ["/loopback/1/p2p/own", "/test/1/p2p/victim1", "/test/2/p2p/victim2", "/no/peer"],
              },
              { shard: 2, addresses: ["/test/2/p2p/other"] },
            ],
          })
        : answer();
    await internet.time.run(5_000);
    expect([...a.addresses.reported]).toEqual([[1, [["/test/1/p2p/victim1"]]]]);
  });

  it("malformed: an answer out of order, whose sender is graylisted", async () => {
    const internet = newInternet();
    const liar = await start(internet, { name: "liar", shards: [] });
    const a = await start(internet, { name: "a", shards: [1], bootstrap: ["liar"] });
    liar.transport.override = async (_from, id, _request, answer) =>
      id === protocol.id
        ? protocol.answer.encode({
            shards: [
              { shard: 2, addresses: [] },
              { shard: 1, addresses: ["/test/2/p2p/other"] },
            ],
          })
        : answer();
    await internet.time.run(1_500);
    expect(a.network.peers()).toEqual([]);
    expect(a.addresses.newest(1)).toBeUndefined();
  });

  it("PEER_OVER_LIMIT: a peer that asks all the time", async () => {
    const internet = newInternet();
    const a = await start(internet, { name: "a", shards: [1] });
    const asking = await start(internet, { name: "b", shards: [1], bootstrap: ["a"] });
    await internet.time.run(2_000);
    const outcomes: string[] = [];
    for (let times = 0; times < 40; times++)
      await asking.transport
        .ask("a", protocol.id, protocol.request.encode({}))
        .then(() => outcomes.push("answer"))
        .catch(({ code }: { code: string }) => outcomes.push(code));
    expect(outcomes.filter((outcome) => outcome === "answer").length).toBeLessThan(17);
    expect(outcomes.at(-1)).toBe("PEER_OVER_LIMIT");
    await a.network.stop();
  });
});
