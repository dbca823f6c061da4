import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blsPublicKey, blsSecretFromSeed } from "@trellis/crypto";
import { PowerLoss } from "@trellis/kit/powerLoss";
import type { Certificate, Hash, Vote } from "@trellis/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProtectedSigner } from "./ProtectedSigner.ts";
import { markRestored, readRestoredMark, resumptionAfter } from "./restoredMark.ts";
import type { SigningWatermark } from "./SigningWatermark.ts";
import { exportProtection, importProtection, openVoteLog } from "./systemVoteLog.ts";

const secret = blsSecretFromSeed(new Uint8Array(32).fill(7));
const key = { chainId: 31_337n, genesisHash: hashOf("01"), publicKey: blsPublicKey(secret) };
const proof: Certificate = {
  epoch: 1,
  height: 5,
  round: 0,
  step: "prevote",
  value: hashOf("aa"),
  signers: Uint8Array.of(7),
  signature: new Uint8Array(96).fill(9),
};
const record: SigningWatermark = {
  height: 5,
  round: 1,
  step: "precommit",
  value: hashOf("aa"),
  own: {
    signature: new Uint8Array(96).fill(3),
    memory: {
      round: 1,
      step: "precommit",
      lockedRound: 1,
      lockedValue: hashOf("aa"),
      validRound: 0,
      validValue: hashOf("aa"),
      hasProposed: false,
    },
    proof,
  },
};
const isNew = { mayCreate: true };
const isOld = { mayCreate: false };
const used = { isUnused: false };

let directory: string;
const file = () => join(directory, "votes.json");

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trellis-votes-"));
});
afterEach(() => rm(directory, { recursive: true }));

function hashOf(byte: string): Hash {
  return `0x${byte.repeat(32)}`;
}

async function written(last: SigningWatermark = record): Promise<void> {
  const log = await openVoteLog(directory, key, isNew);
  await log.save(last);
  await log.close();
}

const vote = (change: Partial<Vote> = {}): Vote => ({
  epoch: 1,
  height: 5,
  round: 1,
  step: "precommit",
  value: hashOf("aa"),
  validator: 0,
  ...change,
});

