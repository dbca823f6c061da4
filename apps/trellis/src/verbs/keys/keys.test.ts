import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encryptKeystore, keystoreToJson } from "@trellis/crypto";
import { captureIo } from "@trellis/kit/captureIo";
import { openServiceKeys } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MAIN, spawnNode } from "../../cli/testing/spawnNode.ts";
import { run } from "./run.ts";
import { type KeysFlags, keysSettings } from "./settings.ts";

const MNEMONIC = "test test test test test test test test test test test junk";
const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const SECOND_ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-keys-"));
  captured.answers = [];
  captured.stdout = "";
  captured.stderr = "";
  process.env.TEST_PASSWORD = "correct horse";
  process.env.TEST_KEY = KEY;
});
afterEach(() => rmSync(folder, { recursive: true }));

const { io, captured } = captureIo();

async function keys(operands: string, flags: Partial<KeysFlags> = {}) {
  captured.stdout = "";
  const settings = await keysSettings(
    {
      keystore: join(folder, "keys"),
      passwordFrom: "env:TEST_PASSWORD",
      keyFrom: "",
      mnemonicFrom: "",
      account: 0,
      dataDir: "",
      ringFile: "",
      holder: "",
      after: 0,
      keysPassphraseFrom: "",
      keysWrappedBy: "",
      json: true,
      ...flags,
    },
    operands.split(" "),
  );
  await run(settings, io);
  return JSON.parse(captured.stdout);
}

async function cheapKeyFile(name = "cheap.json"): Promise<string> {
  const privateKey = new Uint8Array(Buffer.from(KEY.slice(2), "hex"));
  const keystore = await encryptKeystore(privateKey, "correct horse", systemRandom, { n: 2, r: 1, p: 1 });
  const file = join(folder, name);
  writeFileSync(file, keystoreToJson(keystore));
  return file;
}

describe("trellis keys", () => {
  it("new makes a key file that only its owner can read, list shows it, show decrypts it", async () => {
    const { address, file } = await keys("new");
    expect(address).toMatch(/^0x[0-9a-fA-F]{40}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "keys")).mode & 0o777).toBe(0o700);
    expect(await keys("list")).toMatchObject([
      { purpose: "account", algorithm: "secp256k1", address, location: file, isEncrypted: true },
    ]);
    const shown = await keys(`show ${address}`);
    expect(shown).toEqual({ address, privateKey: expect.stringMatching(/^0x[0-9a-f]{64}$/) });
    expect(readFileSync(file, "utf8")).not.toContain(shown.privateKey.slice(2));
  });

  it("import accepts a private key and prints its checksummed address", async () => {
    expect(await keys("import", { keyFrom: "env:TEST_KEY" })).toMatchObject({ address: ADDRESS });
    expect(await keys(`show ${ADDRESS.toLowerCase()}`)).toEqual({ address: ADDRESS, privateKey: KEY });
    expect(await keys(`address ${ADDRESS.slice(2)}`)).toEqual({ address: ADDRESS });
  });

  it("import accepts an account of a mnemonic from a file", async () => {
    const words = join(folder, "words");
    writeFileSync(words, `${MNEMONIC}\n`);
    const flags = { mnemonicFrom: `file:${words}`, account: 1 };
    expect(await keys("import", flags)).toMatchObject({ address: SECOND_ADDRESS });
  });

  it("prompts for what no reference gives, and twice for a new password", async () => {
    captured.answers = [KEY.slice(2).toUpperCase(), "secret", "secret"];
    expect(await keys("import", { passwordFrom: "" })).toMatchObject({ address: ADDRESS });
    captured.answers = ["secret"];
    expect(await keys(`address ${ADDRESS}`, { passwordFrom: "" })).toEqual({ address: ADDRESS });
  });

  it("reads other key files by path, and names files in the folder that are not key files", async () => {
    const file = await cheapKeyFile();
    expect(await keys(`address ${file}`)).toEqual({ address: ADDRESS });
    writeFileSync(join(folder, "notes.txt"), "hello");
    expect(await keys("list", { keystore: folder })).toMatchObject([{ address: ADDRESS, location: file }]);
    expect(captured.stderr).toContain("notes.txt");
  });

  it("lists no keys for an empty or missing folder", async () => {
    expect(await keys("list", { keystore: join(folder, "missing") })).toEqual([]);
  });
});

