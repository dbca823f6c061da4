import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { VaultServer } from "@trellis/kit/keyServers";
import { PowerLoss } from "@trellis/kit/powerLoss";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { API_KEY_SIZE } from "../../auth/index.ts";
import { createVaultTransit } from "../../keyServices/createVaultTransit.ts";
import { openKeyServiceHttp } from "../../keyServices/openKeyServiceHttp.ts";
import { type KeyWrapping, passphraseWrapping, vaultWrapping } from "../../secrets/KeyWrapping.ts";
import { ringOfSeed } from "../../service/serviceKeys.ts";
import { systemRandom } from "../../system/index.ts";
import { createRing, type KeyRing, keysOf, RING_PURPOSES, withNewKey, withoutKey } from "./KeyRing.ts";
import { changeRing, keyRingFile, openRing, serviceKeyFile } from "./openRing.ts";
import { listRingKeys, ringToText, textToRing, writeKeyFile } from "./ringFile.ts";

const random = systemRandom;
const SEED = "ab".repeat(32);
const PASSPHRASE = "canary-passphrase-91";
const CHEAP = 2;
let nowMs = 1_000;
const clock = { nowMs: () => nowMs };
const create = () => createRing(API_KEY_SIZE, { random, clock });
const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });
const passphrase = (text = PASSPHRASE) => passphraseWrapping(text, { random, cost: CHEAP });
const hexOf = (ring: KeyRing) =>
  RING_PURPOSES.flatMap((purpose) =>
    ring.keys[purpose].map(({ secret }) => Buffer.from(secret).toString("hex")),
  );

let dataDir: string;
beforeEach(() => {
  nowMs = 1_000;
  dataDir = mkdtempSync(join(tmpdir(), "trellis-ring-"));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const open = (wrapping?: KeyWrapping) =>
  openRing(dataDir, { fromSeed: ringOfSeed, create }, { random, clock, wrapping });
const file = () => keyRingFile(dataDir);

describe("key ring", () => {
  it("KEY-5: has a key of its own for each purpose, in a file of its owner", async () => {
    const ring = await open();
    expect(new Set(hexOf(ring)).size).toBe(RING_PURPOSES.length);
    expect(await open()).toEqual(ring);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file())).mode & 0o777).toBe(0o700);
  });

  it("KEY-5: splits the service key of an earlier version into the same keys, and removes it", async () => {
    writeFileSync(serviceKeyFile(dataDir), `${SEED}\n`);
    const ring = await open();
    expect(ring).toEqual(ringOfSeed(SEED));
    expect(existsSync(serviceKeyFile(dataDir))).toBe(false);
    expect(readFileSync(file(), "utf8")).not.toContain(SEED);
    expect(await open()).toEqual(ring);
  });

  it("KEY-7: secrets go neither into a file that others can read, nor through a link", async () => {
    const ring = await open();
    const text = await ringToText(ring, { wrapping: undefined, random });
    const next = `${file()}.next`;
    const other = join(dataDir, "other");
    for (const prepare of [
      () => writeFileSync(next, "", { mode: 0o644 }),
      () => {
        writeFileSync(other, "", { mode: 0o644 });
        symlinkSync(other, next);
      },
    ]) {
      prepare();
      writeKeyFile(file(), text);
      expect(lstatSync(file()).isFile()).toBe(true);
      expect(statSync(file()).mode & 0o777).toBe(0o600);
      expect(await open()).toEqual(ring);
    }
    expect(readFileSync(other, "utf8")).toBe("");
  });

  it("KEY-7: a split that power loss interrupts is repeated, and loses no key", async () => {
    writeFileSync(serviceKeyFile(dataDir), SEED);
    mkdirSync(dirname(file()), { mode: 0o700 });
    // Simulates a crash that left both files.
    writeKeyFile(file(), await ringToText(ringOfSeed(SEED), { wrapping: undefined, random }));
    expect(await open()).toEqual(ringOfSeed(SEED));
    expect(existsSync(serviceKeyFile(dataDir))).toBe(false);
  });

  it("KEY-7: concurrent first starts agree on one ring", async () => {
    const rings = await Promise.all(Array.from({ length: 4 }, () => open()));
    for (const ring of rings) expect(ring).toEqual(rings[0]);
  });

  it("KEY-6: a new key signs from its time on; the old one stays until it is removed", async () => {
    await open();
    const rotate = () =>
      changeRing(file(), (ring) => withNewKey(ring, "record", { random, clock, delayMs: 500 }), {
        random,
        clock,
      });
    const ring = await rotate();
    const versions = (atMs: number) => keysOf(ring, "record", atMs).map(({ version }) => version);
    expect(versions(1_499)).toEqual([1, 2]);
    expect(versions(1_500)).toEqual([2, 1]);
    const kept = (version: number, atMs: number) =>
      withoutKey(ring, "record", version, atMs).keys.record.map((key) => key.version);
    expect(kept(1, 1_499)).toEqual([2, 1]);
    expect(kept(1, 1_500)).toEqual([2]);
    expect(kept(2, 1_500)).toEqual([2, 1]);
    expect(await open()).toEqual(ring);
    nowMs = 9_000;
    expect((await rotate()).keys.record.map(({ version }) => version)).toEqual([3, 2, 1]);
  });

  it("KEY-7: power loss at any point of a rotation leaves the old ring or the new one", async () => {
    const before = await open();
    const disk = await PowerLoss.watch(dirname(file()));
    try {
      const after = withNewKey(before, "session", { random, clock });
      const text = await ringToText(after, { wrapping: undefined, random });
      writeFileSync(`${file()}.next`, text.slice(0, 99));
      disk.cut();
      expect(await open()).toEqual(before);
      writeKeyFile(file(), text);
      disk.cut();
      expect(await open()).toEqual(after);
    } finally {
      disk.end();
    }
  });
});

