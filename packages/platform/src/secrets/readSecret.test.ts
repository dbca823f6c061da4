import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { ProcessIo } from "../service/ServiceIo.ts";
import { readAddress } from "./readSecret.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-address-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const io = {
  environment: process.env,
  askSecret: async () => {
    throw new Error("nobody is to be asked");
  },
} as unknown as ProcessIo;
const read = (place: string) => readAddress(place, "Address of a node", io);

describe("an address", () => {
  it("is what stands there, or what a reference names", async () => {
    const file = join(folder, "node");
    writeFileSync(file, "https://user:password@one.example \n");
    expect(await read("https://one.example")).toBe("https://one.example");
    expect(await read("smtps://mail.example:465")).toBe("smtps://mail.example:465");
    expect(await read(`file:${file}`)).toBe("https://user:password@one.example");
  });

  it("SECRET_UNREADABLE, SECRET_MISSING: never taken for the reference's own text", async () => {
    const unreadable = expect.objectContaining({ code: "SECRET_UNREADABLE" });
    for (const place of ["vault:kv/nodes", "sealed:secrets.json#node", "ENV:NODE", "one.example", ""])
      await expect(read(place), place).rejects.toEqual(unreadable);
    // Vault is asked: nobody said where it is.
    vi.stubEnv("VAULT_ADDR", "");
    await expect(read("vault:kv/nodes#one")).rejects.toMatchObject({ code: "SECRET_MISSING" });
  });
});
