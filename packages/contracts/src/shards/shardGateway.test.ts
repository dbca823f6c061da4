import { readFileSync } from "node:fs";
import { bytesToHex } from "@trellis/base";
import {
  type Address,
  devParameters,
  EMPTY_OUTBOX_HEAD,
  MESSAGE_GAS,
  type Message,
  messageGas,
  messageId,
  nextOutboxHead,
  refundOf,
} from "@trellis/protocol";
import { encodeFunctionData, toFunctionSelector } from "viem";
import { describe, expect, it } from "vitest";
import {
  deliverCall,
  isStalled,
  readInbox,
  readOutbox,
  readOutboxHead,
  SHARD_GATEWAY_ADDRESS,
  ShardGateway,
  STALL_SECONDS,
  synchronizeCall,
  withSystemContracts,
} from "../index.ts";
import { COIN, OTHER, type Recipient, recipientCode, TestShard, testNetwork } from "./testing/TestShard.ts";

const USER: Address = `0x${"a1".repeat(20)}`;
const TO: Address = `0x${"b2".repeat(20)}`;
const QUEUE_MAX = 4;
const LIFETIME = 100;

interface Pair {
  readonly source: TestShard;
  readonly destination: TestShard;
}

function open(recipient?: Recipient): Pair {
  const network = testNetwork(3, QUEUE_MAX, LIFETIME);
  const [source, destination] = [new TestShard(network, 1), new TestShard(network, 2)];
  source.state.setBalance(USER, 1_000n * COIN);
  if (recipient !== undefined) destination.state.setCode(TO, recipientCode(recipient));
  return { source, destination };
}

function sendOne({ source }: Pair, fields: Partial<Parameters<TestShard["send"]>[1]> = {}): Message {
  const { outcome, sent } = source.send(USER, { destination: 2, to: TO, value: COIN, ...fields });
  expect(outcome).toBe("success");
  return sent[0]!;
}

let height = 0;

/** Counters of a cross-link above all earlier ones. */
function countersOf(source: number, sent: number, acknowledged: number) {
  return synchronizeCall({ source, height: ++height, sent, acknowledged });
}

/** `to` learns the counters of `from`. */
function synchronize(from: TestShard, to: TestShard) {
  const { sent } = readOutbox(from.state, to.shard);
  const { next } = readInbox(from.state, to.shard);
  return to.system(countersOf(from.shard, sent, next));
}

function deliver(pair: Pair, message: Message) {
  expect(synchronize(pair.source, pair.destination).outcome).toBe("success");
  return pair.destination.system(deliverCall(message));
}

const slot = (shard: TestShard, index: number) =>
  shard.state.storage(TO, `0x${index.toString(16).padStart(64, "0")}`);

describe("SHARD-3: genesis", () => {
  it("a network with one shard has no gateway", () => {
    const { genesis, shards } = withSystemContracts(devParameters({ accounts: [] }));
    expect(shards).toBeUndefined();
    expect(genesis.accounts.map(({ address }) => address)).not.toContain(SHARD_GATEWAY_ADDRESS);
  });

  it("each shard has one, which knows its shard, their number and the limits", () => {
    const network = testNetwork(3, QUEUE_MAX, LIFETIME);
    for (const shard of [0, 1, 2]) {
      const { state } = new TestShard(network, shard);
      const packed = [shard, 3, QUEUE_MAX, LIFETIME].map(BigInt) as [bigint, bigint, bigint, bigint];
      const word = packed[0] + (packed[1] << 16n) + (packed[2] << 32n) + (packed[3] << 64n);
      expect(state.storage(SHARD_GATEWAY_ADDRESS, `0x${"0".repeat(64)}`)).toBe(word);
    }
  });

  it("addresses equal SystemAddresses.sol", () => {
    const source = readFileSync(new URL("../../solidity/SystemAddresses.sol", import.meta.url), "utf8");
    expect(source).toContain(`SHARD_GATEWAY = ${SHARD_GATEWAY_ADDRESS};`);
  });
});

