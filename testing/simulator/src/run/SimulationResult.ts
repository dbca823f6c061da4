import type { Failure } from "../checks/Failure.ts";
import type { MessageCounts } from "../shards/MessageLedger.ts";

export interface SimulationResult {
  readonly seed: number;
  readonly nodes: number;
  readonly byzantine: number;
  readonly faults: readonly string[];
  readonly blocks: number;
  readonly reds: number;
  readonly removed: number;
  readonly finalNumber: number;
  readonly validators: number;
  readonly checkpoints: number;
  readonly epochs: number;
  readonly punished: number;
  /** Of a network with several shards. */
  readonly shards?: {
    readonly count: number;
    readonly machines: number;
    /** Invalid blocks of dishonest machines. */
    readonly lies: number;
    /** How often dishonest machines withheld or invented the newest anchor. */
    readonly falseAnchors: number;
  } & Partial<MessageCounts>;
  readonly transactions: number;
  readonly crashes: number;
  readonly offences: number;
  readonly bans: number;
  readonly lostBatches: number;
  readonly messages: number;
  readonly bytes: number;
  readonly events: number;
  readonly virtualS: number;
  readonly wallMs: number;
  readonly digest: string;
  readonly failure: Failure | undefined;
  readonly trace: readonly string[];
}
