import { silentLog, silentMetrics } from "@trellis/base";
import { shardErrors } from "@trellis/chain";
import { type OutboxRange, type OutboxRequest, ZERO_HASH } from "@trellis/protocol";
import { expect, it } from "vitest";
import type { HostCalls, HubCalls } from "./messages.ts";
import { ShardHub } from "./ShardHub.ts";
import { type Served, ThreadPeer } from "./ThreadPeer.ts";

const RANGE: OutboxRange = {
  previousHead: ZERO_HASH,
  messages: [],
  proof: { accountNodes: [], storageNodes: [] },
};

const requestOf = (source: number, destination: number): OutboxRequest => ({
  ...{ source, destination, block: ZERO_HASH, first: 0, countMax: 1 },
});

/** A host's thread, whose chain is replaced. */
function hostOf(shard: number, own: Pick<Served<HostCalls>, "rangeOf" | "take">) {
  const fail = (error: unknown): void => expect.fail(`${error}`);
  const host = new ThreadPeer<HubCalls, HostCalls>(
    (message) => peer.receive(structuredClone(message)),
    own as Served<HostCalls>,
    fail,
  );
  const peer: ThreadPeer<HostCalls, HubCalls> = new ThreadPeer(
    (message) => host.receive(structuredClone(message)),
    {} as Served<HubCalls>,
    fail,
  );
  return { shard, peer };
}

function open(...hosts: readonly ReturnType<typeof hostOf>[]) {
  const asked: OutboxRequest[] = [];
  const hub = new ShardHub({
    ...{ count: 5, queueMax: 64, log: silentLog, metrics: silentMetrics },
    onFault: (error) => expect.fail(error.message),
  });
  for (const host of hosts) hub.add(host);
  hub.connect({ requestOutbox: (request) => void asked.push(request) });
  return { hub, asked };
}

it("SHARD-21: messages of a shard that the node does not follow are requested from peers", async () => {
  const { hub, asked } = open(hostOf(2, { rangeOf: () => undefined, take: () => true }));
  hub.want(requestOf(1, 2));
  await expect.poll(() => asked).toEqual([requestOf(1, 2)]);
});

it("SHARD-21: messages of a followed shard come from its host, and from peers if the host lacks them", async () => {
  const taken: OutboxRequest[] = [];
  const known = { range: undefined as OutboxRange | undefined, isWhole: false };
  const source = hostOf(1, { rangeOf: () => known.range, take: () => true });
  const take = (request: OutboxRequest): boolean => {
    taken.push(request);
    return known.isWhole;
  };
  const { hub, asked } = open(source, hostOf(2, { rangeOf: () => undefined, take }));
  hub.want(requestOf(1, 2));
  await expect.poll(() => asked.length).toBe(1);
  known.range = RANGE;
  hub.want(requestOf(1, 2));
  await expect.poll(() => asked.length).toBe(2);
  known.isWhole = true;
  hub.want(requestOf(1, 2));
  await expect.poll(() => taken.length).toBe(2);
  await new Promise(setImmediate);
  expect(asked).toHaveLength(2);
});

it("SHARD-21: peers get messages of followed shards only", async () => {
  const { hub, asked } = open(hostOf(1, { rangeOf: () => RANGE, take: () => true }));
  expect(await hub.rangeOf(requestOf(1, 4))).toEqual(RANGE);
  expect(await hub.rangeOf(requestOf(3, 4))).toBeUndefined();
  expect(await hub.rangeOf(requestOf(0, 4))).toBeUndefined();
  expect(asked).toEqual([]);
});

it("SHARD-21.3: a wrong proof that a host finds is an offence of the peer", async () => {
  const take = (): never => {
    throw shardErrors.MESSAGE_PROOF_INVALID({ reason: "another head" });
  };
  const { hub } = open(hostOf(2, { rangeOf: () => undefined, take }));
  await expect(hub.take(requestOf(1, 2), RANGE)).rejects.toMatchObject({
    code: "MESSAGE_PROOF_INVALID",
    consequence: "penalise",
  });
});
