import { Staking } from "@trellis/contracts";
import { type Abi, encodeAbiParameters, encodeEventTopics, type Log, parseAbiParameters } from "viem";
import { describe, expect, it } from "vitest";
import { unbondedBy, unbondingsOf } from "./unbondings.ts";

const VALIDATOR = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

function contractAt(epoch: number, tokensOf: ReadonlyMap<number, bigint>) {
  const underway = { count: 0, most: 0 };
  const answer = (name: string, [, , at]: readonly unknown[]): unknown =>
    name === "epoch" ? BigInt(epoch) : [tokensOf.get(Number(at)) ?? 0n, BigInt(Number(at) + 28)];
  return {
    underway,
    async read<T>(name: string, values: readonly unknown[] = []): Promise<T> {
      underway.most = Math.max(underway.most, ++underway.count);
      await Promise.resolve();
      underway.count--;
      return answer(name, values) as T;
    },
  };
}

describe("unbonding stake of a validator", () => {
  it.each([8, 135, 136, 300, 10_000])("is found in epoch %i for an unbonding in epoch 7", async (epoch) => {
    const contract = contractAt(epoch, new Map([[7, 500n]]));
    expect(await unbondingsOf(contract, VALIDATOR)).toEqual([
      { unbondEpoch: 7, tokens: 500n, releaseEpoch: 35 },
    ]);
    expect(contract.underway.most).toBeLessThanOrEqual(128);
  });

  it("is listed oldest first, up to the current epoch", async () => {
    const contract = contractAt(300, new Map([300, 0, 172, 171].map((epoch) => [epoch, 1n])));
    const found = await unbondingsOf(contract, VALIDATOR);
    expect(found.map(({ unbondEpoch }) => unbondEpoch)).toEqual([0, 171, 172, 300]);
  });
});

describe("unbonding of one call", () => {
  const abi = Staking.abi as Abi;
  const logOf = (eventName: string, args: object, values: readonly bigint[]): Log =>
    ({
      topics: encodeEventTopics({ abi, eventName, args: { validator: VALIDATOR, ...args } } as never),
      data: encodeAbiParameters(parseAbiParameters(values.map(() => "uint256").join()), values),
    }) as Log;

  it("is read from its event among other events, without a further request", () => {
    const unbonded = logOf("Unbonded", { delegator: VALIDATOR, epoch: 40n }, [500n, 499n, 68n]);
    const withdrawn = logOf("Withdrawn", { delegator: VALIDATOR, epoch: 3n }, [1n]);
    expect(unbondedBy({ logs: [withdrawn, unbonded] })).toEqual({
      unbondEpoch: 40,
      tokens: 500n,
      releaseEpoch: 68,
    });
  });
});
