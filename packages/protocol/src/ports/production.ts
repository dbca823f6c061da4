import type { Body } from "../block/Block.ts";
import type { Header } from "../block/Header.ts";
import type { Address, Hash } from "../words.ts";
import type { AccountOverride } from "./evm.ts";

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
  /** The block only sets this state, and takes no transactions. Requires `isControlled`. [DEV-4] */
  readonly override?: ReadonlyMap<Address, AccountOverride>;
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
  /** Tells of what outdates templates besides the chain's events. @returns a function that stops */
  subscribe?(outdated: () => void): () => void;
}

/** Miners of one stream with one reward address share templates. */
export interface WorkRequest {
  readonly stream: number;
  readonly miner: Address;
}

export interface OfferedTemplate {
  /** The seal root. */
  readonly id: Hash;
  readonly template: BlockTemplate;
  readonly expiresMs: number;
}

export interface WorkerIdentity {
  /** Where it gets its work. */
  readonly source: "node" | "rpc" | "stratum";
  readonly stream: number;
  /** Reward address, and of Stratum's miners ADDRESS.NAME, as they logged in. */
  readonly worker: string;
}

export interface WorkerStatistics extends WorkerIdentity {
  /** What the node searches with, or the program that a Stratum miner names. Otherwise empty. */
  readonly device: string;
  readonly connections: number;
  readonly difficulty: number;
  /** Hashes per second: of the node as measured, of others as estimated from accepted shares. */
  readonly hashRate: number;
  readonly accepted: number;
  readonly stale: number;
  readonly invalid: number;
  readonly duplicate: number;
  readonly blocks: number;
  /** Those whose colour is final. */
  readonly blue: number;
  readonly red: number;
  /** Of the blue ones, without tips. */
  readonly rewardsWei: bigint;
  readonly lastShareMs: number | undefined;
}

export interface TemplateWatcher {
  notify(offered: OfferedTemplate): void;
  /** Another network address takes the place. */
  end(): void;
}

/** A caller is a network address. */
export interface MiningService {
  /** @throws MINING_LIMITED, MINING_UNAVAILABLE, and errors of the builder */
  template(request: WorkRequest, caller: string): Promise<OfferedTemplate>;
  /** Notifies of each new template. Returns a function that stops. @throws MINING_LIMITED */
  watch(request: WorkRequest, caller: string, watcher: TemplateWatcher): () => void;
  /**
   * @param isKnown the caller has a key, or is a program on this machine; by default it is a stranger
   * @throws TEMPLATE_UNKNOWN, WORK_DUPLICATE, WORK_INSUFFICIENT, MINING_LIMITED, MINING_BUSY, and errors of the import
   */
  submit(id: Hash, nonce: bigint, caller: string, isKnown?: boolean): Promise<Hash>;
  workers(): readonly WorkerStatistics[];
}
