import { type Clock, isTrellisError, SerialQueue } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Publication, Publications } from "../anchoring/index.ts";
import {
  createTransparencyLog,
  encodeEntry,
  type HeadSigner,
  type LogEntry,
  parseNote,
  publishHead,
  requireContinued,
  requireContinuing,
  type SignedHead,
  type SignedHeads,
  type TransparencyLog,
  textToHead,
  type WitnessMemory,
} from "../log/index.ts";
import type { Snapshots } from "../snapshots/index.ts";
import { type DatabaseLogStore, openLogStore } from "./openLogStore.ts";
import type { ServiceTables } from "./schema.ts";

export interface Anchors {
  of(snapshotNumber: number): Promise<Publication["anchor"]>;
}

export interface Publisher extends Publications, SignedHeads {
  readonly log: TransparencyLog;
  /** Also remembers heads of other processes. @throws LOG_ROLLED_BACK */
  requireContinued(): Promise<void>;
  /** Idempotent. @returns the record's index @throws LOG_ROLLED_BACK */
  publish(snapshotNumber: number): Promise<number>;
  /** Idempotent. @returns the entry's index @throws LOG_ROLLED_BACK */
  append(entry: LogEntry): Promise<number>;
  /** Publishes the record first if it is not logged. */
  headOf(snapshotNumber: number): Promise<SignedHead>;
  signHead(): Promise<void>;
}

interface PublisherPorts {
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly snapshots: Pick<Snapshots, "record">;
  readonly memory: WitnessMemory;
  readonly signer: HeadSigner;
  /** Other signers during a key rotation. */
  readonly otherHeads?: () => readonly HeadSigner[];
  readonly clock: Clock;
  readonly anchors?: Anchors;
}

export function openPublisher(origin: string, ports: PublisherPorts): Publisher {
  const { tables, snapshots, memory, signer, otherHeads = () => [], clock, anchors } = ports;
  const store = openLogStore(tables);
  const log = createTransparencyLog({ store });
  /** Serialises signing and checks, which read and then change the memory. */
  const queue = new SerialQueue();

  async function entryOf(number: number): Promise<LogEntry> {
    const { record } = await snapshots.record(number);
    return { type: "root-record", body: record as unknown as LogEntry["body"] };
  }

  /** Rejects a log that contradicts a head signed by any process. */
  async function continueSigned(): Promise<SignedHead | undefined> {
    // Read before the log, so that the log includes the head's entries.
    const signed = await newestHead(tables);
    const { seen } = await requireContinued(origin, { log, memory });
    if (signed === undefined) return undefined;
    await requireContinuing(signed, log);
    const { size, root } = signed;
    if (size > (seen?.size ?? 0)) await memory.replace(origin, seen, { size, root });
    return signed;
  }

  async function signNow(): Promise<void> {
    const newest = await continueSigned();
    if (newest !== undefined && newest.size === (await log.size())) return;
    const note = await publishHead(origin, { log, memory, signers: [signer, ...otherHeads()], clock });
    await keepHead(tables, note);
  }

  const signHead = (): Promise<void> => queue.run(signNow);
  const mustContinue = (): Promise<void> => queue.run(async () => void (await continueSigned()));

  /** Checks the log first: an append to a log restored from a backup would split the view. */
  async function appendSigned(entry: LogEntry): Promise<number> {
    await mustContinue();
    const place = await appendOnce(entry, { store, log });
    await signHead();
    return place;
  }

  const publish = async (number: number): Promise<number> => appendSigned(await entryOf(number));

  return {
    log,
    signHead,
    requireContinued: mustContinue,
    append: appendSigned,
    publish,
    headOf: async (number) => firstHeadWith(tables, await publish(number)),
    async of(number) {
      const logIndex = await store.placeOf(encodeEntry(await entryOf(number)));
      return { logIndex, anchor: await anchors?.of(number) };
    },
    head: () => newestHead(tables),
  };
}

/** Idempotent under concurrent appends. */
export async function appendOnce(
  entry: LogEntry,
  {
    store,
    log,
  }: { readonly store: Pick<DatabaseLogStore, "size" | "placeOf">; readonly log: TransparencyLog },
): Promise<number> {
  const bytes = encodeEntry(entry);
  for (;;) {
    // Read the size first: an entry added afterwards makes the append conflict.
    const size = await store.size();
    const place = await store.placeOf(bytes);
    if (place !== undefined) return place;
    try {
      return (await log.append([entry], size)).sizeBefore;
    } catch (error) {
      if (!isTrellisError(error, "LOG_APPEND_CONFLICT")) throw error;
    }
  }
}

async function keepHead({ db }: SchemaDatabase<ServiceTables>, note: string): Promise<void> {
  const { size, timeMs } = textToHead(parseNote(note).text);
  await db
    .insertInto("heads")
    .values({ size: BigInt(size), note, time_ms: BigInt(timeMs) })
    .onConflict((conflict) => conflict.column("size").doNothing())
    .execute();
}

async function firstHeadWith({ db }: SchemaDatabase<ServiceTables>, place: number): Promise<SignedHead> {
  const row = await db
    .selectFrom("heads")
    .select("note")
    .where("size", ">", BigInt(place))
    .orderBy("size")
    .limit(1)
    .executeTakeFirstOrThrow();
  return headOfNote(row.note);
}

async function newestHead({ db }: SchemaDatabase<ServiceTables>): Promise<SignedHead | undefined> {
  const row = await db.selectFrom("heads").select("note").orderBy("size", "desc").limit(1).executeTakeFirst();
  return row && headOfNote(row.note);
}

function headOfNote(note: string): SignedHead {
  const { size, root, timeMs } = textToHead(parseNote(note).text);
  return { size, root, timeMs, note };
}
