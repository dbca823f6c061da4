import { loadSettings } from "@trellis/platform/config";
import { expect, it } from "vitest";
import { nodeDefinition } from "./settings.ts";

const load = (...argv: readonly string[]) =>
  loadSettings(nodeDefinition, { argv, environment: {}, defaultFile: "none.yaml" });

it("settings of ports, bootstrap addresses and the miner", async () => {
  const { settings } = await load(
    ...["--rpc-host=0.0.0.0", "--rpc-roles=public,admin", "--rpc-hosts=node.example"],
    ...["--rpc-origins=https://a.example,https://b.example", "--bootstrap=none", "--miner-threads=4"],
    "--dns-servers=192.0.2.1,[2001:db8::1]:5353",
  );
  expect(settings).toMatchObject({
    rpcHost: "0.0.0.0",
    rpcRoles: ["public", "admin"],
    rpcHosts: ["node.example"],
    rpcOrigins: ["https://a.example", "https://b.example"],
    bootstrap: "none",
    dnsServers: ["192.0.2.1", "[2001:db8::1]:5353"],
    minerThreads: 4,
    httpHost: "127.0.0.1",
  });
});

it("by default serves this machine, with the roles of its network, and mines with one thread", async () => {
  const { settings } = await load();
  expect(settings).toMatchObject({
    rpcHost: "127.0.0.1",
    rpcRoles: [],
    rpcHosts: [],
    rpcOrigins: [],
    bootstrap: [],
    minerThreads: 1,
  });
});

it("Stratum is off, and on this machine only", async () => {
  expect((await load()).settings).toMatchObject({
    stratum: false,
    stratumHost: "127.0.0.1",
    stratumPort: 5_555,
    stratumDifficulty: "auto",
  });
  expect((await load("--stratum", "--stratum-difficulty=0.25")).settings).toMatchObject({
    stratum: true,
    stratumDifficulty: 0.25,
  });
});

it.each([
  ["--rpc-roles=public,root", "of public, debug, mining, admin"],
  ["--rpc-roles=dev", "of public, debug, mining, admin"],
  ["--rpc-host=every where", "an address"],
  ["--http-host=http://0.0.0.0", "an address"],
  ["--dns-servers=dns.example", "IP addresses with optional ports"],
  ["--stratum-difficulty=0", "a number from 0.000244140625"],
  ["--stratum-difficulty=0.000244140624", "a number from 0.000244140625"],
  ["--stratum-difficulty=1e3", "a number from 0.000244140625"],
  ["--stratum-difficulty=1099511627777", "to 1099511627776"],
  ["--miner-threads=0", "a whole number from 1"],
  ["--miner-threads=1.5", "a whole number from 1"],
])("CONFIG_INVALID_VALUE: %s", async (flag, expected) => {
  await expect(load(flag)).rejects.toMatchObject({
    code: "CONFIG_INVALID_VALUE",
    facts: { expected: expect.stringContaining(expected) },
  });
});