describe("SHARD-4, SHARD-5: send", () => {
  it("keeps the value in escrow, and stores the head of all messages", () => {
    const pair = open();
    const data = Uint8Array.of(1, 2, 3);
    const messages = [sendOne(pair, { gasLimit: 7n, data }), sendOne(pair, { value: 0n })];
    expect(messages[0]).toEqual({
      kind: "call",
      source: 1,
      destination: 2,
      index: 0,
      sender: USER,
      to: TO,
      value: COIN,
      gasLimit: 7n,
      expiry: pair.source.timestamp + LIFETIME,
      data,
    });
    const { state } = pair.source;
    expect(readOutbox(state, 2)).toEqual({ sent: 2, acknowledged: 0, value: COIN });
    expect(pair.source.balance(SHARD_GATEWAY_ADDRESS)).toBe(COIN);
    const head = messages.map(messageId).reduce(nextOutboxHead, EMPTY_OUTBOX_HEAD);
    expect(readOutboxHead(state, 2, 1, QUEUE_MAX)).toBe(head);
  });

  it("SHARD-6: uses the gas of delivery and refund here", () => {
    const { source } = open();
    const used = (gasLimit: bigint) => source.send(USER, { destination: 2, to: TO, gasLimit }).gasUsed;
    const refund = messageGas({ gasLimit: 0n, data: new Uint8Array(32) });
    // The first message of a queue writes fresh slots.
    used(0n);
    const [low, high] = [used(0n), used(630_000n)];
    expect(low).toBeGreaterThan(MESSAGE_GAS.fixed + refund);
    expect(Number(high - low)).toBeCloseTo(640_000, -3);
  });

  it("SHARD-6: GasTooLow if the caller has less", () => {
    const { source } = open();
    const args = [2, TO, 0n, "0x"] as const;
    const data = encodeFunctionData({ abi: ShardGateway.abi, functionName: "send", args });
    expect(source.call(USER, data, { gasLimit: 380_000n }).outcome).toBe("GasTooLow");
    expect(source.call(USER, data, { gasLimit: 500_000n }).outcome).toBe("success");
  });

  it("refuses ShardUnknown, RecipientIsGateway, MessageGasTooHigh", () => {
    const { source } = open();
    const outcome = (fields: Partial<Parameters<TestShard["send"]>[1]>) =>
      source.send(USER, { destination: 2, to: TO, ...fields }).outcome;
    for (const destination of [1, 3, 0xffff]) expect(outcome({ destination })).toBe("ShardUnknown");
    expect(outcome({ destination: 0 })).toBe("success");
    expect(outcome({ to: SHARD_GATEWAY_ADDRESS })).toBe("RecipientIsGateway");
    expect(outcome({ gasLimit: MESSAGE_GAS.max })).toBe("MessageGasTooHigh");
    expect(outcome({ gasLimit: 2n ** 64n - 1n })).toBe("MessageGasTooHigh");
    const spare = MESSAGE_GAS.max - MESSAGE_GAS.fixed;
    expect(outcome({ gasLimit: (spare * 63n) / 64n })).toBe("success");
    const data = new Uint8Array(Number(spare / MESSAGE_GAS.perByte));
    expect(outcome({ data })).toBe("success");
    expect(outcome({ data: new Uint8Array(data.length + 1) })).toBe("MessageGasTooHigh");
  });

  it("the contract's limits equal the codec's", () => {
    const { source } = open();
    const ask = (functionName: "GAS_FIXED" | "GAS_PER_BYTE" | "GAS_MAX") =>
      source.output(encodeFunctionData({ abi: ShardGateway.abi, functionName }));
    expect(ask("GAS_FIXED")).toBe(MESSAGE_GAS.fixed);
    expect(ask("GAS_PER_BYTE")).toBe(MESSAGE_GAS.perByte);
    expect(ask("GAS_MAX")).toBe(MESSAGE_GAS.max);
    for (const [gasLimit, bytes] of [
      [0n, 0],
      [62n, 1],
      [63n, 2],
      [700_001n, 100],
    ] as const) {
      const args = [gasLimit, BigInt(bytes)] as const;
      const gas = source.output(
        encodeFunctionData({ abi: ShardGateway.abi, functionName: "deliveryGas", args }),
      );
      expect(gas).toBe(messageGas({ gasLimit, data: new Uint8Array(bytes) }));
    }
  });
});

