import type { Hex } from "@trellis/base";
import { createLocalSigner } from "@trellis/crypto";
import { FakeChain, failing } from "@trellis/kit/fakeChain";
import { VirtualTime } from "@trellis/kit/time";
import { describe, expect, it } from "vitest";
import { clientErrors } from "../errors.ts";
import type { ChainClient } from "../evm/ChainClient.ts";
import { createSender } from "../sending/createSender.ts";
import { createAgreedClient } from "./createAgreedClient.ts";

const ADDRESS: Hex = `0x${"a1".repeat(20)}`;
const refusal = (code: string, facts: object = {}) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });

function nodes(chain: FakeChain, ...changes: ((client: ChainClient) => ChainClient)[]): ChainClient[] {
  return changes.map((change, index) => change(chain.client(`node ${index}`)));
}
const honest = (client: ChainClient) => client;
const gone = (client: ChainClient) => failing(client, () => true);
const silent = (client: ChainClient): ChainClient =>
  new Proxy(client, {
    get: (target, method: keyof ChainClient) =>
      method === "name" ? target.name : () => new Promise(() => {}),
  });
function forked(client: ChainClient): ChainClient {
  const other = new FakeChain();
  other.reorganise(1);
  return { ...other.client(client.name) };
}

const agreed = (clients: readonly ChainClient[], scheduler = new VirtualTime()) =>
  createAgreedClient(clients, 2, { scheduler });

async function chainOfTwo() {
  const chain = new FakeChain();
  const signer = createLocalSigner(new Uint8Array(32).fill(7));
  const sender = createSender({ chainId: 7331, feeLimitWei: 1_000n }, { client: chain.client(), signer });
  const sent = await sender.send({ to: ADDRESS, data: "0x" });
  chain.mine();
  chain.finalHeight = 1;
  return { chain, sender, sent };
}

