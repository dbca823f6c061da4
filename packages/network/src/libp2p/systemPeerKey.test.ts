import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPeerKey } from "./systemPeerKey.ts";

const random = { bytes: (count: number) => new Uint8Array(count).fill(0xab) };

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trellis-peer-key-"));
  path = join(directory, "peer.key");
});

afterEach(() => rm(directory, { recursive: true }));

it("creates a key at the first start, and reads it at the next", async () => {
  const key = await openPeerKey(path, random);
  expect(key).toEqual(random.bytes(32));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await openPeerKey(path, { bytes: () => expect.unreachable() })).toEqual(key);
  expect(await readdir(directory)).toEqual(["peer.key"]);
});

it("ignores files half-written before a crash", async () => {
  await writeFile(`${path}.new`, "0xab");
  expect(await openPeerKey(path, random)).toEqual(random.bytes(32));
  expect(await readFile(path, "utf8")).toBe(`0x${"ab".repeat(32)}\n`);
});

describe("PEER_KEY_UNREADABLE", () => {
  const refused = { code: "PEER_KEY_UNREADABLE" };

  it.each(["", "0x", "ab".repeat(32), `0x${"ab".repeat(31)}`, `0x${"zz".repeat(32)}`])(
    "contains %j",
    async (text) => {
      await writeFile(path, text);
      await expect(openPeerKey(path, random)).rejects.toMatchObject({ ...refused, facts: { path } });
      expect(await readFile(path, "utf8")).toBe(text);
    },
  );

  it("is a folder", async () => {
    await expect(openPeerKey(directory, random)).rejects.toMatchObject(refused);
  });

  it("its folder is missing", async () => {
    await expect(openPeerKey(join(directory, "none", "peer.key"), random)).rejects.toMatchObject(refused);
  });
});
