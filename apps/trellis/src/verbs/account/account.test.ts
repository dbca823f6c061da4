import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  accountKeyFromSecret,
  accountKeyId,
  accountKeystoreToJson,
  encryptAccountKey,
  verifySignedHash,
} from "@trellis/client/account";
import { deriveKey, encryptKeystore, keystoreToJson } from "@trellis/crypto";
import { captureIo } from "@trellis/kit/captureIo";
import { systemRandom } from "@trellis/platform/system";
import { hashMessage, verifyMessage } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MAIN, spawnNode } from "../../cli/testing/spawnNode.ts";
import { run } from "./run.ts";
import { type AccountFlags, accountSettings } from "./settings.ts";

const SECRET = new Uint8Array(32).fill(7);
const ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const cheap = { n: 2, r: 1, p: 1 };
const { io, captured } = captureIo();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-account-"));
  Object.assign(captured, { answers: [], stdout: "", stderr: "" });
  process.env.TEST_PASSWORD = "correct horse";
});
afterEach(() => rmSync(folder, { recursive: true }));

const FLAGS: AccountFlags = {
  keystore: "",
  algorithm: "ml-dsa-65",
  passwordFrom: "env:TEST_PASSWORD",
  newPasswordFrom: "",
  to: "",
  rpc: "http://127.0.0.1:1",
  chainId: 0,
  token: "",
  data: "0x",
  feeLimit: 1_000,
  raw: false,
  json: true,
  caFile: "",
  pins: [],
};

async function account(operands: readonly string[], flags: Partial<AccountFlags> = {}) {
  captured.stdout = "";
  await run(await accountSettings({ ...FLAGS, keystore: join(folder, "keys"), ...flags }, operands), io);
  return flags.json === false ? captured.stdout : JSON.parse(captured.stdout);
}

async function cheapFile(): Promise<string> {
  const ports = { random: systemRandom, deriveKey };
  const keystore = await encryptAccountKey(
    { algorithm: "ml-dsa-44", secret: SECRET },
    "correct horse",
    ports,
    cheap,
  );
  const file = join(folder, "cheap.json");
  writeFileSync(file, accountKeystoreToJson(keystore));
  return file;
}

describe("trellis account", () => {
  it("new makes a key file that only its owner can read; show lists it without a node", async () => {
    const made = await account(["new"]);
    expect(made).toEqual({
      account: expect.stringMatching(/^0x[0-9a-f]{40}$/),
      algorithm: "ml-dsa-65",
      keyId: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      file: expect.stringContaining(made.account.slice(2)),
    });
    expect(statSync(made.file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "keys")).mode & 0o777).toBe(0o700);
    const [shown] = await account(["show"]);
    expect({ ...shown, account: shown.account.toLowerCase() }).toEqual(made);
    expect(await account(["show"], { json: false })).toContain("ml-dsa-65");
  });

  it("new --algorithm secp256k1 writes a file of Ethereum wallets", async () => {
    const { file } = await account(["new"], { algorithm: "secp256k1" });
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ version: 3 });
    const signed = await account(["sign", file, "hello"]);
    expect(
      await verifyMessage({ address: signed.account, message: "hello", signature: signed.signature }),
    ).toBe(true);
  });

  it("sign signs with the only key of an address, without a node", async () => {
    const file = await cheapFile();
    const key = accountKeyFromSecret("ml-dsa-44", SECRET);
    for (const subject of [file, `0x${accountKeyId(key).slice(26)}`]) {
      const { account: signer, signature } = await account(["sign", subject, "hello"], { keystore: folder });
      const signed = { hash: hashMessage("hello"), signature, account: signer, registeredKeyId: undefined };
      expect(verifySignedHash(signed)).toBe(true);
    }
  });

  it("asks for a new password twice", async () => {
    captured.answers = ["secret", "secret"];
    const { file } = await account(["new"], { passwordFrom: "" });
    captured.answers = ["secret"];
    expect(await account(["sign", file, "hello"], { passwordFrom: "" })).toMatchObject({
      algorithm: "ml-dsa-65",
    });
  });

  it("leaves other files out of the list, and does not mind that there is no folder", async () => {
    expect(await account(["show"])).toEqual([]);
    await cheapFile();
    writeFileSync(join(folder, "notes.txt"), "hello");
    expect(await account(["show"], { keystore: folder })).toHaveLength(1);
  });
});

