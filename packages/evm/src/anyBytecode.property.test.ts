import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEvm } from "./createEvm.ts";
import {
  blockInput,
  CONTEXT,
  callInput,
  code,
  contractState,
  OTHER,
  random,
  transaction,
} from "./testing/testState.ts";

const evm = createEvm({ random });
const BYTES = fc.uint8Array({ maxLength: 200 });
const OPCODES = fc
  .array(fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x5f, 0x60, 0x80, 0x5a, 0x30, 0x36, 0x3d)), {
    maxLength: 300,
  })
  .map((bytes) => Uint8Array.from(bytes));

describe("EVM-10: any bytecode", () => {
  it("has one of the defined outcomes, as a contract and as init code", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(BYTES, OPCODES), BYTES, async (program, data) => {
        const state = contractState(program, { [OTHER]: { nonce: 1n, code: data } });
        for (const to of [undefined, null]) {
          const request = to === null ? { to, data: program } : { data };
          const { outcome, gasUsed } = await evm.call(callInput(state, { ...request, gasLimit: 500_000n }));
          expect(["success", "revert", "outOfGas", "invalid"]).toContain(outcome);
          expect(gasUsed).toBeLessThanOrEqual(500_000n);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("calls itself 1,024 deep", async () => {
    const program = code("5f546001015f55", "5f5f5f5f5f305af1", "00");
    // After 1,024 levels (EIP-150), a ten-millionth of the gas remains. Osaka permits less (EIP-7825).
    const gasLimit = 10_000_000_000_000n;
    const transactions = [transaction({ gasLimit, maxFeePerGas: 1_000n, maxPriorityFeePerGas: 0n })];
    const run = await evm.runBlock({
      ...blockInput(contractState(program), []),
      context: { ...CONTEXT, fork: "cancun" },
      carriers: [{ coinbase: OTHER, tipRecipient: OTHER, gasLimit, transactions }],
    });
    const [slots] = [...run.changes.storage.values()];
    expect([...slots!.values()]).toEqual([1025n]);
  });

  it("runs 49,152 bytes of jump destinations as init code", async () => {
    const data = new Uint8Array(49_152).fill(0x5b);
    const { outcome } = await evm.call(callInput(contractState(code("00")), { to: null, data }));
    expect(outcome).toBe("success");
  });

  it("underflows and overflows the stack", async () => {
    const pops = contractState(new Uint8Array(3000).fill(0x50));
    expect(await evm.call(callInput(pops))).toMatchObject({ failure: "stack underflow (0 <=> 1)" });
    const pushes = contractState(new Uint8Array(1025).fill(0x5f));
    expect(await evm.call(callInput(pushes))).toMatchObject({ failure: "stack limit reached 1024 (1023)" });
    const fits = contractState(new Uint8Array(1024).fill(0x5f));
    expect(await evm.call(callInput(fits))).toMatchObject({ outcome: "success" });
  });
});
