import type { Hex } from "@trellis/base";
import { createLocalSigner } from "@trellis/crypto";
import { FakeChain } from "@trellis/kit/fakeChain";
import { privateKeyToAccount } from "viem/accounts";
import { beforeEach, describe, expect, it } from "vitest";
import { chooseFees } from "./chooseFees.ts";
import { createSender, type Sender } from "./createSender.ts";
import { signCall } from "./signCall.ts";

const KEY = new Uint8Array(32).fill(7);
const call = { to: `0x${"b2".repeat(20)}` as Hex, data: "0x01" as Hex };
const refusal = (code: string, facts: object = {}) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });

const never = async (): Promise<bigint> => {
  throw new TypeError("nobody should ask");
};

let chain: FakeChain;
let sender: Sender;
beforeEach(() => {
  chain = new FakeChain();
  sender = createSender(
    { chainId: chain.chainId, feeLimitWei: 1_000n },
    { client: chain.client(), signer: createLocalSigner(KEY) },
  );
});

describe("sender", () => {
  it("produces the signatures of viem", async () => {
    const account = privateKeyToAccount(`0x${"07".repeat(32)}`);
    const prepared = await sender.prepare(call);
    const { to, data } = call;
    const raw = await account.signTransaction({
      type: "eip1559",
      chainId: chain.chainId,
      to,
      data,
      nonce: 0,
      gas: 26_250n,
      maxFeePerGas: 22n,
      maxPriorityFeePerGas: 2n,
    });
    expect(prepared).toMatchObject({ raw, nonce: 0, gasLimit: 26_250n, maxFeeWei: 22n, maxTipWei: 2n });
    expect(sender.address).toBe(account.address.toLowerCase());
    expect(chain.sent).toEqual([]);
  });

  it("with gas, tip and a lower limit from the caller estimates nothing and reads no fees", async () => {
    const client = { ...chain.client(), estimateGas: never, suggestedTipWei: never };
    const own = createSender(
      { chainId: chain.chainId, feeLimitWei: 1_000n },
      { client, signer: createLocalSigner(KEY) },
    );
    const prepared = await own.prepare(call, { gasLimit: 70_000n, tipWei: 5n, feeLimitWei: 21n });
    expect(prepared).toMatchObject({ gasLimit: 70_000n, maxTipWei: 5n, maxFeeWei: 21n });
    const dear = own.prepare(call, { gasLimit: 70_000n, tipWei: 995n, feeLimitWei: 5_000n });
    await expect(dear).rejects.toEqual(refusal("TRANSACTION_FEE_PAST_LIMIT", { limitWei: 1_000n }));
  });

  it("pads r and s to words", async () => {
    const fees = { maxFeeWei: 1n, maxTipWei: 1n };
    const signer = {
      address: new Uint8Array(20),
      signHash: async () => ({ r: 5n, s: 6n, yParity: 1 as const }),
    };
    const { raw } = await signCall(signer, {
      ...call,
      ...fees,
      chainId: 1,
      valueWei: 0n,
      nonce: 0,
      gasLimit: 21_000n,
    });
    expect(raw.endsWith("010506")).toBe(true);
  });

  it("concurrent sends get consecutive nonces; each transaction is stored before it is sent", async () => {
    const written: number[] = [];
    const sent = await Promise.all(
      [1, 2, 3].map(() =>
        sender.send(call, async ({ nonce, hash }) => {
          expect(await chain.client().hasTransaction(hash)).toBe(false);
          written.push(nonce);
        }),
      ),
    );
    expect(sent.map(({ nonce }) => nonce)).toEqual([0, 1, 2]);
    expect(written).toEqual([0, 1, 2]);
    chain.mine();
    expect((await sender.send(call)).nonce).toBe(3);
  });

  it("a transaction that could not be stored is not sent and takes no nonce", async () => {
    const full = sender.send(call, async () => Promise.reject(new TypeError("disk full")));
    await expect(full).rejects.toThrow("disk full");
    expect(chain.sent).toEqual([]);
    expect((await sender.send(call)).nonce).toBe(0);
  });

  it("a node with a late count does not cause duplicate nonces; the nonce of a lost transaction is filled", async () => {
    const client = chain.client();
    const late = createSender(
      { chainId: chain.chainId, feeLimitWei: 1_000n },
      { client: { ...client, nextNonce: async () => 0 }, signer: createLocalSigner(KEY) },
    );
    expect((await late.send(call)).nonce).toBe(0);
    expect((await late.send(call)).nonce).toBe(1);
    chain.forget();
    expect((await late.send(call)).nonce).toBe(0);
  });

  it("TRANSACTION_UNDERPRICED: a replacement with the fees of the first; it is accepted with higher fees", async () => {
    const first = await sender.send(call);
    const same = await sender.prepare({ ...call, data: "0x02" }, { nonce: first.nonce });
    await expect(chain.client().send(same.raw)).rejects.toEqual(refusal("TRANSACTION_UNDERPRICED"));
    const higher = await sender.prepare(call, { nonce: first.nonce, above: first });
    await chain.client().send(higher.raw);
    expect(chain.waiting.map(({ hash }) => hash)).toEqual([higher.hash]);
  });

  it("TRANSACTION_FEE_PAST_LIMIT: by the base fee, and by repeated increases", async () => {
    let above = await sender.prepare(call);
    const raise = async () => {
      for (;;) above = await sender.prepare(call, { above });
    };
    await expect(raise()).rejects.toEqual(refusal("TRANSACTION_FEE_PAST_LIMIT", { limitWei: 1_000n }));
    expect(above.maxFeeWei).toBeLessThanOrEqual(1_000n);
    chain.baseFeeWei = 999n;
    chain.mine();
    await expect(sender.prepare(call)).rejects.toEqual(
      refusal("TRANSACTION_FEE_PAST_LIMIT", { got: 1_001n }),
    );
  });
});

describe("fees", () => {
  it("are twice the base fee plus the tip, within the limit", () => {
    expect(chooseFees({ baseFeeWei: 100n, tipWei: 3n }, 1_000n)).toEqual({ maxFeeWei: 203n, maxTipWei: 3n });
    expect(chooseFees({ baseFeeWei: 100n, tipWei: 3n }, 110n)).toEqual({ maxFeeWei: 110n, maxTipWei: 3n });
  });

  it("a replacement raises both by at least an eighth, also from zero", () => {
    const above = { maxFeeWei: 800n, maxTipWei: 80n };
    expect(chooseFees({ baseFeeWei: 100n, tipWei: 3n }, 1_000n, above)).toEqual({
      maxFeeWei: 901n,
      maxTipWei: 91n,
    });
    const free = { maxFeeWei: 0n, maxTipWei: 0n };
    expect(chooseFees({ baseFeeWei: 0n, tipWei: 0n }, 1_000n, free)).toEqual({
      maxFeeWei: 1n,
      maxTipWei: 1n,
    });
  });
});
