import type { Block, Hash } from "@trellis/protocol";
import type { PeerId } from "../../transport/Transport.ts";
import { BLOCK_QUEUE_LIMITS } from "../limits.ts";

export interface Orphan {
  readonly block: Block;
  readonly from: PeerId;
  readonly rounds: number;
  readonly missing: Set<Hash>;
  readonly bytes: number;
  readonly sinceMs: number;
}

/** [SYNC-6] */
export class OrphanPool {
  readonly #orphans = new Map<Hash, Orphan>();
  readonly #waiting = new Map<Hash, Set<Hash>>();
  readonly #shares = new Map<PeerId, { count: number; bytes: number }>();
  #bytes = 0;

  get size(): number {
    return this.#orphans.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(hash: Hash): Orphan | undefined {
    return this.#orphans.get(hash);
  }

  /** If full, evicts the peer's oldest orphan, or the oldest of all. */
  add(orphan: Orphan): void {
    const { block, from, missing, bytes } = orphan;
    this.#orphans.set(block.hash, orphan);
    for (const parent of missing) {
      const waiting = this.#waiting.get(parent);
      if (waiting === undefined) this.#waiting.set(parent, new Set([block.hash]));
      else waiting.add(block.hash);
    }
    const share = this.#shares.get(from) ?? { count: 0, bytes: 0 };
    this.#shares.set(from, { count: share.count + 1, bytes: share.bytes + bytes });
    this.#bytes += bytes;
    this.#makeRoom(from);
  }

  release(parent: Hash): Orphan[] {
    const ready: Orphan[] = [];
    for (const hash of this.#waiting.get(parent) ?? []) {
      const orphan = this.#orphans.get(hash)!;
      orphan.missing.delete(parent);
      if (orphan.missing.size > 0) continue;
      this.#remove(orphan);
      ready.push(orphan);
    }
    this.#waiting.delete(parent);
    return ready;
  }

  dropDescendants(parent: Hash): Orphan[] {
    const dropped: Orphan[] = [];
    for (const ancestors = [parent]; ancestors.length > 0; ) {
      for (const hash of [...(this.#waiting.get(ancestors.pop()!) ?? [])]) {
        const orphan = this.#orphans.get(hash)!;
        this.#remove(orphan);
        dropped.push(orphan);
        ancestors.push(hash);
      }
    }
    return dropped;
  }

  dropOlderThan(ms: number): number {
    let count = 0;
    for (const orphan of this.#orphans.values()) {
      if (orphan.sinceMs >= ms) break;
      this.#remove(orphan);
      count++;
    }
    return count;
  }

  #makeRoom(from: PeerId): void {
    const { orphanCountMax, orphanBytesMax, orphansPerPeerMax, orphanBytesPerPeerMax } = BLOCK_QUEUE_LIMITS;
    for (const orphan of this.#orphans.values()) {
      const share = this.#shares.get(from)!;
      if (share.count <= orphansPerPeerMax && share.bytes <= orphanBytesPerPeerMax) break;
      if (orphan.from === from) this.#remove(orphan);
      if (!this.#shares.has(from)) break;
    }
    for (const orphan of this.#orphans.values()) {
      if (this.#orphans.size <= orphanCountMax && this.#bytes <= orphanBytesMax) break;
      this.#remove(orphan);
    }
  }

  #remove({ block: { hash }, from, missing, bytes }: Orphan): void {
    this.#orphans.delete(hash);
    for (const parent of missing) {
      const waiting = this.#waiting.get(parent);
      waiting?.delete(hash);
      if (waiting?.size === 0) this.#waiting.delete(parent);
    }
    const share = this.#shares.get(from)!;
    if (share.count === 1) this.#shares.delete(from);
    else this.#shares.set(from, { count: share.count - 1, bytes: share.bytes - bytes });
    this.#bytes -= bytes;
  }
}
