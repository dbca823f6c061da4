import { silentLog } from "@trellis/base";
import { punishableOf, readInbox, readOutbox, readShardRecord, type ShardRecord } from "@trellis/contracts";
import {
  type Block,
  DELIVERY_TYPE,
  deliveryHash,
  type Evidence,
  encodeDelivery,
  type Hash,
  headerHash,
  type Message,
  type MessageBatch,
  messageId,
  nextBaseFee,
  refundOf,
  ZERO_HASH,
} from "@trellis/protocol";
import { trieRootOfList } from "@trellis/storage";
import { beforeEach, describe, expect, it } from "vitest";
import { createTestChain } from "../chain/testing/testChain.ts";
import { addressOf, COIN, type Name } from "../chain/testing/testNetwork.ts";
import { createRealEvm, signedVote } from "../finality/testing/stakedNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { localOutboxes } from "./localOutboxes.ts";
import { recipientOf, ShardChains, STRANGERS, shardedNetwork } from "./testing/ShardChains.ts";

const [STRANGER] = STRANGERS as [`0x${string}`];
let shards: ShardChains;

const recordOf = (shard: number, of = shards): ShardRecord => {
  const { view } = of.chains[0]!;
  return readShardRecord(view.stateAt(view.head().hash), shard);
};
const isDisqualified = (shard: number, { hash }: Block): boolean =>
  shards.chains[shard]!.view.dagBlock(hash)!.isDisqualified;
const slotOf = (shard: number, name: Parameters<typeof recipientOf>[0]): bigint => {
  const { view } = shards.chains[shard]!;
  return view.stateAt(view.head().hash).storage(recipientOf(name), ZERO_HASH);
};
const inboxOf = (shard: number, source: number) => {
  const { view } = shards.chains[shard]!;
  return readInbox(view.stateAt(view.head().hash), source);
};

function audited(): ReturnType<ShardChains["audit"]> {
  const report = shards.audit();
  expect(report).toMatchObject({ faults: [], unclaimed: 0n, destroyed: 0n });
  return report;
}

beforeEach(async () => {
  shards = await ShardChains.open(shardedNetwork(3));
});

describe("SHARD-14.4, SHARD-15: shard 0 records cross-links", () => {
  it("of its carriers, with state root; a later one replaces it", async () => {
    await shards.mine(1);
    const first = shards.link(1);
    await shards.finalize(first);
    const { number, stateRoot } = first.header;
    expect(recordOf(1)).toEqual({
      ...{ shard: 1, height: 1, number, hash: headerHash(first.header), stateRoot, certifiedIn: 0, epoch: 0 },
    });
    await shards.mine(1);
    const second = shards.link(1);
    await shards.finalize(second, first);
    expect(recordOf(1)).toMatchObject({ height: 2, hash: headerHash(second.header) });
    expect(recordOf(2).height).toBe(0);
  });

  it("skips refused ones; a wrong signature voids the rest of its carrier only", async () => {
    for (const shard of [1, 2]) await shards.mine(shard);
    const [one, two] = [shards.link(1), shards.link(2)];
    const forged = shards.link(1, { signers: ["alice", "bob"] });
    const otherShard = { ...one, header: two.header };
    const tip = shards.builders[0]!.blocks.at(-1)!;
    const beside = await shards.mine(0, { parents: [tip], crossLinks: [otherShard, two] });
    const bad = await shards.mine(0, { parents: [tip], crossLinks: [forged, one] });
    await shards.mine(0, { parents: [beside, bad] });
    expect(recordOf(2)).toMatchObject({ height: 1, hash: headerHash(two.header) });
    expect(recordOf(1).height).toBe(0);
    await shards.mine(0, { crossLinks: [one] });
    expect(recordOf(1).height).toBe(1);
  });

  it("from other nodes too, which verify them against the shard's genesis", async () => {
    await shards.mine(1);
    await shards.finalize(shards.link(1));
    const parameters = shards.chains[0]!.view.parameters;
    const other = await createTestChain({ parameters, ports: { evm: createRealEvm() } });
    await other.take(...shards.builders[0]!.blocks.slice(1));
    expect(other.view.head().hash).toBe(shards.chains[0]!.view.head().hash);
  });
});