describe("keys of a service", () => {
  const ports = { io, random: systemRandom, clock: systemClock };
  const dataDir = () => join(folder, "reserves");
  const opened = (flags: object = {}) =>
    openServiceKeys({ dataDir: dataDir(), keyFrom: "", ...flags }, ports);
  const own = (flags: Partial<KeysFlags> = {}) => ({ dataDir: dataDir(), ...flags });
  const states = async (flags: Partial<KeysFlags> = {}) =>
    (await keys("list", own(flags))).map(({ id, state }: { id: string; state: string }) => `${id} ${state}`);

  it("KEY-11: list shows every key below a data directory, with its state and how it is stored", async () => {
    await opened();
    writeFileSync(join(dataDir(), "peer.key"), `0x${"ab".repeat(32)}\n`);
    writeFileSync(join(dataDir(), "signer.secret"), "cd".repeat(32));
    mkdirSync(join(dataDir(), "keystore"));
    await cheapKeyFile("reserves/keystore/cheap.json");
    const listed = await keys("list", { dataDir: folder });
    expect(
      listed.map(({ purpose, algorithm, isEncrypted }: Record<string, unknown>) => [
        purpose,
        algorithm,
        isEncrypted,
      ]),
    ).toEqual([
      ["record", "ed25519", false],
      ["log", "ed25519", false],
      ["webhook", "ed25519", false],
      ["session", "aes-256-gcm", false],
      ["encryption", "aes-256-gcm", false],
      ["account", "secp256k1", true],
      ["peer", "ed25519", false],
      ["signer-channel", "aes-256-gcm", false],
    ]);
    for (const secret of ["ab".repeat(32), "cd".repeat(32)]) expect(captured.stdout).not.toContain(secret);
    for (const { createdMs } of listed) expect(Date.now() - createdMs).toBeLessThan(600_000);
    await keys("list", { dataDir: folder, json: false }).catch(() => undefined);
    expect(captured.stdout).toMatch(/^purpose +algorithm +state +age +rotated +at rest +key +where\n/);
  });

  it("KEY-6: rotate adds a key that a running service reads, retire removes the old one", async () => {
    const running = await opened();
    const [old] = running.sessionSecrets;
    expect(await keys("rotate session", own())).toMatchObject({ purpose: "session", version: 2 });
    expect(running.sessionSecrets).toEqual([old]);
    (await running.prepare())();
    expect(running.sessionSecrets).toHaveLength(2);
    expect(running.sessionSecrets[1]).toEqual(old);
    await keys("rotate record", own({ after: 60_000 }));
    expect(await states()).toEqual([
      "record/2 later",
      "record/1 active",
      "log/1 active",
      "webhook/1 active",
      "session/2 active",
      "session/1 earlier",
      "encryption/1 active",
    ]);
    await keys("retire session/1", own());
    (await running.prepare())();
    expect(running.sessionSecrets).toHaveLength(1);
    expect(running.active("record").version).toBe(1);
  });

  it("KEY-6: retire keeps an encryption key until the service has encrypted everything again", async () => {
    const running = await opened();
    await keys("rotate encryption", own());
    const retire = () => keys("retire encryption/1", own());
    const refusal = { code: "INPUT_INVALID", facts: expect.objectContaining({ got: "encryption/1" }) };
    await expect(retire()).rejects.toMatchObject(refusal);
    // The process still uses the old key, so its re-encryption does not permit the retirement.
    await running.reencrypt(async () => undefined);
    await expect(retire()).rejects.toMatchObject(refusal);
    (await running.prepare())();
    await expect(running.reencrypt(() => Promise.reject(new Error("interrupted")))).rejects.toThrowError();
    await expect(retire()).rejects.toMatchObject(refusal);
    expect(running.masters).toHaveLength(2);
    await running.reencrypt(async () => undefined);
    await retire();
    (await running.prepare())();
    expect(running.masters).toHaveLength(1);
  });

  it("KEY-7: rotates an encrypted ring only with its passphrase", async () => {
    process.env.TEST_PASSPHRASE = "canary passphrase";
    const places = { keysPassphraseFrom: "env:TEST_PASSPHRASE" };
    await opened(places);
    await expect(keys("rotate log", own())).rejects.toMatchObject({ code: "SECRET_UNREADABLE" });
    await keys("rotate log", own(places));
    expect((await opened(places)).active("log").version).toBe(2);
    const listed = await keys("list", own());
    expect(listed.every(({ isEncrypted }: { isEncrypted: boolean }) => isEncrypted)).toBe(true);
  });

  it("KEY-6: rotate peer keeps the old identity beside the new one", async () => {
    const file = join(folder, "peer.key");
    writeFileSync(file, `0x${"ab".repeat(32)}\n`);
    await keys("rotate peer", { dataDir: folder });
    await keys("rotate peer", { dataDir: folder });
    expect(readFileSync(`${file}.1`, "utf8")).toBe(`0x${"ab".repeat(32)}\n`);
    expect(readFileSync(file, "utf8")).toMatch(/^0x[0-9a-f]{64}\n$/);
    expect(readFileSync(file, "utf8")).not.toBe(readFileSync(`${file}.2`, "utf8"));
    expect(existsSync(`${file}.next`)).toBe(false);
  });

  it("SIGN-1: rotate signer-channel keeps the old secret until it is retired", async () => {
    const file = join(folder, "signer.secret");
    const lines = () => readFileSync(file, "utf8").trim().split("\n");
    const old = "cd".repeat(32);
    writeFileSync(file, `${old}\n`, { mode: 0o600 });
    expect(await keys("rotate signer-channel", { dataDir: folder })).toMatchObject({ accepted: 2 });
    const [next] = lines();
    expect(lines()).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), old]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const secret of [next, old]) expect(captured.stdout).not.toContain(secret);
    expect(await keys("retire signer-channel", { dataDir: folder })).toMatchObject({ accepted: 1 });
    expect(lines()).toEqual([next]);
    for (let count = 2; count <= 4; count += 1) await keys("rotate signer-channel", { dataDir: folder });
    const invalid = { code: "INPUT_INVALID", facts: { file, accepted: 4 } };
    await expect(keys("rotate signer-channel", { dataDir: folder })).rejects.toMatchObject(invalid);
    expect(lines()).toHaveLength(4);
    expect(existsSync(`${file}.next`)).toBe(false);
  });

  it("INPUT_INVALID: a rotation of the peer key beside another one changes nothing", async () => {
    const file = join(folder, "peer.key");
    writeFileSync(file, `0x${"ab".repeat(32)}\n`);
    writeFileSync(`${file}.next`, `0x${"cd".repeat(32)}\n`);
    const invalid = { code: "INPUT_INVALID", facts: { file: `${file}.next` } };
    await expect(keys("rotate peer", { dataDir: folder })).rejects.toMatchObject(invalid);
    expect(readFileSync(file, "utf8")).toBe(`0x${"ab".repeat(32)}\n`);
    expect(existsSync(`${file}.1`)).toBe(false);
  });

  it("INPUT_INVALID: an unknown purpose, a directory without keys, a key that is in use", async () => {
    const invalid = (facts: object) => ({ code: "INPUT_INVALID", facts: expect.objectContaining(facts) });
    await expect(keys("rotate anything", own())).rejects.toMatchObject(invalid({ got: "anything" }));
    await expect(keys("rotate log", own())).rejects.toMatchObject(invalid({ reason: "no such key" }));
    await opened();
    for (const key of ["log/1", "log/2", "log", "log/x"])
      await expect(keys(`retire ${key}`, own())).rejects.toMatchObject(invalid({ got: key }));
  });
});

