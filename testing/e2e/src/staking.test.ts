import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { followFinality, type TrustedFinality } from "@trellis/client/light";
import { STAKING_ADDRESS, Staking, TREASURY_ADDRESS } from "@trellis/contracts";
import {
  blsPublicKey,
  blsSecretFromSeed,
  blsSign,
  decryptBlsKeystore,
  parseBlsKeystore,
} from "@trellis/crypto";
import {
  type Ballot,
  encodeEvidence,
  type Hash,
  type Signed,
  type Vote,
  type VoteDomain,
  voteSignedBytes,
} from "@trellis/protocol";
import { type Address, parseEther, zeroHash } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountOf, privateKeyOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { type Devnet, runTrellis, startNode } from "./startDevnet.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet({ args: ["--nodes", "2", "--block-time", "200"] });
const CHAIN_ID = 31_337n;
const STRANGER = bytesToHex(blsPublicKey(blsSecretFromSeed(new Uint8Array(32).fill(3))));
const EPOCHS_MS_MAX = 180_000;

const first = accountOf(0);
const newcomer = accountOf(1);
const delegator = accountOf(2);

const staking = { address: STAKING_ADDRESS, abi: Staking.abi } as const;
const read = <T>(functionName: string, args: readonly unknown[] = []): Promise<T> =>
  publicClientOf(shared.rpcUrl).readContract({ ...staking, functionName, args } as never) as Promise<T>;
const epoch = async (): Promise<number> => Number(await read<bigint>("epoch"));

interface Finality {
  readonly epoch: number;
  readonly isFinalizing: boolean;
  readonly finalized: { readonly height: number; readonly number: string };
  readonly validators: readonly {
    readonly index: number;
    readonly address: string;
    readonly publicKey: Hex;
    readonly power: string;
  }[];
}
const finality = async (): Promise<Finality> =>
  (await rpcCall(shared.rpcUrl, "trellis_getFinality")).result as Finality;
const voteDomain = async (): Promise<VoteDomain> => {
  const { hash } = await publicClientOf(shared.rpcUrl).getBlock({ blockNumber: 0n });
  return { chainId: CHAIN_ID, genesisHash: hash };
};
const isVoting = async (address: Address): Promise<boolean> =>
  (await finality()).validators.some((validator) => validator.address === address);

let directory: string;
let node: Devnet | undefined;
afterAll(async () => {
  await node?.stop();
});
const flags = () => [
  ...["--rpc", shared.rpcUrl, "--validator-dir", join(directory, "validator")],
  ...["--password-from", `file:${join(directory, "password")}`],
  ...["--account-key-from", `file:${join(directory, "account")}`, "--json"],
];

async function validator(...args: string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await runTrellis(["validator", ...args, ...flags()]);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

async function send(from: typeof first, functionName: string, args: readonly unknown[], value = 0n) {
  const wallet = walletOf(shared.rpcUrl, from);
  const hash = await wallet.writeContract({ ...staking, functionName, args, value } as never);
  const receipt = await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash });
  expect(receipt.status).toBe("success");
  return receipt;
}

beforeAll(() => {
  directory = shared.directory;
  writeFileSync(join(directory, "password"), "correct horse\n");
  writeFileSync(join(directory, "account"), `${privateKeyOf(1)}\n`);
});