it("SHARD-16.1: evidence names the shard that it was signed for", async () => {
  const at = { epoch: 0, height: 9, round: 0, step: "precommit" as const };
  const votes = (name: Name) =>
    [`0x${"01".repeat(32)}`, `0x${"02".repeat(32)}`].map((value) =>
      signedVote(shards.domainOf(1), name, at, value as Hash),
    );
  const evidenceOf = (name: Name, shard?: number): Evidence => {
    const [first, second] = votes(name);
    return { first: first!, second: second!, ...(shard && { shard }) };
  };
  const punishable = () => {
    const { view } = shards.chains[0]!;
    const each = (["alice", "bob", "dave"] as const).map((name) => ({
      validator: addressOf(name),
      epoch: 0,
    }));
    return punishableOf(view.stateAt(view.head().hash), each).map(({ validator }) => validator);
  };
  await shards.mine(0, { evidence: [evidenceOf("alice"), evidenceOf("bob", 1)] });
  await shards.mine(0, { evidence: [evidenceOf("bob", 2)] });
  expect(punishable()).toEqual((["alice", "bob", "dave"] as const).map(addressOf));
  await shards.mine(0, { evidence: [evidenceOf("dave", 1)] });
  expect(punishable()).toEqual((["alice", "bob"] as const).map(addressOf));
});

describe("SHARD-13: delivery", () => {
  it("precedes the transactions, with an entry, a receipt and logs; another node agrees, and the store too", async () => {
    await shards.mine(1, {
      transactions: [
        shards.send(1, 2, { to: STRANGER, value: COIN }),
        shards.send(1, 2, { to: recipientOf("counter"), gasLimit: 60_000n }),
      ],
    });
    await shards.round();
    const { view } = shards.chains[2]!;
    const own = shards.send(2, 1, { to: STRANGER, value: 1n });
    expect(shards.deliveries(2)).toHaveLength(2);
    const head = view.head();
    const [first, second] = shards.deliveries(2);
    expect(first).toMatchObject({
      message: { kind: "call", source: 1, destination: 2, index: 0, to: STRANGER, value: COIN },
      receipt: { type: DELIVERY_TYPE, status: 1, transactionHash: deliveryHash(first!.message) },
    });
    expect(second!.receipt.cumulativeGasUsed).toBe(first!.receipt.gasUsed + second!.receipt.gasUsed);
    expect(head.header.gasUsed).toBe(second!.receipt.cumulativeGasUsed);
    expect(head.header.acceptedRoot).toBe(
      trieRootOfList([first!, second!].map(({ message }) => encodeDelivery(message))),
    );
    expect(shards.balance(2, STRANGER)).toBe(COIN);
    expect(slotOf(2, "counter")).toBe(1n);
    expect(inboxOf(2, 1)).toMatchObject({ next: 2, known: 2, height: 1 });
    audited();

    const finals = shards.anchors;
    const { parameters } = view;
    const evm = createRealEvm();
    const other = await createTestChain({ parameters, shard: 2, ports: { evm, anchors: finals } });
    await other.take(...shards.builders[2]!.blocks.slice(1));
    expect(other.view.head()).toEqual(head);
    const reopened = await createTestChain({
      parameters,
      shard: 2,
      store: shards.chains[2]!.store,
      ports: { evm: createRealEvm(), anchors: finals },
    });
    expect(reopened.view.head().deliveries).toEqual(head.deliveries);
    expect(verifyStore(shards.chains[2]!.store).problems).toEqual([]);

    await shards.mine(2, { transactions: [own] });
    await shards.round();
    expect(shards.deliveries(1).map(({ message }) => message.value)).toEqual([1n]);
    // The sender learns that both were delivered.
    expect(readOutbox(shards.chains[1]!.view.stateAt(shards.chains[1]!.view.head().hash), 2)).toMatchObject({
      sent: 2,
      acknowledged: 2,
    });
    expect(audited().inFlight).toBe(0n);
  });

  it("of shard 0's messages, and to shard 0", async () => {
    const to = STRANGER;
    await shards.mine(0, { transactions: [shards.send(0, 1, { to, value: 2n })] });
    await shards.mine(1, { transactions: [shards.send(1, 0, { to, value: 3n })] });
    await shards.round();
    expect(shards.balance(1, STRANGER)).toBe(2n);
    await shards.round();
    expect(shards.balance(0, STRANGER)).toBe(3n);
    audited();
  });

  it("templates carry the same batches", async () => {
    await shards.mine(1, { transactions: [shards.send(1, 2, { to: STRANGER, value: COIN })] });
    await shards.finalize(shards.link(1));
    await shards.chains[2]!.mine();
    expect(shards.deliveries(2)).toHaveLength(1);
    expect(shards.chains[2]!.view.head().header.anchor!.number).toBe(1);
  });

  it("without data, a template keeps the old anchor", async () => {
    await shards.mine(1);
    await shards.finalize(shards.link(1));
    const { parameters } = shards.chains[2]!.view;
    const outboxes = localOutboxes((shard) => (shard === 1 ? undefined : shards.chains[shard]!.view), 64);
    const ports = { evm: createRealEvm(), anchors: shards.anchors, outboxes };
    const blind = await createTestChain({ parameters, shard: 2, ports });
    await blind.mine();
    expect(blind.view.head().header.anchor!.number).toBe(0);
  });

  it("MESSAGES_UNAVAILABLE: the selected parent's anchor makes messages due that this node lacks", async () => {
    await shards.mine(1, {
      transactions: Array.from({ length: 8 }, () =>
        shards.send(1, 2, { to: STRANGER, gasLimit: 700_000n, value: 1n }),
      ),
    });
    await shards.finalize(shards.link(1));
    await shards.mine(2);
    const { parameters } = shards.chains[2]!.view;
    const errors: string[] = [];
    const log = { ...silentLog, error: (event: string) => errors.push(event) };
    const ports = { evm: createRealEvm(), anchors: shards.anchors, log };
    const blind = await createTestChain({ parameters, shard: 2, ports });
    await blind.take(...shards.builders[2]!.blocks.slice(1));
    blind.clock.ms = blind.view.head().header.timestampMs;
    await expect(blind.mine()).rejects.toMatchObject({ code: "MESSAGES_UNAVAILABLE" });
    // Missing data are no defect.
    expect(errors).toEqual([]);
    // A stalled source can be left out. [SHARD-12.4]
    blind.clock.ms += 61_000;
    await blind.mine();
    expect(blind.view.head().deliveries).toBeUndefined();
  });
});

