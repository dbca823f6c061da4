import { describeDatabases, SILENT } from "@trellis/kit/databases";
import type { SchemaDatabase } from "@trellis/platform/db";
import { createHeadSigner, createMemoryWitnessMemory, type WitnessMemory } from "@trellis/reserves/log";
import { expect, it } from "vitest";
import { openPublisher, type Publisher } from "./openPublisher.ts";
import { SERVICE_STEPS, type ServiceTables } from "./schema.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const signer = createHeadSigner("c", "ed25519", new Uint8Array(32).fill(1));
const snapshots = {} as Parameters<typeof openPublisher>[1]["snapshots"];
const entry = (n: number) => ({ type: "audit" as const, body: { n } });

describeDatabases("publishers of a service's processes", (under) => {
  let schemaCount = 0;

  /** A database of its own: the processes that go on with it bring their memories. */
  async function databaseOf(): Promise<(memory: WitnessMemory) => Publisher> {
    schemaCount += 1;
    const schema = `publisher_${schemaCount}`;
    const tables: SchemaDatabase<ServiceTables> = await under
      .database()
      .openSchema<ServiceTables>(schema, SERVICE_STEPS);
    return (memory) => openPublisher("c", { ...SILENT, tables, snapshots, memory, signer });
  }

  /** What a backup holds that was taken after the first entry. */
  async function backup() {
    const opened = await databaseOf();
    await opened(createMemoryWitnessMemory()).append(entry(0));
    return opened;
  }

  it("LOG-16, LOG_ROLLED_BACK: a process that only looked knows what another one signed", async () => {
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

  it("LOG-16, LOG_ROLLED_BACK: so does one whose entry another process signed", async () => {
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

  it("LOG-16: what was put into the log and not signed is promised to nobody, and not remembered", async () => {
    const memory = createMemoryWitnessMemory();
    const publisher = (await databaseOf())(memory);
    await publisher.append(entry(0));
    await publisher.log.append([entry(1)]);
    await publisher.requireContinued();
    expect(await memory.read("c")).toMatchObject({ size: 1 });
  });

  it("looks while heads are signed hinder nobody", async () => {
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
});