describe("several nodes as one client", () => {
  it("answers like each node, while one lies, is down or does not answer", async () => {
    const { chain, sent } = await chainOfTwo();
    for (const third of [honest, gone, forked, silent]) {
      const client = agreed(nodes(chain, honest, honest, third));
      const alone = chain.client();
      expect(await client.chainId()).toBe(7331);
      for (const tag of ["latest", "finalized", 1] as const)
        expect(await client.block(tag)).toEqual(await alone.block(tag));
      expect(await client.blockHash(1)).toBe(chain.head.hash);
      expect(await client.receipt(sent.hash)).toEqual(await alone.receipt(sent.hash));
      expect(await client.hasTransaction(sent.hash)).toBe(true);
      expect(await client.nextNonce(ADDRESS, "latest")).toBe(0);
      expect(await client.code(ADDRESS, chain.head.hash)).toBe("0x");
      expect(await client.call(ADDRESS, "0x", chain.head.hash)).toBe("0x");
      expect(await client.balance(ADDRESS, chain.head.hash)).toBe(0n);
      expect(await client.logs({ address: ADDRESS, topics: [], fromHeight: 0, toHeight: 1 })).toEqual([]);
      expect(await client.estimateGas({ from: ADDRESS, to: ADDRESS, data: "0x" })).toBe(21_000n);
      expect(await client.suggestedTipWei()).toBe(2n);
    }
  });

  it("one node alone raises no height, nonce or fee", async () => {
    const { chain } = await chainOfTwo();
    const boasting = (client: ChainClient): ChainClient => ({
      ...client,
      block: async (at) => ({ ...(await client.block(1))!, height: typeof at === "number" ? at : 1_000 }),
      nextNonce: async () => 99,
      suggestedTipWei: async () => 10n ** 18n,
      hasTransaction: async () => true,
    });
    const client = agreed(nodes(chain, honest, honest, boasting));
    expect(await client.block("finalized")).toMatchObject({ height: 1 });
    expect([await client.nextNonce(ADDRESS, "pending"), await client.suggestedTipWei()]).toEqual([0, 2n]);
    expect(await client.hasTransaction(`0x${"00".repeat(32)}`)).toBe(false);
  });

  it("QUORUM_NOT_REACHED: a forked chain; QUORUM_NOT_REACHED: nodes that are down; QUORUM_INVALID", async () => {
    const { chain } = await chainOfTwo();
    await expect(agreed(nodes(chain, honest, forked)).block(1)).rejects.toEqual(
      refusal("QUORUM_NOT_REACHED", { reason: "answers differ" }),
    );
    const few = agreed(nodes(chain, honest, gone));
    await expect(few.block(1)).rejects.toEqual(refusal("QUORUM_NOT_REACHED", { reason: "too few answers" }));
    await expect(few.block("latest")).rejects.toEqual(
      refusal("QUORUM_NOT_REACHED", { reason: "too few answers", answered: 1, question: "height of latest" }),
    );
    expect(() =>
      createAgreedClient(nodes(chain, honest, honest), 1, { scheduler: new VirtualTime() }),
    ).toThrow(refusal("QUORUM_INVALID"));
  });

  it("TRANSACTION_WOULD_REVERT: if a quorum of nodes says so", async () => {
    const { chain } = await chainOfTwo();
    const reverting = (client: ChainClient): ChainClient => ({
      ...client,
      estimateGas: async () => Promise.reject(clientErrors.TRANSACTION_WOULD_REVERT({ data: "0xdead" })),
    });
    const call = { from: ADDRESS, to: ADDRESS, data: "0x" as Hex };
    const estimate = (...changes: ((client: ChainClient) => ChainClient)[]) =>
      agreed(nodes(chain, ...changes)).estimateGas(call);
    await expect(estimate(reverting, reverting, honest)).rejects.toEqual(
      refusal("TRANSACTION_WOULD_REVERT", { data: "0xdead" }),
    );
    expect(await estimate(honest, reverting, honest)).toBe(21_000n);
  });

  it("sends to all nodes; one acceptance suffices, and of several refusals the most specific is thrown", async () => {
    const { chain, sender, sent } = await chainOfTwo();
    const next = await sender.prepare({ to: ADDRESS, data: "0x" });
    await agreed(nodes(chain, gone, honest)).send(next.raw);
    expect(chain.waiting).toHaveLength(1);
    await expect(agreed(nodes(chain, gone, honest)).send(sent.raw)).rejects.toEqual(
      refusal("TRANSACTION_NONCE_TAKEN"),
    );
    await expect(agreed(nodes(chain, gone, gone)).send(next.raw)).rejects.toEqual(
      refusal("NODE_UNREACHABLE"),
    );
  });

  it("if nodes differ, waits a moment for the others to determine height or nonce", async () => {
    const { chain } = await chainOfTwo();
    const nonce = (nonce: number, afterMs: number) => (client: ChainClient) => ({
      ...client,
      nextNonce: () => time.wait(afterMs).then(() => nonce),
    });
    const time = new VirtualTime();
    const answer = async (...changes: ((client: ChainClient) => ChainClient)[]) => {
      const startMs = time.nowMs();
      let told: number | undefined;
      void agreed(nodes(chain, ...changes), time)
        .nextNonce(ADDRESS, "pending")
        .then((value) => {
          told = value;
        });
      await time.run(60_000, () => told !== undefined);
      return { told, ms: time.nowMs() - startMs };
    };
    expect(await answer(nonce(7, 0), nonce(7, 1), silent)).toEqual({ told: 7, ms: 1 });
    expect(await answer(nonce(7, 0), nonce(6, 1), nonce(7, 400))).toEqual({ told: 7, ms: 400 });
    expect(await answer(nonce(7, 0), nonce(6, 1), silent)).toEqual({ told: 6, ms: 501 });
    expect(await answer(nonce(7, 0), gone, nonce(7, 9_000))).toEqual({ told: 7, ms: 9_000 });
  });

  it("a node that does not answer a broadcast delays nobody", async () => {
    const { chain, sender } = await chainOfTwo();
    const next = await sender.prepare({ to: ADDRESS, data: "0x" });
    const time = new VirtualTime();
    let isSent = false;
    void agreed(nodes(chain, honest, silent, gone), time)
      .send(next.raw)
      .then(() => {
        isSent = true;
      });
    expect(await time.run(500, () => isSent)).toBe(true);
    await agreed(nodes(chain, honest, silent, honest)).send(next.raw);
    expect(chain.waiting).toHaveLength(1);
  });
});
