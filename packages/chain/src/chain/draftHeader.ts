import {
  type Address,
  type Anchor,
  type Body,
  bodyRoot,
  type Hash,
  type Header,
  headerVersion,
  type NetworkParameters,
} from "@trellis/protocol";
import type { HeaderContext } from "../consensus/ChainDag.ts";
import { type AnchoredBlocks, namesInShard, nextAnchor } from "../consensus/rules/anchor.ts";
import { impliedFields } from "../consensus/rules/impliedFields.ts";
import type { BlockRules } from "../execution/blockRules.ts";
import type { Executor } from "../execution/Executor.ts";
import type { ExecutionResult } from "../execution/executeBlock.ts";
import type { CarriedVotes } from "../finality/certificates/findVotes.ts";

export type Draft = Omit<
  Header,
  "bodyRoot" | "acceptedRoot" | "stateRoot" | "receiptsRoot" | "logsBloom" | "gasUsed"
>;

export interface DraftRequest {
  readonly parents: readonly Hash[];
  readonly stream: number;
  readonly miner: Address;
  readonly extra: Uint8Array;
  readonly nowMs: number;
  readonly votes: CarriedVotes;
  /** Default: the newest. */
  readonly anchor?: Anchor | undefined;
}

export interface DraftOptions {
  readonly parameters: NetworkParameters;
  readonly shard: number;
}

export interface DraftPorts extends AnchoredBlocks {
  readonly executor: Executor;
}

export function draftHeader(
  { parameters, shard }: DraftOptions,
  ports: DraftPorts,
  { parents, stream, miner, extra, nowMs, votes, anchor }: DraftRequest,
): { readonly draft: Draft; readonly context: HeaderContext; readonly rules: BlockRules } {
  const { chainDag, executor } = ports;
  const context = chainDag.contextOf({ parents, stream });
  const rules = executor.rules(context, votes, { extra });
  const draft: Draft = {
    version: headerVersion(parameters),
    shard,
    parents,
    timestampMs: Math.max(nowMs, context.medianTimeMs + 1),
    stream,
    ...impliedFields(ports, context),
    baseFee: rules.baseFee,
    ...namesOf(parameters, ports, { shard, parents, anchor, rules }),
    miner,
    extra,
    seal: { branch: [], nonce: 0n },
  };
  return { draft, context, rules };
}

interface NamesRequest extends Pick<DraftRequest, "parents" | "anchor"> {
  readonly shard: number;
  readonly rules: BlockRules;
}

function namesOf(
  { sharding }: NetworkParameters,
  known: AnchoredBlocks,
  { shard, parents, anchor, rules }: NamesRequest,
): Pick<Header, "finalized" | "anchor"> {
  if (shard > 0) return namesInShard(known, parents, anchor);
  const finalized = rules.finalized();
  return { finalized, ...(sharding && { anchor: anchor ?? nextAnchor(known, parents[0]!, finalized) }) };
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
