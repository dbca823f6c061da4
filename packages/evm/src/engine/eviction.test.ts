import type { Address, StateReader } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import { callInput, code, random, stateOf, type TestAccount } from "../testing/testState.ts";

const COUNT = 60;

function addressOf(index: number): Address {
  return `0x${(0x1000 + index).toString(16).padStart(40, "0")}`;
}

function chainOfContracts(): StateReader {
  const accounts: Record<Address, TestAccount> = {};
  for (let index = 0; index < COUNT; index++) {
    const isLast = index === COUNT - 1;
    const next = addressOf(index + 1).slice(2);
    const call = isLast ? "" : `60205f5f5f5f73${next}5af1505f51`;
    const add = `61${(index + 256).toString(16).padStart(4, "0")}01`;
    const own = "60016107ff602039602051" + "60f81c01";
    const body = `${isLast ? "5f" : call}${add}${own}5f5260205ff3`;
    const padding = "00".repeat(0x7ff - body.length / 2) + (index + 1).toString(16).padStart(2, "0");
    accounts[addressOf(index)] = { nonce: 1n, code: code(body + padding) };
  }
  return stateOf(accounts);
}

describe("code and translations beyond the capacity", () => {
  it("give the same result as with sufficient capacity", async () => {
    const state = chainOfContracts();
    const input = callInput(state, { to: addressOf(0) });
    const wide = await createEvm({ random }).call(input);
    expect(wide.outcome).toBe("success");
    for (const limits of [
      { translatedBytes: 220_000 },
      { codeBytes: COUNT * 2_400 },
      { codeBytes: 70 * 2_400, translatedBytes: 120_000 },
    ]) {
      const narrow = createEvm({ random, limits });
      expect(await narrow.call(input), JSON.stringify(limits)).toEqual(wide);
      expect(await narrow.call(input)).toEqual(wide);
    }
  });

  it("evicts code that no frame executes", async () => {
    const copies = Array.from({ length: COUNT }, (_, index) => {
      const address = addressOf(index).slice(2);
      return `60205f5f73${address}3c5f5101`;
    }).join("");
    const asker = `0x${"aa".repeat(20)}` as const;
    const chain = chainOfContracts();
    const hash = `0x${"ee".repeat(32)}` as const;
    const body = code(`5f${copies}5f5260205ff3`);
    const state: StateReader = {
      account: (address) =>
        address === asker ? { nonce: 1n, balance: 0n, codeHash: hash } : chain.account(address),
      storage: chain.storage,
      code: (codeHash) => (codeHash === hash ? body : chain.code(codeHash)),
    };
    const input = callInput(state, { to: asker });
    const wide = await createEvm({ random }).call(input);
    expect(wide.outcome).toBe("success");
    expect(await createEvm({ random, limits: { codeBytes: 12_000 } }).call(input)).toEqual(wide);
  });
});
