import { join } from "node:path";
import { isTrellisError } from "@trellis/base";
import { createEnvelope } from "@trellis/platform/secrets";
import { systemRandom } from "@trellis/platform/system";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BlobStore } from "./repository/BlobStore.ts";
import { ChunkStore } from "./repository/ChunkStore.ts";
import { createRepository } from "./repository/createRepository.ts";
import { jsonIn } from "./repository/jsonIn.ts";
import { lockFile } from "./repository/Lock.ts";
import { fileList, manifest } from "./repository/Manifest.ts";
import { openRepository, type RepositoryKeys } from "./repository/openRepository.ts";
import {
  bytesToIndex,
  hashOf,
  indexToBytes,
  packBytes,
  packName,
  verifyPack,
} from "./repository/packFormat.ts";
import { CATALOG, Repository } from "./repository/Repository.ts";
import { isRepository, s3PlaceOf } from "./repository/repositoryUrl.ts";
import { wrappingOf } from "./testing/testRepository.ts";
import { readControlFile } from "./wal/controlFile.ts";
import { findEnd } from "./wal/findEnd.ts";

const MADE = {
  format: 1,
  id: "20261125T000000Z-00000000",
  atMs: 1,
  endedMs: 2,
  release: "0.1.0",
  addedBytes: 0,
};
const RUNS = { numRuns: 300 };
const envelope = createEnvelope([systemRandom.bytes(32)], systemRandom);
const bytes = fc.uint8Array({ maxLength: 400 });
const json = fc.oneof(
  bytes,
  fc.json().map((text) => new Uint8Array(Buffer.from(text))),
);
const chunk = fc.record({
  id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  length: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});

/** Undefined if `parse` fails with a documented error. */
function outcomeOf<T>(parse: () => T, ...codes: readonly string[]): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (isTrellisError(error) && codes.includes(error.code)) return undefined;
    throw error;
  }
}

async function eventually<T>(parse: () => Promise<T>, ...codes: readonly string[]): Promise<T | undefined> {
  try {
    return await parse();
  } catch (error) {
    if (isTrellisError(error) && codes.includes(error.code)) return undefined;
    throw error;
  }
}

function memoryStore(): BlobStore & { readonly blobs: Map<string, Uint8Array> } {
  const blobs = new Map<string, Uint8Array>();
  return {
    blobs,
    place: "memory",
    put: async (name, blob) => void blobs.set(name, blob),
    async create(name, blob) {
      if (blobs.has(name)) return false;
      blobs.set(name, blob);
      return true;
    },
    get: async (name) => blobs.get(name),
    async *list(prefix) {
      for (const name of blobs.keys()) if (name.startsWith(prefix)) yield name;
    },
    delete: async (name) => void blobs.delete(name),
  };
}

async function newStore(): Promise<{ store: ReturnType<typeof memoryStore>; keys: RepositoryKeys }> {
  const store = memoryStore();
  const keys = await createRepository({ store, wrapping: wrappingOf("correct"), random: systemRandom });
  return { store, keys };
}

