import { createHash } from "node:crypto";
import { bytesToHex } from "@trellis/base";
import type { BlockBuilder, BlockTemplate, ChainEvent, Hash, TemplateRequest } from "@trellis/protocol";

export const HEAVY_STREAM = 1;
const STREAMS = [
  { name: "memory", algorithm: "memory", memoryKiB: 2_048, passes: 1 },
  { name: "heavy", algorithm: "heavy", memoryKiB: 0, passes: 0 },
];

/** Builds templates with distinct seal roots, which one hash in `hashesPerBlock` seals. */
export class FakeBuilder implements BlockBuilder {
  readonly requests: TemplateRequest[] = [];
  readonly imported: { readonly miner: string; readonly nonce: bigint }[] = [];
  hashesPerBlock = 4n;
  failure: Error | undefined;
  importFailure: Error | undefined;
  buildMs = 0;
  readonly #wait: (ms: number) => Promise<void>;
  outdate: (() => void) | undefined;
  #listener: ((event: ChainEvent) => void) | undefined;

  constructor(wait: (ms: number) => Promise<void> = async () => {}) {
    this.#wait = wait;
  }

  readonly chain = {
    parameters: { streams: STREAMS } as never,
    subscribe: (listener: (event: ChainEvent) => void) => {
      this.#listener = listener;
      return () => {
        this.#listener = undefined;
      };
    },
  };

  get isFollowed(): boolean {
    return this.#listener !== undefined || this.outdate !== undefined;
  }

  subscribe(outdated: () => void): () => void {
    this.outdate = outdated;
    return () => {
      this.outdate = undefined;
    };
  }

  addBlock(): void {
    this.emit("added");
  }

  emit(kind: ChainEvent["kind"]): void {
    this.#listener?.({ kind } as ChainEvent);
  }

  async createTemplate(request: TemplateRequest): Promise<BlockTemplate> {
    this.requests.push(request);
    if (this.buildMs > 0) await this.#wait(this.buildMs);
    if (this.failure !== undefined) throw this.failure;
    const { stream, miner } = request;
    return {
      header: { stream, miner },
      body: { transactions: [] },
      sealRoot: createHash("sha256").update(`template ${this.requests.length}`).digest(),
      target: 2n ** 256n / this.hashesPerBlock - 1n,
    } as unknown as BlockTemplate;
  }

  async importSealed({ header, sealRoot }: BlockTemplate, nonce: bigint): Promise<Hash> {
    if (this.importFailure !== undefined) throw this.importFailure;
    this.imported.push({ miner: header.miner, nonce });
    return bytesToHex(createHash("sha256").update(sealRoot).update(`${nonce}`).digest());
  }
}