describe("SHARD-9: queues", () => {
  const outcomeOf = ({ source }: Pair, destination = 2) => source.send(USER, { destination, to: TO }).outcome;

  it("SHARD-9.1: QueueFull at the limit, for that pair only, until the destination acknowledges", () => {
    const pair = open();
    for (let count = 0; count < QUEUE_MAX; count++) expect(outcomeOf(pair)).toBe("success");
    expect(outcomeOf(pair)).toBe("QueueFull");
    expect(outcomeOf(pair, 0)).toBe("success");
    pair.source.system(countersOf(2, 0, 1));
    expect(outcomeOf(pair)).toBe("success");
    expect(outcomeOf(pair)).toBe("QueueFull");
  });

  it("SHARD-9.1: QueueFull while as many messages wait in the other direction", () => {
    const pair = open();
    pair.source.system(countersOf(2, QUEUE_MAX, 0));
    expect(outcomeOf(pair)).toBe("QueueFull");
    expect(outcomeOf(pair, 0)).toBe("success");
  });

  it("counters never go back, and acknowledge only sent messages (AcknowledgementWrong)", () => {
    const pair = open();
    for (let count = 0; count < 3; count++) sendOne(pair);
    const { source } = pair;
    const record = (sent: number, acknowledged: number) =>
      source.system(countersOf(2, sent, acknowledged)).outcome;
    expect(record(5, 2)).toBe("success");
    expect(record(4, 3)).toBe("success");
    expect(record(0, 0)).toBe("success");
    expect(readInbox(source.state, 2)).toMatchObject({ known: 5, height });
    expect(readOutbox(source.state, 2)).toMatchObject({ acknowledged: 3 });
    expect(record(5, 4)).toBe("AcknowledgementWrong");
    expect(readInbox(source.state, 2)).toMatchObject({ height: height - 1 });
  });

  it("an older cross-link, or the same again, changes nothing", () => {
    const pair = open();
    sendOne(pair);
    const { source } = pair;
    const record = (at: number, sent: number) =>
      source.system(synchronizeCall({ source: 2, height: at, sent, acknowledged: 1 })).outcome;
    expect([record(0, 3), readInbox(source.state, 2).known]).toEqual(["success", 0]);
    expect([record(7, 3), readInbox(source.state, 2).known]).toEqual(["success", 3]);
    expect([record(7, 4), readInbox(source.state, 2).known]).toEqual(["success", 3]);
    expect([record(6, 4), readInbox(source.state, 2).known]).toEqual(["success", 3]);
    expect([record(8, 4), readInbox(source.state, 2).known]).toEqual(["success", 4]);
  });

  it("SHARD-9.2: heads of many messages stay in one ring", () => {
    const pair = open();
    let head = EMPTY_OUTBOX_HEAD;
    for (let index = 0; index < 40; index++) {
      head = nextOutboxHead(head, messageId(sendOne(pair)));
      expect(readOutboxHead(pair.source.state, 2, index, QUEUE_MAX)).toBe(head);
      pair.source.system(countersOf(2, 0, index + 1));
    }
    // The constants; one destination's outbox, value, inbox and ring.
    expect(pair.source.state.storageOf(SHARD_GATEWAY_ADDRESS).size).toBe(1 + 3 + 4 * QUEUE_MAX);
  });
});

