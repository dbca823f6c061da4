import type { UnsignedCall } from "@trellis/client";
import { encodeExecute } from "@trellis/contracts/arbitrage";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { PolicySigner } from "./index.ts";
import {
  ARBITRAGEUR,
  cancel,
  execute,
  NEXT_WALLET,
  POLICY,
  route,
  SignerBench,
  WALLET,
} from "./testing/SignerBench.ts";

const STRANGER = `0x${"5a".repeat(20)}` as const;
const refused = (code: string) => expect.objectContaining({ code });
const refusedBy = (rule: string) =>
  expect.objectContaining({ code: "SIGNER_REFUSED", facts: expect.objectContaining({ rule }) });
const max = (a: bigint, b: bigint) => (a > b ? a : b);

let bench: SignerBench;
let policySigner: PolicySigner;
beforeEach(async () => {
  bench = new SignerBench();
  policySigner = await bench.policySigner();
});

describe("signing policy", () => {
  it("SIGN-2: permits execute of the Arbitrageur, and an empty transfer to the wallet itself", async () => {
    await expect(policySigner.sign(execute(), "engine")).resolves.toMatchObject({ s: expect.any(BigInt) });
    await expect(policySigner.sign(cancel({ nonce: 1 }), "engine")).resolves.toMatchObject({
      s: expect.any(BigInt),
    });
  });

  const wrapped = (data: string) => data as UnsignedCall["data"];
  const data = encodeExecute(route);
  it.each<[string, string, Partial<UnsignedCall>]>([
    ["chain", "another chain", { chainId: 1 }],
    ["contract", "a token", { to: STRANGER }],
    ["value", "coins to the contract", { valueWei: 1n }],
    ["value", "coins to the wallet", { to: WALLET, data: "0x", valueWei: 1n }],
    ["call", "data to the wallet", { to: WALLET }],
    ["call", "no data to the contract", { data: "0x" }],
    ["call", "another function", { data: wrapped(`0xdeadbeef${data.slice(10)}`) }],
    ["call", "a trailing byte", { data: wrapped(`${data}00`) }],
    ["call", "a missing byte", { data: wrapped(data.slice(0, -2)) }],
    ["call", "no minimum profit", { data: encodeExecute({ ...route, profitMin: 0n }) }],
    ["gasPrice", "dear gas", { maxFeeWei: 101n }],
    ["gasPrice", "a tip above the fee", { maxTipWei: 101n }],
    ["gas", "much gas", { gasLimit: 1_001n }],
  ])("SIGNER_REFUSED by its rule %s: %s, with an audit entry", async (rule, _, fields) => {
    await expect(policySigner.sign(execute(fields), "engine")).rejects.toEqual(refusedBy(rule));
    expect(bench.entries).toMatchObject([
      { actor: "engine", outcome: "refused", facts: { code: "SIGNER_REFUSED", rule } },
    ]);
  });

  it("SIGN-2: for any change of execute's data, a signed route must be profitable", async () => {
    const bytes = Buffer.from(data.slice(2), "hex");
    const generous = await bench.policySigner({ requestsPerMinuteMax: 10_000, signaturesPerDayMax: 10_000 });
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= flip;
        const asked = generous.sign(execute({ data: wrapped(`0x${changed.toString("hex")}`) }), "engine");
        const isRoute = at >= 68 && at < 68 + 92 + 2 * 44;
        if (!isRoute) await expect(asked).rejects.toEqual(refusedBy("call"));
        else await asked.catch((error: unknown) => expect(error).toEqual(refusedBy("call")));
      }),
      { numRuns: 150 },
    );
  });
});

