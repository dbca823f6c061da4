import type { Body } from "../block/Block.ts";
import type { Header } from "../block/Header.ts";
import type { Address, Hash } from "../words.ts";

export type AfterSlowGas = "wait" | "last" | "take";

export interface TemplateRequest {
  readonly miner: Address;
  readonly stream: number;
  readonly extra: Uint8Array;
  /**
   * Large transactions after slow gas: "wait" (default); "last": only when nothing else waits; "take": no rule (blocks
   * on demand). [EXEC-34]
   */
  readonly afterSlowGas?: AfterSlowGas;
}

export interface BlockTemplate {
  /** The nonce is 0. */
  readonly header: Header;
  readonly body: Body;
  readonly sealRoot: Uint8Array;
  /** Maximum proof-of-work hash. */
  readonly target: bigint;
}

export interface BlockBuilder {
  createTemplate(request: TemplateRequest): Promise<BlockTemplate>;
  /** Resolves after the commit. */
  importSealed(template: BlockTemplate, nonce: bigint): Promise<Hash>;
}
