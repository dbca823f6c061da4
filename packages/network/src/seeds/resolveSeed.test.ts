import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptSeed, parseBootstrap } from "../libp2p/index.ts";
import { SEED_LIMITS } from "./limits.ts";
import { readRecords } from "./readRecords.ts";
import { resolveSeed } from "./resolveSeed.ts";
import { seedNameOf } from "./seedName.ts";

const PEER = "12D3KooWGRUacWySgUM6DVDWF7tMYKm8pMwbEFeRkqyPjF3mAaUH";
const OTHER = "12D3KooWHHzSeKaY8xuZVzkLbKFfvNgPPeKhFBGrMbNzbm5akpqu";
const OWN = [`/ip4/198.51.100.1/tcp/30303/p2p/${OTHER}`];
const at = (ip: string) => `/ip4/${ip}/tcp/30303/p2p/${PEER}`;

type Zone = Readonly<Record<string, readonly string[]>>;

async function resolveIn(zone: Zone, seed: string, own = OWN) {
  const asked: string[] = [];
  const lookUp = async (name: string): Promise<readonly string[]> => {
    asked.push(name);
    const answer = zone[name.toLowerCase()];
    if (answer === undefined) throw new Error(`${name} not found`);
    return answer;
  };
  const answer = await resolveSeed(seed, {
    resolver: { addresses: lookUp, texts: lookUp, cancel: () => {} },
    within: (work) => work,
    accept: (address, source) => acceptSeed(address, source, own),
  });
  return { ...answer, asked };
}

describe("LINK-20: names of bootstrap addresses", () => {
  it.each([
    ["/dnsaddr/seeds.example.org", "records"],
    [`/dnsaddr/seeds.example.org/p2p/${PEER}`, "records"],
    ["trellis-node:30303", "host"],
    [`/dns4/seed.example.org/tcp/30303/p2p/${PEER}`, "host"],
    ["192.0.2.1:30303", undefined],
    [at("192.0.2.1"), undefined],
  ])("%s: %s", (text, kind) => {
    expect(seedNameOf(parseBootstrap(text))?.kind).toBe(kind);
  });

  it.each([
    "/dnsaddr/",
    "/dnsaddr/a b",
    "/dnsaddr/a..b",
    `/dnsaddr/${"a".repeat(64)}`,
    `/dnsaddr/${"a.".repeat(122)}ab`,
    "/dnsaddr/seeds.example.org/tcp/30303",
    "/dnsaddr/seeds.example.org/p2p/nobody",
    `/dnsaddr/seeds.example.org/p2p/${PEER}/p2p/${PEER}`,
  ])("ADDRESS_INVALID: %s", (text) => {
    expect(() => parseBootstrap(text)).toThrowError(expect.objectContaining({ code: "ADDRESS_INVALID" }));
  });

  it("of at most 244 characters", () => {
    const host = `${"a.".repeat(121)}ab`;
    expect(host).toHaveLength(244);
    expect(parseBootstrap(`/dnsaddr/${host}`)).toBe(`/dnsaddr/${host}`);
  });
});

