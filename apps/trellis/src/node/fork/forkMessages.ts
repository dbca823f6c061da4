import type { MessagePort } from "node:worker_threads";
import type { TrellisError } from "@trellis/base";
import type { Address, Hash } from "@trellis/protocol";
import type { ForkAccount, ForkBlock } from "./ForkReader.ts";

export type Question =
  | { readonly kind: "find"; readonly number: number | "latest" }
  | { readonly kind: "check"; readonly block: ForkBlock }
  | { readonly kind: "account"; readonly block: ForkBlock; readonly address: Address }
  | {
      readonly kind: "slot";
      readonly block: ForkBlock;
      readonly address: Address;
      readonly slot: Hash;
      readonly storageRoot: Hash | undefined;
    }
  | { readonly kind: "blockHash"; readonly block: ForkBlock; readonly number: number }
  | {
      readonly kind: "request";
      readonly block: ForkBlock;
      readonly method: string;
      readonly params: readonly unknown[];
    };

export interface Answers {
  readonly find: ForkBlock;
  readonly check: boolean;
  readonly account: ForkAccount;
  readonly slot: bigint;
  readonly blockHash: Hash;
  readonly request: unknown;
}

export type AnswerTo<Q extends Question> = Answers[Q["kind"]];

export interface SentQuestion {
  readonly id: number;
  /** The asking thread is blocked, so the answer goes to the port. */
  readonly isNow: boolean;
  readonly question: Question;
}

export type SentAnswer =
  | { readonly id: number; readonly value: Answers[keyof Answers] }
  | { readonly id: number; readonly failure: Pick<TrellisError, "code" | "facts"> };

export interface ForkWorkerOptions {
  readonly url: string;
  /** Index 0 counts the answers at the port. */
  readonly count: SharedArrayBuffer;
  readonly answers: MessagePort;
}
