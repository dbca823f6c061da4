import { describeDatabases, SILENT } from "@trellis/kit/databases";
import type { SchemaDatabase } from "@trellis/platform/db";
import { expect, it } from "vitest";
import { createHeadSigner, createTransparencyLog, signHead, type WitnessMemory } from "../log/index.ts";
import { createMemoryWitnessMemory } from "../log/testing/createMemoryWitnessMemory.ts";
import { requestAll } from "./openAnchors.ts";
import { openLogStore } from "./openLogStore.ts";
import { appendOnce, openPublisher, type Publisher } from "./openPublisher.ts";
import { SERVICE_STEPS, type ServiceTables } from "./schema.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const signer = createHeadSigner("c", "ed25519", new Uint8Array(32).fill(1));
const snapshots = {
  record: async (number: number) => ({ record: { number } }),
} as unknown as Parameters<typeof openPublisher>[1]["snapshots"];
const entry = (n: number) => ({ type: "audit" as const, body: { n } });

describeDatabases("publishers of a service's processes", (under) => {
  let schemaCount = 0;

  function emptyTables(): Promise<SchemaDatabase<ServiceTables>> {
    schemaCount += 1;
    return under.database().openSchema<ServiceTables>(`publisher_${schemaCount}`, SERVICE_STEPS);
  }

  async function databaseOf(): Promise<(memory: WitnessMemory) => Publisher> {
    const tables = await emptyTables();
    return (memory) => openPublisher("c", { ...SILENT, tables, snapshots, memory, signer });
  }

  async function backup() {
    const opened = await databaseOf();
    await opened(createMemoryWitnessMemory()).append(entry(0));
    return opened;
  }

  it("LOG-16, LOG_ROLLED_BACK: a reader remembers the heads that other processes signed", async () => {
    const [a, b] = [createMemoryWitnessMemory(), createMemoryWitnessMemory()];
    const opened = await databaseOf();
    const [signing, looking] = [opened(a), opened(b)];
    await looking.append(entry(0));
    for (const n of [1, 2, 3]) await signing.append(entry(n));
    await looking.requireContinued();
    const seen = await b.read("c");
    expect(seen).toMatchObject({ size: 4 });
    expect(seen).toEqual(await a.read("c"));

    const restored = await backup();
    for (const memory of [a, b]) {
      await expect(restored(memory).append(entry(77))).rejects.toThrowError(code("LOG_ROLLED_BACK"));
    }
    expect((await restored(b).head())?.size).toBe(1);
  });

  it("LOG-16, LOG_ROLLED_BACK: and so does a process whose entry another one signed", async () => {
    const memory = createMemoryWitnessMemory();
    const opened = await databaseOf();
    const publisher = opened(memory);
    await publisher.append(entry(0));
    await publisher.log.append([entry(1), entry(2)]);
    await opened(createMemoryWitnessMemory()).signHead();
    await publisher.signHead();
    expect(await memory.read("c")).toMatchObject({ size: 3 });
    await expect((await backup())(memory).signHead()).rejects.toThrowError(code("LOG_ROLLED_BACK"));
  });

  it("LOG-16: an appended entry that is not signed is neither promised nor remembered", async () => {
    const memory = createMemoryWitnessMemory();
    const publisher = (await databaseOf())(memory);
    await publisher.append(entry(0));
    await publisher.log.append([entry(1)]);
    await publisher.requireContinued();
    expect(await memory.read("c")).toMatchObject({ size: 1 });
  });

  it("concurrent reads do not delay the signing of heads", async () => {
    const memory = createMemoryWitnessMemory();
    const opened = await databaseOf();
    const [publisher, other] = [opened(memory), opened(createMemoryWitnessMemory())];
    const work = Array.from({ length: 2 }, (_, n) => [
      publisher.append(entry(n)),
      publisher.requireContinued(),
      other.append(entry(n + 100)),
    ]);
    await Promise.all(work.flat());
    expect((await publisher.head())?.size).toBe(4);
    await publisher.requireContinued();
    expect(await memory.read("c")).toMatchObject({ size: 4 });
  });

  it("SNAP-13, ATT-14: an entry appended by another process after the lookup is not appended twice", async () => {
    const store = openLogStore(await emptyTables());
    const log = createTransparencyLog({ store });
    let isFirst = true;
    const raced = {
      ...store,
      async placeOf(bytes: Uint8Array) {
        const place = await store.placeOf(bytes);
        if (isFirst) await log.append([entry(1)]);
        isFirst = false;
        return place;
      },
    };
    expect(await appendOnce(entry(1), { store: raced, log })).toBe(0);
    expect(await log.size()).toBe(1);
  });

  it("LOG-16, LOG_ROLLED_BACK: a signed head that contradicts the log is not trusted, and nothing is signed", async () => {
    const tables = await emptyTables();
    const opened = (memory: WitnessMemory) =>
      openPublisher("c", { ...SILENT, tables, snapshots, memory, signer });
    await opened(createMemoryWitnessMemory()).append(entry(0));
    const other = { origin: "c", size: 1, root: new Uint8Array(32).fill(9), timeMs: 1 };
    await tables.db
      .updateTable("heads")
      .set({ note: await signHead(other, [signer]) })
      .execute();
    const memory = createMemoryWitnessMemory();
    const publisher = opened(memory);
    await expect(publisher.requireContinued()).rejects.toThrowError(code("LOG_ROLLED_BACK"));
    await publisher.log.append([entry(1)]);
    await expect(publisher.signHead()).rejects.toThrowError(code("LOG_ROLLED_BACK"));
    expect(await memory.read("c")).toBeUndefined();
    expect((await publisher.head())?.size).toBe(1);
  });

  it("ANCHOR-4, ANCHOR-7: each record is anchored with the first signed head that includes it", async () => {
    const publisher = (await databaseOf())(createMemoryWitnessMemory());
    await publisher.log.append([{ type: "root-record", body: { number: 1 } }, entry(0)]);
    const requested = new Map<number, number>();
    const anchoring = {
      find: async (number: number) => (requested.has(number) ? {} : undefined),
      request: async ({ record }: { record: { number: number } }, { size }: { size: number }) => {
        requested.set(record.number, size);
      },
    } as unknown as Parameters<typeof requestAll>[1];
    await publisher.publish(1);
    await publisher.publish(2);
    for (const number of [2, 2]) await requestAll(number, anchoring, { ...publisher, snapshots });
    // The first record's head also covers the entry after the record.
    expect([...requested]).toEqual([
      [1, 2],
      [2, 3],
    ]);
    const { size, root } = await publisher.headOf(1);
    expect(root).toEqual(await publisher.log.root(size));
  });
});
