import { type Body, bodyRoot, EMPTY_BODY, type Hash, type Header, headerHash } from "@trellis/protocol";
import type { PeerId } from "../../transport/Transport.ts";
import { READING_LIMITS } from "../limits.ts";

export interface Pending {
  readonly hash: Hash;
  readonly header: Header;
  isChecked: boolean;
  /** The recovery of the body's senders has begun. */
  isRecovering: boolean;
  askedCount: number;
  readonly lackedBy: Set<PeerId>;
  body: Body | undefined;
  bodyBytes: number;
}

const EMPTY_BODY_ROOT = bodyRoot(EMPTY_BODY);

/** Contains parents before children. [SYNC-11] */
export class HeaderWindow {
  #pending: Pending[] = [];
  readonly #byHash = new Map<Hash, Pending>();
  #pageTops: Hash[] = [];
  #bodyBytes = 0;

  get size(): number {
    return this.#pending.length;
  }

  get hasRoom(): boolean {
    return this.#pending.length < READING_LIMITS.headersAheadMax;
  }

  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  get first(): Pending | undefined {
    return this.#pending[0];
  }

  get last(): Pending | undefined {
    return this.#pending.at(-1);
  }

  get pageTops(): readonly Hash[] {
    return this.#pageTops;
  }

  get(hash: Hash): Pending | undefined {
    return this.#byHash.get(hash);
  }

  has(hash: Hash): boolean {
    return this.#byHash.has(hash);
  }

  [Symbol.iterator](): Iterator<Pending> {
    return this.#pending[Symbol.iterator]();
  }

  pushPage(
    headers: readonly { readonly hash: Hash; readonly header: Header }[],
    top: Hash | undefined,
  ): Pending[] {
    const added: Pending[] = [];
    for (const { hash, header } of headers) {
      if (this.#byHash.has(hash)) continue;
      const pending: Pending = {
        hash,
        header,
        isChecked: false,
        isRecovering: false,
        askedCount: 0,
        lackedBy: new Set(),
        body: header.bodyRoot === EMPTY_BODY_ROOT ? EMPTY_BODY : undefined,
        bodyBytes: 0,
      };
      this.#pending.push(pending);
      this.#byHash.set(hash, pending);
      added.push(pending);
    }
    if (top !== undefined) {
      this.#pageTops = [top, ...this.#pageTops].slice(0, READING_LIMITS.pageTopsMax);
    }
    return added;
  }

  putBody(pending: Pending, body: Body, bytes: number): void {
    pending.body = body;
    pending.bodyBytes = bytes;
    this.#bodyBytes += bytes;
  }

  takeRun(blocksMax: number, bytesMax: number): Pending[] {
    const { count, bytes } = this.#nextRun(blocksMax, bytesMax);
    const run = this.#pending.slice(0, count);
    this.#pending = this.#pending.slice(count);
    this.#bodyBytes -= bytes;
    return run;
  }

  /** Blocks of the next run whose recovery has not begun. */
  unrecovered(blocksMax: number, bytesMax: number): Pending[] {
    const { count } = this.#nextRun(blocksMax, bytesMax);
    return this.#pending.slice(0, count).filter(({ isRecovering }) => !isRecovering);
  }

  #nextRun(blocksMax: number, bytesMax: number): { readonly count: number; readonly bytes: number } {
    let count = 0;
    let bytes = 0;
    for (const { body, bodyBytes, isChecked } of this.#pending) {
      if (body === undefined || !isChecked || count === blocksMax || bytes > bytesMax) break;
      bytes += bodyBytes;
      count++;
    }
    return { count, bytes };
  }

  forget(run: readonly Pending[]): void {
    for (const { hash } of run) this.#byHash.delete(hash);
  }

  dropUnchecked(): void {
    const end = this.#pending.findIndex(({ isChecked }) => !isChecked);
    if (end < 0) return;
    for (const { hash } of this.#pending.splice(end)) this.#byHash.delete(hash);
  }
}

export function withHashes(headers: readonly Header[]): { hash: Hash; header: Header }[] {
  return headers.map((header) => ({ hash: headerHash(header), header }));
}
