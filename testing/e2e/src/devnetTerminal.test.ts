import { type Address, encodeFunctionData, type Hex, parseAbi } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rpcCall } from "./clients.ts";
import { compileContract } from "./compileContracts.ts";
import { eventually } from "./eventually.ts";
import { probeAbi } from "./probe.ts";
import { spawnTrellis, type Trellis } from "./startDevnet.ts";

const MNEMONIC =
  "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const CONSOLE: Address = "0x000000000000000000636F6e736F6c652e6c6f67";
const from = mnemonicToAccount(MNEMONIC).address;

let trellis: Trellis;
let rpcUrl: string;

beforeAll(async () => {
  const flags = ["--ephemeral", "--rpc-port", "0", "--http-port", "0", "--no-reserves", "--arbitrage", "off"];
  const own = ["--mnemonic", MNEMONIC, "--chain-id", "1337", "--accounts", "2"];
  trellis = spawnTrellis(["devnet", ...flags, ...own]);
  await eventually(() => trellis.written.stdout.includes("the chain is forgotten"));
  rpcUrl = /RPC +(http:\S+)/.exec(trellis.written.stdout)![1]!;
});

afterAll(async () => {
  trellis.child.kill("SIGTERM");
  await trellis.ended;
});

async function result<T>(method: string, ...params: unknown[]): Promise<T> {
  const { result: answer, error } = await rpcCall(rpcUrl, method, params);
  expect(error).toBeUndefined();
  return answer as T;
}

async function send(fields: { readonly to?: Address; readonly data: Hex; readonly gas?: Hex }): Promise<Hex> {
  const hash = await result<Hex>("eth_sendTransaction", { from, ...fields });
  await eventually(async () => (await result("eth_getTransactionReceipt", hash)) !== null);
  return hash;
}

it("a devnet has the mnemonic's accounts and the chain id asked for", async () => {
  expect(await result("eth_chainId")).toBe("0x539");
  const accounts = await result<string[]>("eth_accounts");
  expect(accounts).toHaveLength(2);
  expect(accounts[0]).toBe(from.toLowerCase());
  expect(trellis.written.stdout).toContain(`Mnemonic   ${MNEMONIC}`);
});

it("prints each transaction, Solidity's console.log, and why a transaction failed", async () => {
  const { bytecode } = await compileContract("Probe");
  const creation = await send({ data: bytecode });
  const { contractAddress: probe } = await result<{ contractAddress: Address }>(
    "eth_getTransactionReceipt",
    creation,
  );
  const log = encodeFunctionData({
    abi: parseAbi(["function log(string,uint256)"]),
    args: ["the answer is %s", 42n],
  });
  const forward = encodeFunctionData({ abi: probeAbi, functionName: "forward", args: [CONSOLE, log] });
  const logging = await send({ to: probe, data: forward });
  const failing = await send({
    to: probe,
    data: encodeFunctionData({ abi: probeAbi, functionName: "failWithReason" }),
    gas: "0x100000",
  });
  await eventually(() => trellis.written.stdout.includes(failing));
  const lines = trellis.written.stdout.split("\n");
  const after = (hash: Hex) => lines.slice(lines.findIndex((line) => line.includes(hash)));
  expect(after(creation)[0]).toContain(`→ new ${probe}`);
  expect(after(logging).slice(0, 2)).toEqual([
    expect.stringMatching(`${from.toLowerCase()} → ${probe} ${forward.slice(0, 10)}, [0-9]+ gas$`),
    "    the answer is 42",
  ]);
  expect(after(failing)[0]).toMatch(/, failed: the probe refuses$/);
});