describe("any bytes are parsed or refused with a documented error", () => {
  it("JSON of manifests, lists of files and locks", () => {
    const damaged = ["REPOSITORY_DAMAGED", "REPOSITORY_FORMAT_UNSUPPORTED"];
    for (const type of [manifest, fileList, lockFile])
      fc.assert(
        fc.property(json, (given) => {
          const parsed = outcomeOf(() => jsonIn(type, "it", given), ...damaged);
          if (parsed !== undefined) expect(type.safeParse(parsed).success).toBe(true);
        }),
        RUNS,
      );
  });

  it("lists of files and parts never leave their directory", () => {
    const name = fc.oneof(fc.string(), fc.constantFrom("..", ".", "", "/", "a", "\0"));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 5 }), (names) => {
        const file = { path: names.join("/"), kind: "file", mode: 0o600, bytes: 0, modifiedMs: 0 };
        const isSafe =
          names.length > 0 && file.path.split("/").every((one) => !["", ".", ".."].includes(one));
        expect(fileList.safeParse([file]).success).toBe(isSafe && !file.path.includes("\0"));
        const part = { name: file.path, kind: "files", bytes: 0, files: 0, list: [], contents: [] };
        const made = { ...MADE, parts: [part] };
        if (manifest.safeParse(made).success) expect(`${join("/data", file.path)}/`).toMatch(/^\/data\//);
        else expect(isSafe && !file.path.includes("\0")).toBe(false);
      }),
      RUNS,
    );
  });

  it("indexes and packs", () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const packs = outcomeOf(() => bytesToIndex(given, "it"), "REPOSITORY_DAMAGED");
        if (packs !== undefined) expect(Buffer.compare(indexToBytes(packs), given)).toBe(0);
        const name = packName(hashOf(given));
        expect(outcomeOf(() => verifyPack(name, given, envelope), "REPOSITORY_DAMAGED")).toBeUndefined();
      }),
      RUNS,
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), fc.array(chunk, { maxLength: 4 }), (sealed, chunks) => {
        const { pack, bytes: whole } = packBytes(sealed, chunks, envelope);
        const verified = outcomeOf(
          () => verifyPack(packName(pack.hash), whole, envelope),
          "REPOSITORY_DAMAGED",
        );
        const length = sealed.reduce((sum, one) => sum + one.length, 0);
        const described = chunks.reduce((sum, one) => sum + one.length, 0);
        expect(verified !== undefined).toBe(length === described);
      }),
      RUNS,
    );
  });

  it("repository.json", async () => {
    const { store } = await newStore();
    const intact = store.blobs.get("repository.json")!;
    const changed = fc
      .tuple(fc.nat(intact.length - 1), fc.uint8Array({ minLength: 1, maxLength: 4 }))
      .map(([offset, other]) => {
        const copy = Uint8Array.from(intact);
        copy.set(other.subarray(0, copy.length - offset), offset);
        return copy;
      })
      .filter((copy) => Buffer.compare(copy, intact) !== 0);
    const codes = ["REPOSITORY_DAMAGED", "REPOSITORY_FORMAT_UNSUPPORTED", "REPOSITORY_KEY_WRONG"];
    await fc.assert(
      fc.asyncProperty(fc.oneof(json, changed), async (given) => {
        store.blobs.set("repository.json", given);
        const ports = { store, wrapping: wrappingOf("correct"), random: systemRandom };
        expect(await eventually(() => openRepository(ports), ...codes)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it("the catalog and sealed indexes, also if the key's owner wrote them", async () => {
    const { store, keys } = await newStore();
    const former = store.blobs.get(CATALOG)!;
    const ports = { store, wrapping: wrappingOf("correct"), random: systemRandom };
    await fc.assert(
      fc.asyncProperty(json, fc.boolean(), async (given, isSealed) => {
        store.blobs.set(CATALOG, isSealed ? keys.envelope.seal(CATALOG, given) : given);
        await eventually(() => Repository.open(ports), "REPOSITORY_DAMAGED");
        store.blobs.set(CATALOG, former);
        const index = isSealed ? keys.envelope.seal("index", given) : given;
        const name = `indexes/${Buffer.from(hashOf(index)).toString("hex")}`;
        store.blobs.set(name, index);
        await eventually(() => ChunkStore.open(store, keys, []), "REPOSITORY_DAMAGED");
        store.blobs.delete(name);
      }),
      { numRuns: 100 },
    );
  });

  it("chunks, also if the key's owner wrote them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), bytes, async (kind, body) => {
        const given = Uint8Array.of(kind, ...body);
        const { store, keys } = await newStore();
        // Of other contents.
        const id = keys.idOf(given);
        const key = Buffer.from(id).toString("latin1");
        const sealed = keys.envelope.seal(`chunk ${key}`, given);
        const { pack, bytes: whole } = packBytes([sealed], [{ id, length: sealed.length }], keys.envelope);
        store.blobs.set(packName(pack.hash), whole);
        const chunks = await ChunkStore.open(store, keys, []);
        expect(await eventually(() => chunks.get(id), "REPOSITORY_DAMAGED")).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it("control files, and logs from any position", () => {
    const position = fc.oneof(fc.nat(2 ** 30), fc.maxSafeInteger().map(Math.abs));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (given) => {
        outcomeOf(() => readControlFile(given, "it"), "BACKUP_SOURCE_CHANGED");
      }),
      RUNS,
    );
    const pages = fc.uint8Array({ minLength: 8_192, maxLength: 8_192 });
    fc.assert(
      fc.property(pages, position, fc.integer({ min: 1, max: 2 ** 32 - 1 }), (page, redo, timeline) => {
        const { end } = findEnd(() => page, { timeline, redo }, 0);
        expect(end).toBeGreaterThanOrEqual(redo);
      }),
      RUNS,
    );
  });

  it("repository URLs", () => {
    const part = fc.constantFrom(
      "s3://",
      "s3:",
      "bucket",
      "/",
      "..",
      ".",
      "a",
      "-",
      "S3://",
      "https://",
      " ",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (url) => {
        const found = s3PlaceOf(url);
        if (found !== undefined) {
          expect(isRepository(url)).toBe(true);
          expect(`${found.bucket}/${found.prefix}`.split("/")).not.toContain("..");
        } else if (isRepository(url)) expect(url).not.toMatch(/^s3:|^[a-z0-9]+:\/\//i);
      }),
      { numRuns: 2_000 },
    );
  });
});
