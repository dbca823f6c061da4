import type { Body } from "../block/Block.ts";
import type { Header } from "../block/Header.ts";
import type { Address, Hash } from "../words.ts";

export type AfterSlowGas = "wait" | "last" | "take";

export interface TemplateRequest {
  readonly miner: Address;
  /** Index into the network's streams. */
  readonly stream: number;
  readonly extra: Uint8Array;
  /**
   * Large transactions after slow gas: wait (default), come last when nothing else waits, or no rule, for blocks on
   * demand. [EXEC-34]
   */
  readonly afterSlowGas?: AfterSlowGas;
}

/** A block without its nonce. */
export interface BlockTemplate {
  /** With nonce 0. */
  readonly header: Header;
  readonly body: Body;
  readonly sealRoot: Uint8Array;
  /** Maximum proof-of-work hash. */
  readonly target: bigint;
}

/** Builds templates on the sink and imports sealed blocks. */
export interface BlockBuilder {
  createTemplate(request: TemplateRequest): Promise<BlockTemplate>;
  /** Resolves to the hash after the commit. */
  importSealed(template: BlockTemplate, nonce: bigint): Promise<Hash>;
}
