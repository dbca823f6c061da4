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
   * What becomes of large transactions just after slow gas: they wait, by default; they come last, when nothing else
   * waits; or they are taken like any other, as in a block that somebody asked for. [EXEC-34]
   */
  readonly afterSlowGas?: AfterSlowGas;
}

/** A block that lacks only its nonce. */
export interface BlockTemplate {
  /** The seal's nonce is zero. */
  readonly header: Header;
  readonly body: Body;
  readonly sealRoot: Uint8Array;
  /** The proof-of-work hash must not exceed it. */
  readonly target: bigint;
}

/** Builds blocks on the sink and takes them back with their proof of work. */
export interface BlockBuilder {
  createTemplate(request: TemplateRequest): Promise<BlockTemplate>;
  /** Imports the template with its nonce; resolves to its hash when it is stored. */
  importSealed(template: BlockTemplate, nonce: bigint): Promise<Hash>;
}