describe("trellis account fails", () => {
  const refused = (
    operands: readonly string[],
    code: string,
    facts: object = {},
    flags: Partial<AccountFlags> = {},
  ) => expect(account(operands, flags)).rejects.toMatchObject({ code, facts });

  it("KEYSTORE_PASSWORD_WRONG", async () => {
    process.env.TEST_PASSWORD = "wrong";
    await refused(["sign", await cheapFile(), "hello"], "KEYSTORE_PASSWORD_WRONG");
  });

  it("SECRET_UNREADABLE: two different passwords; nothing is written", async () => {
    captured.answers = ["one", "two"];
    await refused(["new"], "SECRET_UNREADABLE", { reason: "the two passwords differ" }, { passwordFrom: "" });
    expect(existsSync(join(folder, "keys"))).toBe(false);
  });

  it("INPUT_INVALID: an unknown address", async () => {
    await refused(["sign", ADDRESS, "hello"], "INPUT_INVALID", { reason: "no such key" });
  });

  it("FILE_UNREADABLE: missing, cut, too large, a validator's key", async () => {
    await refused(["sign", "/none", "hello"], "FILE_UNREADABLE", { what: "key file" });
    const file = await cheapFile();
    const text = readFileSync(file, "utf8");
    for (const wrong of [text.slice(0, 900), "", " ".repeat(70_000), '{"version":4}']) {
      writeFileSync(file, wrong);
      await refused(["sign", file, "hello"], "FILE_UNREADABLE", { what: "key file", file });
    }
  });

  it("FILE_UNWRITABLE: a folder that is a file", async () => {
    const keystore = await cheapFile();
    await refused(["new"], "FILE_UNWRITABLE", { what: "key file" }, { keystore });
    expect(readdirSync(folder)).toEqual(["cheap.json"]);
  });

  it("INPUT_INVALID: an amount, an address, a signature", async () => {
    const file = await cheapFile();
    const wrong = ADDRESS.replace("0x7", "0x8");
    await refused(["send", file, wrong, "1"], "INPUT_INVALID", { what: "address" }, { chainId: 1 });
    for (const amount of ["-1", "1e3", "1.0000000000000000001", "", "0x1"])
      await refused(["send", file, ADDRESS, amount], "INPUT_INVALID", { what: "amount" }, { chainId: 1 });
    await refused(["verify", ADDRESS, "hello", "0x1"], "INPUT_INVALID", { what: "signature" });
    const both = { chainId: 1, token: ADDRESS, data: "0x01" };
    await refused(["send", file, ADDRESS, "1"], "INPUT_INVALID", { what: "data" }, both);
  });

  it("NODE_UNREACHABLE: no node", async () => {
    await refused(["rotate", await cheapFile()], "NODE_UNREACHABLE");
  });
});

describe("the executable", () => {
  const spawned = (args: readonly string[]) => spawnNode(MAIN, args, { cwd: folder, environment: {} }).ended;

  it("rejects a password on the command line and does not repeat it", async () => {
    const { exitCode, stderr } = await spawned(["account", "new", "--password-from", "hunter2"]);
    expect(exitCode).toBe(2);
    expect(stderr).not.toContain("hunter2");
  });

  it("reads both kinds of key files, and prints lines", async () => {
    const secret = new Uint8Array(32).fill(1);
    const web3 = await encryptKeystore(secret, "correct horse", systemRandom, cheap);
    writeFileSync(join(folder, "wallet.json"), keystoreToJson(web3));
    await cheapFile();
    const { exitCode, stdout } = await spawned(["account", "show", "--keystore", folder]);
    expect(exitCode).toBe(0);
    expect(stdout.split("\n").map((line) => line.split(/ +/)[1])).toEqual([
      "ml-dsa-44",
      "secp256k1",
      undefined,
    ]);
  });
});
