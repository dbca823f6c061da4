import type { Hex } from "@trellis/base";

/** Who votes in an epoch, in the order of the certificates' bitmaps. */
export interface Voters {
  readonly epoch: number;
  readonly members: readonly {
    /** BLS12-381, 48 bytes; its possession was proven when it registered. */
    readonly publicKey: Hex;
    /** Stake, wei. */
    readonly power: bigint;
  }[];
}

/** That a block was precommitted by the voters of an epoch. */
export interface Certificate {
  readonly epoch: number;
  readonly height: number;
  readonly round: number;
  readonly step: "prevote" | "precommit";
  readonly value: Hex;
  /** A bit for each member, lowest first. */
  readonly bitmap: Hex;
  /** 96 bytes. */
  readonly signature: Hex;
}

export interface CertifiedHeader {
  /** As it is encoded: its hash is the block's. */
  readonly header: Hex;
  readonly certificate: Certificate;
}

/** After this block other voters follow. */
export interface VoterChange extends CertifiedHeader {
  /** Theirs. */
  readonly epoch: number;
  /** Trie nodes that show them in the block's state. */
  readonly nodes: readonly Hex[];
}

/** What trellis_getFinalityProof gives. */
export interface FinalityProof {
  readonly changes: readonly VoterChange[];
  readonly newest: CertifiedHeader | undefined;
}

/** What is taken for granted: at first from somebody who is trusted, then as it was verified. */
export interface TrustedFinality {
  readonly chainId: bigint;
  readonly genesisHash: Hex;
  /** The newest block that is known to be final; genesis has height and number 0. */
  readonly checkpoint: {
    readonly height: number;
    readonly hash: Hex;
    readonly number: number;
    readonly timestampMs: number;
  };
  /** Who votes on the next one. */
  readonly voters: Voters;
  /** Who voted on the checkpoint; undefined for one that was trusted at first. */
  readonly votedBy: Voters | undefined;
}

export interface LightRules {
  /** How long validators answer with their stake for what they signed. ms [FINAL-22] */
  readonly trustPeriodMs: number;
  /** ms since the Unix epoch */
  readonly nowMs: number;
}
