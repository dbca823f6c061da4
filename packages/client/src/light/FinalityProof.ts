import type { Hex } from "@trellis/base";

/** Members are in the order of certificate bitmaps. */
export interface Voters {
  readonly epoch: number;
  readonly members: readonly {
    /** BLS12-381, 48 bytes; possession is proven. */
    readonly publicKey: Hex;
    /** wei. */
    readonly power: bigint;
  }[];
}

export interface Certificate {
  readonly epoch: number;
  readonly height: number;
  readonly round: number;
  readonly step: "prevote" | "precommit";
  readonly value: Hex;
  /** One bit per member, lowest first. */
  readonly bitmap: Hex;
  readonly signature: Hex;
}

export interface CertifiedHeader {
  /** RLP. */
  readonly header: Hex;
  readonly certificate: Certificate;
}

/** Checkpoint after which the next validator set votes. */
export interface VoterChange extends CertifiedHeader {
  readonly epoch: number;
  readonly nodes: readonly Hex[];
}

export interface FinalityProof {
  readonly changes: readonly VoterChange[];
  readonly newest: CertifiedHeader | undefined;
}

export interface TrustedFinality {
  readonly chainId: bigint;
  readonly genesisHash: Hex;
  /** Newest final block; initially genesis. */
  readonly checkpoint: {
    readonly height: number;
    readonly hash: Hex;
    readonly number: number;
    readonly timestampMs: number;
    /** Proven by the header; undefined initially. */
    readonly stateRoot?: Hex;
  };
  /** Voters of the next checkpoint. */
  readonly voters: Voters;
  /** Voters that certified `checkpoint`; undefined initially. */
  readonly votedBy: Voters | undefined;
}

export interface LightRules {
  readonly trustPeriodMs: number;
  readonly nowMs: number;
}
