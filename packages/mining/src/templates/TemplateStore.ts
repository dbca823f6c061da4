import { bytesToHex, type Clock } from "@trellis/base";
import type { BlockTemplate, Hash, OfferedTemplate, WorkRequest } from "@trellis/protocol";

/** A later block on the template would probably be red. */
const LIFE_MS = 30_000;
const TEMPLATES_MAX = 256;

export interface StoredTemplate extends OfferedTemplate {
  /** Nonces with sufficient work, of blocks and shares. */
  readonly nonces: Set<bigint>;
}

/** Templates that miners may still be searching, oldest first. [MINE-3] */
export class TemplateStore {
  readonly #clock: Clock;
  readonly #templates = new Map<Hash, StoredTemplate>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(template: BlockTemplate): StoredTemplate {
    const id = bytesToHex(template.sealRoot);
    const expiresMs = this.#clock.nowMs() + LIFE_MS;
    const stored = { id, template, expiresMs, nonces: this.#templates.get(id)?.nonces ?? new Set<bigint>() };
    this.#templates.delete(id);
    this.#templates.set(id, stored);
    this.#expire();
    return stored;
  }

  get(id: Hash): StoredTemplate | undefined {
    this.#expire();
    return this.#templates.get(id);
  }

  #expire(): void {
    const nowMs = this.#clock.nowMs();
    for (const { id, expiresMs } of this.#templates.values()) {
      if (expiresMs > nowMs) break;
      this.#templates.delete(id);
    }
    if (this.#templates.size > TEMPLATES_MAX) this.#templates.delete(this.#surplus());
  }

  /** The oldest template of the pair with most, so that no pair evicts another's. */
  #surplus(): Hash {
    const ofPairs = Map.groupBy(this.#templates.values(), ({ template: { header } }) => pairOf(header));
    const [most] = [...ofPairs.values()].sort((a, b) => b.length - a.length);
    return most![0]!.id;
  }
}

/** Stream and reward address. */
export function pairOf({ stream, miner }: WorkRequest): string {
  return `${stream}/${miner}`;
}
