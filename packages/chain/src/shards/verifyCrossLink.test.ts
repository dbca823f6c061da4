import type { ShardRecord } from "@trellis/contracts";
import {
  ANCHORED_HEADER_VERSION,
  type CrossLink,
  createGenesis,
  decodeCrossLink,
  devParameters,
  encodeCrossLink,
  type Hash,
  type Header,
  headerHash,
  ZERO_HASH,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { addressOf, type Name } from "../chain/testing/testNetwork.ts";
import { certificateBy, STAKE, VALIDATORS, validatorOf } from "../finality/testing/stakedNetwork.ts";
import { ValidatorSet } from "../finality/validatorSets/ValidatorSet.ts";
import { verifyCrossLink } from "./verifyCrossLink.ts";

const SHARD = 2;
const EPOCH = 4;
const QUORUM: readonly Name[] = ["alice", "bob", "carol"];
const DOMAIN = { chainId: 31_337_000_002n, genesisHash: `0x${"02".repeat(32)}` as Hash };

const genesis = createGenesis(devParameters({ accounts: [] }), ZERO_HASH, SHARD).header;
const header: Header = {
  ...genesis,
  version: ANCHORED_HEADER_VERSION,
  number: 9,
  anchor: { hash: `0x${"0a".repeat(32)}`, number: 12, epoch: EPOCH },
};
const record: ShardRecord = {
  shard: SHARD,
  height: 3,
  number: 7,
  hash: `0x${"03".repeat(32)}`,
  stateRoot: ZERO_HASH,
  certifiedIn: EPOCH - 1,
  epoch: EPOCH,
};

interface Changes {
  readonly header?: Partial<Header>;
  readonly at?: { readonly epoch?: number; readonly height?: number };
  readonly certificate?: Partial<CrossLink["certificate"]>;
  readonly domain?: Partial<typeof DOMAIN>;
  readonly signers?: readonly Name[];
}

function linkOf({ header: changed, at, certificate, domain, signers = QUORUM }: Changes = {}): CrossLink {
  const own = { ...header, ...changed };
  const ballot = { epoch: EPOCH, height: 5, ...at };
  const signed = certificateBy({ ...DOMAIN, ...domain }, signers, ballot, headerHash(own));
  return { header: own, certificate: { ...signed, ...certificate } };
}

/** The validators of any epoch. */
const setOf = (epoch: number) =>
  new ValidatorSet(
    DOMAIN,
    epoch,
    VALIDATORS.toSorted((a, b) => (addressOf(a) < addressOf(b) ? -1 : 1)).map((name) => ({
      publicKey: validatorOf(name).key,
      power: STAKE,
    })),
  );

const verify = (changes?: Changes, known: Partial<ShardRecord> = {}, options = {}) =>
  verifyCrossLink(
    decodeCrossLink(encodeCrossLink(linkOf(changes))),
    { ...record, ...known },
    { epoch: EPOCH + 1, unbondingEpochs: 3, ...options },
    { verifyCertificate: (certificate) => setOf(certificate.epoch).verifyCertificate(certificate) },
  );

const refuses = (code: string, changes?: Changes, known?: Partial<ShardRecord>, options?: object) =>
  expect(() => verify(changes, known, options)).toThrow(expect.objectContaining({ code }));

describe("SHARD-14, SHARD-15: cross-links", () => {
  it("SHARD-14.1, SHARD-15.1: give the next record; heights can be skipped", () => {
    const { stateRoot } = header;
    const next = {
      shard: SHARD,
      height: 5,
      number: 9,
      hash: headerHash(header),
      stateRoot,
      certifiedIn: EPOCH,
    };
    expect(verify()).toEqual({ ...next, epoch: EPOCH });
    expect(verify({}, { height: 4, number: 8 })).toEqual({ ...next, epoch: EPOCH });
  });

  it("SHARD-15.2: the anchor's epoch votes next, but never an epoch before the certificate's", () => {
    const nextEpoch = (epoch: number) => verify({ header: { anchor: { ...header.anchor!, epoch } } }).epoch;
    expect([EPOCH - 1, EPOCH, EPOCH + 1].map(nextEpoch)).toEqual([EPOCH, EPOCH, EPOCH + 1]);
  });

  it("CROSS_LINK_INVALID: another shard, block or step; no anchor, or a later one than shard 0", () => {
    refuses("CROSS_LINK_INVALID", { header: { shard: 1 } });
    refuses("CROSS_LINK_INVALID", { certificate: { value: ZERO_HASH } });
    refuses("CROSS_LINK_INVALID", { certificate: { step: "prevote" } });
    refuses("CROSS_LINK_INVALID", { header: { version: 1, anchor: undefined as never } });
    refuses("CROSS_LINK_INVALID", { header: { anchor: { ...header.anchor!, epoch: EPOCH + 2 } } });
  });

  it("CROSS_LINK_OLD: recorded already, below the record, of a replaced set, or of one that cannot be slashed", () => {
    const recorded = { height: 5, number: 9, hash: headerHash(header), certifiedIn: EPOCH };
    refuses("CROSS_LINK_OLD", {}, recorded);
    refuses("CROSS_LINK_OLD", {}, { ...recorded, height: 6 });
    refuses("CROSS_LINK_OLD", {}, { epoch: EPOCH + 1 });
    expect(verify({}, {}, { epoch: EPOCH + 2 }).height).toBe(5);
    refuses("CROSS_LINK_OLD", {}, {}, { epoch: EPOCH + 3 });
  });

  it("CROSS_LINK_AHEAD: the last checkpoint of an epoch between is missing", () => {
    refuses("CROSS_LINK_AHEAD", { at: { epoch: EPOCH + 1 } });
    expect(verify({ at: { epoch: EPOCH + 1 } }, { epoch: EPOCH + 1 }).height).toBe(5);
  });

  it("SHARD-15.4, CROSS_LINK_CONFLICTING: another certified block of the height, or a number that does not increase", () => {
    refuses("CROSS_LINK_CONFLICTING", {}, { height: 5, number: 9, certifiedIn: EPOCH });
    refuses("CROSS_LINK_CONFLICTING", {}, { number: 9 });
    refuses("CROSS_LINK_CONFLICTING", {}, { number: 12 });
  });

  it("FINALITY_CERTIFICATE_INVALID: no quorum, another chain; forged conflicts are the peer's fault", () => {
    refuses("FINALITY_CERTIFICATE_INVALID", { signers: ["alice", "bob"] });
    refuses("FINALITY_CERTIFICATE_INVALID", { domain: { chainId: 31_337n } });
    refuses("FINALITY_CERTIFICATE_INVALID", { domain: { genesisHash: ZERO_HASH } });
    refuses("FINALITY_CERTIFICATE_INVALID", { signers: ["alice", "bob"] }, { number: 9 });
  });
});
