import { type Address, type Body, bodyRoot, type Hash, HEADER_VERSION, type Header } from "@trellis/protocol";
import type { ExecutionResult } from "../execution/executeBlock.ts";
import type { DagPlace } from "./ChainDag.ts";
import { impliedFields } from "./impliedFields.ts";
import type { Stages } from "./Stages.ts";

/** A header before the roots are known. */
export type Draft = Omit<
  Header,
  "bodyRoot" | "acceptedRoot" | "stateRoot" | "receiptsRoot" | "logsBloom" | "gasUsed"
>;

export interface DraftRequest {
  /** The selected parent first. */
  readonly parents: readonly Hash[];
  readonly stream: number;
  readonly miner: Address;
  readonly extra: Uint8Array;
  readonly nowMs: number;
}

/** What a block on these parents must say, and where it will stand. */
export function draftHeader(
  stages: Pick<Stages, "chainDag" | "blocks" | "options">,
  { parents, stream, miner, extra, nowMs }: DraftRequest,
): { readonly draft: Draft; readonly place: DagPlace } {
  const { chainDag, options } = stages;
  const place = chainDag.place({ parents, stream });
  const draft: Draft = {
    version: HEADER_VERSION,
    shard: options.shard,
    parents,
    timestampMs: Math.max(nowMs, place.medianTimeMs + 1),
    stream,
    ...impliedFields(stages, place),
    finalized: chainDag.finalPoint(place.selectedParent),
    miner,
    extra,
    seal: { branch: [], nonce: 0n },
  };
  return { draft, place };
}

export function withRoots(draft: Draft, body: Body, result: ExecutionResult, stateRoot: Hash): Header {
  return {
    ...draft,
    bodyRoot: bodyRoot(body),
    acceptedRoot: result.acceptedRoot,
    stateRoot,
    receiptsRoot: result.receiptsRoot,
    logsBloom: result.logsBloom,
    gasUsed: result.gasUsed,
  };
}
