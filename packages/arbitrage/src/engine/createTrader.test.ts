import { expect, it } from "vitest";
import { ledgerErrors } from "../ledger/index.ts";
import { PAIRS, UNIT } from "./fixtures/MadeUpMarket.ts";
import { openEngineBench } from "./fixtures/openEngineBench.ts";

it("ARB-35: on paper nothing is held, also where the process or the database goes after the question", async () => {
  const bench = openEngineBench();
  const { engine, ledger, market, risk } = bench;
  await engine.step();
  const { addDecision } = ledger;
  ledger.addDecision = async (id, decision) => {
    if (decision.stage === "risk") throw ledgerErrors.LEDGER_OPPORTUNITY_UNKNOWN({ id });
    return addDecision(id, decision);
  };
  bench.profit = 997_439_185_835_187_298n;
  market.mine([[PAIRS[0], [1_000n * UNIT, 1_100n * UNIT]]]);
  await engine.step();
  expect((await risk.state()).reserved.size).toBe(0);
});
