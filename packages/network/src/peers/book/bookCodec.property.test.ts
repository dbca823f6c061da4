import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BOOK_LIMITS } from "../limits.ts";
import { TestPeers } from "../testing/TestPeers.ts";
import { decodeBook, encodeBook } from "./bookCodec.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function livedBook(): ReturnType<typeof decodeBook> {
  const peers = new TestPeers();
  for (let count = 0; count < 20; count++) {
    peers.manager.discovered(`p${count}`, [`/ip4/192.0.2.${count}/tcp/1`, "/dns/x"]);
  }
  for (let count = 0; count < 5; count++) peers.manager.dialled(`p${count}`, `/ip4/192.0.2.${count}/tcp/1`);
  peers.manager.dialFailed("p7");
  peers.connect("bad", "198.51.100.1");
  peers.manager.report("bad", "invalidBlock");
  peers.manager.ban("2001:db8::1", "by hand");
  return peers.manager.contents();
}

const BOOK = livedBook();
const BYTES = encodeBook(BOOK);

function isRead(bytes: Uint8Array): boolean {
  try {
    const contents = decodeBook(bytes);
    new TestPeers({ contents }).manager.candidates(10);
    decodeBook(encodeBook(contents));
    return true;
  } catch (error) {
    if (!isTrellisError(error, "PEER_BOOK_CORRUPT")) throw error;
    return false;
  }
}

describe("PEER-18: file of the peer book", () => {
  it("survives a round trip", () => {
    expect(decodeBook(BYTES)).toEqual(BOOK);
    expect(BOOK.peers).toHaveLength(20);
    expect(BOOK.bans).toHaveLength(2);
  });

  it("can contain the largest book", () => {
    const text = (count: number) => "x".repeat(count);
    const peers = Array.from({ length: BOOK_LIMITS.peersMax }, (_, index) => ({
      ...BOOK.peers[0]!,
      peer: `${index}`.padEnd(BOOK_LIMITS.idCharactersMax, "x"),
      addresses: new Array<string>(BOOK_LIMITS.addressesPerPeerMax).fill(
        text(BOOK_LIMITS.addressCharactersMax),
      ),
    }));
    const bans = new Array(4_096).fill({
      ...BOOK.bans[0]!,
      target: text(128),
      reason: text(200),
      host: text(128),
    });
    const bytes = encodeBook({ peers, bans });
    expect(bytes.length).toBeLessThan(BOOK_LIMITS.bytesMax);
    expect(decodeBook(bytes).peers).toHaveLength(BOOK_LIMITS.peersMax);
  });

  it("PEER_BOOK_CORRUPT", () => {
    const change = (fields: object) => JSON.stringify({ version: 1, ...BOOK, ...fields });
    const peer = (fields: object) => change({ peers: [{ ...BOOK.peers[0], ...fields }] });
    const ban = (fields: object) => change({ bans: [{ ...BOOK.bans[0], ...fields }] });
    for (const text of [
      ...["", "null", "[]", "{", "7", change({ version: 2 }), change({ peers: {} }), change({ bans: null })],
      ...[peer({ peer: 7 }), peer({ addresses: "x" }), peer({ addresses: new Array(5).fill("/x") })],
      ...[peer({ addresses: ["x".repeat(257)] }), peer({ failures: -1 }), peer({ failures: 1.5 })],
      ...[peer({ lastSeenMs: null }), peer({ notBeforeMs: 1e300 }), peer({ lastSuccessMs: "x" })],
      ...[ban({ kind: "x" }), ban({ isByOperator: 1 }), ban({ target: null }), ban({ untilMs: -5 })],
      ...[
        ban({ reason: "x".repeat(201) }),
        ban({ count: "1" }),
        change({ peers: [null] }),
        change({ bans: [[]] }),
      ],
    ]) {
      expect([text.slice(0, 60), isRead(bytesOf(text))]).toEqual([text.slice(0, 60), false]);
    }
    expect(isRead(new Uint8Array([0xff, 0xfe]))).toBe(false);
    expect(isRead(new Uint8Array(BOOK_LIMITS.bytesMax + 1))).toBe(false);
  });

  it("with any bytes is read or refused", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => void isRead(bytes)));
    fc.assert(fc.property(fc.json(), (text) => void isRead(bytesOf(text))));
  });

  it("with any damage is read or refused", () => {
    fc.assert(
      fc.property(
        fc.nat(BYTES.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (place, noise, isCut) => {
          const bytes = BYTES.slice(0, isCut ? place : BYTES.length);
          if (!isCut) bytes.set(noise.subarray(0, BYTES.length - place), place);
          void isRead(bytes);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("with any values in its fields is read or refused", () => {
    const value = fc.oneof(fc.jsonValue(), fc.integer(), fc.string());
    const peerFields = fc.record({ peer: value, addresses: value, lastSeenMs: value, failures: value });
    const banFields = fc.record({ kind: value, target: value, untilMs: value, count: value, host: value });
    fc.assert(
      fc.property(peerFields, banFields, (peer, ban) => {
        for (const fields of [
          { peers: [{ ...BOOK.peers[0], ...peer }], bans: [] },
          { peers: [], bans: [{ ...BOOK.bans[0], ...ban }] },
        ]) {
          void isRead(bytesOf(JSON.stringify({ version: 1, ...fields })));
        }
      }),
      { numRuns: 500 },
    );
  });
});
