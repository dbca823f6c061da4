import {
  GOVERNED,
  GOVERNOR_ADDRESS,
  PARAMETERS_ADDRESS,
  Parameters,
  STAKING_ADDRESS,
  Staking,
  TREASURY_ADDRESS,
  Treasury,
  TrellisGovernor,
} from "@trellis/contracts";
import { type Address, encodeFunctionData, type Hex, keccak256, parseEther, toBytes } from "viem";
import { describe, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet({ args: ["--block-time", "100"] });
const WAIT_MS_MAX = 180_000;

const voter = accountOf(0);
const beneficiary: Address = "0x00000000000000000000000000000000000beefe";

const STATES = { active: 1, succeeded: 4, queued: 5, executed: 7 } as const;
const FOR = 1;

interface Action {
  readonly target: Address;
  readonly data: Hex;
}

const client = () => publicClientOf(shared.rpcUrl);
const governor = { address: GOVERNOR_ADDRESS, abi: TrellisGovernor.abi } as const;

async function write(functionName: string, args: readonly unknown[]): Promise<bigint> {
  const wallet = walletOf(shared.rpcUrl, voter);
  const hash = await wallet.writeContract({ ...governor, functionName, args } as never);
  const receipt = await client().waitForTransactionReceipt({ hash });
  expect(receipt.status, functionName).toBe("success");
  return receipt.blockNumber;
}

const stateOf = (id: bigint): Promise<number> =>
  client().readContract({ ...governor, functionName: "state", args: [id] } as never) as Promise<number>;

async function decide({ target, data }: Action, description: string): Promise<bigint> {
  const proposal = [[target], [0n], [data]] as const;
  await write("propose", [...proposal, description]);
  const hashed = [...proposal, keccak256(toBytes(description))] as const;
  const id = (await client().readContract({
    ...governor,
    functionName: "getProposalId",
    args: hashed,
  } as never)) as bigint;
  await eventually(async () => (await stateOf(id)) === STATES.active, WAIT_MS_MAX);
  await write("castVote", [id, FOR]);
  await eventually(async () => (await stateOf(id)) === STATES.succeeded, WAIT_MS_MAX);
  await write("queue", hashed);
  expect(await stateOf(id)).toBe(STATES.queued);
  await eventually(async () => {
    try {
      await client().simulateContract({
        ...governor,
        account: voter,
        functionName: "execute",
        args: hashed,
      } as never);
      return true;
    } catch {
      return false;
    }
  }, WAIT_MS_MAX);
  const block = await write("execute", hashed);
  expect(await stateOf(id)).toBe(STATES.executed);
  return block;
}

/** The nonces fall, so that the last transaction makes all executable at once. */
async function blocksOf(transactions: number, gas: bigint): Promise<number> {
  const wallet = walletOf(shared.rpcUrl, voter);
  let nonce = transactions + (await client().getTransactionCount({ address: voter.address }));
  const hashes: Hex[] = [];
  while (hashes.length < transactions)
    hashes.push(await wallet.sendTransaction({ to: beneficiary, gas, nonce: --nonce }));
  const receipts = await Promise.all(hashes.map((hash) => client().waitForTransactionReceipt({ hash })));
  return new Set(receipts.map(({ blockHash }) => blockHash)).size;
}

describe("governance by stake", () => {
  it("changes the gas limit from the next epoch", async () => {
    const { gasLimit } = await client().getBlock();
    const doubled = 60_000_000n;
    expect(gasLimit % doubled).not.toBe(0n);
    const data = encodeFunctionData({
      abi: Parameters.abi,
      functionName: "set",
      args: [BigInt(GOVERNED.indexOf("gasLimit")), doubled],
    } as never);
    const block = await decide({ target: PARAMETERS_ADDRESS, data }, "Twice the gas");
    const epochAt = (blockNumber?: bigint): Promise<number> =>
      client().readContract({
        address: STAKING_ADDRESS,
        abi: Staking.abi,
        functionName: "epoch",
        ...(blockNumber === undefined ? {} : { blockNumber }),
      } as never) as Promise<number>;
    await eventually(async () => (await client().getBlock()).gasLimit === doubled, WAIT_MS_MAX);
    // The block may be the last of its epoch.
    expect(await epochAt()).toBeGreaterThan(await epochAt(block - 1n));
    // Together, their gas limits exceed the previous block gas limit.
    expect(await blocksOf(3, 16_000_000n)).toBe(1);
  });

  it("pays from the treasury", async () => {
    const gift = await walletOf(shared.rpcUrl, voter).sendTransaction({
      to: TREASURY_ADDRESS,
      value: parseEther("3"),
      gas: 100_000n,
    });
    await client().waitForTransactionReceipt({ hash: gift });
    const data = encodeFunctionData({
      abi: Treasury.abi,
      functionName: "pay",
      args: [beneficiary, parseEther("2")],
    } as never);
    await decide({ target: TREASURY_ADDRESS, data }, "Two coins for a good work");
    expect(await client().getBalance({ address: beneficiary })).toBe(parseEther("2"));
  });

  it("nobody else can set a parameter or pay", async () => {
    const attempt = client().simulateContract({
      address: PARAMETERS_ADDRESS,
      abi: Parameters.abi,
      functionName: "set",
      account: voter,
      args: [0n, 30_000_000n],
    } as never);
    await expect(attempt).rejects.toThrow("NotTimelock");
    const { error } = await rpcCall(shared.rpcUrl, "eth_call", [
      {
        from: voter.address,
        to: TREASURY_ADDRESS,
        data: encodeFunctionData({
          abi: Treasury.abi,
          functionName: "pay",
          args: [beneficiary, 1n],
        } as never),
      },
      "latest",
    ]);
    expect(error).toBeDefined();
  });
});
