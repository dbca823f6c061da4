import { describe, expect, it } from "vitest";
import { STAKING_ADDRESS, slashEquivocationCall, TREASURY_ADDRESS } from "../index.ts";
import {
  account,
  attempt,
  COIN,
  createTestChain,
  RICH,
  type TestChain,
  validatorOf,
} from "../testing/TestChain.ts";

const [V, W] = [account(1), account(2)];
const [ALICE, BOB] = [account(101), account(102)];
const validators = [validatorOf(1), validatorOf(2)];

function open(genesis: Parameters<typeof createTestChain>[0] = {}): TestChain {
  const chain = createTestChain({ validators, ...genesis });
  for (const rich of [V, W, ALICE, BOB]) chain.state.setBalance(rich, RICH);
  return chain;
}
const stake = (chain: TestChain, from: typeof V, value: bigint, validator = V) =>
  chain.send(from, STAKING_ADDRESS, "stake", [validator], value);
const unbond = (chain: TestChain, from: typeof V, shares: bigint, validator = V) =>
  chain.send(from, STAKING_ADDRESS, "unbond", [validator, shares]);
const withdraw = (chain: TestChain, from: typeof V, epoch: number, validator = V) =>
  chain.send(from, STAKING_ADDRESS, "withdraw", [validator, epoch]);
const claim = (chain: TestChain, from: typeof V, validator = V) =>
  chain.send(from, STAKING_ADDRESS, "claim", [validator]);
const ask = <T>(chain: TestChain, name: string, ...args: unknown[]) =>
  chain.view<T>(STAKING_ADDRESS, name, ...args);
const rewardsOf = (chain: TestChain, of: typeof V, validator = V) =>
  ask<bigint>(chain, "rewardsOf", validator, of);

describe("STAKE-5: staking", () => {
  it("mints shares one to one while nothing was slashed", () => {
    const chain = open();
    const { events } = stake(chain, ALICE, 7n * COIN);
    expect(events).toEqual([
      { event: "Staked", args: { validator: V, delegator: ALICE, tokens: 7n * COIN, shares: 7n * COIN } },
    ]);
    expect(ask(chain, "poolOf", V)).toEqual([1_007n * COIN, 1_007n * COIN]);
    expect(ask(chain, "sharesOf", V, ALICE)).toBe(7n * COIN);
    expect(ask(chain, "stakeOf", V, ALICE)).toBe(7n * COIN);
    expect(ask(chain, "totalStake")).toBe(2_007n * COIN);
    expect(chain.balance(STAKING_ADDRESS)).toBe(2_007n * COIN);
  });

  it("after slashing a token buys more shares, and joining changes nobody's stake", () => {
    const chain = open();
    chain.endEpoch([0, 1], 8);
    chain.endEpoch([0], 8);
    chain.endEpoch([0], 8);
    expect(ask(chain, "poolOf", W)).toEqual([990n * COIN, 1_000n * COIN]);
    stake(chain, ALICE, 99n * COIN, W);
    expect(ask(chain, "poolOf", W)).toEqual([1_089n * COIN, 1_100n * COIN]);
    expect(ask(chain, "stakeOf", W, ALICE)).toBe(99n * COIN);
    expect(ask(chain, "stakeOf", W, W)).toBe(990n * COIN);
  });

  it("ValidatorUnknown, NothingStaked, ValidatorTombstoned", () => {
    const chain = open();
    expect(attempt(() => stake(chain, ALICE, 1n, BOB))).toBe("ValidatorUnknown");
    expect(attempt(() => stake(chain, ALICE, 0n))).toBe("NothingStaked");
    chain.system(slashEquivocationCall(V, 0));
    expect(attempt(() => stake(chain, ALICE, 1n))).toBe("ValidatorTombstoned");
  });

  it("shares cannot be inflated: one wei of stake and any gift leave the next staker a fair share", () => {
    const chain = open();
    unbond(chain, V, 1_000n * COIN - 1n);
    chain.state.setBalance(STAKING_ADDRESS, chain.balance(STAKING_ADDRESS) + RICH);
    stake(chain, ALICE, 1n);
    expect(ask(chain, "poolOf", V)).toEqual([2n, 2n]);
    stake(chain, BOB, 5n * COIN);
    expect(ask(chain, "stakeOf", V, BOB)).toBe(5n * COIN);
  });
});

