import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { verifyReceived } from "./serverManifest.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const common = { Size: 5, "Checksum-Algorithm": "SHA256", Checksum: sha256("pages") };
const files = [
  { Path: "base/1/2", ...common },
  { "Encoded-Path": Buffer.from("ü").toString("hex"), ...common },
];

function manifestOf(listed: readonly object[]): Buffer {
  const start = `{ "PostgreSQL-Backup-Manifest-Version": 2,\n"Files": ${JSON.stringify(listed)},\n`;
  return Buffer.from(`${start}"Manifest-Checksum": "${sha256(start)}"}\n`);
}

const received = new Map(["base/1/2", "ü"].map((path) => [path, { bytes: 5, sha256: sha256("pages") }]));

it("accepts what the server lists", () => {
  expect(() => verifyReceived(manifestOf(files), received)).not.toThrow();
});

it("BACKUP_POSTGRES_REFUSED: other files, contents or list", () => {
  const damaged = manifestOf(files);
  damaged[20]! ^= 1;
  const refused = { code: "BACKUP_POSTGRES_REFUSED" };
  const check = (list: Uint8Array, got = received): unknown => {
    try {
      verifyReceived(list, got);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  expect(check(damaged)).toMatchObject(refused);
  expect(check(Buffer.from("{}"))).toMatchObject(refused);
  expect(check(manifestOf(files.slice(1)))).toMatchObject(refused);
  const [first, second] = [...received];
  expect(check(manifestOf(files), new Map([first!]))).toMatchObject(refused);
  const other = { bytes: 5, sha256: sha256("other") };
  expect(check(manifestOf(files), new Map([first!, [second![0], other]]))).toMatchObject(refused);
});
