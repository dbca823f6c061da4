import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesToHex, hexToBytes } from "@trellis/base";
import { openVoteLog, ProtectedSigner } from "@trellis/chain";
import { blsKeystoreToJson, blsPublicKey, blsSecretFromSeed, encryptBlsKeystore } from "@trellis/crypto";
import { captureIo } from "@trellis/kit/captureIo";
import { systemRandom } from "@trellis/platform/system";
import { type Hash, ZERO_HASH } from "@trellis/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createNextKey,
  isUnused,
  markUsed,
  openValidatorKey,
  readValidatorKey,
  validatorDirectories,
  validatorKeyFile,
} from "./keyFile.ts";
import { run } from "./run.ts";
import { type ValidatorFlags, validatorSettings } from "./settings.ts";

const GENESIS: Hash = `0x${"0e".repeat(32)}`;
const CHAIN_ID = 31_337n;
const VALUE: Hash = `0x${"0a".repeat(32)}`;
const secret = blsSecretFromSeed(new Uint8Array(32).fill(5));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-validator-"));
  captured.answers = [];
  process.env.TEST_PASSWORD = "correct horse";
});
afterEach(() => rmSync(folder, { recursive: true }));

const { io, captured } = captureIo();

async function validator(operands: readonly string[], flags: Partial<ValidatorFlags> = {}) {
  captured.stdout = "";
  const settings = await validatorSettings(
    {
      validatorDir: join(folder, "validator"),
      passwordFrom: "env:TEST_PASSWORD",
      rpc: "http://127.0.0.1:1",
      account: "",
      keystore: join(folder, "keys"),
      accountPasswordFrom: "",
      accountKeyFrom: "",
      stake: "",
      commission: 500,
      json: true,
      caFile: "",
      pins: [],
      ...flags,
    },
    operands,
  );
  await run(settings, io);
  return JSON.parse(captured.stdout);
}

async function directoryAt(name: string, height: number, seed = 5): Promise<string> {
  const secret = blsSecretFromSeed(new Uint8Array(32).fill(seed));
  const directory = join(folder, name);
  await validator(["keys"], { validatorDir: directory });
  const keystore = await encryptBlsKeystore(secret, "correct horse", systemRandom, { n: 2, r: 1, p: 1 });
  writeFileSync(validatorKeyFile(directory), blsKeystoreToJson(keystore));
  if (height === 0) return directory;
  const key = { chainId: CHAIN_ID, genesisHash: GENESIS, publicKey: keystore.publicKey };
  const log = await openVoteLog(directory, key, { mayCreate: isUnused(directory) });
  markUsed(directory);
  await voteAt(new ProtectedSigner(key, secret, log), height);
  await log.close();
  return directory;
}

function voteAt(signer: ProtectedSigner, height: number) {
  const memory = {
    round: 0,
    step: "prevote" as const,
    lockedRound: -1,
    lockedValue: undefined,
    validRound: -1,
    validValue: undefined,
    hasProposed: false,
  };
  const vote = { epoch: 0, height, round: 0, step: "prevote" as const, value: VALUE, validator: 0 };
  return signer.signVote(vote, { memory, proof: undefined });
}

const refused = (
  operands: readonly string[],
  flags: Partial<ValidatorFlags>,
  code: string,
  facts: object = {},
) => expect(validator(operands, flags)).rejects.toMatchObject({ code, facts });

