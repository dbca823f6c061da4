import { bytesToHex, type Log, LruMap } from "@trellis/base";
import {
  type Chain,
  localOutboxes,
  ReceivedOutboxes,
  type ReportEvidence,
  suggestFees,
} from "@trellis/chain";
import { createLocalSigner } from "@trellis/crypto";
import type { Network } from "@trellis/network";
import { createHealth } from "@trellis/platform/http";
import type { Lifecycle } from "@trellis/platform/lifecycle";
import type { PrometheusMetrics } from "@trellis/platform/metrics";
import { repeat } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import {
  encodeEvidence,
  type FinalityOutbox,
  type OutboxRange,
  type OutboxRequest,
  silentOutbox,
} from "@trellis/protocol";
import { type ServedEngine, serveEngine } from "@trellis/rpc";
import { trellisErrors } from "../errors.ts";
import { developmentValidator } from "../node/developmentValidators.ts";
import { mempoolLimits } from "../node/mempoolLimits.ts";
import { type CheckedNode, nodeChecks } from "../node/nodeChecks.ts";
import { openChain } from "../node/openChain.ts";
import { openFinality, type ValidatorSource } from "../node/openFinality.ts";
import { openIndex } from "../node/openIndex.ts";
import { openNetwork } from "../node/openNetwork.ts";
import { HostedTemplates } from "./HostedTemplates.ts";
import { HostSettings } from "./HostSettings.ts";
import type { HostCalls, HostFacts, HostLiveSettings, HostOptions, HubCalls } from "./messages.ts";
import type { ReceivedAnchors } from "./ReceivedAnchors.ts";
import { startingRecord } from "./startingRecord.ts";
import type { ThreadPeer } from "./ThreadPeer.ts";

type Hub = ThreadPeer<HubCalls, HostCalls>;

interface HostIo {
  readonly lifecycle: Lifecycle;
  readonly log: Log;
  readonly metrics: PrometheusMetrics;
}

export interface OpenedHost {
  readonly chain: Chain;
  readonly facts: HostFacts;
  readonly outboxes: ReceivedOutboxes;
  readonly templates: HostedTemplates;
  readonly engine: ServedEngine;
  readonly live: HostSettings<HostLiveSettings>;
  rangeOf(request: OutboxRequest): OutboxRange | undefined;
}

const HEALTH_MS = 500;
/** Evidence that is forgotten is only reported again. */
const REPORTED_MAX = 1_024;

export async function openHost(
  options: HostOptions,
  anchors: ReceivedAnchors,
  hub: Hub,
  io: HostIo,
): Promise<OpenedHost> {
  const { shard, parameters, directory, storeKind, rpc, privateKeys, mempool } = options;
  const { queueMax } = parameters.sharding!;
  const want = (request: OutboxRequest): void => hub.tell("want", request);
  const outboxes = new ReceivedOutboxes({ destination: shard, queueMax, want });
  const shardPorts = { anchors, outboxes, reportEvidence: reporterTo(hub) };
  const { isArchive, isDurable } = options;
  const live = new HostSettings<HostLiveSettings>(io);
  const chain = await openChain(
    {
      ...{ parameters, shard, dataDir: directory, storeKind, isArchive, isDurable, shardPorts },
      ...(mempool === undefined ? {} : { mempool }),
      // The thread is the shard's own.
      workers: 0,
    },
    io,
  );
  live.onReload(({ mempool: changed }) => () => {
    if (changed !== undefined) chain.pool.changeLimits(mempoolLimits(changed));
  });
  if (options.p2p === undefined) requireRecorded(chain, anchors, options);
  const checkpoint = startingRecord(anchors, shard);
  const network =
    options.p2p &&
    (await openNetwork(
      { ...options.p2p, shard, dataDir: directory, checkpoint, awaitsPeer: false, live },
      chain,
      io,
    ));
  const crossLinks = await sendCrossLinks(chain, { shard, anchors }, hub, io);
  await sendTotals(chain, hub, io);
  await openFinality(
    validatorOf(options),
    chain,
    withCrossLinks(network?.voteOutbox ?? silentOutbox, crossLinks),
    io,
  );
  const index = options.hasIndex ? await openIndex({ dataDir: directory, storeKind }, chain, io) : undefined;
  await reportHealth({ chain, network, index }, hub, io);
  const engine = serveEngine(
    rpc,
    {
      ...{ chain: chain.view, pool: chain.pool, intake: chain.intake, finality: chain.finality },
      ...(index === undefined ? {} : { index }),
      ...(network === undefined ? {} : { network }),
      shards: { followed: options.followed, askShard: (...asked) => hub.ask("call", ...asked) },
      suggestTips: suggestFees,
      signers: privateKeys.map(createLocalSigner),
      ...{ clock: systemClock, scheduler: systemScheduler, log: io.log.child("rpc"), metrics: io.metrics },
    },
    (message) => hub.tell("engine", message),
  );
  const local = localOutboxes((source) => (source === shard ? chain.view : undefined), queueMax);
  return {
    chain,
    facts: { genesisHash: chain.view.genesisHash, chainId: parameters.chainId, p2p: addressesOf(network) },
    live,
    outboxes,
    templates: new HostedTemplates(chain.builder),
    engine,
    rangeOf: (request) => local.rangeOf(request),
  };
}