describe("lifecycle of a validator", () => {
  it("starts with one validator that finalizes checkpoints", async () => {
    await eventually(async () => (await finality()).finalized.height >= 3);
    const { validators, isFinalizing } = await finality();
    expect(isFinalizing).toBe(true);
    expect(validators).toMatchObject([
      { address: first.address, power: `0x${parseEther("1000").toString(16)}` },
    ]);
    const block = await publicClientOf(shared.rpcUrl).getBlock({ blockTag: "finalized" });
    expect(block.number).toBeGreaterThan(0n);
  });

  it("proves finality to a light client that knows only the first validator", async () => {
    const { hash } = await publicClientOf(shared.rpcUrl).getBlock({ blockNumber: 0n });
    const { publicKey } = (await finality()).validators[0]!;
    const first: TrustedFinality = {
      chainId: CHAIN_ID,
      genesisHash: hash,
      votedBy: undefined,
      checkpoint: { height: 0, hash, number: 0, timestampMs: Date.now() },
      voters: { epoch: 0, members: [{ publicKey, power: parseEther("1000") }] },
    };
    const node = {
      name: "node",
      request: async (method: string, params: readonly unknown[]) =>
        (await rpcCall(shared.rpcUrl, method, [...params])).result,
    };
    const rules = { trustPeriodMs: 3_600_000, nowMs: Date.now() };
    await eventually(async () => (await epoch()) >= 2, EPOCHS_MS_MAX);
    const proven = await followFinality(node, first, rules);
    expect(proven.voters.epoch).toBeGreaterThanOrEqual(1);
    const block = await publicClientOf(shared.rpcUrl).getBlock({
      blockNumber: BigInt(proven.checkpoint.number),
    });
    expect(block.hash).toBe(proven.checkpoint.hash);
    const stranger = { ...first, voters: { epoch: 0, members: [{ publicKey: STRANGER, power: 1n }] } };
    await expect(followFinality(node, stranger, rules)).rejects.toMatchObject({
      code: "LIGHT_PROOF_INVALID",
      facts: { what: "certificate" },
    });
  });

  it("creates a key, runs a node with it, registers it with stake, and votes from the next epoch", async () => {
    const { publicKey, isNew } = await validator("keys");
    expect(isNew).toBe(true);
    expect(await validator("keys")).toMatchObject({ publicKey, isNew: false });
    node = await startNode({
      args: [
        ...["--network", "local", "--mdns=false", "--listen", "127.0.0.1:0", "--log-level", "warn"],
        ...["--bootstrap", shared.devnet.ready.p2p!.addresses[0]!],
        ...["--validator-dir", join(directory, "validator")],
        ...["--validator-password-from", `file:${join(directory, "password")}`],
      ],
    });
    const registered = await validator("register", "--stake", "200", "--commission", "1000");
    expect(registered).toMatchObject({ validator: newcomer.address, publicKey });
    await eventually(() => isVoting(newcomer.address), EPOCHS_MS_MAX);
    expect(await validator("status")).toMatchObject({ standing: "votes", stakeCoins: "200", publicKey });
    await eventually(async () => Number((await validator("status")).signed) > 0, EPOCHS_MS_MAX);
  });

  it("adds stake, announces a commission, and is a candidate already", async () => {
    const added = await validator("stake", "--stake", "50");
    expect(added).toMatchObject({ addedCoins: "50", stakeCoins: "250" });
    const announced = await validator("commission", "1200");
    expect(announced).toMatchObject({ commissionBasisPoints: 1_200 });
    expect(Number(announced.holdsFromEpoch)).toBeGreaterThan(await epoch());
    const { exitCode, stderr } = await runTrellis(["validator", "rejoin", ...flags()]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("AlreadyCandidate");
  });

  it("STAKING_REFUSED: a second registration", async () => {
    const { exitCode, stderr } = await runTrellis(["validator", "register", "--stake", "200", ...flags()]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("ValidatorRegisteredAlready");
  });

  it("a validator that signs two votes for one step is slashed, and never votes again", async () => {
    const before = await read<bigint>("stakeOf", [newcomer.address, newcomer.address]);
    const treasury = await publicClientOf(shared.rpcUrl).getBalance({ address: TREASURY_ADDRESS });
    const text = readFileSync(join(directory, "validator", "key.json"), "utf8");
    const secret = await decryptBlsKeystore(parseBlsKeystore(text), "correct horse");
    const { epoch: at, finalized, validators } = await finality();
    const { index } = validators.find(({ address }) => address === newcomer.address)!;
    const ballot: Ballot = { epoch: at, height: finalized.height + 1, round: 0, step: "precommit" };
    const domain = await voteDomain();
    const vote = (value: Hash): Signed<Vote> => ({
      message: { ...ballot, value, validator: index },
      signature: blsSign(voteSignedBytes(domain, ballot, value), secret),
    });
    const evidence = encodeEvidence({ first: vote(zeroHash), second: vote(`0x${"11".repeat(32)}`) });
    const answer = await rpcCall(shared.rpcUrl, "trellis_submitEvidence", [bytesToHex(evidence)]);
    expect(answer).toMatchObject({ result: true });

    await eventually(async () => {
      const { isTombstoned } = await read<{ isTombstoned: boolean }>("validatorOf", [newcomer.address]);
      return isTombstoned;
    }, EPOCHS_MS_MAX);
    const left = await read<bigint>("stakeOf", [newcomer.address, newcomer.address]);
    expect(left).toBe((before * 95n) / 100n);
    const gained = (await publicClientOf(shared.rpcUrl).getBalance({ address: TREASURY_ADDRESS })) - treasury;
    expect(gained).toBeGreaterThanOrEqual(before - left);
    await eventually(async () => !(await isVoting(newcomer.address)), EPOCHS_MS_MAX);
    expect(await validator("status")).toMatchObject({ standing: expect.stringContaining("tombstoned") });
  });

  it("false evidence is refused and has no effect", async () => {
    const stranger = blsSecretFromSeed(new Uint8Array(32).fill(9));
    expect(blsPublicKey(stranger)).toHaveLength(48);
    const { epoch: at, finalized } = await finality();
    const ballot: Ballot = { epoch: at, height: finalized.height + 1, round: 0, step: "prevote" };
    const domain = await voteDomain();
    const vote = (value: Hash): Signed<Vote> => ({
      message: { ...ballot, value, validator: 0 },
      signature: blsSign(voteSignedBytes(domain, ballot, value), stranger),
    });
    const forged = encodeEvidence({ first: vote(zeroHash), second: vote(`0x${"11".repeat(32)}`) });
    const { error } = await rpcCall(shared.rpcUrl, "trellis_submitEvidence", [bytesToHex(forged)]);
    expect(error?.message).toContain("signature");
    expect((await rpcCall(shared.rpcUrl, "trellis_submitEvidence", ["0x"])).error).toBeDefined();
    expect(await isVoting(first.address)).toBe(true);
  });

  it("accepts delegations, which count from the next epoch and earn with it", async () => {
    await send(delegator, "stake", [first.address], parseEther("500"));
    const since = await epoch();
    await eventually(async () => {
      const [voter] = (await finality()).validators.filter(({ address }) => address === first.address);
      return voter !== undefined && BigInt(voter.power) > parseEther("1499");
    }, EPOCHS_MS_MAX);
    await eventually(async () => (await epoch()) >= since + 3, EPOCHS_MS_MAX);
    const rewards = await read<bigint>("rewardsOf", [first.address, delegator.address]);
    expect(rewards).toBeGreaterThan(0n);
    const before = await publicClientOf(shared.rpcUrl).getBalance({ address: delegator.address });
    const { gasUsed, effectiveGasPrice } = await send(delegator, "claim", [first.address]);
    const after = await publicClientOf(shared.rpcUrl).getBalance({ address: delegator.address });
    expect(after + gasUsed * effectiveGasPrice - before).toBeGreaterThanOrEqual(rewards);
  });

  it("leaves: unbonding stake is paid after the delay, and NOTHING_TO_WITHDRAW before", async () => {
    const early = await runTrellis(["validator", "withdraw", ...flags()]);
    expect(early.stderr).toContain("NOTHING_TO_WITHDRAW");
    const told = await validator("exit");
    expect(Number(told.unbondingCoins)).toBeGreaterThan(0);
    const from = Number(told.withdrawableFromEpoch);
    await eventually(async () => (await epoch()) >= from, EPOCHS_MS_MAX);
    const before = await publicClientOf(shared.rpcUrl).getBalance({ address: newcomer.address });
    expect(await validator("withdraw")).toMatchObject({ withdrawnCoins: told.unbondingCoins });
    const after = await publicClientOf(shared.rpcUrl).getBalance({ address: newcomer.address });
    expect(after - before).toBeGreaterThan(parseEther("180"));
    expect(hexToBytes(newcomer.address.toLowerCase() as Hash)).toHaveLength(20);
  });
});
