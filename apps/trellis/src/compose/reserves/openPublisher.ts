import { type Clock, isTrellisError } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import { createTurns } from "@trellis/platform/resilience";
import type { Publication, Publications, SignedHeads } from "@trellis/reserves/api";
import {
  createTransparencyLog,
  encodeEntry,
  type HeadSigner,
  type LogEntry,
  parseNote,
  publishHead,
  requireContinued,
  type TransparencyLog,
  textToHead,
  type WitnessMemory,
} from "@trellis/reserves/log";
import type { Snapshots } from "@trellis/reserves/snapshots";
import { openLogStore } from "./openLogStore.ts";
import type { ServiceTables } from "./schema.ts";

/** Where a snapshot was fixed on a chain. */
export interface Anchors {
  of(snapshotNumber: number): Promise<Publication["anchor"]>;
}

/** Makes records public: in the log, whose head it signs. */
export interface Publisher extends Publications, SignedHeads {
  readonly log: TransparencyLog;
  /**
   * That the log continues what was signed last: nothing is put into it before. Remembers what other processes signed.
   * @throws LOG_ROLLED_BACK
   */
  requireContinued(): Promise<void>;
  /**
   * Puts a snapshot's record into the log, unless it is there, and signs the head. @returns its place
   * @throws LOG_ROLLED_BACK
   */
  publish(snapshotNumber: number): Promise<number>;
  /**
   * Puts an entry into the log, unless it is there, and signs the head. @returns its place
   * @throws LOG_ROLLED_BACK
   */
  append(entry: LogEntry): Promise<number>;
  /** Signs what the log has, unless that is signed. @throws as publishHead */
  signHead(): Promise<void>;
}

export interface PublisherPorts {
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly snapshots: Pick<Snapshots, "record">;
  readonly memory: WitnessMemory;
  readonly signer: HeadSigner;
  readonly clock: Clock;
  /** Absent where nothing is anchored. */
  readonly anchors?: Anchors;
}

export function openPublisher(origin: string, ports: PublisherPorts): Publisher {
  const { tables, snapshots, memory, signer, clock, anchors } = ports;
  const store = openLogStore(tables);
  const log = createTransparencyLog({ store });
  /** Signing and looking: each reads the memory, and then changes it. */
  const inTurn = createTurns();

  /** What the log gets is what was signed, so that the same record is the same entry. */
  async function entryOf(number: number): Promise<LogEntry> {
    const { record } = await snapshots.record(number);
    return { type: "root-record", body: record as unknown as LogEntry["body"] };
  }

  async function append(entry: LogEntry): Promise<number> {
    const bytes = encodeEntry(entry);
    for (;;) {
      const place = await store.placeOf(bytes);
      if (place !== undefined) return place;
      try {
        return (await log.append([entry])).sizeBefore;
      } catch (error) {
        // Somebody appended meanwhile, perhaps this very entry.
        if (!isTrellisError(error, "LOG_APPEND_CONFLICT")) throw error;
      }
    }
  }

  /** What others signed is remembered too: each process refuses what any of them has contradicted. */
  async function continueSigned(): Promise<void> {
    // First: the log that is read then has what it was signed over.
    const signed = await newestHead(tables);
    const { seen } = await requireContinued(origin, { log, memory });
    if (signed === undefined || signed.size <= (seen?.size ?? 0)) return;
    const { size } = signed;
    await memory.replace(origin, seen, { size, root: await log.root(size) });
  }

  async function signNow(): Promise<void> {
    const newest = await newestHead(tables);
    if (newest !== undefined && newest.size === (await log.size())) return continueSigned();
    const note = await publishHead(origin, { log, memory, signers: [signer], clock });
    const { size, timeMs } = textToHead(parseNote(note).text);
    const row = { note, time_ms: BigInt(timeMs) };
    await tables.db
      .insertInto("heads")
      .values({ size: BigInt(size), ...row })
      .onConflict((conflict) => conflict.column("size").doNothing())
      .execute();
  }

  const signHead = (): Promise<void> => inTurn(signNow);
  const mustContinue = (): Promise<void> => inTurn(continueSigned);

  /** What is put behind a history that was rolled back would be another one. */
  async function appendSigned(entry: LogEntry): Promise<number> {
    await mustContinue();
    const place = await append(entry);
    await signHead();
    return place;
  }

  return {
    log,
    signHead,
    requireContinued: mustContinue,
    append: appendSigned,
    publish: async (number) => appendSigned(await entryOf(number)),
    async of(number) {
      const logIndex = await store.placeOf(encodeEntry(await entryOf(number)));
      return { logIndex, anchor: await anchors?.of(number) };
    },
    head: () => newestHead(tables),
  };
}

async function newestHead({ db }: SchemaDatabase<ServiceTables>) {
  const row = await db.selectFrom("heads").select("note").orderBy("size", "desc").limit(1).executeTakeFirst();
  if (row === undefined) return undefined;
  const { size, root, timeMs } = textToHead(parseNote(row.note).text);
  return { size, root, timeMs, note: row.note };
}