describe("limits over time", () => {
  it("SIGNER_RATE_EXCEEDED: refused requests count too; above the rate one refusal is logged, the others are counted", async () => {
    for (let nonce = 0; nonce < 9; nonce += 1)
      await policySigner.sign(cancel({ nonce, gasLimit: 1n }), "engine");
    await expect(policySigner.sign(execute({ chainId: 1 }), "engine")).rejects.toEqual(refusedBy("chain"));
    for (let count = 0; count < 3; count += 1)
      await expect(policySigner.sign(cancel({ nonce: 9 }), "engine")).rejects.toEqual(
        refused("SIGNER_RATE_EXCEEDED"),
      );
    expect(bench.entries).toHaveLength(11);
    bench.nowMs += 60_000;
    await policySigner.sign(cancel({ nonce: 9 }), "engine");
    expect(bench.entries.at(-1)).toMatchObject({ outcome: "done", facts: { refusedBefore: "3" } });
  });

  it("SIGN-4: unauthenticated requests do not use the engine's rate", async () => {
    const error = { code: "SIGNER_UNAUTHENTICATED", facts: {} } as never;
    for (let count = 0; count < 30; count += 1)
      await policySigner.refuse(error, "stranger").catch(() => undefined);
    await expect(policySigner.sign(execute(), "engine")).resolves.toBeDefined();
    expect(bench.entries).toHaveLength(12);
  });

  it("SIGNER_REFUSED for a day: by possible spending; a replacement counts by its increase", async () => {
    await policySigner.sign(execute({ nonce: 0, maxFeeWei: 80n }), "engine");
    await policySigner.sign(execute({ nonce: 0, maxFeeWei: 100n }), "engine");
    await policySigner.sign(execute({ nonce: 1 }), "engine");
    await expect(policySigner.sign(execute({ nonce: 2 }), "engine")).rejects.toEqual(refusedBy("day"));
    await policySigner.sign(execute({ nonce: 2, maxFeeWei: 50n }), "engine");
    await expect(policySigner.sign(cancel({ nonce: 3, gasLimit: 1n }), "engine")).rejects.toEqual(
      refusedBy("day"),
    );
    bench.nowMs += 86_400_000;
    await policySigner.sign(execute({ nonce: 3 }), "engine");
  });

  it("SIGNER_REFUSED for a day: by the number of signatures", async () => {
    const frugal = await bench.policySigner({ signaturesPerDayMax: 1 });
    await frugal.sign(execute(), "engine");
    await expect(frugal.sign(execute(), "engine")).rejects.toEqual(refusedBy("day"));
  });

  it("SIGN-3: a clock set back does not reset limits", async () => {
    await policySigner.sign(execute({ nonce: 0 }), "engine");
    await policySigner.sign(execute({ nonce: 1 }), "engine");
    bench.nowMs -= 86_400_000;
    await expect(policySigner.sign(execute({ nonce: 2 }), "engine")).rejects.toEqual(refusedBy("day"));
  });

  it("SIGN-3: a killed signer remembers its signatures", async () => {
    for (let nonce = 0; nonce < 2; nonce += 1) await policySigner.sign(execute({ nonce }), "engine");
    const restarted = await bench.policySigner();
    await expect(restarted.sign(execute({ nonce: 2 }), "engine")).rejects.toEqual(refusedBy("day"));
    await restarted.sign(execute({ nonce: 1 }), "engine");
  });

  it("SIGN-3: a killed signer remembers its request counts, including refused and failed requests", async () => {
    for (let nonce = 0; nonce < 7; nonce += 1)
      await policySigner.sign(cancel({ nonce, gasLimit: 1n }), "engine");
    await expect(policySigner.sign(execute({ chainId: 1 }), "engine")).rejects.toEqual(refusedBy("chain"));
    const failing = await bench.policySigner(
      {},
      { ...bench.key, sign: () => Promise.reject(new Error("away")) },
    );
    await expect(failing.sign(cancel({ nonce: 7, gasLimit: 1n }), "engine")).rejects.toThrow("away");
    const restarted = await bench.policySigner();
    await restarted.sign(cancel({ nonce: 8, gasLimit: 1n }), "engine");
    await expect(restarted.sign(cancel({ nonce: 9, gasLimit: 1n }), "engine")).rejects.toEqual(
      refused("SIGNER_RATE_EXCEEDED"),
    );
  });

  it("SIGN-3: a day's possible spending equals the policy's limit, for any requests", async () => {
    const request = fc.record({
      nonce: fc.nat(4),
      gasLimit: fc.bigInt({ min: 1n, max: 1_200n }),
      maxFeeWei: fc.bigInt({ min: 1n, max: 120n }),
      isRestart: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 25 }), async (requests) => {
        const other = new SignerBench();
        const policy = { requestsPerMinuteMax: 1_000 };
        let at = await other.policySigner(policy);
        let dearest: ReadonlyMap<number, bigint> = new Map();
        for (const { isRestart, ...fields } of requests) {
          if (isRestart) at = await other.policySigner(policy);
          const call = execute(fields);
          const cost = call.gasLimit * call.maxFeeWei;
          const after = new Map(dearest).set(call.nonce, max(cost, dearest.get(call.nonce) ?? 0n));
          const fits =
            call.gasLimit <= POLICY.gasLimitMax &&
            call.maxFeeWei <= POLICY.gasPriceWeiMax &&
            [...after.values()].reduce((sum, each) => sum + each, 0n) <= POLICY.dayWeiMax;
          const isSigned = await at.sign(call, "engine").then(
            () => true,
            (error: unknown) => {
              expect(error).toMatchObject({ code: expect.stringMatching(/^SIGNER_/) });
              return false;
            },
          );
          expect(isSigned).toBe(fits);
          if (isSigned) dearest = after;
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("change of the wallet key", () => {
  it("SIGN-7: the former key signs for its wallet until the same key is given again", async () => {
    const closed: string[] = [];
    const key = { ...bench.key, close: async () => void closed.push(WALLET) };
    const changing = await bench.policySigner({}, key);
    await changing.changeKey(bench.nextKey);
    expect(changing.wallets()).toEqual([NEXT_WALLET, WALLET]);
    await changing.sign(execute(), "engine", WALLET);
    await changing.sign(cancel({ to: NEXT_WALLET }), "engine");
    await expect(changing.sign(cancel(), "engine")).rejects.toEqual(refusedBy("contract"));
    expect(closed).toEqual([]);
    await changing.changeKey(bench.nextKey);
    expect([changing.wallets(), closed]).toEqual([[NEXT_WALLET], [WALLET]]);
    await expect(changing.sign(execute(), "engine", WALLET)).rejects.toEqual(refusedBy("wallet"));
    expect(bench.entries.at(-1)).toMatchObject({ outcome: "refused", facts: { rule: "wallet" } });
  });

  it("SIGN-7: a former key is forgotten, even if its holder cannot be closed", async () => {
    const close = () => Promise.reject(new Error("the token is gone"));
    const changing = await bench.policySigner({}, { ...bench.key, close });
    for (let count = 0; count < 2; count += 1) await changing.changeKey(bench.nextKey);
    expect(changing.wallets()).toEqual([NEXT_WALLET]);
  });

  it("SIGN-7: a further key replaces the former one, and a changed back key is the present one", async () => {
    await policySigner.changeKey(bench.nextKey);
    await policySigner.changeKey(bench.key);
    expect(policySigner.wallets()).toEqual([WALLET, NEXT_WALLET]);
    const third = { ...bench.key, address: STRANGER };
    await policySigner.changeKey(third);
    expect(policySigner.wallets()).toEqual([STRANGER, WALLET]);
  });

  it("SIGN-3: one nonce of two wallets counts twice, also after a restart", async () => {
    await policySigner.sign(execute(), "engine");
    await policySigner.changeKey(bench.nextKey);
    await policySigner.sign(execute(), "engine");
    await expect(policySigner.sign(execute({ nonce: 1 }), "engine")).rejects.toEqual(refusedBy("day"));
    const restarted = await bench.policySigner({}, bench.nextKey);
    await restarted.sign(execute(), "engine");
    await expect(restarted.sign(execute({ nonce: 1 }), "engine")).rejects.toEqual(refusedBy("day"));
  });
});

it("SIGN-4: writes the audit entry before signing, with the maximum cost and without the key", async () => {
  await policySigner.sign(execute({ nonce: 4 }), "engine");
  expect(bench.entries).toMatchObject([
    { outcome: "done", facts: { to: ARBITRAGEUR, nonce: "4", gasLimit: "1000", maxFeeWei: "100" } },
  ]);
  const failing = {
    ...bench.key,
    sign: async () => Promise.reject(new TypeError("no HSM")),
  };
  const broken = new SignerBench();
  Object.assign(broken, { key: failing });
  await expect((await broken.policySigner()).sign(execute(), "engine")).rejects.toThrow("no HSM");
  expect(broken.entries.map(({ outcome }) => outcome)).toEqual(["done", "failed"]);
});

it("SIGNER_AUDIT_BROKEN: an entry without its spending", async () => {
  await policySigner.sign(execute(), "engine");
  bench.entries[0] = { ...bench.entries[0]!, facts: {} };
  await expect(bench.policySigner()).rejects.toEqual(refused("SIGNER_AUDIT_BROKEN"));
});
