import { readFileSync } from "node:fs";
import { bytesToHex, hexToBytes } from "@trellis/base";
import { constructAccounts, createEvm, MemoryState } from "@trellis/evm";
import {
  type BlockResult,
  DEFAULT_FORK,
  devParameters,
  type Hash,
  type StateReader,
  type SystemCall,
  withShards,
  ZERO_HASH,
} from "@trellis/protocol";
import { encodeFunctionData } from "viem";
import { describe, expect, it } from "vitest";
import {
  CROSS_LINKS_ADDRESS,
  CrossLinks,
  countCrossLinkCall,
  endEpochCall,
  readEpoch,
  readShardRecord,
  recordCertificateCall,
  recordCrossLinkCall,
  replaceSilentCall,
  type ShardRecord,
  ShardStaking,
  STAKING_ADDRESS,
  Staking,
  systemCallsOfBlock,
  withSystemContracts,
} from "../index.ts";
import { COIN, validatorOf } from "../testing/TestChain.ts";

const evm = createEvm({ random: { bytes: (count) => new Uint8Array(count).fill(7) } });
const hashOf = (byte: string): Hash => `0x${byte.repeat(32)}`;
const EPOCH_LENGTH = 20;
const ALL = Uint8Array.of(0b111);

const staking = {
  validators: [1, 2, 3].map((index) => validatorOf(index)),
  timeFloorSeconds: 1,
  values: { epochLengthBlocks: BigInt(EPOCH_LENGTH), rewardsPerEpochWei: 90n * COIN },
};
const network = withSystemContracts(
  { ...withShards(devParameters({ accounts: [] }), 4), finalityDepth: EPOCH_LENGTH },
  { staking, construct: constructAccounts },
);

/** State of shard 0, changed only by system calls. */
class ShardZero {
  readonly state = new MemoryState();
  number = 1;

  constructor() {
    for (const { address, balance, code, storage = new Map() } of network.genesis.accounts) {
      if (code !== undefined) this.state.setCode(address, code);
      this.state.setBalance(address, balance);
      const changed = new Map([[address, storage]]);
      this.state.apply({
        accounts: new Map(),
        storage: changed,
        storageCleared: new Set(),
        codes: new Map(),
      });
    }
  }

  run(...systemCalls: readonly SystemCall[]): boolean[] {
    const { state } = this;
    const reader: StateReader = {
      account: (address) => state.account(address),
      storage: (address, slot) => state.storage(address, slot),
      code: (hash) => state.code(hash),
    };
    const result = evm.runBlock({
      state: reader,
      context: {
        chainId: network.chainId,
        fork: DEFAULT_FORK,
        number: BigInt(this.number),
        timestamp: 1_000n,
        gasLimit: 30_000_000n,
        baseFee: 0n,
        prevRandao: ZERO_HASH,
        blockHash: () => ZERO_HASH,
      },
      carriers: [],
      systemCalls,
      credits: [],
      baseFeeShare: { recipient: CROSS_LINKS_ADDRESS, basisPoints: 0 },
    }) as BlockResult;
    state.apply(result.changes);
    return result.systemCalls.map(({ isSuccess }) => isSuccess);
  }

  /** Calls of a block that finds these votes. */
  calls(findings: {
    readonly certificates?: Parameters<typeof systemCallsOfBlock>[1]["certificates"];
    readonly crossLinks?: readonly { readonly record: ShardRecord; readonly signers: Uint8Array }[];
  }): SystemCall[] {
    const { certificates = [], crossLinks = [] } = findings;
    const shards = { crossLinks, finalityDepth: EPOCH_LENGTH };
    return systemCallsOfBlock(this.state, { number: this.number, certificates, equivocations: [], shards });
  }

