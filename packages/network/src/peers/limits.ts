import { baseErrors } from "@trellis/base";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** How many may be connected. [PEER-10] */
export interface ConnectionLimits {
  /**
   * Each costs stream windows of up to some MiB and its share of gossip; 48 give a node more than enough who follow it.
   */
  readonly inboundMax: number;
  /** Beside those: no number of inbound peers takes a place that this node chose itself. */
  readonly outboundMax: number;
  /** Inbound from one address (IPv4) or /64 (IPv6): a household's nodes behind one router. */
  readonly inboundPerHostMax: number;
  /** Inbound from one /24 (IPv4) or /48 (IPv6): a sixth, so that nobody fills all places from one provider. */
  readonly inboundPerSubnetMax: number;
  /**
   * Outbound to one subnet: a search for peers dials whom others name, so that a quarter is the most that somebody with
   * one provider's addresses gets this way.
   */
  readonly outboundPerSubnetMax: number;
  /** Inbound that are never evicted because they are connected the longest. */
  readonly protectedOldest: number;
  /** Loopback addresses are all of one machine: its nodes and tests are not limited by address. */
  readonly isLoopbackExempt: boolean;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  inboundMax: 48,
  outboundMax: 16,
  inboundPerHostMax: 4,
  inboundPerSubnetMax: 8,
  outboundPerSubnetMax: 4,
  protectedOldest: 8,
  isLoopbackExempt: true,
};

/** @throws ARGUMENT_INVALID */
export function checkConnectionLimits(limits: ConnectionLimits): void {
  const fail = (rule: string): never => {
    throw baseErrors.ARGUMENT_INVALID({ rule });
  };
  if (limits.outboundMax < 1) fail("outboundMax is at least 1: a node that dials nobody can be eclipsed");
  if (limits.inboundPerHostMax > limits.inboundPerSubnetMax)
    fail("inboundPerHostMax is at most inboundPerSubnetMax");
  if (limits.protectedOldest > limits.inboundMax / 2) fail("protectedOldest is at most half of inboundMax");
}

/** Attempts to connect, counted before a handshake is paid for. [PEER-11] */
export const ATTEMPT_LIMITS = {
  /** One host: all its nodes at once, and then a retry every 2 s. */
  perHost: { perSecond: 0.5, burst: 20 },
  /** All hosts: a TLS handshake costs some milliseconds of CPU, so that these take about a tenth of a core. */
  inAll: { perSecond: 25, burst: 200 },
  /** Hosts whose attempts are remembered, last used first. */
  hostsMax: 4_096,
  /**
   * Attempts over its limit, halving as scores do, for which a host is banned: more than one a second for a quarter of an
   * hour. An honest node that finds no place tries some dozen times at once, and then ever more rarely.
   */
  refusedMax: 1_000,
} as const;

export const BAN_LIMITS = {
  /** The first ban; each further one doubles. [PEER-7] */
  firstMs: 10 * MINUTE_MS,
  longestMs: 7 * DAY_MS,
  /** Without another ban for so long after the last ended, the next is a first one again. */
  forgetMs: DAY_MS,
  /** Ids of one host that were banned within `hostWindowMs` for it to be banned too. [PEER-8] */
  idsPerHost: 3,
  hostWindowMs: DAY_MS,
  recordsMax: 4_096,
  reasonCharactersMax: 200,
} as const;

export const STATE_LIMITS = {
  /** Peers with a score to remember that are not connected. */
  absentPeersMax: 4_096,
  /** Peers of other networks of which it is remembered. */
  foreignMax: 256,
  offencesShown: 16,
  factCharactersMax: 128,
  factsMax: 8,
  /** Points under which an absent peer is forgotten. */
  pointsMin: 1,
} as const;

export const BOOK_LIMITS = {
  peersMax: 2_048,
  /** Of one subnet: nobody fills the book from one provider's addresses. */
  peersPerSubnetMax: 64,
  addressesPerPeerMax: 4,
  addressCharactersMax: 256,
  idCharactersMax: 128,
  /** After a failed dial, doubling. */
  retryMs: 2 * SECOND_MS,
  retryMsMax: 60 * MINUTE_MS,
  /** In a row, after which a peer that never answered is forgotten. */
  failuresMax: 8,
  saveMs: MINUTE_MS,
  /** A file with all that fits is smaller: 2,048 peers and 4,096 bans of less than 1.5 KiB and 1 KiB. */
  bytesMax: 8 * 1024 * 1024,
} as const;
