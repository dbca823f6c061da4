import { expect, it } from "vitest";
import { crc32c } from "./crc32c.ts";
import { findEnd } from "./findEnd.ts";
import { SEGMENT_BYTES, segmentName, walRecords } from "./walRecords.ts";

const PAGE = 8_192;
const EPOCH_MS = 946_684_800_000;
const REDO = SEGMENT_BYTES + 40;

it("CRC-32C of RFC 3720, B.4", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(
    crc32c(
      Uint8Array.from({ length: 16 }, (_, at) => at),
      Uint8Array.from({ length: 16 }, (_, at) => at + 16),
    ),
  ).toBe(0x46dd794e);
});

it("names segments as PostgreSQL does", () => {
  expect(segmentName(1, SEGMENT_BYTES)).toBe("000000010000000000000001");
  expect(segmentName(2, 2 ** 32 + 5 * SEGMENT_BYTES)).toBe("000000020000000100000005");
});

/** Writes records as PostgreSQL does, with page headers. */
class WalWriter {
  readonly log = Buffer.alloc(3 * SEGMENT_BYTES);
  at = REDO;
  #previous = 0;

  constructor() {
    this.#header(SEGMENT_BYTES, 0);
  }

  /** @param filler bytes after the time */
  commit(timeMs: number, filler = 0): number {
    const data = Buffer.alloc(8 + filler);
    data.writeBigInt64LE(BigInt(Math.round((timeMs - EPOCH_MS) * 1_000)));
    const head = Buffer.alloc(5);
    head[0] = 254;
    head.writeUInt32LE(data.length, 1);
    return this.#record(1, 0, Buffer.concat([head, data]));
  }

  /** A crash loses all pages of the next record but its first one. */
  crash(): void {
    const [start, previous] = [this.at, this.#previous];
    this.commit(1_900_000_000_000, 3 * PAGE);
    const next = Math.ceil((start + 1) / PAGE) * PAGE;
    this.log.fill(0, next, this.at);
    this.#header(next, 0);
    this.log.writeUInt16LE(0x0008, next + 2);
    this.at = next + (next % SEGMENT_BYTES === 0 ? 40 : 24);
    this.#previous = previous;
  }

  #record(rmgr: number, info: number, body: Uint8Array): number {
    const lsn = this.at;
    const record = Buffer.concat([Buffer.alloc(24), body]);
    record.writeUInt32LE(record.length, 0);
    record.writeBigUInt64LE(BigInt(this.#previous), 8);
    record[16] = info;
    record[17] = rmgr;
    record.writeUInt32LE(crc32c(record.subarray(24), record.subarray(0, 20)), 20);
    for (let done = 0; done < record.length; ) {
      if (this.at % PAGE === 0) this.#header(this.at, record.length - done);
      if (this.at % PAGE === 0) this.at += this.at % SEGMENT_BYTES === 0 ? 40 : 24;
      const size = Math.min(record.length - done, PAGE - (this.at % PAGE));
      record.copy(this.log, this.at, done, done + size);
      done += size;
      this.at += size;
    }
    this.at = Math.ceil(this.at / 8) * 8;
    if (this.at % PAGE === 0) {
      this.#header(this.at, 0);
      this.at += this.at % SEGMENT_BYTES === 0 ? 40 : 24;
    }
    this.#previous = lsn;
    return lsn;
  }

  #header(at: number, continues: number): void {
    this.log.writeUInt16LE(0xd118, at);
    this.log.writeUInt16LE(continues > 0 ? 1 : 0, at + 2);
    this.log.writeUInt32LE(1, at + 4);
    this.log.writeBigUInt64LE(BigInt(at), at + 8);
    this.log.writeUInt32LE(continues, at + 16);
  }

  read = (name: string): Uint8Array | undefined => {
    const number = Number.parseInt(name.slice(16), 16);
    const end = (number + 1) * SEGMENT_BYTES;
    return number < 1 || end > this.log.length ? undefined : this.log.subarray(number * SEGMENT_BYTES, end);
  };
}

it("ends a log before the first commit after the target, across pages and segments", () => {
  const wal = new WalWriter();
  const commits: { readonly timeMs: number; readonly lsn: number }[] = [];
  for (let index = 0; wal.at < 2 * SEGMENT_BYTES + 100_000; index++) {
    const timeMs = 1_800_000_000_000 + 10 * index;
    commits.push({ timeMs, lsn: wal.commit(timeMs, (index * 7_919) % 60_000) });
  }
  const found = [...walRecords(wal.read, 1, REDO)];
  expect(found.map(({ lsn, commitMs }) => ({ timeMs: commitMs, lsn }))).toEqual(commits);
  const start = { timeline: 1, redo: REDO };
  expect(findEnd(wal.read, start)).toEqual({ end: wal.at, lastLsn: commits.at(-1)!.lsn, isComplete: false });
  for (const [index, { timeMs }] of [...commits.entries()].slice(1, -1)) {
    if (index % 200 !== 1) continue;
    const [former, next] = [commits[index]!.lsn, commits[index + 1]!.lsn];
    for (const targetMs of [timeMs, timeMs + 9.9])
      expect(findEnd(wal.read, start, targetMs)).toEqual({ end: next, lastLsn: former, isComplete: true });
  }
});

it("continues after a record that a crash of the server has cut off", () => {
  const wal = new WalWriter();
  const before = wal.commit(1_800_000_000_000, 1_000);
  wal.crash();
  const after = wal.commit(1_800_000_000_001, 1_000);
  expect([...walRecords(wal.read, 1, REDO)].map(({ lsn }) => lsn)).toEqual([before, after]);
});

it("ends before a record of which any byte differs", () => {
  const wal = new WalWriter();
  const lsns = Array.from({ length: 30 }, (_, index) => wal.commit(1_800_000_000_000 + index, 1_000));
  const { end } = findEnd(wal.read, { timeline: 1, redo: REDO });
  for (let at = lsns[10]!; at < lsns[12]!; at += 37) {
    if (at % PAGE < 24 && at % PAGE >= 20) continue;
    wal.log[at]! ^= 0x10;
    const damaged = findEnd(wal.read, { timeline: 1, redo: REDO });
    wal.log[at]! ^= 0x10;
    expect(damaged.end, `at ${at}`).toBeLessThan(end);
  }
});