describe("key ring at rest", () => {
  it("KEY-7: is encrypted as soon as a passphrase is set, and stays readable only with it", async () => {
    const plain = await open();
    const sealed = await open(passphrase());
    expect(sealed).toEqual(plain);
    const text = readFileSync(file(), "utf8");
    for (const key of plain.keys.record.concat(plain.keys.session)) {
      expect(text).not.toContain(Buffer.from(key.secret).toString("base64"));
      expect(text).not.toContain(Buffer.from(key.secret).toString("hex"));
    }
    expect(text).not.toContain(PASSPHRASE);
    expect(await open(passphrase())).toEqual(plain);
    await expect(open()).rejects.toEqual(code("SECRET_UNREADABLE"));
    await expect(open(passphrase("other"))).rejects.toEqual(code("KEYSTORE_PASSWORD_WRONG"));
    const changed = await changeRing(file(), (ring) => withNewKey(ring, "log", { random, clock }), {
      random,
      clock,
      wrapping: passphrase(),
    });
    expect(await open(passphrase())).toEqual(changed);
    expect(readFileSync(file(), "utf8")).toContain('"kind": "passphrase"');
  });

  it("KEY-7: is encrypted by a key of Vault's transit engine", async () => {
    const server = await new VaultServer().start();
    server.create("ring", "aes256-gcm96");
    const { url, mount, token } = server;
    const transit = createVaultTransit({ url, mount, token }, openKeyServiceHttp(5_000));
    const wrapping = vaultWrapping(transit, "ring");
    const ring = await open(wrapping);
    expect(await open(wrapping)).toEqual(ring);
    await expect(open(passphrase())).rejects.toEqual(
      code("SECRET_UNREADABLE", { reason: "encrypted by vault" }),
    );
    server.isSealed = true;
    await expect(open(wrapping)).rejects.toEqual(code("SIGNER_UNREACHABLE"));
    await server.stop();
  });

  it("ENVELOPE_BROKEN: a secret moved to another purpose or version", async () => {
    const ring = create();
    const text = await ringToText(ring, { wrapping: passphrase(), random });
    const document = JSON.parse(text);
    for (const change of [
      (keys: { purpose: string }[]) =>
        keys.map((key) => ({ ...key, ...(key.purpose === "log" && { version: 2 }) })),
      (keys: { purpose: string; secret: string }[]) => {
        const session = keys.find(({ purpose }) => purpose === "session")!;
        return keys.map((key) => (key.purpose === "encryption" ? { ...key, secret: session.secret } : key));
      },
    ]) {
      const changed = JSON.stringify({ ...document, keys: change(document.keys) });
      await expect(textToRing(changed, { wrapping: passphrase(), random })).rejects.toEqual(
        code("ENVELOPE_BROKEN"),
      );
    }
  });

  it("lists public parts without the passphrase", async () => {
    const ring = create();
    const listed = listRingKeys(await ringToText(ring, { wrapping: passphrase(), random }));
    expect(listed.isWrapped).toBe(true);
    expect(listed.keys.map(({ purpose }) => purpose)).toEqual(RING_PURPOSES);
    expect(listed.keys[0]).toMatchObject({ publicKey: ring.keys.record[0]!.publicKey, createdMs: 1_000 });
    expect(JSON.stringify(listed)).not.toContain("secret");
  });

  it("SECRET_UNREADABLE: any other text, which is not repeated", async () => {
    const good = JSON.parse(await ringToText(create(), { wrapping: undefined, random }));
    const bent = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ format: fc.constantFrom(1, 2), keys: fc.anything(), adminSeed: fc.anything() })
        .map((x) => JSON.stringify(x) ?? ""),
      fc.record({ wrapping: fc.anything() }).map((x) => JSON.stringify({ ...good, ...x })),
      fc
        .nat(4)
        .map((index) =>
          JSON.stringify({ ...good, keys: good.keys.filter((_: unknown, at: number) => at !== index) }),
        ),
      fc.nat(4).map((index) => JSON.stringify({ ...good, keys: [...good.keys, good.keys[index]] })),
      fc.nat(4).map((index) =>
        JSON.stringify({
          ...good,
          keys: good.keys.map((key: object, at: number) => (at === index ? { ...key, secret: "aGV4" } : key)),
        }),
      ),
    );
    const ports = { wrapping: passphrase(), random };
    await fc.assert(
      fc.asyncProperty(bent, async (text) => {
        const outcome = await textToRing(text, ports).then(
          () => "opened",
          (error: { code?: string }) => error.code,
        );
        const codes = ["SECRET_UNREADABLE", "KEYSTORE_PASSWORD_WRONG"];
        if (outcome === "opened") expect(JSON.parse(text).keys).toEqual(good.keys);
        else expect(codes).toContain(outcome);
      }),
    );
    const quoted = await textToRing("hunter2", ports).catch((error: unknown) => error);
    expect(JSON.stringify(quoted)).not.toContain("hunter2");
  });
});
