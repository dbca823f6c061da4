import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { systemRandom } from "../system/index.ts";
import { createEnvelope, masterKeyOf, openSecrets, resolveSecret, sealSecrets } from "./index.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

describe("envelope", () => {
  const old = createEnvelope([key(1)], systemRandom);
  const rotated = createEnvelope([key(2), key(1)], systemRandom);

  it("what is sealed comes back, in its context only", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 50 }), (plain, context) => {
        const sealed = old.seal(context, plain);
        expect(old.open(context, sealed)).toEqual(plain);
        expect(() => old.open(`${context}x`, sealed)).toThrowError(code("ENVELOPE_BROKEN"));
      }),
    );
  });

  it("ENVELOPE_BROKEN, ENVELOPE_KEY_UNKNOWN: any byte changed, cut, or added", () => {
    const sealed = old.seal("a", key(5));
    const refused = (bytes: Uint8Array) => {
      expect(() => old.open("a", bytes)).toThrowError(
        expect.objectContaining({ code: expect.stringMatching(/^ENVELOPE_(?:BROKEN|KEY_UNKNOWN)$/) }),
      );
    };
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = sealed.slice();
      changed[index]! ^= 0x80;
      refused(changed);
      refused(sealed.slice(0, index));
    }
    refused(Uint8Array.of(...sealed, 0));
  });

  it("the same plaintext is sealed differently each time", () => {
    expect(old.seal("a", key(5))).not.toEqual(old.seal("a", key(5)));
  });

  it("ENVELOPE_KEY_UNKNOWN: retired keys open until everything is sealed anew", () => {
    const sealed = old.seal("a", key(5));
    expect(rotated.isCurrent(sealed)).toBe(false);
    const again = rotated.rotate("a", sealed);
    expect(rotated.isCurrent(again)).toBe(true);
    expect(again.subarray(0, rotated.prefix.length)).toEqual(rotated.prefix);
    expect(sealed.subarray(0, old.prefix.length)).toEqual(old.prefix);
    expect(masterKeyOf(again)).toBe(masterKeyOf(rotated.prefix));
    expect(masterKeyOf(again)).not.toBe(masterKeyOf(sealed));
    expect([new Uint8Array(), new Uint8Array(9)].map(masterKeyOf)).toEqual([undefined, undefined]);
    const onlyNew = createEnvelope([key(2)], systemRandom);
    expect(onlyNew.open("a", again)).toEqual(key(5));
    expect(() => onlyNew.open("a", sealed)).toThrowError(code("ENVELOPE_KEY_UNKNOWN"));
  });

  it("SECRET_REFERENCE_INVALID: master keys have 32 bytes", () => {
    expect(() => createEnvelope([], systemRandom)).toThrowError(code("SECRET_REFERENCE_INVALID"));
    expect(() => createEnvelope([new Uint8Array(31)], systemRandom)).toThrowError(
      code("SECRET_REFERENCE_INVALID"),
    );
  });
});

describe("references", () => {
  const directory = mkdtempSync(join(tmpdir(), "trellis-secrets-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string, mode = 0o600): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const environment = { TOKEN: "t0ken", EMPTY: "" };

  it("env, file and sealed", async () => {
    expect(await resolveSecret("env:TOKEN", { environment })).toBe("t0ken");
    expect(await resolveSecret(`file:${write("one", "s3cret\n")}`, { environment })).toBe("s3cret");
    const path = write("sealed", await sealSecrets({ database: "p@ss", "a#b": "x" }, "t0ken", systemRandom));
    const sources = { environment, password: "env:TOKEN" };
    expect(await resolveSecret(`sealed:${path}#database`, sources)).toBe("p@ss");
    await expect(resolveSecret(`sealed:${path}#other`, sources)).rejects.toThrowError(code("SECRET_MISSING"));
  });

  it.each(["", "hunter2", "env", "env:", "vault:a", "sealed:path", "sealed:a#b"])(
    "SECRET_REFERENCE_INVALID: %j, which is not told",
    async (reference) => {
      const error = await resolveSecret(reference, { environment }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "SECRET_REFERENCE_INVALID" });
      expect(JSON.stringify(error)).not.toContain("hunter2");
    },
  );

  it("SECRET_MISSING", async () => {
    for (const reference of ["env:NONE", "env:EMPTY", "env:toString", `file:${directory}/none`]) {
      await expect(resolveSecret(reference, { environment }), reference).rejects.toThrowError(
        code("SECRET_MISSING"),
      );
    }
  });

  it("SECRET_FILE_EXPOSED", async () => {
    const path = write("open", "s3cret", 0o644);
    await expect(resolveSecret(`file:${path}`, { environment })).rejects.toThrowError(
      code("SECRET_FILE_EXPOSED"),
    );
  });

  it("SECRET_FILE_UNREADABLE: another password, damage, or a cost that takes all memory", async () => {
    const text = await sealSecrets({ a: "v4lue" }, "right", systemRandom);
    expect(await openSecrets(text, "right")).toEqual(new Map([["a", "v4lue"]]));
    const file = JSON.parse(text);
    const damaged = [
      "",
      "{}",
      JSON.stringify({ ...file, nonce: "AAAAAAAAAAAAAAAA" }),
      JSON.stringify({ ...file, ciphertext: "AAAA" }),
      JSON.stringify({ ...file, scrypt: { ...file.scrypt, N: 2 ** 30 } }),
      JSON.stringify({ ...file, scrypt: { ...file.scrypt, N: 2 ** 20, r: 16 } }),
      JSON.stringify({ ...file, scrypt: { ...file.scrypt, N: 2 ** 14 } }),
    ];
    for (const [content, password] of [[text, "wrong"], ...damaged.map((one) => [one, "right"])]) {
      const error = await openSecrets(content!, password!).catch((thrown: unknown) => thrown);
      expect(isTrellisError(error, "SECRET_FILE_UNREADABLE")).toBe(true);
      expect(String(error)).not.toContain("v4lue");
    }
  });
});
