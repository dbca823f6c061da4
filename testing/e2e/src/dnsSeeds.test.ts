import { type DnsServer, startDnsServer } from "@trellis/kit/dns";
import { afterEach, beforeEach, expect, it } from "vitest";
import { rpcCall } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { expectFaultless } from "./expectStopped.ts";
import { type Devnet, startNode } from "./startDevnet.ts";

const SEED = "_dnsaddr.seeds.test";

let dns: DnsServer;
let running: Devnet[];

beforeEach(async () => {
  dns = await startDnsServer();
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((node) => node.kill()));
  await dns.stop();
});

async function start(bootstrap: string, ...more: string[]): Promise<Devnet> {
  const place = ["--network", "local", "--listen", "127.0.0.1:0", "--mdns=false"];
  const node = await startNode({
    args: [...place, "--bootstrap", bootstrap, "--dns-servers", dns.address, ...more],
  });
  running.push(node);
  return node;
}

async function peersOf({ rpcUrl }: Devnet): Promise<string[]> {
  const { result } = await rpcCall(rpcUrl, "admin_peers", []);
  return (result as { id: string }[]).map(({ id }) => id);
}

async function finds(node: Devnet, { ready }: Devnet): Promise<void> {
  const isFound = async () => (await peersOf(node)).includes(ready.p2p!.id);
  await eventually(isFound, undefined, () => `:\n${node.stderr()}`);
}

const addressOf = ({ ready }: Devnet): string => ready.p2p!.addresses[0]!;
const recordOf = (node: Devnet): string => `dnsaddr=${addressOf(node)}`;
const linesWith = ({ stderr }: Devnet, event: string) =>
  stderr()
    .split("\n")
    .filter((line) => line.includes(`"${event}"`));

it("LINK-20: a node finds peers by a seed name, also those that the name has later", async () => {
  const first = await start("none");
  dns.records = { [SEED]: [recordOf(first)] };
  const node = await start("/dnsaddr/seeds.test");
  await finds(node, first);
  const metrics = await (await fetch(`${node.httpUrl}/metrics`)).text();
  expect(metrics).toMatch(/^trellis_network_seed_addresses(?:\{[^}]*\})? 1$/m);
  expectFaultless(await first.stop());
  const later = await start("none");
  dns.records = { [SEED]: ["dnsaddr=/dnsaddr/eu.seeds.test"], "_dnsaddr.eu.seeds.test": [recordOf(later)] };
  await finds(node, later);
  expectFaultless(await node.stop());
});

it("LINK-20: SIGHUP resolves names again, also if no setting changed and no peer is missing", async () => {
  const peer = await start("none");
  dns.records = { [SEED]: [recordOf(peer)] };
  const node = await start("/dnsaddr/seeds.test", "--peers-outbound", "1");
  await finds(node, peer);
  const before = dns.asked.length;
  process.kill(node.pid, "SIGHUP");
  await eventually(() => dns.asked.length > before);
  expectFaultless(await node.stop());
});

it("LINK-20: a silent, lying, looping or overlong server stops no node, which finds peers afterwards", async () => {
  const { respond } = dns;
  dns.respond = () => undefined;
  const [peer, other] = [await start("none"), await start("none")];
  const node = await start("/dnsaddr/seeds.test");
  await eventually(() => linesWith(node, "seed.failed").length > 0);
  expect(await (await fetch(`${node.httpUrl}/ready`)).text()).toContain("no bootstrap name is resolved");

  const lie = recordOf(peer).replace(peer.ready.p2p!.id, other.ready.p2p!.id);
  const junk = [`dnsaddr=/${"x".repeat(300)}`, "dnsaddr=", "dnsaddr=/ip4/127.0.0.1/tcp/1", "v=spf1"];
  dns.records = { [SEED]: ["dnsaddr=/dnsaddr/seeds.test", ...junk, lie] };
  dns.respond = respond;
  await eventually(() => linesWith(node, "dial.failed").some((line) => line.includes(other.ready.p2p!.id)));
  expect(linesWith(node, "seed.refused")).toHaveLength(1);
  expect(await peersOf(node)).toEqual([]);

  dns.records = { [SEED]: [...junk, recordOf(peer)] };
  await finds(node, peer);
  expect(linesWith(node, "seed.failed")).toHaveLength(1);
  expectFaultless(await node.stop());
});

it("LINK-20: all addresses of a host name are tried", async () => {
  const peer = await start("none");
  dns.records = { "nodes.test": ["127.0.0.9", "127.0.0.1"] };
  const node = await start(`nodes.test:${addressOf(peer).split("/")[4]}`);
  await finds(node, peer);
  expect(linesWith(node, "dial.failed").every((line) => line.includes('"info"'))).toBe(true);
  expectFaultless(await node.stop());
});
