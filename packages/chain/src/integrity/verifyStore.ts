import { EMPTY_TRIE_ROOT, type Hash, ZERO_HASH } from "@trellis/protocol";
import type { KeyReader } from "@trellis/storage";
import { BlockStore } from "../store/BlockStore.ts";
import { openChainTables } from "../store/tables.ts";
import { Problems } from "./Problems.ts";
import { verifyAnchors, verifySentMessages } from "./verifyAnchors.ts";
import { verifyBlocks } from "./verifyBlocks.ts";
import { verifyCertificates } from "./verifyCertificates.ts";
import { verifyControl } from "./verifyControl.ts";
import { verifyExecutions } from "./verifyExecutions.ts";
import { verifyHistory } from "./verifyHistory.ts";
import { verifyImportedState } from "./verifyImportedState.ts";
import { verifyMeta } from "./verifyMeta.ts";
import { verifyState } from "./verifyState.ts";

export interface StoreReport {
  readonly head: { readonly number: number; readonly hash: Hash };
  /** Later blocks are executed again at each start. */
  readonly base: { readonly number: number; readonly hash: Hash; readonly stateRoot: Hash };
  readonly blocks: number;
  readonly transactions: number;
  readonly accounts: number;
  readonly slots: number;
  readonly problems: readonly string[];
}

/** Recomputes every hash, root, sender and index, but not the state of a fork. */
export function verifyStore(store: KeyReader): StoreReport {
  const tables = openChainTables(store);
  const blocks = new BlockStore(tables);
  const problems = new Problems();
  const ends = verifyMeta(tables, blocks, problems);
  if (ends === undefined) return { ...NOTHING, problems: problems.list() };
  const { base, baseHash, sink, sinkHash } = ends;
  const counts = { blocks: 0, transactions: 0, accounts: 0, slots: 0 };
  problems.attempt("blocks", () => {
    counts.blocks = verifyBlocks(tables, blocks, ends, problems);
  });
  problems.attempt("executions", () => {
    counts.transactions = verifyExecutions(tables, blocks, ends, problems);
  });
  problems.attempt("certificates", () => verifyCertificates(tables, blocks, ends, problems));
  problems.attempt("anchors", () => verifyAnchors(tables, blocks, ends, problems));
  problems.attempt("sentMessages", () => verifySentMessages(tables, ends, problems));
  problems.attempt("control", () => verifyControl(tables, problems));
  problems.attempt("state", () => {
    if (ends.isForked) return;
    const verify = ends.isImported ? verifyImportedState : verifyState;
    Object.assign(counts, verify(tables, base.stateRoot, problems));
    verifyHistory(tables, blocks, ends, problems);
  });
  return {
    head: { number: sink.number, hash: sinkHash },
    base: { number: base.number, hash: baseHash, stateRoot: base.stateRoot },
    ...counts,
    problems: problems.list(),
  };
}

const NOTHING = {
  head: { number: 0, hash: ZERO_HASH },
  base: { number: 0, hash: ZERO_HASH, stateRoot: EMPTY_TRIE_ROOT },
  blocks: 0,
  transactions: 0,
  accounts: 0,
  slots: 0,
} as const;
