import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Address, type Hex, keccak256, parseEther } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { accountOf, privateKeyOf } from "./chain.ts";
import { publicClientOf, walletOf } from "./clients.ts";
import { SOLIDITY } from "./compileContracts.ts";
import { createForgeProject, foundry } from "./foundry.ts";
import { deployProbe, probeAbi } from "./probe.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const TO = "0x00000000000000000000000000000000000Ca570";
const SENDER = accountOf(3);
const KEY = ["--private-key", privateKeyOf(3)];
let probe: Address;
let stored: Hex;

beforeAll(async () => {
  probe = await deployProbe(shared.rpcUrl, accountOf(0));
  const call = { address: probe, abi: probeAbi, functionName: "store", args: [1n, 5n] } as const;
  stored = await walletOf(shared.rpcUrl, accountOf(0)).writeContract(call);
  await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash: stored });
});

const cast = (...argv: string[]): Promise<string> =>
  foundry("cast", argv, { cwd: shared.directory, rpcUrl: shared.rpcUrl });
const castJson = async <T>(...argv: string[]): Promise<T> => JSON.parse(await cast(...argv, "--json")) as T;

interface Receipt {
  readonly transactionHash: Hex;
  readonly status: Hex;
  readonly blockNumber: Hex;
  readonly logs: readonly { readonly address: Hex; readonly topics: readonly Hex[] }[];
}

describe("cast reads", () => {
  it("the chain, its blocks and fees", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const { blockNumber, blockHash } = await client.getTransactionReceipt({ hash: stored });
    expect(await cast("chain-id")).toBe("31337");
    expect(BigInt(await cast("block-number"))).toBeGreaterThanOrEqual(blockNumber);
    expect(await cast("client")).toMatch(/^anvil\/Trellis\//);
    expect(BigInt(await cast("gas-price"))).toBeGreaterThan(0n);
    expect(BigInt(await cast("base-fee", "latest"))).toBeGreaterThan(0n);
    expect(await cast("block", String(blockNumber), "--field", "hash")).toBe(blockHash);
    expect(await castJson("block", String(blockNumber), "--full")).toMatchObject({
      hash: blockHash,
      transactions: [{ hash: stored }],
    });
    expect(await cast("age", "latest")).toMatch(/\d{4}/);
    expect(await cast("rpc", "eth_chainId")).toBe('"0x7a69"');
  });

  it("accounts, code and storage", async () => {
    const code = await cast("code", probe);
    expect(code).toBe(await publicClientOf(shared.rpcUrl).getCode({ address: probe }));
    expect(await cast("codehash", probe)).toBe(keccak256(code as Hex));
    expect(await cast("balance", accountOf(9).address, "--ether")).toMatch(/^10000\.0+$/);
    expect(await cast("nonce", accountOf(9).address)).toBe("0");
    const slot = await cast("index", "uint256", "1", "0");
    expect(BigInt(await cast("storage", probe, slot))).toBe(5n);
    expect(await castJson("proof", probe, slot)).toMatchObject({ storageProof: [{ value: "0x5" }] });
  });

  it("transactions, receipts and logs", async () => {
    expect(await castJson<Receipt>("receipt", stored)).toMatchObject({
      status: "0x1",
      transactionHash: stored,
    });
    expect(await cast("tx", stored, "from")).toBe(accountOf(0).address);
    expect(await cast("tx", stored, "--raw")).toMatch(/^0x02f8/);
    const signature = "Stored(address indexed,uint256 indexed,uint256)";
    const logs = await castJson<Receipt["logs"]>("logs", signature, "--from-block", "0", "--address", probe);
    expect(logs).toHaveLength(1);
  });

  it("calls, and shows why they revert", async () => {
    expect(await cast("call", probe, "values(uint256)(uint256)", "1")).toBe("5");
    await expect(cast("call", probe, "failWithReason()")).rejects.toThrow(/the probe refuses/);
    const estimate = await cast(
      "estimate",
      probe,
      "store(uint256,uint256)",
      "2",
      "2",
      "--from",
      SENDER.address,
    );
    expect(BigInt(estimate)).toBeGreaterThan(40_000n);
    expect(await cast("access-list", probe, "values(uint256)", "1")).toMatch(new RegExp(probe, "i"));
  });

  it("replays a transaction from the chain's state", async () => {
    const replay = await cast("run", stored);
    expect(replay).toMatch(/Transaction successfully executed/);
    const { gasUsed } = await publicClientOf(shared.rpcUrl).getTransactionReceipt({ hash: stored });
    expect(replay).toContain(`Gas used: ${gasUsed}`);
  });
});