/** Without peers, nothing brings the blocks back, and no other block can become final. @throws SHARD_DATA_MISSING */
function requireRecorded(
  { view }: Chain,
  anchors: ReceivedAnchors,
  { shard, directory }: Pick<HostOptions, "shard" | "directory">,
): void {
  const record = anchors.stateOf(anchors.newest().hash)?.records[shard];
  if (record === undefined || record.height === 0 || view.header(record.hash) !== undefined) return;
  const head = view.head().header.number;
  throw trellisErrors.SHARD_DATA_MISSING({ shard, directory, head, recorded: record.number });
}

function validatorOf({ developmentValidator: index, directory }: HostOptions): ValidatorSource {
  return index === undefined ? async () => [] : developmentValidator(index, directory);
}

/** Own certificates are announced only so. */
function withCrossLinks(outbox: FinalityOutbox, changed: () => void): FinalityOutbox {
  return {
    proposal: (proposal) => outbox.proposal(proposal),
    vote: (vote) => outbox.vote(vote),
    evidence: (evidence) => outbox.evidence(evidence),
    heartbeat: (heartbeat) => outbox.heartbeat(heartbeat),
    requestCertificates: (fromHeight) => outbox.requestCertificates(fromHeight),
    certificate(certificate) {
      outbox.certificate(certificate);
      changed();
    },
  };
}

/** Sends what shard 0 can record whenever it changes. @returns to be called at certificates */
async function sendCrossLinks(
  { view, checkpoints }: Chain,
  { shard, anchors }: { readonly shard: number; readonly anchors: ReceivedAnchors },
  hub: Hub,
  { lifecycle }: HostIo,
): Promise<() => void> {
  let sent = "";
  const send = (): void => {
    const record = anchors.stateOf(anchors.newest().hash)!.records[shard]!;
    const links = checkpoints!.crossLinksAfter(record);
    const shown = links.map(({ certificate }) => `${certificate.value}/${certificate.round}`).join(" ");
    if (shown === sent) return;
    sent = shown;
    hub.tell("crossLinks", links);
  };
  // A certificate is stored only after it has been announced.
  const sendSoon = (): void => void setImmediate(send);
  await lifecycle.start(
    "cross-links",
    () =>
      view.subscribe(({ kind }) => {
        sendSoon();
        if (kind === "added") hub.tell("changed");
      }),
    (stop) => stop(),
  );
  sendSoon();
  return sendSoon;
}

/** For the audit of all shards. [SHARD-17] */
async function sendTotals(chain: Chain, hub: Hub, { lifecycle }: HostIo): Promise<void> {
  const send = (): void => {
    const totals = chain.totals();
    if (totals !== undefined) hub.tell("totals", totals);
  };
  await lifecycle.start(
    "supply audit",
    () => chain.view.subscribe(({ kind }) => kind === "finalized" && send()),
    (stop) => stop(),
  );
  send();
}

/** The chain asks again until shard 0 has taken the evidence. */
function reporterTo(hub: Hub): ReportEvidence {
  const reported = new LruMap<string, "asked" | "taken">(REPORTED_MAX);
  return (evidence) => {
    const key = bytesToHex(encodeEvidence(evidence));
    const state = reported.get(key);
    if (state !== undefined) return state === "taken";
    reported.set(key, "asked");
    const settle = (isTaken: boolean): void =>
      void (isTaken ? reported.set(key, "taken") : reported.delete(key));
    // If the main thread has ended, so has this one.
    void hub.ask("evidence", evidence).then(settle, () => settle(false));
    return false;
  };
}

function addressesOf(network: Network | undefined): HostFacts["p2p"] {
  if (network === undefined) return undefined;
  const { id, addresses } = network.nodeInfo();
  return { id, addresses };
}

/** Repeated, so that the main thread notices a silent thread. */
async function reportHealth(
  node: CheckedNode & { readonly network: Network | undefined },
  hub: Hub,
  { lifecycle }: HostIo,
): Promise<void> {
  const { network } = node;
  // The main thread judges the process.
  const ofShard = createHealth({ state: "serving" });
  for (const [part, check] of nodeChecks(node, systemClock)) ofShard.addCheck(part, check);
  const report = (): void => {
    const { reasons, warnings } = ofShard.report();
    const isReady = network?.isReady() ?? true;
    hub.tell("health", { reasons, warnings, isReady, p2p: addressesOf(network) });
  };
  report();
  await lifecycle.start(
    "health",
    () => repeat(systemScheduler, HEALTH_MS, report),
    (reporting) => reporting.stop(),
  );
}