describe("trellis keys fails and writes nothing", () => {
  function refused(operands: string, flags: Partial<KeysFlags>, code: string, facts: object = {}) {
    return expect(keys(operands, flags)).rejects.toMatchObject({ code, facts });
  }
  afterEach(() => expect(existsSync(join(folder, "keys"))).toBe(false));

  it("SECRET_UNREADABLE: two different passwords", async () => {
    captured.answers = ["one", "two"];
    const facts = { reason: "the two passwords differ" };
    await refused("new", { passwordFrom: "" }, "SECRET_UNREADABLE", facts);
  });

  it("SECRET_UNREADABLE", async () => {
    await refused("new", { passwordFrom: "" }, "SECRET_UNREADABLE", { reason: "prompt cancelled" });
  });

  it("SECRET_UNREADABLE: an empty password, variable or file", async () => {
    captured.answers = [""];
    await refused("new", { passwordFrom: "" }, "SECRET_UNREADABLE", { reason: "empty" });
    process.env.TEST_EMPTY = "";
    await refused("new", { passwordFrom: "env:TEST_EMPTY" }, "SECRET_UNREADABLE", { reason: "empty" });
    writeFileSync(join(folder, "empty"), "\n");
    await refused("new", { passwordFrom: `file:${join(folder, "empty")}` }, "SECRET_UNREADABLE", {
      reason: "empty",
    });
  });

  it("SECRET_UNREADABLE: a missing variable, a missing file, a file too large", async () => {
    await refused("new", { passwordFrom: "env:NOT_SET_ANYWHERE" }, "SECRET_UNREADABLE", {
      reason: "not set",
    });
    await refused("new", { passwordFrom: "file:/none" }, "SECRET_UNREADABLE", { file: "/none" });
    writeFileSync(join(folder, "long"), "x".repeat(5_000));
    await refused("new", { passwordFrom: `file:${join(folder, "long")}` }, "SECRET_UNREADABLE", {
      reason: "longer than 4096 bytes",
    });
  });

  it("SECRET_UNREADABLE does not repeat the text", async () => {
    process.env.TEST_KEY = "0x1234not-a-key";
    await refused("import", { keyFrom: "env:TEST_KEY" }, "SECRET_UNREADABLE", {
      reason: "invalid private key",
      length: 15,
    });
    const error = await keys("import", { keyFrom: "env:TEST_KEY" }).catch((reason: unknown) => reason);
    expect(JSON.stringify(error)).not.toContain("1234");
  });

  it("INPUT_INVALID: two sources of a key", async () => {
    const flags = { keyFrom: "env:TEST_KEY", mnemonicFrom: "env:TEST_KEY" };
    await refused("import", flags, "INPUT_INVALID", { what: "key" });
  });

  it("FILE_EXISTS: the folder has the address under any file name", async () => {
    const file = await cheapKeyFile();
    const flags = { keystore: folder, keyFrom: "env:TEST_KEY" };
    await refused("import", flags, "FILE_EXISTS", { what: "key file", file });
    expect(readdirSync(folder)).toEqual(["cheap.json"]);
  });

  it("INPUT_INVALID", async () => {
    await refused(`show ${SECOND_ADDRESS}`, {}, "INPUT_INVALID", { reason: "no such key" });
  });

  it("FILE_UNREADABLE: missing, not JSON, too large", async () => {
    await refused("show /none", {}, "FILE_UNREADABLE", { what: "key file" });
    const file = join(folder, "file");
    writeFileSync(file, "{");
    await refused(`show ${file}`, {}, "FILE_UNREADABLE", { what: "key file" });
    writeFileSync(file, " ".repeat(70_000));
    await refused(`show ${file}`, {}, "FILE_UNREADABLE", { what: "key file" });
  });

  it("KEYSTORE_PASSWORD_WRONG", async () => {
    const file = await cheapKeyFile();
    process.env.TEST_PASSWORD = "wrong";
    await refused(`show ${file}`, {}, "KEYSTORE_PASSWORD_WRONG");
  });
});

