import type { Body } from "../block/Block.ts";
import type { Header } from "../block/Header.ts";
import type { Address, Hash } from "../words.ts";

export type AfterSlowGas = "wait" | "last" | "take";

export interface TemplateRequest {
  readonly miner: Address;
  readonly stream: number;
  readonly extra: Uint8Array;
  /**
   * "wait" (default) omits large transactions after slow gas, "last" includes them if nothing else is
   * pending, "take" includes them. [EXEC-34]
   */
  readonly afterSlowGas?: AfterSlowGas;
}

export interface BlockTemplate {
  /** The seal's nonce is 0. */
  readonly header: Header;
  readonly body: Body;
  readonly sealRoot: Uint8Array;
  readonly target: bigint;
}

export interface BlockBuilder {
  createTemplate(request: TemplateRequest): Promise<BlockTemplate>;
  importSealed(template: BlockTemplate, nonce: bigint): Promise<Hash>;
}
