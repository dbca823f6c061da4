import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededBytes } from "../../sync/testing/seededBytes.ts";
import { BOOK_LIMITS } from "../limits.ts";
import { type CandidateRules, isDialAddress, PeerBook } from "./PeerBook.ts";

const RULES: CandidateRules = { countMax: 100, isWanted: () => true, subnets: new Set() };
const at = (ip: string, peer: string): string => `/ip4/${ip}/tcp/30303/p2p/${peer}`;

function namesOf(book: PeerBook, rules: Partial<CandidateRules> = {}, nowMs = 0): string[] {
  return book.candidates(seededBytes("book"), nowMs, { ...RULES, ...rules }).map(({ peer }) => peer);
}

describe("PEER-15: peer book", () => {
  it("stores addresses, the last one that worked first", () => {
    const book = new PeerBook();
    book.discovered("a", ["/x/1", "/x/2"], 1);
    book.reached("a", "/x/2", 2);
    book.discovered("a", ["/x/3"], 3);
    expect(book.get("a")).toEqual({
      peer: "a",
      addresses: ["/x/2", "/x/3", "/x/1"],
      lastSeenMs: 3,
      lastSuccessMs: 2,
      failures: 0,
      notBeforeMs: 2 + BOOK_LIMITS.retryMs,
    });
  });

  it("doubles the delay after each failure, alternates addresses, and drops peers that never answered", () => {
    const book = new PeerBook();
    book.discovered("a", ["/x/1", "/x/2"], 0);
    book.reached("b", "/y/1", 0);
    const waits: number[] = [];
    for (let count = 1; count < BOOK_LIMITS.failuresMax; count++) {
      book.failed("a", 0);
      waits.push(book.get("a")!.notBeforeMs);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64].map((factor) => factor * BOOK_LIMITS.retryMs));
    expect(book.get("a")?.addresses).toEqual(["/x/2", "/x/1"]);
    book.failed("a", 0);
    expect(book.get("a")).toBeUndefined();
    for (let count = 0; count < 100; count++) book.failed("b", 0);
    expect(book.get("b")?.notBeforeMs).toBe(BOOK_LIMITS.retryMsMax);
    book.forget("b");
    book.failed("b", 0);
    expect(book.count).toBe(0);
  });

  it("refuses invalid and overlong addresses", () => {
    const book = new PeerBook();
    book.discovered("a", ["", "a b", "/x\n", "ü", "/".repeat(BOOK_LIMITS.addressCharactersMax + 1)], 0);
    book.discovered("i".repeat(BOOK_LIMITS.idCharactersMax + 1), ["/x/1"], 0);
    book.reached("b", "", 0);
    expect(book.count).toBe(0);
    book.discovered("c", ["/x/1", "/x/2", "/x/3", "/x/4", "/x/5", "/x/1"], 0);
    expect(book.get("c")?.addresses).toHaveLength(BOOK_LIMITS.addressesPerPeerMax);
    expect(isDialAddress("/ip4/192.0.2.1/tcp/1")).toBe(true);
  });

  it("is bounded, in total and per subnet, and false entries never evict peers that answered", () => {
    const book = new PeerBook();
    for (let count = 0; count < 50; count++) book.reached(`good${count}`, at(`192.0.2.${count}`, "g"), 0);
    for (let count = 0; count < 200; count++)
      book.discovered(`near${count}`, [at(`192.0.2.${count}`, "n")], count);
    expect(book.count).toBe(BOOK_LIMITS.peersPerSubnetMax);
    expect(book.get("near199")).toBeDefined();
    expect(book.get("near0")).toBeUndefined();
    for (let count = 0; count < 5_000; count++) {
      book.discovered(`far${count}`, [at(`10.${count >> 8}.${count & 255}.1`, "f")], count);
    }
    expect(book.count).toBe(BOOK_LIMITS.peersMax);
    for (let count = 0; count < 50; count++) expect(book.get(`good${count}`)).toBeDefined();
  });

  it("full of peers that answered accepts none, until some of them are dead", () => {
    const book = new PeerBook();
    for (let count = 0; count < BOOK_LIMITS.peersMax; count++) {
      book.reached(`p${count}`, at(`10.${count >> 8}.${count & 255}.1`, "p"), 0);
    }
    book.discovered("new", [at("192.0.2.1", "new")], 1);
    expect(book.get("new")).toBeUndefined();
    for (let count = 0; count < BOOK_LIMITS.failuresMax; count++) book.failed("p7", 1);
    book.discovered("new", [at("192.0.2.1", "new")], 1);
    expect(book.get("new")).toBeDefined();
    expect(book.get("p7")).toBeUndefined();
  });
});