describe("STAKE-6: unbonding", () => {
  it("pays after the unbonding time, and not before", () => {
    const chain = open();
    stake(chain, ALICE, 10n * COIN);
    chain.endEpoch();
    const { events } = unbond(chain, ALICE, 4n * COIN);
    expect(events[0]).toMatchObject({
      event: "Unbonded",
      args: { epoch: 1n, tokens: 4n * COIN, releaseEpoch: 4n },
    });
    for (let epoch = 1; epoch < 4; epoch++) {
      expect(attempt(() => withdraw(chain, ALICE, 1))).toBe("UnbondingNotOver");
      chain.endEpoch();
    }
    const before = chain.balance(ALICE);
    withdraw(chain, ALICE, 1);
    expect(chain.balance(ALICE) - before).toBe(4n * COIN);
    expect(attempt(() => withdraw(chain, ALICE, 1))).toBe("NothingUnbonding");
    expect(ask(chain, "unbondingOf", V, ALICE, 1)).toEqual([0n, 4n]);
  });

  it("the same shares cannot be unbonded twice", () => {
    const chain = open();
    stake(chain, ALICE, 10n * COIN);
    unbond(chain, ALICE, 10n * COIN);
    expect(attempt(() => unbond(chain, ALICE, 1n))).toBe("SharesInsufficient");
    expect(attempt(() => unbond(chain, ALICE, 0n))).toBe("NothingStaked");
    expect(attempt(() => unbond(chain, ALICE, 1n, BOB))).toBe("ValidatorUnknown");
    stake(chain, BOB, 10n * COIN);
    expect(attempt(() => unbond(chain, ALICE, 10n * COIN))).toBe("SharesInsufficient");
  });

  it("several of one epoch add up, and each receives its own part", () => {
    const chain = open();
    stake(chain, ALICE, 10n * COIN);
    stake(chain, BOB, 10n * COIN);
    unbond(chain, ALICE, COIN);
    unbond(chain, BOB, 2n * COIN);
    unbond(chain, ALICE, 3n * COIN);
    expect(ask(chain, "unbondingOf", V, ALICE, 0)).toEqual([4n * COIN, 3n]);
    expect(ask(chain, "unbondingOf", V, BOB, 0)).toEqual([2n * COIN, 3n]);
  });

  it("slashing also reaches stake that unbonds in the epoch of the offence or after it", () => {
    const chain = open();
    stake(chain, ALICE, 100n * COIN);
    stake(chain, BOB, 100n * COIN);
    unbond(chain, BOB, 100n * COIN);
    chain.endEpoch();
    unbond(chain, ALICE, 100n * COIN);
    chain.endEpoch();
    // The offence was in epoch 1. Bob unbonded before that epoch, Alice during it.
    chain.system(slashEquivocationCall(V, 1));
    expect(ask(chain, "unbondingOf", V, BOB, 0)).toEqual([100n * COIN, 3n]);
    expect(ask(chain, "unbondingOf", V, ALICE, 1)).toEqual([95n * COIN, 4n]);
    expect(ask(chain, "poolOf", V)).toEqual([950n * COIN, 1_000n * COIN]);
    unbond(chain, V, 1_000n * COIN);
    expect(ask(chain, "unbondingOf", V, V, 2)).toEqual([950n * COIN, 5n]);
  });

  it("stake that joins an unbonding after its slashing loses nothing", () => {
    const chain = open();
    stake(chain, ALICE, 100n * COIN, W);
    stake(chain, BOB, 100n * COIN, W);
    chain.endEpoch([0, 1], 8);
    unbond(chain, ALICE, 50n * COIN, W);
    chain.system(slashEquivocationCall(W, 1));
    expect(ask(chain, "unbondingOf", W, ALICE, 1)).toEqual([(50n * COIN * 95n) / 100n, 4n]);
    unbond(chain, BOB, 100n * COIN, W);
    expect(ask(chain, "unbondingOf", W, BOB, 1)).toEqual([95n * COIN, 4n]);
    expect(ask(chain, "unbondingOf", W, ALICE, 1)).toEqual([(50n * COIN * 95n) / 100n, 4n]);
  });
});

