import { bigintToBytes, bytesToBigint, LruMap } from "@trellis/base";
import { bitsToSigners, type Certificate, type Hash } from "@trellis/protocol";
import type { ChainBatch } from "../../store/ChainBatch.ts";
import type { ChainTables } from "../../store/tables.ts";

/** Certificates checked for deletion per batch. A batch adds fewer. */
const LOOKED_AT_MAX = 16;
const RECENT_MAX = 256;
/** More than the number of blocks with stored states. */
const BLOCKS_MAX = 4_096;

/** [FINAL-15] */
export class CertificateStore {
  readonly #tables: Pick<ChainTables, "certificates" | "meta">;
  readonly #recorded = new LruMap<Hash, readonly Certificate[]>(BLOCKS_MAX);
  readonly #awaited = new Map<number, Certificate>();
  #prunedTo = 0;
  #finalHeight: number;
  #recent: readonly Certificate[] | undefined;
  #above: { readonly height: number; readonly certificates: readonly Certificate[] } | undefined;
  /** At the final height, which each block asks for. Null if it is not known. */
  #newest: Certificate | null | undefined;

  constructor(tables: Pick<ChainTables, "certificates" | "meta">) {
    this.#tables = tables;
    this.#finalHeight = Number(bytesToBigint(tables.meta.get("finalHeight") ?? new Uint8Array(0)));
    for (const [height, certificate] of tables.certificates.range({ from: this.#finalHeight + 1 })) {
      this.#awaited.set(height, certificate);
    }
  }

  get finalHeight(): number {
    return this.#finalHeight;
  }

  get awaited(): readonly Certificate[] {
    return [...this.#awaited.values()];
  }

  get(height: number): Certificate | undefined {
    if (height > this.#finalHeight) return undefined;
    if (height < this.#finalHeight) return this.#tables.certificates.get(height);
    if (this.#newest === undefined) this.#newest = this.#tables.certificates.get(height) ?? null;
    return this.#newest ?? undefined;
  }

  *from(height: number): Generator<Certificate> {
    const range = { from: Math.max(1, height), to: this.#finalHeight };
    // Blocks ask from the final height on, which is known without the store.
    if (range.from < range.to)
      for (const [, certificate] of this.#tables.certificates.range(range)) yield certificate;
    const newest = height > this.#finalHeight ? undefined : this.get(this.#finalHeight);
    if (newest !== undefined) yield newest;
  }

  /** Also those whose block is not final. */
  above(height: number): readonly Certificate[] {
    if (this.#above?.height === height) return this.#above.certificates;
    const rows = [...this.#tables.certificates.range({ from: height + 1 })];
    const certificates = rows.map(([, certificate]) => certificate);
    this.#above = { height, certificates };
    return certificates;
  }

  recent(): readonly Certificate[] {
    const range = { to: this.#finalHeight + 1, isReverse: true, countMax: RECENT_MAX };
    this.#recent ??= [...this.#tables.certificates.range(range)].map(([, certificate]) => certificate);
    return this.#recent;
  }

  giveUp({ height }: Certificate): void {
    this.#awaited.delete(height);
  }

  remember(block: Hash, certificates: readonly Certificate[]): void {
    if (certificates.length > 0) this.#recorded.set(block, certificates);
  }

  recordedBy(blocks: readonly { readonly hash: Hash }[]): Certificate[] {
    return blocks.flatMap(({ hash }) => this.#recorded.get(hash) ?? []);
  }

  add(batch: ChainBatch, certificates: readonly Certificate[], finalHeight: number): void {
    const { meta, certificates: table } = this.#tables;
    for (const certificate of certificates) {
      const { height } = certificate;
      const known = batch.get(table, height);
      const isOfAnother = height > this.#finalHeight && isOfAnotherBallot(certificate, known);
      if (known === undefined || isOfAnother || isFuller(certificate, known))
        batch.put(table, height, certificate);
    }
    if (finalHeight !== this.#finalHeight)
      batch.put(meta, "finalHeight", bigintToBytes(BigInt(finalHeight), 8));
    batch.onCommit(() => this.#settle(certificates, finalHeight));
  }

  /** The caller clears the table. [DEV-6] */
  clear(batch: ChainBatch): void {
    batch.delete(this.#tables.meta, "finalHeight");
    batch.onCommit(() => {
      this.#finalHeight = 0;
      this.#prunedTo = 0;
      this.#forget();
      this.#awaited.clear();
      this.#recorded.clear();
    });
  }

  /** Keeps the last certificate of each epoch. [FINAL-19] */
  deletePruned(batch: ChainBatch, isPruned: (block: Hash) => boolean): void {
    const { certificates: table } = this.#tables;
    const range = { from: this.#prunedTo, to: this.#finalHeight + 1, countMax: LOOKED_AT_MAX };
    const [first, ...rest] = table.range(range);
    let certificate = first?.[1];
    for (const [, next] of rest) {
      if (!isPruned(certificate!.value)) break;
      if (certificate!.epoch === next.epoch) {
        batch.delete(table, certificate!.height);
        batch.onCommit(() => this.#forget());
      }
      certificate = next;
      this.#prunedTo = next.height;
    }
  }

  #forget(): void {
    this.#recent = undefined;
    this.#above = undefined;
    this.#newest = undefined;
  }

  #settle(certificates: readonly Certificate[], finalHeight: number): void {
    if (finalHeight !== this.#finalHeight || certificates.length > 0) this.#forget();
    this.#finalHeight = finalHeight;
    for (const certificate of certificates) this.#awaited.set(certificate.height, certificate);
    for (const height of this.#awaited.keys()) if (height <= finalHeight) this.#awaited.delete(height);
  }
}

/** In shard n > 0, certificates of a set that no longer votes are void. [SHARD-15.3] */
function isOfAnotherBallot({ value, epoch }: Certificate, known: Certificate | undefined): boolean {
  return known === undefined || epoch > known.epoch || (epoch === known.epoch && value !== known.value);
}

function isFuller(certificate: Certificate, known: Certificate): boolean {
  const countOf = ({ signers }: Certificate): number => bitsToSigners(signers).length;
  return certificate.value === known.value && countOf(certificate) > countOf(known);
}