describe("the executable", () => {
  it("SECRET_UNREADABLE: no terminal and no reference", async () => {
    const { exitCode, stderr: complaint } = await spawnNode(MAIN, ["keys", "new"], { cwd: folder }).ended;
    expect(exitCode).toBe(1);
    expect(complaint).toContain("code: SECRET_UNREADABLE");
    expect(complaint).toContain("no terminal to prompt on");
    expect(complaint).toContain("--password-from");
  });

  it("rejects a password on the command line and does not repeat it", async () => {
    const argv = ["keys", "new", "--password-from", "hunter2"];
    const { exitCode, stderr: complaint } = await spawnNode(MAIN, argv, { cwd: folder }).ended;
    expect(exitCode).toBe(2);
    expect(complaint).toContain("env:NAME, file:PATH, vault:MOUNT/PATH#FIELD or sealed:FILE#NAME");
    expect(complaint).not.toContain("hunter2");
  });

  it("prints a table on a terminal", async () => {
    const file = await cheapKeyFile();
    const argv = ["keys", "address", file, "--password-from", "env:SECRET"];
    const environment = { SECRET: "correct horse" };
    const { exitCode, stdout: printed } = await spawnNode(MAIN, argv, { cwd: folder, environment }).ended;
    expect(exitCode).toBe(0);
    expect(printed).toBe(`address     ${ADDRESS}\n`);
  });
});
