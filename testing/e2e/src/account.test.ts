import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Hex, hexToBytes } from "@trellis/base";
import { KEY_REGISTRY_ADDRESS, KeyRegistry } from "@trellis/contracts";
import { encryptKeystore, keystoreToJson } from "@trellis/crypto";
import { systemRandom } from "@trellis/platform/system";
import { type Address, encodeFunctionData, parseEther, parseGwei } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { beforeAll, describe, expect, it } from "vitest";
import { accountOf, MNEMONIC, privateKeyOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { freshAddress } from "./freshAddress.ts";
import { runTrellis } from "./startDevnet.ts";
import { deployToken, tokenAbi } from "./token.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const EXECUTABLE = fileURLToPath(new URL("../../../apps/trellis/bin/trellis.js", import.meta.url));
const PASSWORD = "correct horse";
const CHEAP = { n: 2, r: 1, p: 1 };

let keystore: string;
let passwordFrom: string;
beforeAll(() => {
  keystore = join(shared.directory, "keys");
  mkdirSync(keystore);
  writeFileSync(join(shared.directory, "password"), PASSWORD);
  passwordFrom = `file:${join(shared.directory, "password")}`;
});

async function trellis(operands: readonly string[], flags: readonly string[] = []) {
  const [action] = operands;
  const secrets = action === "verify" ? [] : ["--keystore", keystore, "--password-from", passwordFrom];
  const node = action === "new" ? [] : ["--rpc", shared.rpcUrl];
  return runTrellis(["account", ...operands, "--json", ...secrets, ...node, ...flags]);
}

async function account(operands: readonly string[], flags: readonly string[] = []) {
  const { exitCode, stdout, stderr } = await trellis(operands, flags);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

async function refusal(operands: readonly string[], flags: readonly string[] = []) {
  const { exitCode, stdout, stderr } = await trellis(operands, flags);
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).not.toContain(PASSWORD);
  return JSON.parse(stderr.trim().split("\n").at(-1)!);
}

const client = () => publicClientOf(shared.rpcUrl);
const received = (hash: Hex) => client().waitForTransactionReceipt({ hash });

async function fund(to: Address, coins: string): Promise<void> {
  await received(
    await walletOf(shared.rpcUrl, accountOf(7)).sendTransaction({ to, value: parseEther(coins) }),
  );
}

async function walletFile(index: number): Promise<string> {
  const secret = hexToBytes(privateKeyOf(index));
  const file = join(keystore, `wallet-${index}.json`);
  writeFileSync(file, keystoreToJson(await encryptKeystore(secret, PASSWORD, systemRandom, CHEAP)));
  return file;
}

describe("an account of secp256k1 that holds coins and tokens", () => {
  let address: Address;
  let oldFile: string;
  let newFile: string;
  let token: Address;
  let rotation: Hex;
  const to = freshAddress();

  it("is made, and receives both", async () => {
    const made = await account(["new"], ["--algorithm", "secp256k1"]);
    ({ account: address, file: oldFile } = made);
    await fund(address, "10");
    token = await deployToken(shared.rpcUrl, accountOf(7), "Gold", "GLD", 1_000n * 10n ** 18n);
    const transfer = { address: token, abi: tokenAbi, functionName: "transfer" } as const;
    const args = [address, 100n * 10n ** 18n] as const;
    await received(await walletOf(shared.rpcUrl, accountOf(7)).writeContract({ ...transfer, args }));
    expect(await account(["send", address, to, "1"])).toMatchObject({ account: address, gasUsed: 21_000 });
    const shown = await account(["show", address]);
    expect(shown).toMatchObject({
      nonce: 1,
      registeredKeyId: null,
      keys: [{ file: oldFile, isValid: true }],
    });
  });

  it("rotates to ML-DSA-65, and the result is final", async () => {
    const rotated = await account(["rotate", address]);
    expect(rotated).toMatchObject({
      account: address,
      algorithm: "ml-dsa-65",
      isNew: true,
      pendingBefore: 0,
    });
    ({ file: newFile, transaction: rotation } = rotated);
    const registry = { address: KEY_REGISTRY_ADDRESS, abi: KeyRegistry.abi, functionName: "keyOf" } as const;
    expect(await client().readContract({ ...registry, args: [address], blockTag: "finalized" })).toBe(
      rotated.keyId,
    );
    const { keys, registeredKeyId } = await account(["show", address]);
    expect(registeredKeyId).toBe(rotated.keyId);
    expect(keys).toEqual([
      expect.objectContaining({ file: oldFile, isValid: false }),
      expect.objectContaining({ file: newFile, isValid: true, keyId: rotated.keyId }),
    ]);
  });

  it("continues at the same address with its coins and tokens", async () => {
    const sent = await account(["send", address, to, "2.5"]);
    expect(sent.gasUsed).toBeGreaterThan(100_000);
    expect(await client().getBalance({ address: to })).toBe(parseEther("3.5"));
    await account(["send", address, to, "40"], ["--token", token]);
    const balanceOf = { address: token, abi: tokenAbi, functionName: "balanceOf" } as const;
    expect(await client().readContract({ ...balanceOf, args: [to] })).toBe(40n * 10n ** 18n);
    expect(await client().readContract({ ...balanceOf, args: [address] })).toBe(60n * 10n ** 18n);
  });

  it("signs texts with the new key, which everybody can verify; those of the old key are refused", async () => {
    const { signature } = await account(["sign", address, "hello"]);
    const file = join(shared.directory, "signature");
    writeFileSync(file, signature);
    expect(await account(["verify", address, "hello", file])).toEqual({ account: address, isValid: true });
    expect(await refusal(["verify", address, "hullo", file])).toMatchObject({ code: "PROOF_REFUSED" });
    const old = await account(["sign", oldFile, "hello"]);
    expect(await refusal(["verify", address, "hello", old.signature])).toMatchObject({
      code: "PROOF_REFUSED",
    });
  });

  it("ACCOUNT_KEY_NOT_VALID: the old key can neither send nor rotate", async () => {
    for (const operands of [
      ["send", oldFile, to, "1"],
      ["rotate", oldFile],
    ])
      expect(await refusal(operands)).toMatchObject({ code: "ACCOUNT_KEY_NOT_VALID" });
  });

  it("refuses a replay of the rotation", async () => {
    const raw = await client().request({
      method: "eth_getRawTransactionByHash" as never,
      params: [rotation] as never,
    });
    expect((await rpcCall(shared.rpcUrl, "eth_sendRawTransaction", [raw])).error?.message).toMatch(
      /nonce too low/,
    );
  });

  it("a rotation that is repeated with the same file changes nothing", async () => {
    const before = await account(["show", address]);
    for (const from of [oldFile, newFile]) {
      const again = await account(["rotate", from], ["--to", newFile]);
      expect(again).toMatchObject({ isNew: false, file: newFile });
    }
    expect(await account(["show", address])).toEqual(before);
  });

  it("rotates again, to a key that was made elsewhere", async () => {
    const made = await account(["new"], ["--algorithm", "ml-dsa-44"]);
    const rotated = await account(["rotate", address], ["--to", made.file]);
    expect(rotated).toMatchObject({
      account: address,
      algorithm: "ml-dsa-44",
      isNew: true,
      keyId: made.keyId,
    });
    expect(rotated.file).not.toBe(made.file);
    expect(await account(["send", address, to, "0.5"])).toMatchObject({
      account: address,
      keyId: made.keyId,
    });
    expect(await refusal(["send", newFile, to, "1"])).toMatchObject({ code: "ACCOUNT_KEY_NOT_VALID" });
  });
});

describe("pending transactions", () => {
  it("run before the rotation; those after it are dropped with their key", async () => {
    const owner = mnemonicToAccount(MNEMONIC, { addressIndex: 6 });
    const file = await walletFile(6);
    const wallet = walletOf(shared.rpcUrl, owner);
    const fees = { gas: 21_000n, maxFeePerGas: parseGwei("100"), maxPriorityFeePerGas: 1n };
    const nonce = await client().getTransactionCount({ address: owner.address });
    // The nonce gap keeps the transaction out of the rotation's block (TX-10.3).
    const late = await wallet.sendTransaction({ ...fees, to: freshAddress(), value: 1n, nonce: nonce + 3 });
    const first = await wallet.sendTransaction({ ...fees, to: freshAddress(), value: 1n, nonce });
    const rotated = await account(["rotate", file]);
    expect((await received(first)).status).toBe("success");
    expect(rotated).toMatchObject({ isNew: true });
    await eventually(async () => {
      const { result } = await rpcCall(shared.rpcUrl, "eth_getTransactionByHash", [late]);
      return result === null;
    });
  });
});

describe("a process that is killed after it sent the rotation", () => {
  it("loses nothing: the new key is stored, and signs for the account", async () => {
    const [file, { address }] = [await walletFile(8), accountOf(8)];
    const secrets = ["--keystore", keystore, "--password-from", passwordFrom, "--rpc", shared.rpcUrl];
    const child = spawn(process.execPath, [EXECUTABLE, "account", "rotate", file, "--json", ...secrets]);
    const sent = Promise.withResolvers<void>();
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (!stderr.includes('"event":"sent"')) return;
      child.kill("SIGKILL");
      sent.resolve();
    });
    child.on("close", () => sent.reject(new Error(stderr)));
    await sent.promise;
    await eventually(async () => (await account(["show", address])).registeredKeyId !== null);
    const { keys } = await account(["show", address]);
    expect(keys.map(({ isValid }: { isValid: boolean }) => isValid).sort()).toEqual([false, true]);
    expect(await account(["send", address, freshAddress(), "1"])).toMatchObject({
      account: address.toLowerCase(),
    });
  });
});

