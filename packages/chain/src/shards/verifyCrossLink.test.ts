import {
  type Certificate,
  type CrossLink,
  createGenesis,
  decodeCrossLink,
  devParameters,
  encodeCrossLink,
  headerHash,
  ZERO_HASH,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { verifyCrossLink } from "./verifyCrossLink.ts";

const SHARD = 2;
const parameters = devParameters({ accounts: [] });
const header = { ...createGenesis(parameters, ZERO_HASH, SHARD).header, number: 9 };
const certificate: Certificate = {
  epoch: 1,
  height: 5,
  round: 0,
  step: "precommit",
  value: headerHash(header),
  signers: Uint8Array.of(1),
  signature: new Uint8Array(96).fill(7),
};
const link: CrossLink = { header, certificate };
type Last = Parameters<typeof verifyCrossLink>[1]["last"];

function verify(changed: Partial<CrossLink>, last?: Last): Certificate[] {
  const verified: Certificate[] = [];
  const verifyCertificate = (each: Certificate) => {
    verified.push(each);
  };
  verifyCrossLink({ ...link, ...changed }, { shard: SHARD, last, verifyCertificate });
  return verified;
}

const refuses = (code: string, changed: Partial<CrossLink>, last?: Last) =>
  expect(() => verify(changed, last)).toThrow(expect.objectContaining({ code }));

describe("SHARD-13: cross-links", () => {
  it("are verified with the set of the height, after encoding", () => {
    expect(verify(decodeCrossLink(encodeCrossLink(link)))).toEqual([certificate]);
    expect(verify({}, { height: 4, number: 8 })).toEqual([certificate]);
  });

  it("CROSS_LINK_OLD: not above the last height", () => {
    refuses("CROSS_LINK_OLD", {}, { height: 5, number: 8 });
    refuses("CROSS_LINK_OLD", {}, { height: 6, number: 8 });
  });

  it("CROSS_LINK_INVALID: another shard, block or step, or a number that does not increase", () => {
    const other = { ...header, shard: 1 };
    refuses("CROSS_LINK_INVALID", {
      header: other,
      certificate: { ...certificate, value: headerHash(other) },
    });
    refuses("CROSS_LINK_INVALID", { header: { ...header, stateRoot: `0x${"11".repeat(32)}` } });
    refuses("CROSS_LINK_INVALID", { certificate: { ...certificate, value: ZERO_HASH } });
    refuses("CROSS_LINK_INVALID", { certificate: { ...certificate, step: "prevote" } });
    refuses("CROSS_LINK_INVALID", {}, { height: 4, number: 9 });
  });

  it("an invalid certificate is refused with its own error", () => {
    const error = new Error("signature");
    const verifyCertificate = () => {
      throw error;
    };
    expect(() => verifyCrossLink(link, { shard: SHARD, last: undefined, verifyCertificate })).toThrow(error);
  });
});