describe("SHARD-12: a block that breaks the rules of inclusion is disqualified", () => {
  let batches: readonly MessageBatch[];
  let parent: Block;

  beforeEach(async () => {
    const transactions = [1n, 2n, 3n].map((value) => shards.send(1, 2, { to: STRANGER, value }));
    await shards.mine(1, { transactions });
    await shards.finalize(shards.link(1));
    const good = await shards.builders[2]!.mine({ isKept: false });
    ({ batches } = good.body.crossShard!);
    parent = shards.builders[2]!.blocks.at(-1)!;
  });

  const changed = (source: number, change: (batch: MessageBatch) => MessageBatch): readonly MessageBatch[] =>
    batches.map((batch) => (batch.source === source ? change(batch) : batch));
  /** Of a miner that ignores the rules: the block's roots are those of an execution without messages. */
  const attempt = async (carried: readonly MessageBatch[]): Promise<string> =>
    importedAs(await shards.builders[2]!.mine({ parents: [parent], batches: carried, isKept: false }));
  async function importedAs(block: Block): Promise<string> {
    try {
      await shards.chains[2]!.importBlock(block);
    } catch (error) {
      return (error as { code: string }).code;
    }
    return isDisqualified(2, block) ? shards.faults.at(-1)! : "valid";
  }

  it("is a rule that these batches fulfil", async () => {
    expect(batches.map(({ source, messages }) => [source, messages.length])).toEqual(
      expect.arrayContaining([
        [0, 0],
        [1, 3],
      ]),
    );
    expect(await importedAs(await shards.builders[2]!.mine())).toBe("valid");
    expect(shards.balance(2, STRANGER)).toBe(6n);
  });

  it("withheld, forged, reordered, duplicated or oversized messages; proofs against another root", async () => {
    const MISSING = "newer cross-link without a batch";
    const UNPROVEN = "batch not proven by its record";
    const of = (source: number) => batches.find((batch) => batch.source === source)!;
    expect(await attempt([])).toBe(MISSING);
    expect(await attempt([of(0)])).toBe(MISSING);
    // Proves the counters only, of the same state.
    const { view } = shards.chains[1]!;
    const record = recordOf(1);
    const outbox = shards.outboxes.open(1, record, { destination: 2, next: 0 })!;
    expect(await attempt([of(0), outbox.prove(0)])).toBe("too few messages");
    expect(await attempt([of(0), outbox.prove(2)])).toBe("too few messages");
    const later = shards.outboxes.open(1, record, { destination: 2, next: 1 })!;
    expect(later.messages.map(({ index }) => index)).toEqual([1, 2]);
    expect(await attempt([of(0), later.prove(2)])).toBe("too few messages");
    const forge = (message: Message): Message => ({ ...message, value: message.value + 1n });
    const unproven: readonly ((batch: MessageBatch) => MessageBatch)[] = [
      (batch) => ({ ...batch, messages: batch.messages.map(forge) }),
      (batch) => ({ ...batch, messages: batch.messages.slice(0, 2) }),
      (batch) => ({ ...batch, messages: batch.messages.slice(1) }),
      (batch) => ({ ...batch, previousHead: `0x${"11".repeat(32)}` }),
      (batch) => ({ ...batch, proof: of(0).proof }),
      (batch) => ({ ...batch, proof: { ...batch.proof, storageNodes: batch.proof.storageNodes.slice(1) } }),
    ];
    for (const change of unproven) expect(await attempt(changed(1, change))).toBe(UNPROVEN);
    // A later state of the source, which is not recorded.
    await shards.mine(1, { transactions: [shards.send(1, 2, { to: STRANGER, value: 9n })] });
    const { hash, header } = view.head();
    const unrecorded = { ...record, hash, number: header.number, stateRoot: header.stateRoot };
    const early = shards.outboxes.open(1, unrecorded, { destination: 2, next: 0 })!;
    expect(early.messages).toHaveLength(4);
    expect(await attempt([of(0), early.prove(4)])).toBe(UNPROVEN);
    expect(await importedAs(await shards.builders[2]!.mine({ batches }))).toBe("valid");
  });

  it("BLOCK_INVALID: reordered or duplicated messages, whoever executes the block", async () => {
    for (const order of [
      [1, 0, 2],
      [0, 0, 1],
    ]) {
      const carried = changed(1, (batch) => ({ ...batch, messages: order.map((at) => batch.messages[at]!) }));
      expect(await attempt(carried)).toBe("BLOCK_INVALID");
    }
  });

  it("a skipped message, though the others have enough gas", async () => {
    const sending = { to: STRANGER, gasLimit: 700_000n };
    await shards.mine(1, { transactions: Array.from({ length: 8 }, () => shards.send(1, 2, sending)) });
    await shards.finalize(shards.link(1));
    const good = await shards.builders[2]!.mine({ isKept: false });
    const record = recordOf(1);
    const carried = good.body.crossShard!.batches;
    const skipping = [0, 1].map((next) => shards.outboxes.open(1, record, { destination: 2, next })!);
    const [whole, late] = skipping.map((outbox) =>
      carried.map((batch) => (batch.source === 1 ? outbox.prove(10) : batch)),
    );
    expect(await attempt(late!)).toBe("message is not the next of its source");
    expect(await importedAs(await shards.builders[2]!.mine({ batches: whole! }))).toBe("valid");
  });

  it("replayed messages: each is delivered once, also by parallel blocks", async () => {
    const left = await shards.mine(2, { parents: [parent] });
    const right = await shards.mine(2, { parents: [parent] });
    const merging = await shards.mine(2, { parents: [left, right] });
    expect(merging.header.parents).toHaveLength(2);
    expect(shards.balance(2, STRANGER)).toBe(6n);
    expect(inboxOf(2, 1).next).toBe(3);
    const replay = await shards.builders[2]!.mine({ batches, isKept: false });
    expect(await importedAs(replay)).toBe("batch of a source without a turn");
    expect(shards.balance(2, STRANGER)).toBe(6n);
  });
});

