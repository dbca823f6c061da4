import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encryptKeystore, keystoreToJson } from "@trellis/crypto";
import { captureIo } from "@trellis/kit/captureIo";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MAIN, spawnNode } from "../../cli/fixtures/spawnNode.ts";
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
  it("new makes a key that only its owner can read, list shows it, show opens it", async () => {
    const { address, file } = await keys("new");
    expect(address).toMatch(/^0x[0-9a-fA-F]{40}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "keys")).mode & 0o777).toBe(0o700);
    expect(await keys("list")).toEqual([{ address, file }]);
    const shown = await keys(`show ${address}`);
    expect(shown).toEqual({ address, privateKey: expect.stringMatching(/^0x[0-9a-f]{64}$/) });
    expect(readFileSync(file, "utf8")).not.toContain(shown.privateKey.slice(2));
  });

  it("import takes a private key, with its checksummed address", async () => {
    expect(await keys("import", { keyFrom: "env:TEST_KEY" })).toMatchObject({ address: ADDRESS });
    expect(await keys(`show ${ADDRESS.toLowerCase()}`)).toEqual({ address: ADDRESS, privateKey: KEY });
    expect(await keys(`address ${ADDRESS.slice(2)}`)).toEqual({ address: ADDRESS });
  });

  it("import takes an account of a mnemonic from a file", async () => {
    const words = join(folder, "words");
    writeFileSync(words, `${MNEMONIC}\n`);
    const flags = { mnemonicFrom: `file:${words}`, account: 1 };
    expect(await keys("import", flags)).toMatchObject({ address: SECOND_ADDRESS });
  });

  it("asks for what no reference gives, the new password twice", async () => {
    captured.answers = [KEY.slice(2).toUpperCase(), "secret", "secret"];
    expect(await keys("import", { passwordFrom: "" })).toMatchObject({ address: ADDRESS });
    captured.answers = ["secret"];
    expect(await keys(`address ${ADDRESS}`, { passwordFrom: "" })).toEqual({ address: ADDRESS });
  });

  it("reads key files of others by path, and names in the folder what is no key file", async () => {
    const file = await cheapKeyFile();
    expect(await keys(`address ${file}`)).toEqual({ address: ADDRESS });
    writeFileSync(join(folder, "notes.txt"), "hello");
    expect(await keys("list", { keystore: folder })).toEqual([{ address: ADDRESS, file }]);
    expect(captured.stderr).toContain("notes.txt");
  });

  it("an empty or missing folder has no keys", async () => {
    expect(await keys("list", { keystore: join(folder, "missing") })).toEqual([]);
  });
});

describe("trellis keys refuses, and writes nothing", () => {
  function refused(operands: string, flags: Partial<KeysFlags>, code: string, facts: object = {}) {
    return expect(keys(operands, flags)).rejects.toMatchObject({ code, facts });
  }
  afterEach(() => expect(existsSync(join(folder, "keys"))).toBe(false));

  it("PROMPT_CANCELLED: two passwords", async () => {
    captured.answers = ["one", "two"];
    const facts = { reason: "the two passwords differ" };
    await refused("new", { passwordFrom: "" }, "PROMPT_CANCELLED", facts);
  });

  it("PROMPT_CANCELLED", async () => {
    await refused("new", { passwordFrom: "" }, "PROMPT_CANCELLED");
  });

  it("SECRET_UNREADABLE: an empty password, a variable, a file of one line end", async () => {
    captured.answers = [""];
    await refused("new", { passwordFrom: "" }, "SECRET_UNREADABLE", { reason: "empty" });
    process.env.TEST_EMPTY = "";
    await refused("new", { passwordFrom: "env:TEST_EMPTY" }, "SECRET_UNREADABLE", { reason: "empty" });
    writeFileSync(join(folder, "empty"), "\n");
    await refused("new", { passwordFrom: `file:${join(folder, "empty")}` }, "SECRET_UNREADABLE", {
      reason: "empty",
    });
  });

  it("SECRET_UNREADABLE: no such variable, no such file, a file far too long", async () => {
    await refused("new", { passwordFrom: "env:NOT_SET_ANYWHERE" }, "SECRET_UNREADABLE", {
      reason: "not set",
    });
    await refused("new", { passwordFrom: "file:/none" }, "SECRET_UNREADABLE", { file: "/none" });
    writeFileSync(join(folder, "long"), "x".repeat(5_000));
    await refused("new", { passwordFrom: `file:${join(folder, "long")}` }, "SECRET_UNREADABLE", {
      reason: "longer than 4096 bytes",
    });
  });

  it("KEY_TEXT_INVALID, without repeating the text", async () => {
    process.env.TEST_KEY = "0x1234not-a-key";
    await refused("import", { keyFrom: "env:TEST_KEY" }, "KEY_TEXT_INVALID", { length: 15 });
    const error = await keys("import", { keyFrom: "env:TEST_KEY" }).catch((reason: unknown) => reason);
    expect(JSON.stringify(error)).not.toContain("1234");
  });

  it("INPUT_INVALID: two sources of a key", async () => {
    const flags = { keyFrom: "env:TEST_KEY", mnemonicFrom: "env:TEST_KEY" };
    await refused("import", flags, "INPUT_INVALID", { what: "key" });
  });

  it("FILE_EXISTS: the folder has this address, whatever its file is called", async () => {
    const file = await cheapKeyFile();
    const flags = { keystore: folder, keyFrom: "env:TEST_KEY" };
    await refused("import", flags, "FILE_EXISTS", { what: "key file", file });
    expect(readdirSync(folder)).toEqual(["cheap.json"]);
  });

  it("KEY_NOT_FOUND", async () => {
    await refused(`show ${SECOND_ADDRESS}`, {}, "KEY_NOT_FOUND");
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
  it("PROMPT_IMPOSSIBLE: no terminal and no reference", async () => {
    const { exitCode, stderr: complaint } = await spawnNode(MAIN, ["keys", "new"], { cwd: folder }).ended;
    expect(exitCode).toBe(1);
    expect(complaint).toContain("code: PROMPT_IMPOSSIBLE");
    expect(complaint).toContain("--password-from");
  });

  it("a password on the command line is refused and not repeated", async () => {
    const argv = ["keys", "new", "--password-from", "hunter2"];
    const { exitCode, stderr: complaint } = await spawnNode(MAIN, argv, { cwd: folder }).ended;
    expect(exitCode).toBe(2);
    expect(complaint).toContain("env:NAME, file:PATH or vault:MOUNT/PATH#FIELD");
    expect(complaint).not.toContain("hunter2");
  });

  it("prints a table for people", async () => {
    const file = await cheapKeyFile();
    const argv = ["keys", "address", file, "--password-from", "env:SECRET"];
    const environment = { SECRET: "correct horse" };
    const { exitCode, stdout: printed } = await spawnNode(MAIN, argv, { cwd: folder, environment }).ended;
    expect(exitCode).toBe(0);
    expect(printed).toBe(`address     ${ADDRESS}\n`);
  });
});