describe("cast sends", () => {
  it("value and calls, signed locally, in each form", async () => {
    for (const form of [[], ["--legacy"], ["--access-list"]]) {
      const argv = ["send", probe, "store(uint256,uint256)", "3", "9", ...form, ...KEY];
      expect(await castJson<Receipt>(...argv)).toMatchObject({
        status: "0x1",
        logs: [{ topics: { length: 3 } }],
      });
    }
    expect(await castJson<Receipt>("send", TO, "--value", "1.25ether", ...KEY)).toMatchObject({
      status: "0x1",
    });
    expect(await cast("balance", TO)).toBe(String(parseEther("1.25")));
    expect(await cast("call", probe, "values(uint256)(uint256)", "3")).toBe("9");
  });

  it("by an account of the node, and raw", async () => {
    const unlocked = ["--unlocked", "--from", accountOf(4).address];
    expect(await castJson<Receipt>("send", TO, "--value", "1", ...unlocked)).toMatchObject({ status: "0x1" });
    const raw = await cast("mktx", TO, "--value", "2", "--private-key", privateKeyOf(5));
    expect(await castJson<Receipt>("publish", raw)).toMatchObject({ status: "0x1" });
    expect(BigInt(await cast("balance", TO))).toBeGreaterThanOrEqual(3n);
  });

  it("and shows why a transaction is refused", async () => {
    await expect(cast("send", TO, "--value", "20000ether", ...KEY)).rejects.toThrow(/insufficient funds/i);
    await expect(cast("send", probe, "failWithError(uint256)", "4", ...KEY)).rejects.toThrow(/revert/);
    await expect(cast("send", TO, "--nonce", "0", ...KEY)).rejects.toThrow(/nonce too low/);
  });
});

describe("forge", () => {
  const SCRIPT = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

import {Probe} from "../src/Probe.sol";

interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

contract Deploy {
    bool public constant IS_SCRIPT = true;
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function run() external returns (Probe probe) {
        vm.startBroadcast();
        probe = new Probe();
        probe.store(1, 11);
        probe.storeOver(1, 12);
        vm.stopBroadcast();
    }
}
`;
  const forge = (...argv: string[]): Promise<string> =>
    foundry("forge", argv, { cwd: join(shared.directory, "forge"), rpcUrl: shared.rpcUrl });

  it("script simulates, broadcasts and waits for its transactions", async () => {
    const probeSource = await readFile(join(SOLIDITY, "Probe.sol"), "utf8");
    await createForgeProject(join(shared.directory, "forge"), {
      "src/Probe.sol": probeSource,
      "script/Deploy.s.sol": SCRIPT,
    });
    const target = "script/Deploy.s.sol:Deploy";
    const printed = await forge("script", target, "--rpc-url", shared.rpcUrl, "--broadcast", ...KEY);
    expect(printed).toMatch(/ONCHAIN EXECUTION COMPLETE & SUCCESSFUL/);
    const file = join(shared.directory, "forge/broadcast/Deploy.s.sol/31337/run-latest.json");
    const broadcast = JSON.parse(await readFile(file, "utf8")) as {
      receipts: Receipt[];
      transactions: { contractAddress: Address }[];
    };
    expect(broadcast.receipts.map(({ status }) => status)).toEqual(["0x1", "0x1", "0x1"]);
    const address = broadcast.transactions[0]!.contractAddress;
    const read = { address, abi: probeAbi, functionName: "values", args: [1n] } as const;
    expect(await publicClientOf(shared.rpcUrl).readContract(read)).toBe(12n);
  });

  it("create deploys", async () => {
    const argv = [
      "create",
      "src/Probe.sol:Probe",
      "--rpc-url",
      shared.rpcUrl,
      "--broadcast",
      "--json",
      ...KEY,
    ];
    const printed = await forge(...argv);
    const { deployedTo } = JSON.parse(printed.slice(printed.indexOf("{"))) as { deployedTo: Address };
    expect(await publicClientOf(shared.rpcUrl).getCode({ address: deployedTo })).toMatch(/^0x60/);
  });
});