describe("STAKE-9: rewards", () => {
  it("are split by stake after the commission, and can be claimed", () => {
    const chain = open();
    stake(chain, ALICE, 1_000n * COIN);
    chain.endEpoch();
    chain.endEpoch();
    // V and W, with 1,000 each, signed all certificates of set 0 and get 50 each.
    expect(rewardsOf(chain, W, W)).toBe(50n * COIN);
    expect(rewardsOf(chain, V)).toBe(5n * COIN + (45n * COIN) / 2n);
    expect(rewardsOf(chain, ALICE)).toBe((45n * COIN) / 2n);
    const before = chain.balance(ALICE);
    const { events } = claim(chain, ALICE);
    expect(events).toEqual([
      { event: "RewardsClaimed", args: { validator: V, delegator: ALICE, amount: (45n * COIN) / 2n } },
    ]);
    expect(chain.balance(ALICE) - before).toBe((45n * COIN) / 2n);
    expect(attempt(() => claim(chain, ALICE))).toBe("NothingToClaim");
    expect(attempt(() => claim(chain, BOB))).toBe("NothingToClaim");
  });

  it("flash stake earns nothing: stake added in an epoch has no part in its reward", () => {
    const chain = open();
    chain.endEpoch();
    stake(chain, BOB, 100_000n * COIN);
    chain.endEpoch();
    expect(rewardsOf(chain, BOB)).toBe(0n);
    expect(rewardsOf(chain, V)).toBe(50n * COIN);
    unbond(chain, BOB, 100_000n * COIN);
    chain.endEpoch();
    expect(rewardsOf(chain, BOB)).toBe(0n);
    expect(attempt(() => withdraw(chain, BOB, 2))).toBe("UnbondingNotOver");
  });

  it("fresh shares leave first, and the rest earns as before", () => {
    const chain = open();
    stake(chain, ALICE, 1_000n * COIN);
    chain.endEpoch();
    stake(chain, ALICE, 500n * COIN);
    unbond(chain, ALICE, 600n * COIN);
    chain.endEpoch();
    expect(rewardsOf(chain, ALICE)).toBe((45n * COIN * 900n) / 1_900n);
  });

  it("are equal for any steps of settlement", () => {
    const [often, seldom] = [open(), open()];
    for (const chain of [often, seldom]) {
      stake(chain, ALICE, 300n * COIN);
      for (let epoch = 0; epoch < 4; epoch++) {
        chain.endEpoch();
        stake(chain, ALICE, 10n * COIN);
        if (chain === seldom) continue;
        unbond(chain, ALICE, 1n);
        stake(chain, ALICE, 1n);
      }
    }
    expect(rewardsOf(often, ALICE) - rewardsOf(seldom, ALICE)).toBeLessThanOrEqual(4n);
    expect(rewardsOf(seldom, ALICE) - rewardsOf(often, ALICE)).toBeLessThanOrEqual(4n);
  });

  it("a pool without earners leaves its reward to the treasury", () => {
    const chain = open();
    chain.endEpoch();
    unbond(chain, V, 1_000n * COIN);
    stake(chain, BOB, COIN);
    chain.endEpoch();
    expect(rewardsOf(chain, V) + rewardsOf(chain, BOB)).toBe(0n);
    expect(chain.balance(TREASURY_ADDRESS)).toBe(50n * COIN);
  });
});

describe("GOV-4: past stake", () => {
  it("never changes later", () => {
    const chain = open();
    stake(chain, ALICE, 500n * COIN);
    const then = chain.timestamp;
    chain.pass(5);
    unbond(chain, ALICE, 500n * COIN);
    stake(chain, ALICE, 500n * COIN, W);
    chain.system(slashEquivocationCall(V, 0));
    chain.pass(1);
    expect(ask(chain, "getPastVotes", V, then)).toBe(1_500n * COIN);
    expect(ask(chain, "getPastVotes", W, then)).toBe(1_000n * COIN);
    expect(ask(chain, "getPastStake", V, ALICE, then)).toBe(500n * COIN);
    expect(ask(chain, "getPastStake", W, ALICE, then)).toBe(0n);
    expect(ask(chain, "getPastTotalSupply", then)).toBe(2_500n * COIN);
    expect(ask(chain, "getVotes", V)).toBe(950n * COIN);
    expect(ask(chain, "getPastTotalSupply", then - 10)).toBe(0n);
    expect([ask(chain, "clock"), ask(chain, "CLOCK_MODE")]).toEqual([chain.timestamp, "mode=timestamp"]);
  });

  it("TimepointNotPast", () => {
    const chain = open();
    for (const at of [chain.timestamp, chain.timestamp + 1]) {
      expect(attempt(() => ask(chain, "getPastVotes", V, at))).toBe("TimepointNotPast");
      expect(attempt(() => ask(chain, "getPastStake", V, V, at))).toBe("TimepointNotPast");
      expect(attempt(() => ask(chain, "getPastTotalSupply", at))).toBe("TimepointNotPast");
    }
  });
});