describe("file log of votes [FINAL-13]", () => {
  it("holds the last saved vote, with lock, valid value and proof", async () => {
    await written({ ...record, height: 4 });
    await written();
    const log = await openVoteLog(directory, key, isOld);
    expect(log.load()).toEqual(record);
    await log.close();
    expect((await readdir(directory)).filter((name) => name.endsWith(".next"))).toEqual([]);
  });

  it("SHARD-16.1: holds the epoch of a vote in another shard", async () => {
    await written({ ...record, epoch: 9 });
    const log = await openVoteLog(directory, key, isOld);
    expect(log.load()).toEqual({ ...record, epoch: 9 });
    await log.close();
  });

  it("returns only after the record is on disk", async () => {
    const first = await openVoteLog(directory, key, isNew);
    const saved = first.save(record);
    await first.close();
    const second = await openVoteLog(directory, key, isOld);
    expect(second.load()).toEqual(record);
    await Promise.all([saved, second.close()]);
  });

  it("a write cut off by a crash leaves the previous record", async () => {
    await written();
    await writeFile(`${file()}.next`, "{ half");
    const log = await openVoteLog(directory, key, isOld);
    expect(log.load()).toEqual(record);
    await log.save({ ...record, height: 6 });
    await log.close();
  });

  it("saved records survive a power loss, the first and every later one", async () => {
    const disk = await PowerLoss.watch(directory);
    try {
      for (const height of [5, 6, 7]) {
        await written({ ...record, height });
        disk.cut();
        const log = await openVoteLog(directory, key, isOld);
        expect(log.load()).toEqual({ ...record, height });
        await log.close();
      }
    } finally {
      disk.end();
    }
  });

  it("VOTE_LOG_UNUSABLE: does not create a log for a key that may have signed", async () => {
    await expect(openVoteLog(directory, key, isOld)).rejects.toMatchObject({
      code: "VOTE_LOG_UNUSABLE",
      facts: { reason: "missing" },
    });
    await expect(exportProtection(directory, used)).rejects.toMatchObject({
      code: "VOTE_LOG_UNUSABLE",
      facts: { reason: "missing" },
    });
  });

  it("NOTHING_SIGNED: of a key that was never used and has no log, and of an empty log", async () => {
    const nothing = { code: "NOTHING_SIGNED" };
    await expect(exportProtection(directory, { isUnused: true })).rejects.toMatchObject(nothing);
    const log = await openVoteLog(directory, key, isNew);
    await log.close();
    await expect(exportProtection(directory, used)).rejects.toMatchObject(nothing);
  });

  it("VOTE_LOG_UNUSABLE: any wrong bit, and no new log replaces it", async () => {
    await written();
    const whole = await readFile(file());
    const damaged = [...whole.keys()]
      .filter((at) => at % 7 === 0)
      .map((at) => whole.with(at, whole[at]! ^ 1));
    for (const bytes of [...damaged, whole.subarray(0, 100), new Uint8Array(0), new Uint8Array(20_000)]) {
      await writeFile(file(), bytes);
      const opened = openVoteLog(directory, key, isNew);
      await expect(opened).rejects.toMatchObject({
        code: "VOTE_LOG_UNUSABLE",
        consequence: "fatal",
        facts: { reason: expect.not.stringMatching(/^(?:missing|for another key or chain)$/) },
      });
      expect(await readFile(file())).toEqual(Buffer.from(bytes));
    }
  });

  it("VOTE_LOG_UNUSABLE: another key, chain or genesis", async () => {
    await written();
    const other = blsPublicKey(blsSecretFromSeed(new Uint8Array(32).fill(8)));
    for (const change of [{ publicKey: other }, { chainId: 1n }, { genesisHash: hashOf("02") }]) {
      const opened = openVoteLog(directory, { ...key, ...change }, isNew);
      await expect(opened).rejects.toMatchObject({
        code: "VOTE_LOG_UNUSABLE",
        facts: { reason: "for another key or chain" },
      });
    }
  });

  it("VOTE_LOG_LOCKED: names the process, and is released when the process ends", async () => {
    const log = await openVoteLog(directory, key, isNew);
    const inOther = (script: string) =>
      spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }).stdout;
    const storage = import.meta.resolve("@trellis/storage");
    const take = `import { lockDirectory } from ${JSON.stringify(storage)};
      try { await lockDirectory(${JSON.stringify(directory)}); console.log("taken"); process.kill(process.pid, 9); }
      catch (error) { console.log(error.code, error.facts.pid); }`;
    expect(inOther(take)).toBe(`STORE_LOCKED ${process.pid}\n`);
    await expect(openVoteLog(directory, key, isOld)).rejects.toMatchObject({
      code: "VOTE_LOG_LOCKED",
      facts: { pid: String(process.pid) },
    });
    await log.close();
    expect(inOther(take)).toBe("taken\n");
    const again = await openVoteLog(directory, key, isOld);
    await again.close();
  });

  it("VOTE_LOG_UNAVAILABLE: signs nothing that could not be written", async () => {
    const log = await openVoteLog(directory, key, isNew);
    const signer = new ProtectedSigner(key, secret, log);
    await rm(directory, { recursive: true });
    const { memory } = record.own!;
    await expect(signer.signVote(vote(), { memory, proof: undefined })).rejects.toMatchObject({
      code: "VOTE_LOG_UNAVAILABLE",
    });
    expect(signer.last).toBeUndefined();
    await log.close();
    await writeFile(directory, "a file, not a directory");
    await expect(openVoteLog(directory, key, isNew)).rejects.toMatchObject({ code: "VOTE_LOG_UNAVAILABLE" });
  });
});