describe("SHARD-10, SHARD-11: recipients, refunds and expiry", () => {
  /** Sends value from shard 1, and returns how shard 2 delivered it, and shard 1 the refund. */
  async function deliver(name: Parameters<typeof recipientOf>[0], data = new Uint8Array(0)) {
    const sending = { to: recipientOf(name), value: COIN, gasLimit: 100_000n, data };
    await shards.mine(1, { transactions: [shards.send(1, 2, sending)] });
    await shards.round();
    const [delivery] = shards.deliveries(2);
    expect(audited().inFlight).toBe(delivery!.receipt.status === 1 ? 0n : COIN);
    await shards.round();
    const refunds: Message[] = shards.deliveries(1).map(({ message }) => message);
    expect(audited().inFlight).toBe(0n);
    return { delivery: delivery!, refunds };
  }

  it.each(["reverter", "burner"] as const)("a %s is refunded, exactly once", async (name) => {
    const { delivery, refunds } = await deliver(name);
    expect(delivery.receipt.status).toBe(0);
    expect(refunds).toEqual([refundOf(delivery.message, 0)]);
    expect(shards.balance(2, recipientOf(name))).toBe(0n);
    await shards.round();
    expect(shards.deliveries(1)).toEqual([]);
    expect(audited().inFlight).toBe(0n);
  });

  it("a recipient that calls the gateway as if it were the protocol gets nothing", async () => {
    const { delivery, refunds } = await deliver("intruder", Uint8Array.of(1, 2, 3, 4));
    expect([delivery.receipt.status, refunds]).toEqual([1, []]);
    expect(slotOf(2, "intruder")).toBe(0n);
  });

  it("a recipient that self-destructs sends its value to the gateway, where it is unclaimed", async () => {
    const sending = { to: recipientOf("destroyer"), value: COIN, gasLimit: 100_000n };
    await shards.mine(1, { transactions: [shards.send(1, 2, sending)] });
    await shards.round();
    expect(shards.deliveries(2)[0]!.receipt.status).toBe(1);
    expect(shards.audit()).toMatchObject({ faults: [], unclaimed: COIN, inFlight: 0n, destroyed: 0n });
  });

  it.each([
    { after: 0, isExpired: false },
    { after: 1, isExpired: true },
  ])("expiry at the boundary: $after s after it, expired is $isExpired", async ({ after, isExpired }) => {
    await shards.mine(1, { transactions: [shards.send(1, 2, { to: STRANGER, value: COIN })] });
    const { data } = shards.chains[1]!.view.head().transactions[0]!.receipt.logs[0]!;
    expect(data.length).toBeGreaterThan(100);
    await shards.finalize(shards.link(1));
    const sentAt = shards.chains[1]!.view.head().timestamp;
    const timestampMs = (sentAt + 600 + after) * 1_000;
    await shards.mine(2, { timestampMs });
    const [delivery] = shards.deliveries(2);
    expect(delivery!.message.expiry).toBe(sentAt + 600);
    expect(delivery!.receipt.status).toBe(isExpired ? 0 : 1);
    expect(shards.balance(2, STRANGER)).toBe(isExpired ? 0n : COIN);
    await shards.round();
    expect(shards.deliveries(1).map(({ message }) => message.data)).toHaveLength(isExpired ? 1 : 0);
    expect(audited().inFlight).toBe(0n);
  });
});

