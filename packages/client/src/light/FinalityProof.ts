import type { Hex } from "@trellis/base";

/** In bitmap order. */
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
  /** Newest final block; genesis has height and number 0. */
  readonly checkpoint: {
    readonly height: number;
    readonly hash: Hex;
    readonly number: number;
    readonly timestampMs: number;
  };
  /** Voters of the next checkpoint. */
  readonly voters: Voters;
  /** Voters of `checkpoint`; undefined initially. */
  readonly votedBy: Voters | undefined;
}

export interface LightRules {
  /** [FINAL-22] */
  readonly trustPeriodMs: number;
  readonly nowMs: number;
}
