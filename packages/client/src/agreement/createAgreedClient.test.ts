import type { Hex } from "@trellis/base";
import { createLocalSigner } from "@trellis/crypto";
import { FakeChain, failing } from "@trellis/kit/fakeChain";
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
/** Another branch of the same length. */
function forked(client: ChainClient): ChainClient {
  const other = new FakeChain();
  other.reorganise(1);
  return { ...other.client(client.name) };
}

async function chainOfTwo() {
  const chain = new FakeChain();
  const signer = createLocalSigner(new Uint8Array(32).fill(7));
  const sender = createSender({ chainId: 7331, feeLimitWei: 1_000n }, { client: chain.client(), signer });
  const sent = await sender.send({ to: ADDRESS, data: "0x" });
  chain.mine();
  chain.finalHeight = 1;
  return { chain, sender, sent };
}

describe("several nodes as one", () => {
  it("answers as each of them does, with one that lies or is gone", async () => {
    const { chain, sent } = await chainOfTwo();
    for (const third of [honest, gone, forked]) {
      const client = createAgreedClient(nodes(chain, honest, honest, third), 2);
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
    const client = createAgreedClient(nodes(chain, honest, honest, boasting), 2);
    expect(await client.block("finalized")).toMatchObject({ height: 1 });
    expect([await client.nextNonce(ADDRESS, "pending"), await client.suggestedTipWei()]).toEqual([0, 2n]);
    expect(await client.hasTransaction(`0x${"00".repeat(32)}`)).toBe(false);
  });

  it("NODES_DISAGREE: a forked chain; NODES_TOO_FEW: nodes that are gone; QUORUM_INVALID", async () => {
    const { chain } = await chainOfTwo();
    await expect(createAgreedClient(nodes(chain, honest, forked), 2).block(1)).rejects.toEqual(
      refusal("NODES_DISAGREE"),
    );
    const few = createAgreedClient(nodes(chain, honest, gone), 2);
    await expect(few.block(1)).rejects.toEqual(refusal("NODES_TOO_FEW"));
    await expect(few.block("latest")).rejects.toEqual(
      refusal("NODES_TOO_FEW", { answered: 1, question: "height of latest" }),
    );
    expect(() => createAgreedClient(nodes(chain, honest, honest), 1)).toThrow(refusal("QUORUM_INVALID"));
  });

  it("TRANSACTION_WOULD_REVERT: if enough of them say so", async () => {
    const { chain } = await chainOfTwo();
    const reverting = (client: ChainClient): ChainClient => ({
      ...client,
      estimateGas: async () => Promise.reject(clientErrors.TRANSACTION_WOULD_REVERT({ data: "0xdead" })),
    });
    const call = { from: ADDRESS, to: ADDRESS, data: "0x" as Hex };
    const estimate = (...changes: ((client: ChainClient) => ChainClient)[]) =>
      createAgreedClient(nodes(chain, ...changes), 2).estimateGas(call);
    await expect(estimate(reverting, reverting, honest)).rejects.toEqual(
      refusal("TRANSACTION_WOULD_REVERT", { data: "0xdead" }),
    );
    expect(await estimate(honest, reverting, honest)).toBe(21_000n);
  });

  it("sends to all; one that takes it is enough, and of refusals the one that says more is told", async () => {
    const { chain, sender, sent } = await chainOfTwo();
    const next = await sender.prepare({ to: ADDRESS, data: "0x" });
    await createAgreedClient(nodes(chain, gone, honest), 2).send(next.raw);
    expect(chain.waiting).toHaveLength(1);
    await expect(createAgreedClient(nodes(chain, gone, honest), 2).send(sent.raw)).rejects.toEqual(
      refusal("TRANSACTION_NONCE_TAKEN"),
    );
    await expect(createAgreedClient(nodes(chain, gone, gone), 2).send(next.raw)).rejects.toEqual(
      refusal("NODE_UNREACHABLE"),
    );
  });
});