describe("SHARD-10: delivery", () => {
  it("credits the value and calls the recipient, once", () => {
    const pair = open("counter");
    const message = sendOne(pair, { gasLimit: 50_000n });
    const { delivered } = deliver(pair, message);
    expect(delivered).toEqual([{ id: messageId(message), source: 1, index: 0, outcome: "executed" }]);
    expect(pair.destination.balance(TO)).toBe(COIN);
    expect(slot(pair.destination, 0)).toBe(1n);
    const since = pair.destination.timestamp;
    expect(readInbox(pair.destination.state, 1)).toEqual({ next: 1, known: 1, height, since, value: COIN });
    expect(pair.destination.system(deliverCall(message)).outcome).toBe("MessageOutOfOrder");
    expect(pair.destination.balance(TO)).toBe(COIN);
  });

  it("MessageOutOfOrder: a replayed, later or unknown message", () => {
    const pair = open();
    const messages = [sendOne(pair), sendOne(pair), sendOne(pair)] as const;
    const attempt = (message: Message) => pair.destination.system(deliverCall(message)).outcome;
    expect(attempt(messages[0])).toBe("MessageOutOfOrder");
    synchronize(pair.source, pair.destination);
    expect(attempt(messages[1])).toBe("MessageOutOfOrder");
    expect(messages.map(attempt)).toEqual(["success", "success", "success"]);
    expect(messages.map(attempt)).toEqual(Array(3).fill("MessageOutOfOrder"));
    expect(pair.destination.balance(TO)).toBe(3n * COIN);
  });

  it("ShardUnknown: a message for or from another shard; ValueWrong: another issued value", () => {
    const pair = open();
    const message = sendOne(pair);
    synchronize(pair.source, pair.destination);
    const attempt = (fields: Partial<Message>) =>
      pair.destination.system(deliverCall({ ...message, ...fields })).outcome;
    expect(attempt({ destination: 0 })).toBe("ShardUnknown");
    expect(attempt({ source: 2 })).toBe("ShardUnknown");
    expect(attempt({ source: 3 })).toBe("ShardUnknown");
    expect(attempt({ source: 0 })).toBe("MessageOutOfOrder");
    expect(pair.destination.system({ ...deliverCall(message), value: COIN + 1n }).outcome).toBe("ValueWrong");
    expect(attempt({})).toBe("success");
  });

  it("SHARD-7, NotSystem: only the protocol delivers and synchronizes", () => {
    const pair = open();
    const message = sendOne(pair, { value: 0n });
    synchronize(pair.source, pair.destination);
    for (const { data } of [deliverCall(message), countersOf(1, 9, 0)])
      expect(pair.destination.call(USER, bytesToHex(data)).outcome).toBe("NotSystem");
  });

  it("names source and sender only to the recipient, and only meanwhile (NoMessage)", () => {
    const pair = open("listener");
    expect(deliver(pair, sendOne(pair, { gasLimit: 100_000n })).delivered[0]?.outcome).toBe("executed");
    expect([slot(pair.destination, 0), slot(pair.destination, 1)]).toEqual([1n, BigInt(USER)]);
    const forwarded = open("forwarder");
    forwarded.destination.state.setCode(OTHER, recipientCode("listener"));
    const calls = deliver(forwarded, sendOne(forwarded, { gasLimit: 100_000n }));
    expect(calls.delivered[0]?.outcome).toBe("executed");
    // The words of the error, not of an answer.
    expect([...forwarded.destination.state.storageOf(OTHER).values()]).not.toContain(BigInt(USER));
    const data = toFunctionSelector("function crossShardSender()");
    expect(pair.destination.call(USER, data).outcome).toBe("NoMessage");
  });

  it("calls code with the message's gas limit, at any limit and length of data", () => {
    const spare = MESSAGE_GAS.max - MESSAGE_GAS.fixed;
    const longest = new Uint8Array(Number(spare / MESSAGE_GAS.perByte)).fill(1);
    for (const recipient of ["burner", "counter", "talker", undefined] as const) {
      for (const fields of [{ gasLimit: (spare * 63n) / 64n }, { data: longest }, { gasLimit: 1n }, {}]) {
        const pair = open(recipient);
        const { outcome, gasUsed } = deliver(pair, sendOne(pair, fields));
        expect(outcome).toBe("success");
        expect(gasUsed).toBeLessThan(messageGas({ gasLimit: 0n, data: longest, ...fields }));
      }
    }
  });

  it("the worst cases leave a tenth of the gas: a fresh pair, and an empty recipient whose call fails", () => {
    // Precompiles that fail on bad input or too little gas. Their accounts do not exist.
    const precompiles = [1, 2, 5, 6, 7, 8, 9, 0x0a, 0x0b, 0x13].map(
      (byte): Address => `0x${byte.toString(16).padStart(40, "0")}`,
    );
    let isRefundSeen = false;
    for (const to of [...precompiles, TO]) {
      for (const fields of [{}, { gasLimit: 1n }, { gasLimit: 20_000n }, { data: Uint8Array.of(1, 2, 3) }]) {
        const pair = open();
        const message = sendOne(pair, { to, ...fields });
        const { outcome, gasUsed, sent } = deliver(pair, message);
        expect(outcome).toBe("success");
        expect(gasUsed).toBeLessThan(messageGas(message) - MESSAGE_GAS.fixed / 10n);
        isRefundSeen ||= sent.length === 1;
      }
    }
    expect(isRefundSeen).toBe(true);
  });

  it("SHARD-10.1: with a value, the call has 2,300 further gas", () => {
    for (const [value, seen] of [
      [0n, 50_000n],
      [COIN, 52_300n],
    ] as const) {
      const pair = open("gasMeter");
      expect(deliver(pair, sendOne(pair, { value, gasLimit: 50_000n })).delivered[0]?.outcome).toBe(
        "executed",
      );
      // GAS itself uses 2.
      expect(slot(pair.destination, 0)).toBe(seen - 2n);
    }
  });

  it("a recipient that self-destructs keeps no value back", () => {
    const pair = open("destroyer");
    expect(deliver(pair, sendOne(pair, { gasLimit: 50_000n })).delivered[0]?.outcome).toBe("executed");
    expect(pair.destination.balance(SHARD_GATEWAY_ADDRESS)).toBe(COIN);
    expect(readOutbox(pair.destination.state, 1)).toMatchObject({ sent: 0, value: 0n });
  });
});

