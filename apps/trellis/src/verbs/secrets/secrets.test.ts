import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureIo } from "@trellis/kit/captureIo";
import { VaultServer } from "@trellis/kit/keyServers";
import { PowerLoss } from "@trellis/kit/powerLoss";
import { readSecret } from "@trellis/platform/secrets";
import { parseSealedFile } from "@trellis/platform/secrets/sealed";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "./run.ts";
import { type SecretsFlags, secretsSettings } from "./settings.ts";

const CANARY = "canary-secret-5150";
const PASSPHRASE = "canary-passphrase-77";
const { io, captured } = captureIo();
const variables: Record<string, string> = { VALUE: CANARY, SEALED_PASSPHRASE: PASSPHRASE };
const own = { ...io, environment: variables };
const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-sealed-"));
  file = join(folder, "secrets.json");
  captured.answers = [];
  captured.stderr = "";
});
afterEach(() => rmSync(folder, { recursive: true }));

async function secrets(operands: string, flags: Partial<SecretsFlags> = {}) {
  captured.stdout = "";
  const none = { passphraseFrom: "", wrappedBy: "", newPassphraseFrom: "", newWrappedBy: "" };
  const given = { ...none, valueFrom: "env:VALUE", json: true, ...flags };
  await run(await secretsSettings(given, operands.split(" ")), own);
  return JSON.parse(captured.stdout);
}

describe("trellis secrets", () => {
  it("SEAL-1: what it seals, settings can refer to", async () => {
    expect(await secrets(`seal ${file} database`)).toEqual({ reference: `sealed:${file}#database` });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, "utf8");
    for (const secret of [CANARY, PASSPHRASE]) expect(text).not.toContain(secret);
    expect(await readSecret(`sealed:${file}#database`, "Database", own)).toBe(CANARY);
    expect(await secrets(`open ${file} database`)).toEqual({ value: CANARY });
    await secrets(`seal ${file} other`);
    expect(await secrets(`list ${file}`)).toEqual({ names: ["database", "other"], wrappedBy: "passphrase" });
  });

  it("SEAL-2: rotate changes the key, and the passphrase if another one is given", async () => {
    await secrets(`seal ${file} database`);
    const before = readFileSync(file, "utf8");
    variables.NEXT = "another passphrase";
    expect(await secrets(`rotate ${file}`, { newPassphraseFrom: "env:NEXT" })).toEqual({ rotated: "1" });
    expect(readFileSync(file, "utf8")).not.toBe(before);
    await expect(secrets(`open ${file} database`)).rejects.toEqual(code("KEYSTORE_PASSWORD_WRONG"));
    const passphraseFrom = "env:NEXT";
    expect(await secrets(`open ${file} database`, { passphraseFrom })).toEqual({ value: CANARY });
    await secrets(`rotate ${file}`, { passphraseFrom });
    expect(await secrets(`open ${file} database`, { passphraseFrom })).toEqual({ value: CANARY });
  });

  it("SEAL-2: power loss in the middle of a rotation leaves the old file", async () => {
    await secrets(`seal ${file} database`);
    const disk = await PowerLoss.watch(folder);
    try {
      writeFileSync(`${file}.next`, "half of a fi");
      disk.cut();
      expect(await secrets(`open ${file} database`)).toEqual({ value: CANARY });
      await secrets(`rotate ${file}`);
      disk.cut();
      expect(await secrets(`open ${file} database`)).toEqual({ value: CANARY });
    } finally {
      disk.end();
    }
  });

  it("SEAL-3: Vault protects a file instead of a passphrase", async () => {
    const server = await new VaultServer().start();
    server.create("sealing", "aes256-gcm96");
    Object.assign(variables, { VAULT_ADDR: server.url, VAULT_TOKEN: server.token });
    await secrets(`seal ${file} database`, { wrappedBy: "hashivault://sealing" });
    expect(await readSecret(`sealed:${file}#database`, "Database", own)).toBe(CANARY);
    server.isSealed = true;
    await expect(readSecret(`sealed:${file}#database`, "Database", own)).rejects.toEqual(
      code("SIGNER_UNREACHABLE"),
    );
    await server.stop();
  });

  it("SECRET_UNREADABLE, KEYSTORE_PASSWORD_WRONG, ENVELOPE_BROKEN: refuses without showing anything", async () => {
    await secrets(`seal ${file} database`);
    const read = (reference: string, environment: Record<string, string> = variables) =>
      readSecret(reference, "Database", { ...io, environment }).catch((error: unknown) => error);
    const text = readFileSync(file, "utf8");
    writeFileSync(join(folder, "moved.json"), text.replace('"database"', '"moved"'));
    const refusals = [
      [await read(`sealed:${file}#none`), "SECRET_UNREADABLE"],
      [await read(`sealed:${folder}/none#database`), "SECRET_UNREADABLE"],
      [await read(`sealed:${file}#database`, {}), "SECRET_UNREADABLE"],
      [await read(`sealed:${file}#database`, { SEALED_PASSPHRASE: "wrong" }), "KEYSTORE_PASSWORD_WRONG"],
      [await read(`sealed:${folder}/moved.json#moved`), "ENVELOPE_BROKEN"],
    ] as const;
    for (const [error, expected] of refusals) {
      expect(error).toEqual(code(expected));
      for (const secret of [CANARY, PASSPHRASE]) expect(JSON.stringify(error)).not.toContain(secret);
    }
  });

  it("FILE_UNREADABLE, INPUT_INVALID: no file, no name", async () => {
    await expect(secrets(`list ${file}`)).rejects.toEqual(code("FILE_UNREADABLE", { reason: "not there" }));
    await expect(secrets(`seal ${file} a/b`)).rejects.toEqual(code("INPUT_INVALID", { input: "NAME" }));
  });

  it("SECRET_UNREADABLE: any other text", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ format: fc.constant(1), wrapping: fc.anything() }).map((x) => JSON.stringify(x) ?? ""),
    );
    fc.assert(
      fc.property(text, (bent) => {
        expect(() => parseSealedFile(bent)).toThrow(code("SECRET_UNREADABLE"));
      }),
    );
  });
});