it("SHARD-12.3: messages beyond a fifth of the gas limit wait for the next blocks, in order", async () => {
  const to = addressOf("bob");
  const gasLimit = 700_000n;
  for (let block = 0; block < 2; block++) {
    const transactions = Array.from({ length: 6 }, () => shards.send(1, 2, { to, gasLimit, value: 1n }));
    await shards.mine(1, { transactions });
  }
  await shards.finalize(shards.link(1));
  const delivered: number[] = [];
  const counts: number[] = [];
  for (let block = 0; block < 2; block++) {
    await shards.mine(2);
    const found = shards.deliveries(2);
    counts.push(found.length);
    delivered.push(...found.map(({ message }) => message.index));
  }
  expect(delivered).toEqual(Array.from({ length: 12 }, (_, index) => index));
  expect(counts).toEqual([7, 5]);
  audited();
});

it("SHARD-12.2: sources take turns", async () => {
  for (const source of [0, 1]) {
    const transactions = [1n, 2n].map((value) => shards.send(source, 2, { to: STRANGER, value }));
    await shards.mine(source, { transactions });
  }
  await shards.finalize(shards.link(1));
  await shards.mine(2);
  const order = shards.deliveries(2).map(({ message }) => message.source);
  expect(order).toHaveLength(4);
  expect(order[0]).toBe(order[2]);
  expect(order[1]).toBe(order[3]);
  expect(new Set(shards.deliveries(2).map(({ message }) => messageId(message))).size).toBe(4);
});