describe("SHARD-10: a recipient calls the gateway", () => {
  it("SHARD-10.2: sends a reply with the value", () => {
    const pair = open("replier");
    const { delivered, sent } = deliver(pair, sendOne(pair, { gasLimit: 700_000n }));
    expect(delivered[0]?.outcome).toBe("executed");
    expect(sent).toMatchObject([
      { kind: "call", source: 2, destination: 1, sender: TO, to: USER, value: COIN },
    ]);
    expect(pair.destination.balance(SHARD_GATEWAY_ADDRESS)).toBe(COIN);
    expect(pair.destination.balance(TO)).toBe(0n);
  });

  it("cannot deliver, synchronize or consume the message again", () => {
    for (const inner of [countersOf(1, 9, 0), undefined]) {
      const pair = open("intruder");
      const plain = { kind: "call", source: 1, destination: 2, sender: USER, to: USER, value: 0n } as const;
      const next = { ...plain, index: 1, gasLimit: 0n, expiry: 2_000, data: new Uint8Array(0) };
      const { data } = inner ?? deliverCall(next);
      const message = sendOne(pair, { gasLimit: 100_000n, data });
      sendOne(pair);
      expect(deliver(pair, message).delivered[0]?.outcome).toBe("executed");
      expect(slot(pair.destination, 0)).toBe(0n);
      expect(readInbox(pair.destination.state, 1)).toMatchObject({ next: 1, known: 2 });
    }
  });
});

describe("SHARD-12.4: progress of a source", () => {
  const inboxOf = ({ destination }: Pair) => readInbox(destination.state, 1);

  it("begins when messages become known, and each delivery renews it", () => {
    const pair = open();
    const { source, destination } = pair;
    const [first] = [sendOne(pair), sendOne(pair)];
    destination.timestamp = 5_000;
    synchronize(source, destination);
    expect(inboxOf(pair).since).toBe(5_000);
    destination.timestamp = 5_000 + STALL_SECONDS;
    sendOne(pair);
    synchronize(source, destination);
    expect(inboxOf(pair)).toMatchObject({ known: 3, since: 5_000 });
    expect(isStalled(inboxOf(pair), destination.timestamp)).toBe(false);
    expect(destination.system(deliverCall(first!)).outcome).toBe("success");
    expect(inboxOf(pair).since).toBe(5_000 + STALL_SECONDS);
  });

  it("a stalled source stays stalled until its queue is empty", () => {
    const pair = open();
    const { source, destination } = pair;
    const messages = [sendOne(pair), sendOne(pair)];
    synchronize(source, destination);
    const { since } = inboxOf(pair);
    destination.timestamp = since + STALL_SECONDS + 1;
    expect(isStalled(inboxOf(pair), destination.timestamp)).toBe(true);
    destination.system(deliverCall(messages[0]!));
    expect(isStalled(inboxOf(pair), destination.timestamp)).toBe(true);
    destination.system(deliverCall(messages[1]!));
    expect(isStalled(inboxOf(pair), destination.timestamp)).toBe(false);
    sendOne(pair);
    synchronize(source, destination);
    expect(inboxOf(pair).since).toBe(destination.timestamp);
    expect(isStalled(inboxOf(pair), destination.timestamp)).toBe(false);
  });

  it("STALL_SECONDS equals the contract's", () => {
    const data = encodeFunctionData({ abi: ShardGateway.abi, functionName: "STALL_SECONDS" });
    expect(open().source.output(data)).toBe(BigInt(STALL_SECONDS));
  });
});

