import type { Address } from "@trellis/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  issuanceIfEpochEnds,
  readActiveSet,
  STAKING_ADDRESS,
  slashEquivocationCall,
  TREASURY_ADDRESS,
} from "../index.ts";
import { StakeModel, sum } from "../testing/StakeModel.ts";
import {
  account,
  attempt,
  COIN,
  createTestChain,
  RICH,
  type TestChain,
  validatorOf,
} from "../testing/TestChain.ts";

const VALIDATORS = [1, 2, 3].map((index) => validatorOf(index, BigInt(index) * 500n * COIN + 7n));
const NAMES = VALIDATORS.map(({ address }) => address);
const PEOPLE = [...NAMES, account(101)];
const UNBONDING_EPOCHS = 3;
const DOWNTIME = { judgedMin: 8n, participationMin: 5_000n, slash: 100n };
const EQUIVOCATION = 3_333n;

const validator = fc.constantFrom(...NAMES);
const person = fc.constantFrom(...PEOPLE);
const tokens = fc.oneof(fc.bigInt(0n, 9n), fc.bigInt(0n, 5_000n * COIN));

type Command =
  | { readonly do: "stake"; readonly validator: Address; readonly person: Address; readonly tokens: bigint }
  | { readonly do: "unbond"; readonly pick: number; readonly percent: bigint }
  | { readonly do: "withdraw"; readonly pick: number }
  | { readonly do: "claim"; readonly validator: Address; readonly person: Address }
  | { readonly do: "endEpoch"; readonly signers: readonly number[]; readonly certificates: number }
  | { readonly do: "equivocate"; readonly validator: Address; readonly ago: number }
  | { readonly do: "commission"; readonly validator: Address; readonly step: number }
  | { readonly do: "unjail"; readonly validator: Address };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("stake" as const), validator, person, tokens }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("unbond" as const),
      pick: fc.nat(1_000),
      percent: fc.bigInt(1n, 101n),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("withdraw" as const), pick: fc.nat(1_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("claim" as const), validator, person }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("endEpoch" as const),
      signers: fc.subarray([0, 1, 2]),
      certificates: fc.constantFrom(1, 8),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("equivocate" as const), validator, ago: fc.nat(4) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("commission" as const),
      validator,
      step: fc.integer({ min: -510, max: 510 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unjail" as const), validator }) },
);

class Pair {
  readonly model = new StakeModel(
    VALIDATORS.map(({ address, stakeWei }) => ({ validator: address, power: stakeWei })),
    UNBONDING_EPOCHS,
  );
  readonly chain: TestChain = createTestChain({
    validators: VALIDATORS,
    values: {
      unbondingEpochs: BigInt(UNBONDING_EPOCHS),
      equivocationSlashBasisPoints: EQUIVOCATION,
      rewardsPerEpochWei: 100n * COIN + 1n,
      activeSetSize: 2n,
    },
  });
  issued = 0n;
  readonly #unbonded: { readonly pool: Address; readonly person: Address; readonly epoch: number }[] = [];
  readonly #past: {
    readonly at: number;
    readonly votes: readonly bigint[];
    readonly parts: readonly bigint[];
  }[] = [];

  constructor() {
    for (const address of PEOPLE) this.chain.state.setBalance(address, RICH);
  }

  run(command: Command): void {
    this.chain.pass(1);
    const { chain, model } = this;
    const send = (from: Address, name: string, args: unknown[], value = 0n) =>
      attempt(() => chain.send(from, STAKING_ADDRESS, name, args, value)) === "success";
    switch (command.do) {
      case "stake": {
        const did = send(command.person, "stake", [command.validator], command.tokens);
        expect(did).toBe(model.stake(command.validator, command.person, command.tokens));
        return;
      }
      case "unbond":
        this.#unbond(command.pick, command.percent);
        return;
      case "withdraw":
        this.#withdraw(command.pick);
        return;
      case "claim":
        this.#claim(command.validator, command.person);
        return;
      case "endEpoch":
        this.#endEpoch(command.signers, command.certificates);
        return;
      case "equivocate": {
        const since = Math.max(0, model.epoch - command.ago);
        const did =
          attempt(() => chain.system(slashEquivocationCall(command.validator, since))) === "success";
        expect(did).toBe(model.equivocation(command.validator, since, EQUIVOCATION));
        return;
      }
      case "commission": {
        const to = model.commissionOf(command.validator) + BigInt(command.step);
        const did = to >= 0n && send(command.validator, "setCommission", [to]);
        expect(did).toBe(model.setCommission(command.validator, to));
        return;
      }
      case "unjail":
        if (send(command.validator, "unjail", [])) model.pools.get(command.validator)!.isJailed = false;
    }
  }

  #unbond(pick: number, percent: bigint): void {
    const positions = [...this.model.pools].flatMap(([pool, { shares }]) =>
      [...shares].map(([person, held]) => ({ pool, person, held })),
    );
    const { pool, person, held } = positions[pick % positions.length]!;
    const shares = (held * percent) / 100n;
    const did =
      attempt(() => this.chain.send(person, STAKING_ADDRESS, "unbond", [pool, shares])) === "success";
    expect(did).toBe(this.model.unbond(pool, person, shares));
    if (did) this.#unbonded.push({ pool, person, epoch: this.model.epoch });
  }

  #withdraw(pick: number): void {
    const unbonded = this.#unbonded[pick % Math.max(1, this.#unbonded.length)];
    if (unbonded === undefined) return;
    const { pool, person, epoch } = unbonded;
    const before = this.chain.balance(person);
    const did = attempt(() => this.chain.send(person, STAKING_ADDRESS, "withdraw", [pool, epoch]));
    const paid = this.model.withdraw(pool, person, epoch);
    expect(did === "success").toBe(paid !== undefined);
    expect(this.chain.balance(person) - before).toBe(paid ?? 0n);
  }

  #claim(pool: Address, person: Address): void {
    const before = this.chain.balance(person);
    attempt(() => this.chain.send(person, STAKING_ADDRESS, "claim", [pool]));
    const { rewards } = this.model.pools.get(pool)!;
    const paid = this.chain.balance(person) - before;
    expect(distance(paid, rewards.get(person) ?? 0n)).toBeLessThanOrEqual(this.model.roundings);
    rewards.set(person, (rewards.get(person) ?? 0n) - paid);
  }

  #endEpoch(signers: readonly number[], certificates: number): void {
    const { chain, model } = this;
    chain.pass(10);
    const current = readActiveSet(chain.state);
    for (let count = 0; count < certificates; count++) {
      chain.certify(signers.filter((place) => place < current.members.length));
    }
    const last = model.epoch === 0 ? [] : readActiveSet(chain.state, model.epoch - 1).members;
    const [of, signed] =
      model.epoch === 0
        ? [0n, []]
        : chain.view<[bigint, bigint[]]>(STAKING_ADDRESS, "participation", model.epoch - 1);
    const issued = issuanceIfEpochEnds(chain.state, chain.number)!;
    chain.endEpoch([], 0);
    model.endEpoch(
      last.map((member, place) => ({ ...member, signed: signed[place]! })),
      of,
      issued,
      DOWNTIME,
    );
    this.issued += issued;
  }

  check(): void {
    const { chain, model } = this;
    const ask = <T>(name: string, ...args: unknown[]) => chain.view<T>(STAKING_ADDRESS, name, ...args);
    let owed = 0n;
    let total = 0n;
    for (const [name, pool] of model.pools) {
      expect(ask("poolOf", name)).toEqual([pool.tokens, sum(pool.shares)]);
      expect(pool.tokens).toBeLessThanOrEqual(sum(pool.shares));
      expect(ask("getVotes", name)).toBe(pool.tokens);
      total += pool.tokens;
      let parts = 0n;
      for (const person of PEOPLE) {
        parts += ask<bigint>("stakeOf", name, person);
        const rewards = ask<bigint>("rewardsOf", name, person);
        expect(distance(rewards, pool.rewards.get(person) ?? 0n)).toBeLessThanOrEqual(model.roundings);
        owed += rewards;
      }
      expect(parts).toBeLessThanOrEqual(pool.tokens);
      expect(pool.tokens - parts).toBeLessThan(BigInt(PEOPLE.length));
      for (const { tokens } of pool.unbonding.values()) owed += tokens;
    }
    expect(ask("totalStake")).toBe(total);
    // The balance exceeds stake and debts only by rounding.
    const dust = chain.balance(STAKING_ADDRESS) - owed - total;
    expect(dust).toBeGreaterThanOrEqual(0n);
    expect(dust).toBeLessThanOrEqual(model.roundings + BigInt(PEOPLE.length * NAMES.length));
    expect(chain.balance(TREASURY_ADDRESS)).toBe(model.treasury);
    this.#checkPast(ask);
  }

  #checkPast(ask: <T>(name: string, ...args: unknown[]) => T): void {
    const past = this.#past.at(-3);
    if (past !== undefined) {
      const votes = NAMES.map((name) => ask<bigint>("getPastVotes", name, past.at));
      expect(votes).toEqual(past.votes);
      expect(ask("getPastTotalSupply", past.at)).toBe(votes.reduce((total, power) => total + power, 0n));
      const parts = PEOPLE.map((person) => ask<bigint>("getPastStake", NAMES[0]!, person, past.at));
      expect(parts).toEqual(past.parts);
    }
    const votes = NAMES.map((name) => this.model.pools.get(name)!.tokens);
    const parts = PEOPLE.map((person) => ask<bigint>("stakeOf", NAMES[0]!, person));
    this.#past.push({ at: this.chain.timestamp, votes, parts });
  }
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}

it("STAKE-12: stake is conserved, withdrawn only after unbonding, slashed within its amount, paid as issued", () => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 1, maxLength: 80, size: "max" }), (commands) => {
      const pair = new Pair();
      for (const step of commands) {
        pair.run(step);
        pair.check();
      }
      const wealth = PEOPLE.reduce((total, person) => total + pair.chain.balance(person), 0n);
      const there = pair.chain.balance(STAKING_ADDRESS) + pair.chain.balance(TREASURY_ADDRESS);
      const stake = VALIDATORS.reduce((total, { stakeWei }) => total + stakeWei, 0n);
      expect(wealth + there).toBe(RICH * BigInt(PEOPLE.length) + stake + pair.issued);
    }),
    { numRuns: 20 },
  );
});
