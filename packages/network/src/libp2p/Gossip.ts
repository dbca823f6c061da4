import { createHash } from "node:crypto";
import {
  type GossipSub,
  type GossipsubOpts,
  gossipsub,
  StrictNoSign,
  TopicValidatorResult,
} from "@libp2p/gossipsub";
import type { PeerId } from "@libp2p/interface";
import type { Log } from "@trellis/base";
import type { GossipReach, GossipVerdict, TransportHandlers } from "../transport/Transport.ts";
import { LIBP2P_LIMITS } from "./limits.ts";
import { plainBytes } from "./plainBytes.ts";

export interface GossipTopic {
  readonly id: string;
  readonly bytesMax: number;
}

const VERDICTS: Readonly<Record<GossipVerdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

/** A collision still takes 2^80 tries. */
const ID_BYTES = 20;

const FRAME_MESSAGES_MAX = 512;
const FRAME_IDS_MAX = 2_048;
const FRAME_CONTROLS_MAX = 64;
const FRAME_SUBSCRIPTIONS_MAX = 64;

export const GOSSIP_PROTOCOL = /^\/meshsub\/\d+\.\d+\.\d+$/;

export function gossipFrameBytesMax(topics: readonly GossipTopic[]): number {
  return Math.max(0, ...topics.map(({ bytesMax }) => bytesMax)) + LIBP2P_LIMITS.gossipControlBytesMax;
}

/** Unsigned, because messages are self-authenticating. */
export function createGossip(topics: readonly GossipTopic[]): ReturnType<typeof gossipsub> {
  const options: Partial<GossipsubOpts> = {
    globalSignaturePolicy: StrictNoSign,
    fallbackToFloodsub: false,
    emitSelf: false,
    floodPublish: true,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    allowedTopics: topics.map(({ id }) => id),
    msgIdFn: ({ topic, data }) => messageId(topic, data),
    maxInboundDataLength: gossipFrameBytesMax(topics),
    maxOutboundBufferSize: LIBP2P_LIMITS.gossipOutBytesMax,
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    decodeRpcLimits: {
      maxSubscriptions: FRAME_SUBSCRIPTIONS_MAX,
      maxMessages: FRAME_MESSAGES_MAX,
      maxIhaveMessageIDs: FRAME_IDS_MAX,
      maxIwantMessageIDs: FRAME_IDS_MAX,
      maxIdontwantMessageIDs: FRAME_IDS_MAX,
      maxControlMessages: FRAME_CONTROLS_MAX,
      maxPeerInfos: 0,
    },
    scoreParams: {
      // Admission already limits connections per address.
      IPColocationFactorWeight: 0,
      topics: Object.fromEntries(topics.map(({ id }) => [id, topicScore])),
    },
  };
  return gossipsub(options);
}

/** The library's type omits the options that its implementation accepts. */
type Publisher = GossipSub & {
  publish(topic: string, data: Uint8Array, options: { readonly floodPublish: boolean }): Promise<unknown>;
};

/** [LINK-16] */
export async function publishGossip(
  gossip: GossipSub,
  topic: string,
  message: Uint8Array,
  to: GossipReach,
): Promise<void> {
  await (gossip as Publisher).publish(topic, message, { floodPublish: to === "peers" });
}

/**
 * 25 rejected messages within a minute remove a peer from the mesh. Delivery is not scored, because quiet
 * networks have few messages.
 */
const topicScore = {
  topicWeight: 1,
  timeInMeshWeight: 0.01,
  timeInMeshQuantum: 1_000,
  timeInMeshCap: 300,
  firstMessageDeliveriesWeight: 0.1,
  firstMessageDeliveriesDecay: 0.99,
  firstMessageDeliveriesCap: 100,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.99,
  meshMessageDeliveriesCap: 100,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 5_000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.99,
  invalidMessageDeliveriesWeight: -0.2,
  invalidMessageDeliveriesDecay: 0.99,
};

/** [LINK-14] */
function messageId(topic: string, data: Uint8Array): Uint8Array {
  return createHash("sha256").update(topic).update("\0").update(data).digest().subarray(0, ID_BYTES);
}

/** [LINK-15] */
export function judgeGossip(
  gossip: GossipSub,
  topics: readonly GossipTopic[],
  judge: TransportHandlers["judge"],
  log: Log,
): void {
  const waiting = new Map<string, { count: number; bytes: number }>();
  const judged = async (topic: GossipTopic, peer: PeerId, data: Uint8Array): Promise<GossipVerdict> => {
    if (data.length > topic.bytesMax) return "reject";
    const from = peer.toString();
    const load = waiting.get(from) ?? { count: 0, bytes: 0 };
    if (
      load.count >= LIBP2P_LIMITS.judgedPerPeerMax ||
      load.bytes + data.length > LIBP2P_LIMITS.judgedBytesPerPeerMax
    ) {
      log.debug("gossip.dropped", { peer: from, topic: topic.id, waiting: load.count });
      return "ignore";
    }
    load.count++;
    load.bytes += data.length;
    waiting.set(from, load);
    try {
      return await judge(topic.id, plainBytes(data), from);
    } catch (error) {
      log.debug("gossip.failed", {
        peer: from,
        topic: topic.id,
        reason: error instanceof Error ? error.message : String(error),
      });
      return "ignore";
    } finally {
      load.count--;
      load.bytes -= data.length;
      if (load.count === 0) waiting.delete(from);
    }
  };
  for (const topic of topics) {
    gossip.topicValidators.set(topic.id, async (peer, { data }) => VERDICTS[await judged(topic, peer, data)]);
    gossip.subscribe(topic.id);
  }
}