describe("SHARD-11: refunds", () => {
  function refunded(recipient: Recipient | undefined, expected: string, waitSeconds = 0) {
    const pair = open(recipient);
    const message = sendOne(pair, { gasLimit: 100_000n });
    pair.destination.timestamp = message.expiry + waitSeconds;
    const { delivered, sent } = deliver(pair, message);
    expect(delivered[0]?.outcome).toBe(expected);
    return { pair, message, sent };
  }

  it.each(["reverter", "burner"] as const)("a recipient that fails: %s", (recipient) => {
    const { pair, message, sent } = refunded(recipient, "reverted");
    expect(sent).toEqual([refundOf(message, 0)]);
    expect(pair.destination.balance(TO)).toBe(0n);
    expect(readOutbox(pair.destination.state, 1)).toMatchObject({ sent: 1, value: COIN });
  });

  it("expiry: the last second calls, the next one refunds", () => {
    expect(refunded("counter", "executed", 0).sent).toEqual([]);
    const { pair, message, sent } = refunded("counter", "expired", 1);
    expect(sent).toEqual([refundOf(message, 0)]);
    expect(slot(pair.destination, 0)).toBe(0n);
  });

  it("credit the sender without calling it, even if it would revert", () => {
    const { pair, sent } = refunded("reverter", "reverted");
    const before = pair.source.balance(USER);
    pair.source.state.setCode(USER, recipientCode("reverter"));
    synchronize(pair.destination, pair.source);
    const { delivered } = pair.source.system(deliverCall(sent[0]!));
    expect(delivered[0]?.outcome).toBe("credited");
    expect(pair.source.balance(USER)).toBe(before + COIN);
    expect(readInbox(pair.source.state, 2)).toMatchObject({ next: 1, value: COIN });
  });

  it("a failed message without value leaves nothing to refund", () => {
    const pair = open("reverter");
    const { delivered, sent } = deliver(pair, sendOne(pair, { value: 0n, gasLimit: 100_000n }));
    expect(delivered[0]?.outcome).toBe("reverted");
    expect(sent).toEqual([]);
  });

  it("SHARD-9.2: find room in a queue that refuses other messages", () => {
    const pair = open("reverter");
    pair.destination.state.setBalance(USER, 100n * COIN);
    const back = () => pair.destination.send(USER, { destination: 1, to: USER }).outcome;
    for (let count = 0; count < QUEUE_MAX; count++) expect(back()).toBe("success");
    expect(back()).toBe("QueueFull");
    for (let count = 0; count < QUEUE_MAX; count++) {
      expect(deliver(pair, sendOne(pair)).sent).toHaveLength(1);
    }
    expect(readOutbox(pair.destination.state, 1)).toMatchObject({ sent: 2 * QUEUE_MAX });
  });
});

describe("the specification names every error of ShardGateway", () => {
  const specification = readFileSync(new URL("../../../../docs/spec/shards.md", import.meta.url), "utf8");
  const names = ShardGateway.abi.flatMap((item) => (item.type === "error" ? [item.name] : []));
  it.each(names)("%s", (name) => expect(specification).toContain(`\`${name}\``));
});

it("the gateway pays nobody who calls it: plain coins and unknown calls are refused", () => {
  const { source } = open();
  for (const data of ["0x", "0x12345678"] as const)
    expect(source.call(USER, data, { value: 1n }).outcome).not.toBe("success");
  expect(source.balance(SHARD_GATEWAY_ADDRESS)).toBe(0n);
});
