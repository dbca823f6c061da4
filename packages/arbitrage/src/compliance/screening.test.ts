import { type Hex, silentLog } from "@trellis/base";
import { clientErrors } from "@trellis/client";
import { describe, expect, it } from "vitest";
import { addressOf } from "../pools/testing/addresses.ts";
import { type CounterpartyCheck, createScreening, type ScreeningLists } from "./index.ts";

const [TOKEN, OTHER, POOL, OWNER] = [1, 2, 3, 4].map(addressOf) as [Hex, Hex, Hex, Hex];
const TRADE = { chainId: 1, tokens: [TOKEN, OTHER], pools: [POOL], accounts: [OWNER] };
const NONE: ScreeningLists = {
  allowTokens: new Set(),
  denyTokens: new Set(),
  denyPools: new Set(),
  denyAddresses: new Set(),
};

function screening(lists: Partial<ScreeningLists>, checks: readonly CounterpartyCheck[] = []) {
  return createScreening({ lists: () => ({ ...NONE, ...lists }), checks, log: silentLog });
}

describe("ARB-34: screening", () => {
  it.each([
    ["tokenNotAllowed", { allowTokens: new Set([TOKEN]) }, OTHER],
    ["tokenDenied", { denyTokens: new Set([OTHER]) }, OTHER],
    ["poolDenied", { denyPools: new Set([POOL]) }, POOL],
    ["addressDenied", { denyAddresses: new Set([OWNER]) }, OWNER],
    ["addressDenied", { denyAddresses: new Set([POOL]) }, POOL],
  ])("%s names the address", async (code, lists, address) => {
    const refusal = await screening(lists)(TRADE);
    expect(refusal).toMatchObject({ code, reason: expect.stringContaining(address) });
  });

  it("allows addresses that no list names", async () => {
    const lists = { allowTokens: new Set([TOKEN, OTHER]), denyTokens: new Set([POOL]) };
    expect(await screening(lists)(TRADE)).toBeUndefined();
  });

  it("a check that refuses or fails stops the trade with the reason", async () => {
    const asked: string[] = [];
    const check = (name: string, answer: () => string | undefined): CounterpartyCheck => ({
      name,
      async refusalOf() {
        asked.push(name);
        return answer();
      },
    });
    const clear = check("a", () => undefined);
    const refusing = check("b", () => "sanctioned");
    const failing = check("c", () => {
      throw clientErrors.NODE_BLOCK_UNKNOWN({ node: "c" });
    });
    expect(await screening({}, [clear, refusing, failing])(TRADE)).toEqual({
      code: "counterpartyRefused",
      reason: "b refuses: sanctioned",
    });
    expect(asked).toEqual(["a", "b"]);
    expect(await screening({}, [failing])(TRADE)).toEqual({
      code: "counterpartyUnknown",
      reason: "c cannot tell: NODE_BLOCK_UNKNOWN",
    });
    await screening({ denyPools: new Set([POOL]) }, [clear])(TRADE);
    expect(asked).toEqual(["a", "b", "c"]);
  });
});