describe("key moved to another machine [FINAL-14]", () => {
  it("exports its votes, and signs nothing more at that height", async () => {
    await written();
    const text = await exportProtection(directory, used);
    await rm(directory, { recursive: true });
    expect(await importProtection(directory, key.publicKey, text)).toMatchObject({ height: 5, round: 1 });
    const log = await openVoteLog(directory, key, isOld);
    const signer = new ProtectedSigner(key, secret, log);
    const bound = { memory: record.own!.memory, proof: undefined };
    for (const change of [{}, { value: hashOf("bb") }, { round: 9 }, { height: 4 }]) {
      await expect(signer.signVote(vote(change), bound)).rejects.toMatchObject({ code: "VOTE_PROTECTED" });
    }
    await signer.signVote(vote({ height: 6, round: 0 }), bound);
    await log.close();
  });

  it("VOTE_LOG_LOCKED: no export while the validator may still sign", async () => {
    await written();
    const log = await openVoteLog(directory, key, isOld);
    await expect(exportProtection(directory, used)).rejects.toMatchObject({ code: "VOTE_LOG_LOCKED" });
    await log.close();
    await expect(exportProtection(directory, used)).resolves.toContain("height");
  });

  it("a newer file raises a log restored from an old backup", async () => {
    await written();
    const backup = await readFile(file());
    await written({ ...record, height: 9 });
    const text = await exportProtection(directory, used);
    await writeFile(file(), backup);
    expect(await importProtection(directory, key.publicKey, text)).toMatchObject({
      height: 9,
      own: undefined,
    });
  });

  it("an older file lowers nothing, and the log keeps its binding", async () => {
    await written({ ...record, height: 3 });
    const older = await exportProtection(directory, used);
    await written();
    const same = await exportProtection(directory, used);
    for (const text of [older, same]) {
      expect(await importProtection(directory, key.publicKey, text)).toEqual(record);
    }
    const log = await openVoteLog(directory, key, isOld);
    expect(log.load()).toEqual(record);
    await log.close();
  });

  it("PROTECTION_FILE_INVALID: the key is not in the file, PROTECTION_FILE_INVALID: for another chain, VOTE_LOG_UNUSABLE", async () => {
    await written();
    const text = await exportProtection(directory, used);
    const other = blsPublicKey(blsSecretFromSeed(new Uint8Array(32).fill(8)));
    const import_ = (publicKey: Uint8Array, content: string) =>
      importProtection(directory, publicKey, content);
    await expect(import_(other, text)).rejects.toMatchObject({
      code: "VOTE_LOG_UNUSABLE",
      facts: { reason: "for another key or chain" },
    });
    for (const elsewhere of [text.replace("31337", "31338"), text.replace(hashOf("01"), hashOf("02"))]) {
      const imported = import_(key.publicKey, elsewhere);
      await expect(imported).rejects.toMatchObject({
        code: "PROTECTION_FILE_INVALID",
        facts: expect.objectContaining({ reason: "for another chain" }),
      });
    }
    const without = JSON.stringify({ ...JSON.parse(text), keys: [] });
    await expect(import_(key.publicKey, without)).rejects.toMatchObject({
      code: "PROTECTION_FILE_INVALID",
      facts: expect.objectContaining({ reason: "the key is not in the file" }),
    });
  });
});

describe("a log restored from a backup [FINAL-28]", () => {
  const resumption = resumptionAfter({ backupMs: 1_000, nowMs: 61_000, height: 40 });

  it("is marked, also if the key had signed nothing before the backup", async () => {
    for (const mark of [{}, { resumption }]) {
      await markRestored(directory, mark);
      const log = await openVoteLog(directory, key, isOld);
      expect([log.restored, log.load()]).toEqual([mark, undefined]);
      await log.close();
    }
    const log = await openVoteLog(directory, key, isOld);
    await log.settle?.();
    await log.close();
    expect(readRestoredMark(directory)).toBeUndefined();
  });

  it("resumes above all that can have been signed since", () => {
    expect(resumption).toEqual({ round: 7_000, height: 6_041 });
    expect(resumptionAfter({ backupMs: 1_000, nowMs: 0, height: 40 })).toEqual({ round: 1_000, height: 41 });
    const inCenturies = resumptionAfter({ backupMs: 0, nowMs: 1e13, height: 40 });
    expect(inCenturies!.round).toBeLessThan(2 ** 32);
  });

  it("VOTE_LOG_UNUSABLE: exported, or with a damaged mark", async () => {
    await written();
    await markRestored(directory, {});
    await expect(exportProtection(directory, used)).rejects.toMatchObject({ code: "VOTE_LOG_UNUSABLE" });
    const mark = join(directory, "restored.json");
    const whole = await readFile(mark, "utf8");
    const damaged = ["", "{}", "[]", whole.slice(1), whole.replace("1", "2"), whole.replace("null", "{}")];
    for (const text of damaged) {
      await writeFile(mark, text);
      await expect(openVoteLog(directory, key, isOld)).rejects.toMatchObject({ code: "VOTE_LOG_UNUSABLE" });
    }
  });
});
