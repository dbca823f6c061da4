import { isTrellisError } from "@trellis/base";
import type { Hash, StateImport, StateRequest } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { Backoffs } from "../Backoffs.ts";
import type { ReadyPeer } from "../handshake/Handshakes.ts";
import { STATE_LIMITS } from "../limits.ts";

interface StateFetcherOptions {
  readonly stateImport: StateImport;
  readonly requests: PeerRequests;
  readonly guard: PeerGuard;
  readonly backoffs: Backoffs;
  readonly peers: () => readonly ReadyPeer[];
}

type StateEnd = "whole" | "unavailable" | "stopped";

type Batch =
  | { readonly kind: "range"; readonly request: StateRequest & { readonly kind: "range" } }
  | { readonly kind: "codes"; readonly hashes: readonly Hash[] };

/** [SYNC-23] */
export class StateFetcher {
  readonly #options: StateFetcherOptions;
  readonly #end = Promise.withResolvers<StateEnd>();
  readonly #underway = new Set<string>();
  readonly #requests = new Map<PeerId, number>();
  readonly #misses = new Map<PeerId, number>();
  #isEnded = false;
  partsTaken = 0;

  constructor(options: StateFetcherOptions) {
    this.#options = options;
  }

  run(): Promise<StateEnd> {
    this.pump();
    return this.#end.promise;
  }

  stop(): void {
    this.#finish("stopped");
  }

  giveUp(): void {
    this.#finish("unavailable");
  }

  pump(): void {
    if (this.#isEnded) return;
    const missing = this.#options.stateImport.missing(STATE_LIMITS.requestsMax);
    if (missing.length === 0 && this.#underway.size === 0) {
      this.#finish("whole");
      return;
    }
    const batches = batchesOf(missing.filter((request) => !this.#underway.has(keyOf(request))));
    for (let round = 0; round < STATE_LIMITS.requestsPerPeerMax; round++) {
      for (const { id } of this.#idlePeers()) {
        if ((this.#requests.get(id) ?? 0) > round) continue;
        const batch = batches.shift();
        if (batch === undefined) return;
        this.#ask(id, batch).catch((error: unknown) => this.#fail(error));
      }
    }
  }

  #idlePeers(): readonly ReadyPeer[] {
    const { peers, backoffs } = this.#options;
    return peers()
      .filter(({ id }) => !backoffs.isBackingOff(id))
      .slice(0, STATE_LIMITS.peersMax);
  }

  #isGone(): boolean {
    const peers = this.#options.peers();
    const isMissed = ({ id }: ReadyPeer) => (this.#misses.get(id) ?? 0) >= STATE_LIMITS.missesMax;
    return peers.length > 0 && peers.every(isMissed);
  }

  async #ask(peer: PeerId, batch: Batch): Promise<void> {
    const { backoffs, guard } = this.#options;
    const keys = keysOf(batch);
    for (const key of keys) this.#underway.add(key);
    this.#requests.set(peer, (this.#requests.get(peer) ?? 0) + 1);
    const isTaken = await this.#fetch(peer, batch).catch((error: unknown) => {
      if (!isTrellisError(error, "STATE_RANGE_INVALID")) throw error;
      guard.report(peer, "falseAnswer", { state: error.message });
      return false;
    });
    for (const key of keys) this.#underway.delete(key);
    this.#requests.set(peer, this.#requests.get(peer)! - 1);
    if (isTaken) {
      this.#misses.clear();
      this.partsTaken++;
      backoffs.succeeded(peer);
    } else {
      this.#misses.set(peer, (this.#misses.get(peer) ?? 0) + 1);
      backoffs.failed(peer);
    }
    if (this.#isGone()) this.#finish("unavailable");
    this.pump();
  }

  async #fetch(peer: PeerId, batch: Batch): Promise<boolean> {
    const { stateImport, requests } = this.#options;
    if (batch.kind === "range") {
      const { owner, from } = batch.request;
      const bytesMax = batch.request.isPartlyHere ? STATE_LIMITS.patchBytes : STATE_LIMITS.rangeBytes;
      const range = await requests.stateRange(peer, { block: stateImport.block, owner, from, bytesMax });
      if (range === undefined) return false;
      await stateImport.putRange(batch.request, range);
      return true;
    }
    const codes = await requests.codes(peer, batch.hashes);
    let count = 0;
    for (const [index, code] of (codes ?? []).entries()) {
      if (code === undefined) continue;
      await stateImport.putCode(batch.hashes[index]!, code);
      count++;
    }
    return count > 0;
  }

  #fail(error: unknown): void {
    this.#isEnded = true;
    this.#end.reject(error as Error);
  }

  #finish(end: StateEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#end.resolve(end);
  }
}

function batchesOf(missing: readonly StateRequest[]): Batch[] {
  const codes = missing.flatMap((request) => (request.kind === "code" ? [request.hash] : []));
  const ranges = missing.flatMap((request): Batch[] =>
    request.kind === "range" ? [{ kind: "range", request }] : [],
  );
  for (let at = 0; at < codes.length; at += STATE_LIMITS.codesPerRequest) {
    ranges.push({ kind: "codes", hashes: codes.slice(at, at + STATE_LIMITS.codesPerRequest) });
  }
  return ranges;
}

function keysOf(batch: Batch): string[] {
  return batch.kind === "range" ? [keyOf(batch.request)] : [...batch.hashes];
}

function keyOf(request: StateRequest): string {
  return request.kind === "code" ? request.hash : `${request.owner ?? ""}/${request.from}`;
}