  certificates(epoch: number): bigint {
    const data = encodeFunctionData({
      abi: ShardStaking.abi,
      functionName: "participation",
      args: [BigInt(epoch)],
    });
    const context = { chainId: 1n, fork: DEFAULT_FORK, number: 1n, timestamp: 1n, gasLimit: 1n, baseFee: 0n };
    const { output } = evm.call({
      state: this.state,
      context: { ...context, prevRandao: ZERO_HASH, blockHash: () => ZERO_HASH },
      coinbase: CROSS_LINKS_ADDRESS,
      request: {
        from: CROSS_LINKS_ADDRESS,
        to: STAKING_ADDRESS,
        gasLimit: 1_000_000n,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
        value: 0n,
        data: hexToBytes(data),
        accessList: [],
      },
    }) as { output: Uint8Array };
    return BigInt(bytesToHex(output.subarray(0, 32)));
  }
}

const recordOf = (fields: Partial<ShardRecord> = {}): ShardRecord => ({
  shard: 2,
  height: 3,
  number: 40,
  hash: hashOf("aa"),
  stateRoot: hashOf("bb"),
  certifiedIn: 0,
  epoch: 1,
  ...fields,
});
const certificate = (epoch: number, height: number) => ({ epoch, height, signers: ALL });

describe("SHARD-3, SHARD-15: CrossLinks", () => {
  it("is in the genesis of shard 0 of a network with several shards only", () => {
    const { genesis, shards } = network;
    const has = ({ accounts }: typeof genesis) =>
      accounts.some(({ address }) => address === CROSS_LINKS_ADDRESS);
    expect([genesis, ...shards!.others.map((chain) => chain.genesis)].map(has)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    const alone = withSystemContracts(devParameters({ accounts: [] }), {
      staking,
      construct: constructAccounts,
    });
    expect(has(alone.genesis)).toBe(false);
    const codeOf = (chain: typeof genesis) =>
      chain.accounts.find(({ address }) => address === STAKING_ADDRESS)!.code!.length;
    expect(codeOf(alone.genesis)).toBe(hexToBytes(Staking.runtimeBytecode).length);
    expect(codeOf(genesis)).toBe(hexToBytes(ShardStaking.runtimeBytecode).length);
    const source = readFileSync(new URL("../../solidity/SystemAddresses.sol", import.meta.url), "utf8");
    expect(source).toContain(`CROSS_LINKS = ${CROSS_LINKS_ADDRESS};`);
  });

  it("SHARD-15: genesis has zeros; a record replaces the earlier one", () => {
    const zero = new ShardZero();
    const unknown = { height: 0, number: 0, certifiedIn: 0, epoch: 0, hash: ZERO_HASH, stateRoot: ZERO_HASH };
    expect(readShardRecord(zero.state, 2)).toEqual({ shard: 2, ...unknown });
    const records = [recordOf(), recordOf({ height: 2 ** 40, number: 2 ** 41, certifiedIn: 7, epoch: 9 })];
    for (const record of records) {
      expect(zero.run(recordCrossLinkCall(record))).toEqual([true]);
      expect(readShardRecord(zero.state, 2)).toEqual(record);
    }
    expect(readShardRecord(zero.state, 1)).toEqual({ shard: 1, ...unknown });
  });

  it("CrossLinkOld, ShardUnknown, NotSystem: nothing changes", () => {
    const zero = new ShardZero();
    zero.run(recordCrossLinkCall(recordOf()));
    const refused = [
      recordOf({ number: 41 }),
      recordOf({ height: 4 }),
      recordOf({ height: 2, number: 41 }),
      recordOf({ shard: 0, height: 4, number: 41 }),
      recordOf({ shard: 4, height: 4, number: 41 }),
    ];
    expect(zero.run(...refused.map(recordCrossLinkCall))).toEqual(refused.map(() => false));
    expect(readShardRecord(zero.state, 2)).toEqual(recordOf());
    const { abi } = CrossLinks;
    const outside = encodeFunctionData({ abi, functionName: "replaceSilent", args: [1, 2n] });
    const context = { chainId: 1n, fork: DEFAULT_FORK, number: 1n, timestamp: 1n, gasLimit: 1n, baseFee: 0n };
    const { outcome } = evm.call({
      state: zero.state,
      context: { ...context, prevRandao: ZERO_HASH, blockHash: () => ZERO_HASH },
      coinbase: STAKING_ADDRESS,
      request: {
        from: STAKING_ADDRESS,
        to: CROSS_LINKS_ADDRESS,
        gasLimit: 1_000_000n,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
        value: 0n,
        data: hexToBytes(outside),
        accessList: [],
      },
    }) as { outcome: string };
    expect(outcome).toBe("revert");
  });

  it("SHARD-15.3: shards without a cross-link in an epoch get the next set", () => {
    const zero = new ShardZero();
    zero.number = 15;
    zero.run(recordCrossLinkCall(recordOf({ shard: 1, epoch: 0 })));
    zero.number = 20;
    expect(zero.run(replaceSilentCall(5, 15))).toEqual([true]);
    expect([1, 2, 3].map((shard) => readShardRecord(zero.state, shard).epoch)).toEqual([0, 5, 5]);
    expect(zero.run(replaceSilentCall(6, 20))).toEqual([true]);
    expect([1, 2, 3].map((shard) => readShardRecord(zero.state, shard).epoch)).toEqual([6, 5, 5]);
  });
});

describe("SHARD-14.4, SHARD-15: system calls of a block", () => {
  it("SHARD-15.5: cross-links count for a set that has certified in shard 0", () => {
    const zero = new ShardZero();
    const [first, second] = [recordOf({ shard: 1 }), recordOf({ shard: 2 })];
    const crossLinks = [first, second].map((record) => ({ record, signers: ALL }));
    expect(zero.calls({ crossLinks })).toEqual([first, second].map(recordCrossLinkCall));
    expect(zero.run(countCrossLinkCall(0, ALL))).toEqual([false]);
    const calls = zero.calls({ certificates: [certificate(0, 1)], crossLinks });
    expect(calls).toEqual([
      recordCertificateCall(certificate(0, 1)),
      recordCrossLinkCall(first),
      countCrossLinkCall(0, ALL),
      recordCrossLinkCall(second),
      countCrossLinkCall(0, ALL),
    ]);
    expect(zero.run(...calls)).toEqual(calls.map(() => true));
    expect(zero.certificates(0)).toBe(3n);
    const later = recordOf({ shard: 3, certifiedIn: 1 });
    expect(zero.calls({ crossLinks: [{ record: later, signers: ALL }] })).toEqual([
      recordCrossLinkCall(later),
    ]);
    expect(zero.run(countCrossLinkCall(1, ALL), countCrossLinkCall(0, Uint8Array.of(0b1000)))).toEqual([
      false,
      false,
    ]);
  });

  it("SHARD-15.3, STAKE-15: an epoch that ends replaces the sets of silent shards", () => {
    const zero = new ShardZero();
    zero.number = EPOCH_LENGTH;
    const first = zero.calls({ certificates: [certificate(0, 1)] });
    expect(first).toEqual([recordCertificateCall(certificate(0, 1)), endEpochCall(0n)]);
    expect(zero.run(...first)).toEqual([true, true]);
    zero.number = 2 * EPOCH_LENGTH;
    const spoke = { record: recordOf({ shard: 1, certifiedIn: 1 }), signers: ALL };
    const calls = zero.calls({ certificates: [certificate(1, 2)], crossLinks: [spoke] });
    expect(calls.slice(-2)).toEqual([endEpochCall(90n * COIN), replaceSilentCall(2, EPOCH_LENGTH)]);
    expect(zero.run(...calls)).toEqual(calls.map(() => true));
    expect(readEpoch(zero.state).epoch).toBe(2);
    expect([1, 2, 3].map((shard) => readShardRecord(zero.state, shard).epoch)).toEqual([1, 2, 2]);
  });
});