describe("PEER-16: choice of peers to dial", () => {
  it("skips excluded peers and peers in backoff, and returns at most the requested number", () => {
    const book = new PeerBook();
    for (const peer of ["a", "b", "c"]) book.discovered(peer, [at("192.0.2.1", peer)], 0);
    book.failed("c", 0);
    expect(namesOf(book, { isWanted: (peer) => peer !== "a" })).toEqual(["b"]);
    expect(namesOf(book, { countMax: 1 })).toHaveLength(1);
    expect(namesOf(book, {}, BOOK_LIMITS.retryMs)).toHaveLength(3);
  });

  it("prefers subnets without a connection, one peer of each", () => {
    const book = new PeerBook();
    for (let count = 0; count < 20; count++) book.discovered(`a${count}`, [at(`192.0.2.${count}`, "a")], 0);
    for (let count = 0; count < 5; count++) book.discovered(`b${count}`, [at(`10.0.${count}.1`, "b")], 0);
    const names = namesOf(book, { subnets: new Set(["10.0.0.0/24"]) });
    expect(names.slice(0, 5).filter((name) => name.startsWith("b"))).toHaveLength(4);
    expect(names.slice(0, 5)).not.toContain("b0");
    expect(names).toHaveLength(25);
  });

  it("alternates between known and new peers, for any numbers", () => {
    const book = new PeerBook();
    for (let count = 0; count < 10; count++) book.reached(`good${count}`, `/dns/g${count}`, 0);
    for (let count = 0; count < 1_000; count++) book.discovered(`lie${count}`, [`/dns/l${count}`], 0);
    const names = namesOf(book, { countMax: 10 }, BOOK_LIMITS.retryMs);
    expect(names.filter((name) => name.startsWith("good"))).toHaveLength(5);
  });

  it("depends only on the randomness", () => {
    const book = new PeerBook();
    for (let count = 0; count < 100; count++) book.discovered(`p${count}`, [`/dns/p${count}`], 0);
    const chosen = (seed: string) => book.candidates(seededBytes(seed), 0, { ...RULES, countMax: 5 });
    expect(chosen("one")).toEqual(chosen("one"));
    expect(chosen("one")).not.toEqual(chosen("two"));
  });
});

it("PEER-15: bounds are kept for any input", () => {
  const told = fc.record({
    peer: fc.nat(3_000).map((index) => `p${index}`),
    addresses: fc.array(
      fc.oneof(
        fc.string(),
        fc.ipV4().map((ip) => `/ip4/${ip}/tcp/1`),
      ),
      { maxLength: 8 },
    ),
    what: fc.constantFrom("discovered", "reached", "failed", "forget"),
  });
  fc.assert(
    fc.property(fc.array(told, { maxLength: 500 }), (steps) => {
      const book = new PeerBook();
      for (const [nowMs, { peer, addresses, what }] of steps.entries()) {
        if (what === "discovered") book.discovered(peer, addresses, nowMs);
        else if (what === "reached") book.reached(peer, addresses[0] ?? "", nowMs);
        else if (what === "failed") book.failed(peer, nowMs);
        else book.forget(peer);
      }
      expect(book.count).toBeLessThanOrEqual(BOOK_LIMITS.peersMax);
      for (const { addresses } of book.entries()) {
        expect(addresses.length).toBeGreaterThan(0);
        expect(addresses.length).toBeLessThanOrEqual(BOOK_LIMITS.addressesPerPeerMax);
        expect(addresses.every(isDialAddress)).toBe(true);
      }
    }),
  );
});