describe("LINK-20: TXT records", () => {
  it("lead to addresses and names", async () => {
    const { addresses, refusedCount, asked } = await resolveIn(
      {
        "_dnsaddr.seeds": [`dnsaddr=${at("192.0.2.1")}`, "dnsaddr=/dnsaddr/eu.seeds", "v=spf1 -all"],
        "_dnsaddr.eu.seeds": [`dnsaddr=/dns4/node.eu.seeds/tcp/1/p2p/${PEER}`],
        "node.eu.seeds": ["192.0.2.2", "2001:db8::2"],
      },
      "/dnsaddr/seeds",
    );
    expect(addresses).toEqual([at("192.0.2.1"), `/ip4/192.0.2.2/tcp/1/p2p/${PEER}`]);
    expect(refusedCount).toBe(0);
    expect(asked).toEqual(["_dnsaddr.seeds", "_dnsaddr.eu.seeds", "node.eu.seeds"]);
  });

  it("of a peer are only those that name the peer", async () => {
    const zone = { "_dnsaddr.seeds": [`dnsaddr=${at("192.0.2.1")}`, `dnsaddr=${OWN[0]}`] };
    expect((await resolveIn(zone, `/dnsaddr/seeds/p2p/${PEER}`)).addresses).toEqual([at("192.0.2.1")]);
  });

  it("without a peer id, with another transport, or nearer than this node, are refused", async () => {
    const refused = [
      "/ip4/192.0.2.1/tcp/30303",
      `/ip4/192.0.2.1/udp/30303/quic-v1/p2p/${PEER}`,
      at("127.0.0.1"),
      at("10.0.0.1"),
      `/ip6/::1/tcp/1/p2p/${PEER}`,
      `/ip4/192.0.2.1/tcp/1/p2p/nobody`,
    ];
    const zone = { "_dnsaddr.seeds": [...refused, at("192.0.2.9")].map((address) => `dnsaddr=${address}`) };
    const { addresses, refusedCount } = await resolveIn(zone, "/dnsaddr/seeds");
    expect(addresses).toEqual([at("192.0.2.9")]);
    expect(refusedCount).toBe(refused.length);
    const onLoopback = await resolveIn(zone, "/dnsaddr/seeds", [at("127.0.0.1")]);
    expect(onLoopback.addresses).toEqual([
      at("127.0.0.1"),
      at("10.0.0.1"),
      `/ip6/::1/tcp/1/p2p/${PEER}`,
      at("192.0.2.9"),
    ]);
  });

  it("end after depthMax names, and each name is asked once", async () => {
    const zone = {
      "_dnsaddr.a": ["dnsaddr=/dnsaddr/b", "dnsaddr=/dnsaddr/A", "dnsaddr=/dnsaddr/missing"],
      "_dnsaddr.b": ["dnsaddr=/dnsaddr/c", "dnsaddr=/dnsaddr/a"],
      "_dnsaddr.c": ["dnsaddr=/dnsaddr/d"],
      "_dnsaddr.d": ["dnsaddr=/dnsaddr/e", `dnsaddr=${at("192.0.2.4")}`],
      "_dnsaddr.e": [`dnsaddr=${at("192.0.2.5")}`],
    };
    const { addresses, asked } = await resolveIn(zone, "/dnsaddr/a");
    expect(addresses).toEqual([at("192.0.2.4")]);
    expect(asked).toEqual(["a", "b", "missing", "c", "d"].map((name) => `_dnsaddr.${name}`));
  });

  it("are bounded in number, and cause at most lookupsMax lookups", async () => {
    const names = Array.from({ length: 100 }, (_name, index) => `dnsaddr=/dnsaddr/n${index}`);
    const { asked } = await resolveIn({ "_dnsaddr.seeds": names }, "/dnsaddr/seeds");
    expect(asked).toHaveLength(SEED_LIMITS.lookupsMax);
    const texts = Array.from({ length: 100 }, (_text, index) => `dnsaddr=${at(`192.0.2.${index}`)}`);
    expect(readRecords(texts, undefined)).toHaveLength(SEED_LIMITS.recordsMax);
    expect(readRecords([`dnsaddr=/${"x".repeat(256)}`, `dnsaddr=/${"x".repeat(255)}`], undefined)).toEqual([
      `/${"x".repeat(255)}`,
    ]);
  });

  it("of any content are read without an error, and each result is an address of the form", async () => {
    const part = fc.constantFrom(
      "dnsaddr=",
      "/dnsaddr/",
      "/dns4/",
      "/ip4/",
      "/ip6/",
      "/tcp/",
      "/p2p/",
      "::",
      "/",
      PEER,
      "a",
      "192.0.2.1",
      "99999",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(part, { maxLength: 9 }).map((parts) => parts.join("")),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 6 }),
        fc.array(text, { maxLength: 3 }),
        async (records, ips) => {
          const anyZone = new Proxy<Zone>(
            {},
            { get: (_zone, name) => (name === "_dnsaddr.seeds" ? records : ips) },
          );
          for (const seed of ["/dnsaddr/seeds", "/dns/seeds/tcp/1"]) {
            const { addresses, asked } = await resolveIn(anyZone, seed);
            expect(asked.length).toBeLessThanOrEqual(SEED_LIMITS.lookupsMax);
            for (const address of addresses)
              expect(address).toMatch(/^\/ip[46]\/[^/]+\/tcp\/\d+(\/p2p\/\w+)?$/);
          }
        },
      ),
    );
  });
});

it("LINK-20: all addresses of a host are tried, private ones too", async () => {
  const zone = { "nodes.svc": ["10.0.0.1", "10.0.0.2", "fd00::1", "fe80::1%eth0", "nonsense"] };
  expect((await resolveIn(zone, "/dns/nodes.svc/tcp/30303")).addresses).toEqual([
    "/ip4/10.0.0.1/tcp/30303",
    "/ip4/10.0.0.2/tcp/30303",
    "/ip6/fd00::1/tcp/30303",
  ]);
  expect((await resolveIn(zone, "/dns6/nodes.svc/tcp/30303")).addresses).toEqual(["/ip6/fd00::1/tcp/30303"]);
  await expect(resolveIn({}, "/dns/nodes.svc/tcp/30303")).rejects.toThrow("not found");
});
