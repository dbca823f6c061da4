import {
  ANCHORED_HEADER_VERSION,
  type CrossLink,
  createGenesis,
  devParameters,
  type Hash,
  headerHash,
  type StateReader,
  ZERO_HASH,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { findCrossLinks } from "./findCrossLinks.ts";

/** Nothing is recorded. */
const STATE: StateReader = { account: () => undefined, storage: () => 0n, code: () => new Uint8Array() };
const { header: genesis } = createGenesis(devParameters({ accounts: [] }), ZERO_HASH);
const FORGED = Uint8Array.of(1);
const GENUINE = Uint8Array.of(2);

function linkOf(shard: number, height = 1, signature = GENUINE): CrossLink {
  const anchor = { hash: `0x${"0a".repeat(32)}` as Hash, number: 3, epoch: 0 };
  const header = { ...genesis, version: ANCHORED_HEADER_VERSION, shard, number: 10 * height, anchor };
  const ballot = { epoch: 0, height, round: 0, step: "precommit" as const, value: headerHash(header) };
  return { header, certificate: { ...ballot, signers: Uint8Array.of(shard), signature } };
}

const found = (...carriers: readonly (readonly CrossLink[])[]) => {
  let verified = 0;
  const links = findCrossLinks(
    STATE,
    carriers.map((crossLinks) => ({ crossLinks })),
    { count: 40, epoch: 0, unbondingEpochs: 3 },
    { isCertificate: (_shard, { signature }) => ++verified > 0 && signature === GENUINE },
  );
  return { verified, links: links.map(({ record, signers }) => [record.shard, record.height, signers[0]]) };
};

describe("SHARD-14.4: cross-links of a chain block", () => {
  it("at most 16, in order of the carriers; further ones are not verified", () => {
    const of = (first: number) => Array.from({ length: 12 }, (_, index) => linkOf(first + index));
    const { verified, links } = found(of(1), of(13));
    expect(links.map(([shard]) => shard)).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
    expect(verified).toBe(16);
  });

  it("each follows the record that an earlier one leaves; repeated ones cost no verification", () => {
    const { verified, links } = found([linkOf(1), linkOf(1, 2)], [linkOf(1), linkOf(1, 2), linkOf(1, 3)]);
    expect(links).toEqual([
      [1, 1, 1],
      [1, 2, 1],
      [1, 3, 1],
    ]);
    expect(verified).toBe(3);
  });

  it("a wrong signature voids the rest of its carrier; refused ones, of shard 0 or unknown shards, are skipped", () => {
    const bad = linkOf(3, 1, FORGED);
    expect(found([linkOf(1), bad, linkOf(2)], [linkOf(4)]).links.map(([shard]) => shard)).toEqual([1, 4]);
    expect(found([linkOf(0), linkOf(40), linkOf(5)]).links).toEqual([[5, 1, 5]]);
    const prevotes = { ...linkOf(6), certificate: { ...linkOf(6).certificate, step: "prevote" as const } };
    expect(found([prevotes, linkOf(7)])).toEqual({ verified: 1, links: [[7, 1, 7]] });
  });
});
