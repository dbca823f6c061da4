import { afterEach, expect, it, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("location", { origin: "http://127.0.0.1:1" }));

import { encodeAbiParameters, encodeEventTopics, type Hex } from "viem";
import { governor } from "../contracts/governor.ts";
import { node, queries } from "./node.ts";
import { readProposals } from "./proposals.ts";

const STRANGER = `0x${"66".repeat(20)}`;
const PROPOSER = `0x${"11".repeat(20)}` as const;
const [TOPIC] = encodeEventTopics({ abi: governor.abi, eventName: "ProposalCreated" });
const CREATED = governor.abi.find((item) => item.type === "event" && item.name === "ProposalCreated")!;

afterEach(() => {
  vi.restoreAllMocks();
  queries.clear();
});

it("a stranger's logs with the topic of proposals hide none of them", async () => {
  const values = [7n, PROPOSER, [], [], [], [], 1n, 2n, "Two coins"];
  const data = encodeAbiParameters(CREATED.inputs as never, values as never);
  const real = { blockNumber: "0x1", logIndex: "0x0", transactionHash: "0xaa", emitter: governor.address };
  const foreign = { ...real, blockNumber: "0x2", transactionHash: "0xbb", emitter: STRANGER };
  const emitted = [...Array.from({ length: 500 }, () => foreign), real];
  vi.spyOn(node, "request").mockImplementation(async (method, params = []): Promise<never> => {
    if (method === "eth_getTransactionReceipt") {
      return { blockNumber: "0x1", logs: [{ topics: [TOPIC], data, logIndex: "0x0" }] } as never;
    }
    // Like packages/indexer, pages logs and filters by emitter.
    const [topic, page, emitter] = params as readonly [Hex, { readonly cursor?: Hex }, Hex | undefined];
    expect([method, topic]).toEqual(["trellis_getLogsByTopic", TOPIC]);
    const wanted = emitted.filter((log) => emitter === undefined || log.emitter === emitter);
    const from = Number(page.cursor ?? 0);
    const next = from + 100;
    return { items: wanted.slice(from, next), cursor: next < wanted.length ? String(next) : null } as never;
  });
  expect(await readProposals()).toMatchObject([{ id: 7n, proposer: PROPOSER, description: "Two coins" }]);
});

it("a proposal whose transaction moves to another block is read again from there", async () => {
  const values = [7n, PROPOSER, [], [], [], [], 1n, 2n, "Two coins"];
  const data = encodeAbiParameters(CREATED.inputs as never, values as never);
  let place = { blockNumber: "0x1", logIndex: "0x0" };
  let receipt: object | null = null;
  vi.spyOn(node, "request").mockImplementation(async (method): Promise<never> => {
    if (method === "eth_getTransactionReceipt") return receipt as never;
    return { items: [{ ...place, transactionHash: "0xaa" }], cursor: null } as never;
  });
  const receiptAt = ({ blockNumber, logIndex }: typeof place) => ({
    blockNumber,
    logs: [{ topics: [TOPIC], data, logIndex }],
  });
  expect(await readProposals()).toEqual([]);
  receipt = receiptAt(place);
  expect(await readProposals()).toMatchObject([{ id: 7n, blockNumber: 1 }]);
  place = { blockNumber: "0x2", logIndex: "0x3" };
  expect(await readProposals()).toEqual([]);
  receipt = receiptAt(place);
  expect(await readProposals()).toMatchObject([{ id: 7n, blockNumber: 2 }]);
});
