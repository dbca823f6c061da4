import { bytesToHex, defineErrors } from "@trellis/base";
import { testTransaction } from "@trellis/kit/chainView";
import { describe, expect, it } from "vitest";
import { FakeNode, type JsonRpcAnswer } from "../testing/FakeNode.ts";
import { testSession } from "../testing/testSession.ts";
import { VirtualTime } from "../testing/VirtualTime.ts";
import { SignatureBudget } from "./SignatureBudget.ts";

const { FUNDS_INSUFFICIENT, SIGNATURE_UNRECOVERABLE, NONCE_TOO_LOW } = defineErrors({
  FUNDS_INSUFFICIENT: { message: "too little", hint: "more", consequence: "reject" },
  SIGNATURE_UNRECOVERABLE: { message: "nobody's", hint: "sign", consequence: "reject" },
  NONCE_TOO_LOW: { message: "used", hint: "next", consequence: "reject" },
});

const LIMITS = { badSignaturesMax: 4, badSignaturesPerS: 2, batchBadSignaturesMax: 3 };

describe("SignatureBudget [RPC-24]", () => {
  const open = () => {
    const time = new VirtualTime();
    return { time, budget: new SignatureBudget(LIMITS, time) };
  };
  const isRefused = (budget: SignatureBudget, address: string): boolean => {
    const session = testSession({ address });
    budget.check(session);
    try {
      budget.check(session);
      return false;
    } catch (error) {
      expect(error).toMatchObject({ code: "RPC_BAD_SIGNATURES", facts: { retryAfterS: 1 } });
      return true;
    }
  };

  it("RPC_BAD_SIGNATURES: an address has a burst and a refill rate", () => {
    const { time, budget } = open();
    for (let sent = 0; sent < 4; sent++) {
      expect(isRefused(budget, "a")).toBe(false);
      budget.refused(testSession({ address: "a" }), SIGNATURE_UNRECOVERABLE());
    }
    expect([isRefused(budget, "a"), isRefused(budget, "b")]).toEqual([true, false]);
    time.advance(499);
    expect(isRefused(budget, "a")).toBe(true);
    time.advance(1);
    expect(isRefused(budget, "a")).toBe(false);
  });

  it("charges a signer without coins, and no funded account", () => {
    const { budget } = open();
    const send = (error: unknown) => budget.refused(testSession({ address: "a" }), error);
    for (let sent = 0; sent < 50; sent++) {
      send(NONCE_TOO_LOW());
      send(FUNDS_INSUFFICIENT({ balance: 5n }));
      send(new TypeError("x"));
    }
    expect(isRefused(budget, "a")).toBe(false);
    for (let sent = 0; sent < 4; sent++) send(FUNDS_INSUFFICIENT({ balance: 0n }));
    expect(isRefused(budget, "a")).toBe(true);
  });

  it("RPC_BAD_SIGNATURES: a batch ends after several, and the rest is not verified", async () => {
    const node = new FakeNode();
    node.pool.refusal = FUNDS_INSUFFICIENT({ balance: 0n });
    const submit = node.pool.submit.bind(node.pool);
    let checked = 0;
    node.pool.submit = (...given) => {
      checked++;
      return submit(...given);
    };
    const raw = bytesToHex(testTransaction().transaction.encoded);
    const entries = Array.from({ length: 200 }, (_, id) => ({
      jsonrpc: "2.0",
      id,
      method: "eth_sendRawTransaction",
      params: [raw],
    }));
    const answers = (await node.send(JSON.stringify(entries))) as JsonRpcAnswer[];
    expect(checked).toBe(16);
    expect(answers.slice(16).every(({ error }) => error?.code === -32005)).toBe(true);
    expect(answers.at(-1)!.error!.data).toEqual({ code: "RPC_BAD_SIGNATURES", retryAfterS: 1 });
  });
});
