import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../../testing/refusal.ts";
import type { Challenge } from "./Challenge.ts";
import { challengeToText, textToChallenge } from "./challengeText.ts";

const challenge: Challenge = {
  custodian: "exchange.example",
  snapshotId: `0x${"5a".repeat(32)}`,
  chain: "eip155:1",
  blockHeight: 24_000_000,
  address: "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
  nonce: `0x${"11".repeat(32)}`,
};
const TEXT = `Trellis proof of reserves, version 1
custodian: exchange.example
snapshot: 0x${"5a".repeat(32)}
chain: eip155:1
block: 24000000
address: 0x70997970c51812dc3a010c7d01b50e0d17dc79c8
nonce: 0x${"11".repeat(32)}`;

describe("challenges", () => {
  it("have a unique text", () => {
    expect(challengeToText(challenge)).toBe(TEXT);
    expect(textToChallenge(TEXT)).toEqual(challenge);
  });

  it("accept Bitcoin addresses", () => {
    const bitcoin: Challenge = {
      ...challenge,
      chain: "bip122:000000000019d6689c085ae165831e93",
      address: "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l",
    };
    expect(textToChallenge(challengeToText(bitcoin))).toEqual(bitcoin);
  });

  it.each<[string, string]>([
    ["title", TEXT.replace("Trellis", "trellis")],
    ["a missing line", TEXT.split("\n").slice(0, -1).join("\n")],
    ["an extra line", `${TEXT}\n`],
    ["another order", TEXT.replace("chain: eip155:1\nblock: 24000000", "block: 24000000\nchain: eip155:1")],
    ["carriage returns", TEXT.replaceAll("\n", "\r\n")],
    ["a space at the end", `${TEXT} `],
    ["custodian", TEXT.replace("exchange.example", "exch\u00e4nge")],
    ["snapshot", TEXT.replace("5a5a", "5A5A")],
    ["chain", TEXT.replace("eip155:1", "eip155:01")],
    ["unknown chain", TEXT.replace("eip155:1", "bip122:00")],
    ["block", TEXT.replace("24000000", "024000000")],
    ["block beyond 2^53", TEXT.replace("24000000", "9999999999999999")],
    [
      "address with a checksum",
      TEXT.replace(
        "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
      ),
    ],
    ["address", TEXT.replace("0x7099", "0x709")],
    ["nonce", TEXT.replace("0x1111", "0x11")],
    ["length", TEXT.replace("exchange.example", "x".repeat(3000))],
  ])("CHALLENGE_REFUSED: %s", (_, text) => {
    expect(() => textToChallenge(text)).toThrowError(
      expect.objectContaining({
        code: "CHALLENGE_REFUSED",
        facts: expect.objectContaining({ reason: "malformed" }),
      }),
    );
  });

  it("CHALLENGE_REFUSED: no text for fields that would parse differently", () => {
    for (const change of [
      { custodian: "a b" },
      { custodian: "a\nb" },
      { blockHeight: -1 },
      { address: "0x" },
    ])
      expect(() => challengeToText({ ...challenge, ...change })).toThrowError(
        expect.objectContaining({
          code: "CHALLENGE_REFUSED",
          facts: expect.objectContaining({ reason: "malformed" }),
        }),
      );
  });

  it("CHALLENGE_REFUSED", () => {
    expect(() => textToChallenge(TEXT.replace("version 1", "version 2"))).toThrowError(
      refusal("CHALLENGE_REFUSED: unknown version"),
    );
  });

  it("returns a challenge or a code for any lines", () => {
    const lines = TEXT.split("\n");
    const anyLine = fc.oneof(fc.string(), fc.constantFrom(...lines));
    const changed = fc
      .tuple(fc.nat(lines.length - 1), fc.string())
      .map(([at, end]) => lines.with(at, `${lines[at]}${end}`));
    fc.assert(
      fc.property(fc.oneof(fc.array(anyLine), changed), (parts) => {
        const text = parts.join("\n");
        try {
          expect(challengeToText(textToChallenge(text))).toBe(text);
        } catch (error) {
          expect(error).toMatchObject({
            code: "CHALLENGE_REFUSED",
            facts: { reason: expect.stringMatching(/^(?:malformed|unknown version)$/) },
          });
        }
      }),
    );
  });
});
