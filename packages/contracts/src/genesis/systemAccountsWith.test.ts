import { bytesToHex } from "@trellis/base";
import { constructAccounts } from "@trellis/evm";
import { devParameters, main, type NetworkParameters } from "@trellis/protocol";
import { encodeAbiParameters, encodeFunctionData, parseAbi } from "viem";
import { describe, expect, it } from "vitest";
import {
  GOVERNED,
  GOVERNOR_ADDRESS,
  PARAMETERS_ADDRESS,
  readActiveSet,
  readParameters,
  STAKING_ADDRESS,
  type StakingGenesis,
  systemAccountsWith,
  TIMELOCK_ADDRESS,
  TREASURY_ADDRESS,
  withSystemContracts,
} from "../index.ts";
import { encodeAbi, encodeCall } from "../storage/encodeAbi.ts";
import { account, COIN, createTestChain, validatorOf } from "../testing/TestChain.ts";

const accountsOf = (network: NetworkParameters, staking: StakingGenesis) =>
  systemAccountsWith(network, { staking, construct: constructAccounts });
const validators = [validatorOf(1), validatorOf(2, 3_000n * COIN), validatorOf(3, 2_000n * COIN)];

describe("STAKE-1: systemAccountsWith", () => {
  it("returns the same accounts for the same input", () => {
    const first = accountsOf(main, { validators });
    expect(accountsOf(main, { validators })).toEqual(first);
    expect(first.map(({ address }) => address)).toEqual([
      PARAMETERS_ADDRESS,
      STAKING_ADDRESS,
      TIMELOCK_ADDRESS,
      GOVERNOR_ADDRESS,
      TREASURY_ADDRESS,
    ]);
    expect(first.map(({ balance }) => balance)).toEqual([0n, 6_000n * COIN, 0n, 0n, 0n]);
    for (const { code } of first) expect(code!.length).toBeLessThanOrEqual(24_576);
  });

  it("withSystemContracts adds them to a valid genesis", () => {
    for (const network of [main, devParameters({ accounts: [] })]) {
      const { accounts } = withSystemContracts(network, {
        staking: { validators },
        construct: constructAccounts,
      }).genesis;
      expect(accounts).toHaveLength(8);
    }
  });

  it("the first set consists of the validators, by stake", () => {
    const chain = createTestChain({ validators });
    const set = readActiveSet(chain.state);
    expect(set.members.map(({ validator }) => validator)).toEqual([2, 3, 1].map(account));
    expect(set.totalPower).toBe(6_000n * COIN);
  });

  it("GENESIS_CONTRACT_REFUSED: a validator whose key has no proof of possession, or belongs to another", () => {
    const honest = validatorOf(4);
    const false_ = { ...honest, proof: validators[0]!.proof };
    const copied = { ...honest, key: validators[0]!.key, proof: validators[0]!.proof };
    for (const each of [false_, copied]) {
      expect(() => accountsOf(main, { validators: [...validators, each] })).toThrow(
        expect.objectContaining({
          code: "GENESIS_CONTRACT_REFUSED",
          facts: expect.objectContaining({ data: expect.stringContaining(each.address.slice(2)) }),
        }),
      );
    }
  });

  it("PARAMETERS_INVALID, handover: epochs that end before their choice is final, or sets that are too small", () => {
    const impossible = expect.objectContaining({
      code: "PARAMETERS_INVALID",
      facts: expect.objectContaining({ field: "handover" }),
    });
    const begin = (values: StakingGenesis["values"]) => () =>
      accountsOf(main, { validators: [], values: values! });
    expect(begin({ epochLengthBlocks: 1_199n })).toThrow(impossible);
    expect(begin({ activeSetSize: 3n })).toThrow(impossible);
    expect(begin({ epochLengthBlocks: 1_200n, activeSetSize: 4n })).not.toThrow();
    const network = devParameters({ accounts: [] });
    expect(() => accountsOf(network, { validators, values: { epochLengthBlocks: 4n } })).not.toThrow();
  });

  it("GOV-2: parameters start with the network's values", () => {
    const chain = createTestChain({ validators });
    const values = readParameters(chain.state)!;
    expect(values).toMatchObject({ gasLimit: 30_000_000n, activeSetSize: 4n, unbondingEpochs: 3n });
    const viaContract = GOVERNED.map((_, id) => chain.view<bigint>(PARAMETERS_ADDRESS, "get", BigInt(id)));
    expect(Object.values(values)).toEqual(viaContract);
  });

  it("the Governor's signatures are bound to this chain and address", () => {
    const domain = createTestChain({ validators }).view<unknown[]>(GOVERNOR_ADDRESS, "eip712Domain");
    expect(domain.slice(1, 5)).toEqual(["TrellisGovernor", "1", 31_337n, GOVERNOR_ADDRESS]);
  });

  it("GENESIS_CONTRACT_REFUSED", () => {
    const refused = expect.objectContaining({ code: "GENESIS_CONTRACT_REFUSED" });
    const poor = [validatorOf(1, COIN)];
    expect(() => accountsOf(main, { validators: poor })).toThrow(refused);
    expect(() => accountsOf(main, { validators: [], values: { activeSetSize: 0n } })).toThrow(refused);
    expect(() => accountsOf(main, { validators: [], quorumBasisPoints: 1 })).toThrow(refused);
  });
});

describe("encodeAbi", () => {
  it("encodes like viem", () => {
    const { address, key, proof } = validators[0]!;
    const ours = encodeAbi([
      { array: [{ struct: [BigInt(address), key, proof, 5n] }, { struct: [1n, key, proof, 6n] }] },
      7n,
      { array: [1n, 2n] },
      { struct: [3n, 4n] },
    ]);
    const types = [
      { type: "tuple[]", components: ["address", "bytes", "bytes", "uint256"].map((type) => ({ type })) },
      { type: "uint256" },
      { type: "uint256[]" },
      { type: "tuple", components: [{ type: "uint256" }, { type: "uint256" }] },
    ] as const;
    const [hexKey, hexProof] = [bytesToHex(key), bytesToHex(proof)];
    const theirs = encodeAbiParameters(
      types as never,
      [
        [
          [address, hexKey, hexProof, 5n],
          [`0x${"1".padStart(40, "0")}`, hexKey, hexProof, 6n],
        ],
        7n,
        [1n, 2n],
        [3n, 4n],
      ] as never,
    );
    expect(bytesToHex(ours)).toBe(theirs);
  });

  it("encodes calls", () => {
    const abi = parseAbi(["function set(uint256,uint256)"]);
    const theirs = encodeFunctionData({ abi, args: [1n, 2n] });
    expect(bytesToHex(encodeCall("set(uint256,uint256)", [1n, 2n]))).toBe(theirs);
  });
});
