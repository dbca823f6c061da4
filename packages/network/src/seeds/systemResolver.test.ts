import { type DnsServer, startDnsServer } from "@trellis/kit/dns";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SEED_LIMITS } from "./limits.ts";
import { systemResolver } from "./systemResolver.ts";

let server: DnsServer;

beforeEach(async () => {
  server = await startDnsServer({
    "_dnsaddr.seeds.test": ["dnsaddr=/one", `long ${"x".repeat(600)}`],
    "nodes.test": ["192.0.2.1", "192.0.2.2", "2001:db8::1"],
    "four.test": ["192.0.2.1"],
  });
});
afterEach(() => server.stop());

it("LINK-20: reads TXT, A and AAAA records", async () => {
  const resolver = systemResolver([server.address]);
  expect((await resolver.texts("_dnsaddr.seeds.test")).toSorted()).toEqual(
    server.records["_dnsaddr.seeds.test"]!.toSorted(),
  );
  expect(await resolver.addresses("nodes.test")).toEqual(server.records["nodes.test"]);
  expect(await resolver.addresses("four.test")).toEqual(["192.0.2.1"]);
  await expect(resolver.texts("missing.test")).rejects.toMatchObject({ code: "ENOTFOUND" });
  await expect(resolver.addresses("missing.test")).rejects.toMatchObject({ code: "ENOTFOUND" });
});

it("LINK-20: without servers, hosts come from the system", async () => {
  expect(await systemResolver([]).addresses("localhost")).toContain("127.0.0.1");
});

it("LINK-20: hosts are looked up one at a time, each once, and a silent server does not pile them up", async () => {
  const answers: (() => void)[] = [];
  const asked: string[] = [];
  const slow = (host: string) =>
    new Promise<string[]>((resolve) => {
      asked.push(host);
      answers.push(() => resolve([host]));
    });
  const resolver = systemResolver([], slow);
  const names = Array.from({ length: SEED_LIMITS.lookupsMax }, (_, index) => `${index}.test`);
  const lookups = [...names, ...names].map((name) => resolver.addresses(name));
  await expect(resolver.addresses("more.test")).rejects.toMatchObject({ code: "DIAL_FAILED" });
  for (const index of names.keys()) {
    await expect.poll(() => asked).toEqual(names.slice(0, index + 1));
    answers[index]!();
  }
  expect(await Promise.all(lookups)).toEqual([...names, ...names].map((name) => [name]));
  const again = resolver.addresses("more.test");
  await expect.poll(() => answers.length).toBe(names.length + 1);
  answers.at(-1)!();
  expect(await again).toEqual(["more.test"]);
});

it("LINK-20: a server that lies, or answers nonsense, is an error within the time limit", async () => {
  const resolver = systemResolver([server.address]);
  const started = performance.now();
  const { respond } = server;
  server.respond = () => Uint8Array.from([1, 2, 3]);
  await expect(resolver.texts("_dnsaddr.seeds.test")).rejects.toMatchObject({ syscall: "queryTxt" });
  server.respond = (answer) => respond({ ...answer, id: (answer.id! + 1) % 65_536 });
  await expect(resolver.texts("_dnsaddr.seeds.test")).rejects.toMatchObject({ code: "ETIMEOUT" });
  expect(performance.now() - started).toBeLessThan(4 * SEED_LIMITS.lookupMs);
});

it("LINK-20: cancelling ends a lookup that nobody answers", async () => {
  const resolver = systemResolver([server.address]);
  server.respond = () => undefined;
  const lookup = expect(resolver.texts("_dnsaddr.seeds.test")).rejects.toMatchObject({ code: "ECANCELLED" });
  while (server.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  resolver.cancel();
  await lookup;
});