describe("trellis validator keys", () => {
  it("makes one key that only its owner can read, and prints it from then on", async () => {
    const { publicKey, file, isNew } = await validator(["keys"]);
    expect(publicKey).toMatch(/^0x[0-9a-f]{96}$/);
    expect(isNew).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "validator")).mode & 0o777).toBe(0o700);
    expect(await validator(["keys"], { passwordFrom: "" })).toEqual({ publicKey, file, isNew: false });
    expect(await validator(["keys"], { passwordFrom: "env:OTHER" })).toEqual({
      publicKey,
      file,
      isNew: false,
      note: "the key already existed, with its original password",
    });
    const opened = await openValidatorKey(join(folder, "validator"), async () => "correct horse");
    expect(opened).toHaveLength(32);
  });

  it("KEY-14: a rotation that stops in the middle leaves the old key; the next one makes a whole folder", async () => {
    const directory = join(folder, "validator");
    await validator(["keys"]);
    mkdirSync(join(directory, "2.draft"));
    writeFileSync(join(directory, "2.draft", "key.json"), "{");
    expect(validatorDirectories(directory)).toEqual([directory]);
    expect(await createNextKey(directory, "correct horse", systemRandom)).toBe(join(directory, "2"));
    expect(validatorDirectories(directory)).toEqual([directory, join(directory, "2")]);
    expect(existsSync(join(directory, "2.draft"))).toBe(false);
    expect(isUnused(join(directory, "2"))).toBe(true);
    const keys = validatorDirectories(directory).map((each) => readValidatorKey(each)!.publicKey);
    expect(keys[0]).not.toEqual(keys[1]);
    const [older, newest] = keys.map((key) => bytesToHex(key));
    expect(await validator(["keys"], { passwordFrom: "" })).toEqual({
      publicKey: newest,
      file: validatorKeyFile(join(directory, "2")),
      isNew: false,
      olderKeys: [`${older} ${validatorKeyFile(directory)}`],
    });
    // A folder number is not reused after its key moved to a signer.
    rmSync(validatorKeyFile(join(directory, "2")));
    expect(await createNextKey(directory, "correct horse", systemRandom)).toBe(join(directory, "3"));
  });

  it("SECRET_UNREADABLE: two different passwords, and nothing is written", async () => {
    captured.answers = ["one", "two"];
    await refused(["keys"], { passwordFrom: "" }, "SECRET_UNREADABLE", {
      reason: "the two passwords differ",
    });
    await refused(["protection", "import", "none.json"], {}, "VALIDATOR_KEY_MISSING");
  });

  it("FILE_UNREADABLE: a key file", async () => {
    const directory = await directoryAt("validator", 0);
    writeFileSync(validatorKeyFile(directory), "{");
    await refused(["keys"], {}, "FILE_UNREADABLE", { what: "key file" });
  });
});

