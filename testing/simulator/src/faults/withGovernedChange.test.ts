import { readParameters, withSystemContracts } from "@trellis/contracts";
import { constructAccounts } from "@trellis/evm";
import { type StateReader, sim } from "@trellis/protocol";
import { expect, it } from "vitest";
import { COIN } from "../node/coin.ts";
import { stakingOf } from "../votes/validators.ts";
import { withGovernedChange } from "./withGovernedChange.ts";

it("GOV-3: a change before genesis takes effect in its epoch, and leaves other values", () => {
  const voting = { stakes: [COIN], isOverThird: false, epochBlocks: 9, parameters: sim.votes };
  const staking = stakingOf({ ...voting, punishesAbsence: true });
  const before = withSystemContracts(sim, { staking, construct: constructAccounts });
  const after = withGovernedChange(before, { name: "epochLengthBlocks", value: 20n, epoch: 2 });
  const valuesIn = ({ genesis }: typeof before, epoch: number) => {
    const accounts = new Map(genesis.accounts.map((account) => [account.address, account]));
    const state = {
      account: (address) => accounts.get(address),
      storage: (address, slot) => accounts.get(address)?.storage?.get(slot) ?? 0n,
    } as StateReader;
    return readParameters(state, epoch)!;
  };
  const values = valuesIn(before, 0);
  expect(values.epochLengthBlocks).toBe(9n);
  expect(valuesIn(after, 1)).toEqual(values);
  expect(valuesIn(after, 2)).toEqual({ ...values, epochLengthBlocks: 20n });
});