describe("bad input", () => {
  it("KEYSTORE_PASSWORD_WRONG: nothing is sent or written", async () => {
    const file = await walletFile(5);
    const wrong = ["--password-from", "file:/proc/version"];
    const { exitCode, stderr } = await runTrellis([
      ...["account", "rotate", file, "--json", "--rpc", shared.rpcUrl, "--keystore", keystore],
      ...wrong,
    ]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ code: "KEYSTORE_PASSWORD_WRONG" });
    expect(await account(["show", accountOf(5).address])).toMatchObject({ nonce: 0, registeredKeyId: null });
  });

  it("FILE_UNREADABLE: a cut key file", async () => {
    const file = join(shared.directory, "cut.json");
    writeFileSync(file, readFileSync(await walletFile(5), "utf8").slice(0, 200));
    expect(await refusal(["rotate", file])).toMatchObject({ code: "FILE_UNREADABLE" });
  });

  it("ACCOUNT_FUNDS_INSUFFICIENT: without coins for the rotation, before a key file is written", async () => {
    const { account: poor } = await account(["new"], ["--algorithm", "secp256k1"]);
    expect(await refusal(["rotate", poor])).toMatchObject({ code: "ACCOUNT_FUNDS_INSUFFICIENT" });
    expect((await account(["show", poor])).keys).toHaveLength(1);
    await fund(poor, "1");
    expect(await refusal(["send", poor, freshAddress(), "2"])).toMatchObject({
      code: "ACCOUNT_FUNDS_INSUFFICIENT",
      facts: { balanceCoins: "1" },
    });
  });

  it("NODE_OF_OTHER_CHAIN: another chain id", async () => {
    const file = await walletFile(4);
    for (const operands of [
      ["rotate", file],
      ["send", file, freshAddress(), "1"],
    ])
      expect(await refusal(operands, ["--chain-id", "1"])).toMatchObject({
        code: "NODE_OF_OTHER_CHAIN",
        facts: { expected: 1, got: 31_337 },
      });
  });

  it("a transaction that is printed for another time is sent by anybody, once", async () => {
    const to = freshAddress();
    const { raw, transaction } = await account(["send", await walletFile(4), to, "1"], ["--raw"]);
    expect(await client().getBalance({ address: to })).toBe(0n);
    expect((await rpcCall(shared.rpcUrl, "eth_sendRawTransaction", [raw])).result).toBe(transaction);
    await received(transaction);
    expect(await client().getBalance({ address: to })).toBe(parseEther("1"));
  });

  it("TRANSACTION_WOULD_REVERT: more tokens than there are", async () => {
    const token = await deployToken(shared.rpcUrl, accountOf(7), "Tin", "TIN", 1n);
    const operands = ["send", await walletFile(4), freshAddress(), "1"];
    expect(await refusal(operands, ["--token", token])).toMatchObject({ code: "TRANSACTION_WOULD_REVERT" });
    expect(await refusal(operands, ["--token", freshAddress()])).toMatchObject({ code: "INPUT_INVALID" });
    const data = encodeFunctionData({ abi: tokenAbi, functionName: "transfer", args: [token, 0n] });
    expect(await account(["send", await walletFile(4), token, "0"], ["--data", data])).toMatchObject({
      account: accountOf(4).address.toLowerCase(),
    });
  });
});
