import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { readAddress, readSecret, withoutPrompt } from "./readSecret.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-address-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const io = {
  environment: process.env,
  askSecret: async () => {
    throw new Error("nobody is to be asked");
  },
};
const read = (place: string) => readAddress(place, "Address of a node", io);

describe("address", () => {
  it("is the text itself, or the target of a reference", async () => {
    const file = join(folder, "node");
    writeFileSync(file, "https://user:password@one.example \n");
    expect(await read("https://one.example")).toBe("https://one.example");
    expect(await read("smtps://mail.example:465")).toBe("smtps://mail.example:465");
    expect(await read(`file:${file}`)).toBe("https://user:password@one.example");
  });

  it("SECRET_UNREADABLE: never uses the reference's own text", async () => {
    const unreadable = expect.objectContaining({ code: "SECRET_UNREADABLE" });
    for (const place of ["vault:kv/nodes", "sealed:secrets.json#node", "ENV:NODE", "one.example", ""])
      await expect(read(place), place).rejects.toEqual(unreadable);
    vi.stubEnv("VAULT_ADDR", "");
    vi.stubEnv("VAULT_TOKEN", "t");
    await expect(read("vault:kv/nodes#one")).rejects.toMatchObject({
      code: "SECRET_UNREADABLE",
      facts: { variable: "VAULT_ADDR", reason: "empty" },
    });
  });
});

describe("secret", () => {
  const environment = { TOKEN: "t0ken", EMPTY: "" };
  const secret = (reference: string) => readSecret(reference, "Token", { ...io, environment });

  it("is read from a variable or a file", async () => {
    const file = join(folder, "one");
    writeFileSync(file, "s3cret\n");
    expect(await secret("env:TOKEN")).toBe("t0ken");
    expect(await secret(`file:${file}`)).toBe("s3cret");
  });

  it.each(["hunter2", "env", "env:", "vault:a", "sealed:a#b"])(
    "SECRET_UNREADABLE: %j, which is not repeated",
    async (reference) => {
      const error = await secret(reference).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "SECRET_UNREADABLE" });
      expect(JSON.stringify(error)).not.toContain("hunter2");
    },
  );

  it("SECRET_UNREADABLE: missing", async () => {
    const unreadable = (facts: object) => ({ code: "SECRET_UNREADABLE", facts });
    for (const name of ["NONE", "toString"])
      await expect(secret(`env:${name}`)).rejects.toMatchObject(
        unreadable({ variable: name, reason: "not set" }),
      );
    await expect(secret("env:EMPTY")).rejects.toMatchObject(unreadable({ reason: "empty" }));
    const file = join(folder, "none");
    await expect(secret(`file:${file}`)).rejects.toMatchObject(unreadable({ file }));
  });
});

it("SECRET_UNREADABLE: a reload does not prompt", async () => {
  const asking = withoutPrompt({ ...io, askSecret: async () => "an answer" });
  await expect(readSecret("", "Password", asking)).rejects.toMatchObject({ code: "SECRET_UNREADABLE" });
});
