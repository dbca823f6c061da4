import { isTrellisError } from "@trellis/base";
import type { BlockExchange, Hash, StateExchange } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { GreetedPeer } from "../directory/PeerDirectory.ts";
import { withHashes } from "../headers/HeaderWindow.ts";
import { pageFault } from "../headers/verifyPage.ts";
import { READING_LIMITS } from "../limits.ts";
import type { PeerRequests } from "../PeerRequests.ts";

export interface CheckpointHeadersOptions {
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly requests: PeerRequests;
  readonly guard: PeerGuard;
  readonly genesis: Hash;
  readonly checkpoint: Hash;
  readonly progressed: (number: number) => void;
  readonly isStopped: () => boolean;
}

/** A block of the selected chain above the checkpoint. */
export interface ChainStep {
  readonly hash: Hash;
  readonly number: number;
}

/**
 * Takes a peer's headers in up to its sink. [SYNC-22]
 * @returns the selected chain from the checkpoint to the sink; undefined if the peer cannot give it
 * @throws CHAIN_STOPPED
 */
export async function readToCheckpoint(
  options: CheckpointHeadersOptions,
  { id, hello }: GreetedPeer,
): Promise<readonly ChainStep[] | undefined> {
  const { chain, requests, genesis, checkpoint, progressed, isStopped } = options;
  /** Selected parents above the checkpoint. */
  const above = new Map<Hash, { readonly parent: Hash; readonly number: number }>();
  let tops: Hash[] = [];
  let isAbove = false;
  for (;;) {
    const locator = [...new Set([...tops, ...(chain.has(checkpoint) ? [checkpoint] : []), genesis])];
    const request = { locator, countMax: READING_LIMITS.headersPerPage };
    const answer = await requests.headers(id, request);
    if (answer === undefined || isStopped()) return undefined;
    const headers = withHashes(answer.headers);
    const fault = pageFault(request, answer, headers, (hash) => chain.has(hash));
    if (fault !== undefined) return lie(options, id, "falseAnswer", fault);
    if (!(await takeHeaders(options, id, headers)) || isStopped()) return undefined;
    isAbove ||= answer.from === checkpoint || headers.some(({ hash }) => hash === checkpoint);
    if (isAbove) {
      for (const { hash, header } of headers) {
        above.set(hash, { parent: header.parents[0]!, number: header.number });
      }
    }
    const top = headers.at(-1);
    if (top !== undefined) {
      tops = [top.hash, ...tops].slice(0, READING_LIMITS.pageTopsMax);
      progressed(top.header.number);
    }
    if (!answer.isEnd) continue;
    if (top !== undefined && top.header.blueWork < hello.sink.blueWork) {
      return lie(options, id, "falseClaim", "its headers have less work than it claimed");
    }
    return (
      chainAbove(above, top?.hash ?? answer.from, checkpoint) ??
      lie(options, id, "falseClaim", "its chain has not the checkpoint")
    );
  }
}

async function takeHeaders(
  { chain, states, guard }: CheckpointHeadersOptions,
  peer: PeerId,
  headers: ReturnType<typeof withHashes>,
): Promise<boolean> {
  const fresh = headers.filter(({ hash }) => !chain.has(hash)).map(({ header }) => header);
  try {
    await Promise.all(fresh.map((header) => chain.checkHeader(header)));
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    if (error.consequence === "penalise") guard.report(peer, "falseAnswer", { code: error.code });
    return false;
  }
  for (const outcome of await states.importHeaders(fresh)) {
    if (outcome.kind === "imported" || outcome.kind === "known") continue;
    if (outcome.kind === "refused" && outcome.error.consequence === "penalise") {
      guard.report(peer, "invalidBlock", { code: outcome.error.code });
    }
    return false;
  }
  return true;
}

/** Oldest first, the checkpoint included. */
function chainAbove(
  above: ReadonlyMap<Hash, { readonly parent: Hash; readonly number: number }>,
  sink: Hash,
  checkpoint: Hash,
): ChainStep[] | undefined {
  const path: ChainStep[] = [];
  let at = sink;
  while (at !== checkpoint) {
    const step = above.get(at);
    if (step === undefined) return undefined;
    path.push({ hash: at, number: step.number });
    at = step.parent;
  }
  path.push({ hash: checkpoint, number: (path.at(-1)?.number ?? 1) - 1 });
  return path.reverse();
}

function lie(
  { guard }: CheckpointHeadersOptions,
  peer: PeerId,
  offence: "falseAnswer" | "falseClaim",
  fault: string,
): undefined {
  guard.report(peer, offence, { headers: fault });
  return undefined;
}