it("SHARD-14.5: governed values outside shard 0 are those at the selected parent's anchor", async () => {
  shards = await ShardChains.open(shardedNetwork(2, { gasLimit: 20_000_000n }));
  const limits: bigint[] = [];
  await shards.finalize();
  for (let count = 0; count < 2; count++) {
    await shards.mine(1);
    limits.push(shards.chains[1]!.view.head().gasLimit);
  }
  expect(limits).toEqual([30_000_000n, 20_000_000n]);
  expect(verifyStore(shards.chains[1]!.store).problems).toEqual([]);
  expect(shards.faults).toEqual([]);
});

it("SHARD-13.3: the gas of deliveries raises the base fee", async () => {
  const sending = { to: recipientOf("burner"), gasLimit: 800_000n, value: 1n };
  for (let block = 0; block < 3; block++) {
    await shards.mine(1, { transactions: Array.from({ length: 6 }, () => shards.send(1, 2, sending)) });
  }
  await shards.finalize(shards.link(1));
  const { header } = await shards.mine(2);
  const used = shards.deliveries(2).reduce((gas, { receipt }) => gas + receipt.gasUsed, 0n);
  expect(used).toBeGreaterThan(5_600_000n);
  expect(header.gasUsed).toBe(used);
  const { parameters } = shards.chains[2]!.view;
  const next = nextBaseFee(parameters, { baseFee: header.baseFee, gasUsed: used, gasLimit: 30_000_000n });
  expect((await shards.mine(2)).header.baseFee).toBe(next);
});

it("governance that lowers the gas limit while messages are in flight: the greatest still fit into blocks", async () => {
  shards = await ShardChains.open(shardedNetwork(2, { gasLimit: 5_000_000n }));
  await shards.finalize();
  await shards.mine(1);
  const sending = { to: recipientOf("counter"), gasLimit: 800_000n, value: 1n };
  for (let block = 0; block < 3; block++)
    await shards.mine(0, { transactions: [shards.send(0, 1, sending)] });
  await shards.finalize();
  const counts: number[] = [];
  for (let block = 0; block < 2; block++) {
    await shards.mine(1);
    counts.push(shards.deliveries(1).length);
  }
  expect(shards.chains[1]!.view.head().gasLimit).toBe(5_000_000n);
  expect(counts).toEqual([2, 1]);
  expect(slotOf(1, "counter")).toBe(3n);
  expect(shards.faults).toEqual([]);
});

it("SHARD-9.1: a flood to one shard fills its own queue only, and delays no other source", async () => {
  shards = await ShardChains.open(shardedNetwork(3, { queueMax: 8 }));
  const flood = { to: STRANGER, value: 1n };
  for (let block = 0; block < 2; block++)
    await shards.mine(1, { transactions: Array.from({ length: 9 }, () => shards.send(1, 2, flood)) });
  const { transactions } = shards.chains[1]!.view.head();
  expect(transactions.map(({ receipt }) => receipt.status)).toEqual(new Array(9).fill(0));
  await shards.mine(0, { transactions: [shards.send(0, 2, { to: STRANGER, value: 5n })] });
  await shards.finalize(shards.link(1));
  await shards.mine(2);
  const sources = shards.deliveries(2).map(({ message }) => message.source);
  expect(sources.filter((source) => source === 1)).toHaveLength(8);
  expect(sources.indexOf(0)).toBeLessThan(2);
  audited();
});
