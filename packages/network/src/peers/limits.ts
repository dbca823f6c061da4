import { baseErrors } from "@trellis/base";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

export interface ConnectionLimits {
  readonly inboundMax: number;
  /** Reserved: inbound peers cannot take these slots. */
  readonly outboundMax: number;
  /** A host can be a household behind one router. */
  readonly inboundPerHostMax: number;
  /** Prevents one provider from using all connections. */
  readonly inboundPerSubnetMax: number;
  readonly outboundPerSubnetMax: number;
  readonly protectedOldest: number;
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

export function checkConnectionLimits(limits: ConnectionLimits): void {
  const fail = (rule: string): never => {
    throw baseErrors.ARGUMENT_INVALID({ rule });
  };
  if (limits.outboundMax < 1) fail("outboundMax is at least 1: a node that dials nobody can be eclipsed");
  if (limits.inboundPerHostMax > limits.inboundPerSubnetMax)
    fail("inboundPerHostMax is at most inboundPerSubnetMax");
  if (limits.protectedOldest > limits.inboundMax / 2) fail("protectedOldest is at most half of inboundMax");
}

/** Checked before the expensive handshake. [PEER-11] */
export const ATTEMPT_LIMITS = {
  /** Admits all nodes of a host at once, then one attempt per 2 s. */
  perHost: { perSecond: 0.5, burst: 20 },
  /** A TLS handshake takes a few ms: this rate takes a tenth of a core. */
  inAll: { perSecond: 25, burst: 200 },
  hostsMax: 4_096,
  /** Refused attempts until a ban. Honest nodes back off after a few dozen. */
  refusedMax: 1_000,
} as const;

export const BAN_LIMITS = {
  /** Each further ban doubles the duration. [PEER-7] */
  firstMs: 10 * MINUTE_MS,
  longestMs: 7 * DAY_MS,
  /** After this time, the next ban counts as the first. */
  forgetMs: DAY_MS,
  /** [PEER-8] */
  idsPerHost: 3,
  hostWindowMs: DAY_MS,
  recordsMax: 4_096,
  reasonCharactersMax: 200,
} as const;

export const STATE_LIMITS = {
  absentPeersMax: 4_096,
  foreignMax: 256,
  offencesShown: 16,
  factCharactersMax: 128,
  factsMax: 8,
  pointsMin: 1,
} as const;

export const BOOK_LIMITS = {
  peersMax: 2_048,
  /** Prevents one provider from filling the book. */
  peersPerSubnetMax: 64,
  addressesPerPeerMax: 4,
  addressCharactersMax: 256,
  idCharactersMax: 128,
  retryMs: 2 * SECOND_MS,
  retryMsMax: 60 * MINUTE_MS,
  failuresMax: 8,
  saveMs: MINUTE_MS,
  /** Fits 2,048 peers of 1.5 KiB and 4,096 bans of 1 KiB. */
  bytesMax: 8 * 1024 * 1024,
} as const;
