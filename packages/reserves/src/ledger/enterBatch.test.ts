import { describeDatabases } from "@trellis/kit/databases";
import { expect, it, vi } from "vitest";
import { ledgerErrors } from "./errors.ts";
import { draft, problemsOf, testLedger } from "./testing/testLedger.ts";

describeDatabases("batches with lines that do not add up", (under) => {
  it("LEDGER-6, ENTRY_INVALID: unbalanced lines are ignored for the others", async () => {
    const mine = await testLedger(under.database(), "unbalanced_1");
    await mine.enter([draft({ amount: 100n })]);
    const line = (customer: string, amount: bigint, reference: string) =>
      draft({ kind: "transfer", customer, amount, reference });
    expect(
      await problemsOf(mine, [
        line("carol", 50n, "one line"),
        draft({ customer: "carol", kind: "withdrawal", amount: -50n }),
      ]),
    ).toEqual([
      [0, "ENTRY_INVALID: amounts do not balance"],
      [1, "ENTRY_OVERDRAWN"],
    ]);
    const short = [line("alice", -60n, "wrong"), line("alice", -50n, "right"), line("bob", 50n, "right")];
    expect(await problemsOf(mine, short)).toEqual([[0, "ENTRY_INVALID: amounts do not balance"]]);
    expect(await problemsOf(mine, short.slice(1))).toEqual([]);
    expect(
      await problemsOf(mine, [line("alice", -51n, "poor"), line("bob", 51n, "poor"), draft({ asset: "X" })]),
    ).toEqual([
      [0, "ENTRY_OVERDRAWN"],
      [1, "ENTRY_INVALID: amounts do not balance"],
      [2, "LEDGER_UNKNOWN: no such asset"],
    ]);
  });

  it("LEDGER-6: if each refused line causes the next refusal, the work is bounded, and each error reported once", async () => {
    const mine = await testLedger(under.database(), "unbalanced_2");
    const names = ["alice", "bob", "carol"];
    const handedOn = Array.from({ length: 4_999 }, (_, n) =>
      [-5n, 5n].map((amount, side) =>
        draft({ kind: "transfer", customer: names[(n + side) % 3]!, amount, reference: `from ${n}` }),
      ),
    );
    const first = draft({ kind: "transfer", amount: 5n });
    const overdrawn = draft({ customer: "bob", kind: "withdrawal", amount: -6n });
    const made = vi.spyOn(ledgerErrors, "ENTRY_OVERDRAWN");
    const problems = await problemsOf(mine, [overdrawn, first, ...handedOn.flat()]);
    expect(made).toHaveBeenCalledTimes(16);
    made.mockRestore();
    const refused = Array.from({ length: 15 }, (_, n) => 2 + 2 * n);
    expect(problems).toEqual([
      [0, "ENTRY_OVERDRAWN"],
      [1, "ENTRY_INVALID: amounts do not balance"],
      ...refused.flatMap((at) => [
        [at, "ENTRY_OVERDRAWN"],
        [at + 1, "ENTRY_INVALID: amounts do not balance"],
      ]),
    ]);
    expect(await mine.position()).toBe(0n);
    expect(await problemsOf(mine, [draft({ amount: 5n }), ...handedOn.flat()])).toEqual([]);
  });
});