describe("trellis validator protection", () => {
  it("moves the signing watermark to another machine, which then signs nothing below it", async () => {
    const old = await directoryAt("old", 9);
    const file = join(folder, "moving.json");
    expect(await validator(["protection", "export", file], { validatorDir: old })).toEqual({
      file,
      exported: true,
      publicKeys: [bytesToHex(blsPublicKey(secret))],
      nothingSigned: [],
    });
    const next = await directoryAt("next", 0);
    const sentResult = await validator(["protection", "import", file], { validatorDir: next });
    expect(sentResult).toMatchObject({ lastHeight: 9, lastRound: 0, lastStep: "prevote" });
    const key = { chainId: CHAIN_ID, genesisHash: GENESIS, publicKey: hexToBytes(sentResult.publicKey) };
    const log = await openVoteLog(next, key, { mayCreate: false });
    await expect(voteAt(new ProtectedSigner(key, secret, log), 8)).rejects.toMatchObject({
      code: "VOTE_PROTECTED",
    });
    await log.close();
  });

  it("FINAL-14: moves every key of a directory, and a key that has signed nothing with its folder", async () => {
    const [old, next] = [await directoryAt("old", 9), await directoryAt("next", 0)];
    await directoryAt("old/2", 20, 6);
    await createNextKey(old, "correct horse", systemRandom);
    const file = join(folder, "moving.json");
    const known = await validator(["keys"], { validatorDir: old });
    expect(known).toMatchObject({ file: join(old, "3", "key.json"), isNew: false });
    const [first, second] = known.olderKeys.map((line: string) => line.split(" ")[0]);
    expect(first).toBe(bytesToHex(blsPublicKey(secret)));
    expect(await validator(["protection", "export", file], { validatorDir: old })).toMatchObject({
      publicKeys: [first, second],
      nothingSigned: [join(old, "3")],
    });
    for (const name of ["2", "3"]) {
      mkdirSync(join(next, name));
      cpSync(join(old, name, "key.json"), join(next, name, "key.json"));
    }
    // The key has neither the unused mark nor a vote log, so it may have signed.
    await refused(["protection", "import", file], { validatorDir: next }, "PROTECTION_FILE_INVALID", {
      reason: "the key is not in the file",
    });
    expect(existsSync(join(next, "votes.json"))).toBe(false);
    cpSync(join(old, "3"), join(next, "3"), { recursive: true });
    expect(await validator(["protection", "import", file], { validatorDir: next })).toMatchObject({
      publicKey: second,
      lastHeight: 20,
      olderKeys: [`${first} height 9, round 0, prevote`],
      nothingSigned: [join(next, "3")],
    });
  });

  it("PROTECTION_FILE_INVALID: no key of the directory is in the file, though the key has signed nothing", async () => {
    const old = await directoryAt("old", 9);
    const file = join(folder, "moving.json");
    await validator(["protection", "export", file], { validatorDir: old });
    await validator(["keys"]);
    await refused(["protection", "import", file], {}, "PROTECTION_FILE_INVALID", {
      reason: "the key is not in the file",
    });
  });

  it("VOTE_LOG_UNUSABLE: a key without its log signs nothing", async () => {
    const directory = await directoryAt("validator", 0);
    markUsed(directory);
    await refused(["protection", "export", join(folder, "x.json")], {}, "VOTE_LOG_UNUSABLE", {
      reason: "missing",
    });
    const key = { chainId: CHAIN_ID, genesisHash: ZERO_HASH, publicKey: new Uint8Array(48) };
    await expect(openVoteLog(directory, key, { mayCreate: isUnused(directory) })).rejects.toMatchObject({
      code: "VOTE_LOG_UNUSABLE",
      facts: { reason: "missing" },
    });
  });

  it("NOTHING_SIGNED: a key that was never used has no watermark to export", async () => {
    await directoryAt("validator", 0);
    await refused(["protection", "export", join(folder, "x.json")], {}, "NOTHING_SIGNED");
  });

  it("FILE_UNREADABLE, FILE_UNWRITABLE: a protection file that is missing, or exists already", async () => {
    const directory = await directoryAt("validator", 3);
    await refused(["protection", "import", join(folder, "none.json")], {}, "FILE_UNREADABLE", {
      what: "protection file",
    });
    const taken = join(folder, "taken.json");
    writeFileSync(taken, "mine");
    await refused(["protection", "export", taken], { validatorDir: directory }, "FILE_UNWRITABLE", {
      what: "protection file",
    });
    expect(readFileSync(taken, "utf8")).toBe("mine");
  });

  it("PROTECTION_FILE_INVALID", async () => {
    await directoryAt("validator", 3);
    const file = join(folder, "bad.json");
    writeFileSync(file, "[]");
    await refused(["protection", "import", file], {}, "PROTECTION_FILE_INVALID", {
      reason: expect.not.stringMatching(/^(?:for another chain|the key is not in the file)$/),
    });
  });

  it("USAGE_INVALID: an unknown action", () =>
    refused(["protection", "move", "x.json"], {}, "USAGE_INVALID", { got: "protection move" }));
});

describe("trellis validator before a request to a node", () => {
  it("INPUT_INVALID: no stake", async () => {
    for (const action of ["register", "stake"])
      await refused([action], {}, "INPUT_INVALID", { what: "stake" });
  });
  it("INPUT_INVALID: a commission", async () => {
    for (const text of ["10001", "-1", "5%", ""])
      await refused(["commission", text], {}, "INPUT_INVALID", { what: "commission" });
  });
  it("VALIDATOR_KEY_MISSING", () => refused(["register"], { stake: "5" }, "VALIDATOR_KEY_MISSING"));
  it("INPUT_INVALID: no account", () => refused(["exit"], {}, "INPUT_INVALID", { what: "account" }));
  it("STAKING_REFUSED: the staking contract does not answer", async () => {
    const server = createServer(async (request, response) => {
      const body = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString());
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ jsonrpc: "2.0", id: body.id, result: "0x" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await refused(
      ["status", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"],
      { rpc: `http://127.0.0.1:${port}` },
      "STAKING_REFUSED",
      { reason: "no staking contract" },
    );
    server.close();
  });
  it("UPSTREAM_UNREACHABLE", () =>
    refused(["status", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"], {}, "UPSTREAM_UNREACHABLE"));
});
