import { networkInterfaces } from "node:os";
import { isFromThisMachine } from "@trellis/platform/admission";
import { describe, expect, it } from "vitest";
import { textOf } from "../../jsonrpc/answers.ts";
import { FakeNode } from "../../testing/FakeNode.ts";
import { openServer } from "../../testing/openServer.ts";
import { testSession } from "../../testing/testSession.ts";

const REQUEST = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "admin_peers", params: [] });

describe("admin_peers", () => {
  it("has geth's fields, and additional ones of this network", async () => {
    const node = new FakeNode();
    const peers = (await node.result("admin_peers")) as object[];
    expect(peers).toHaveLength(3);
    expect(peers[0]).toEqual({
      id: "peer-0",
      name: "Trellis/9",
      enode: "/ip4/192.0.2.1/tcp/30303/p2p/peer-0",
      caps: ["trellis/1"],
      network: {
        remoteAddress: "/ip4/192.0.2.1/tcp/30303/p2p/peer-0",
        inbound: false,
        trusted: true,
        static: true,
      },
      protocols: { trellis: { version: 1, head: "0xabcd", number: 7, blueWork: `${2n ** 70n}` } },
      score: -12.34,
      connectedSince: "1970-01-01T00:00:01.000Z",
      offences: [
        {
          offence: "falseClaim",
          at: "1970-01-01T00:00:02.000Z",
          points: 20,
          facts: { block: "0xab", work: "2" },
        },
      ],
    });
    expect(peers[1]).toMatchObject({ name: "", protocols: { trellis: "handshake" } });
  });

  it("is empty without a network", async () => {
    const node = new FakeNode({ without: ["network", "networkControl"] });
    expect(await node.result("admin_peers")).toEqual([]);
    expect(await node.result("admin_bans")).toEqual([]);
    expect(await node.result("admin_nodeInfo")).toMatchObject({ enode: "", ports: { listener: 0 } });
    expect((await node.call("admin_addPeer", "/ip4/192.0.2.1/tcp/1")).error?.message).toBe(
      "this node has no network",
    );
  });
});

describe("operator", () => {
  it("sees the node's addresses and reachability", async () => {
    expect(await new FakeNode().result("admin_nodeInfo")).toMatchObject({
      id: "self",
      name: "Trellis/9",
      enode: "/ip4/198.51.100.7/tcp/30303/p2p/self",
      ip: "198.51.100.7",
      ports: { discovery: 30303, listener: 30303 },
      protocols: { trellis: { network: 31337, number: 0 } },
    });
  });

  it("adds and removes peers", async () => {
    const node = new FakeNode();
    expect(await node.result("admin_addPeer", "/ip4/192.0.2.9/tcp/1")).toBe(true);
    expect(await node.result("admin_removePeer", "peer-0")).toBe(true);
    expect(await node.result("admin_removePeer", "stranger")).toBe(false);
    expect(node.network.asked.slice(0, 2)).toEqual([
      ["addPeer", "/ip4/192.0.2.9/tcp/1"],
      ["removePeer", "peer-0"],
    ]);
    expect((await node.call("admin_addPeer", "")).error?.code).toBe(-32602);
    expect((await node.call("admin_addPeer", "a".repeat(257))).error?.code).toBe(-32602);
    expect((await node.call("admin_addPeer", "nowhere")).error?.message).toBe("not an address");
  });

  it("bans for a time or permanently, and lifts a ban", async () => {
    const node = new FakeNode();
    expect(await node.result("admin_ban", "192.0.2.7", 60, "noise")).toBe(true);
    expect(await node.result("admin_ban", "peer-1")).toBe(true);
    expect(node.network.asked).toEqual([
      ["ban", "192.0.2.7", "noise", 60_000],
      ["ban", "peer-1", "by the operator", undefined],
    ]);
    const bans = (await node.result("admin_bans")) as object[];
    expect(bans[0]).toMatchObject({ target: "192.0.2.7", until: "1970-01-01T00:01:00.000Z" });
    expect(bans[1]).toMatchObject({ target: "peer-1", until: null, isByOperator: true });
    expect(await node.result("admin_unban", "peer-1")).toBe(true);
    expect(await node.result("admin_unban", "peer-1")).toBe(false);
  });
});

describe("description of the network", () => {
  it("equals geth's format", async () => {
    const node = new FakeNode();
    expect(await node.result("eth_syncing")).toBe(false);
    node.network.progress = { startingBlock: 1, currentBlock: 16, highestBlock: 256 };
    expect(await node.result("eth_syncing")).toEqual({
      startingBlock: "0x1",
      currentBlock: "0x10",
      highestBlock: "0x100",
    });
    node.network.listed = [];
    expect(await node.result("net_peerCount")).toBe("0x0");
  });
});

describe("role admin", () => {
  it("RPC_METHOD_UNKNOWN unless it is enabled", async () => {
    const node = new FakeNode({ roles: ["public", "debug"] });
    expect((await node.call("admin_peers")).error).toEqual({
      code: -32601,
      message:
        "the method admin_peers does not exist/is not available: the role admin is not enabled on this node",
    });
  });

  it("RPC_METHOD_UNKNOWN for anyone except programs on this machine", async () => {
    const { handle } = new FakeNode();
    const send = async (method: string) => {
      const answer = await handle(
        Buffer.from(REQUEST.replace("admin_peers", method)),
        testSession({ isLocalProgram: false }),
      );
      return JSON.parse(textOf(answer ?? "null"));
    };
    expect((await send("admin_peers")).error).toEqual({
      code: -32601,
      message:
        "the method admin_peers does not exist/is not available: admin methods are available only on the node's own machine, over loopback",
    });
    expect((await send("rpc_modules")).result).not.toHaveProperty("admin");
    expect(JSON.stringify((await send("rpc.discover")).result)).not.toContain("admin_");
  });

  it("is served over loopback, but not to pages or through proxies", async () => {
    const server = await openServer({ origins: ["*"] });
    const isServed = async (headers: Record<string, string>) => {
      const { text } = await server.post(REQUEST, headers);
      return (JSON.parse(text) as { result?: unknown }).result !== undefined;
    };
    expect(await isServed({})).toBe(true);
    expect(await isServed({ origin: "https://example.org" })).toBe(false);
    expect(await isServed({ "x-forwarded-for": "192.0.2.1" })).toBe(false);
    expect(await isServed({ forwarded: "for=192.0.2.1" })).toBe(false);
    expect(await isServed({ via: "1.1 proxy" })).toBe(false);
  });

  it("is served only to this machine if the port is public [RPC-21]", async () => {
    const server = await openServer({ host: "0.0.0.0" });
    const ask = async (host: string) => {
      const response = await fetch(`http://${host}:${server.port}`, {
        method: "POST",
        body: REQUEST,
        headers: { "content-type": "application/json" },
      });
      return (await response.json()) as { result?: unknown; error?: { code: number } };
    };
    expect((await ask("127.0.0.1")).result).toHaveLength(3);
    const [external] = Object.values(networkInterfaces())
      .flatMap((addresses = []) => addresses)
      .filter(({ family, internal }) => family === "IPv4" && !internal);
    if (external !== undefined) expect((await ask(external.address)).error?.code).toBe(-32601);
    const from = (remoteAddress: string) => isFromThisMachine({ headers: {}, socket: { remoteAddress } });
    expect(["127.0.0.1", "::1", "::ffff:127.0.0.1"].map(from)).toEqual([true, true, true]);
    expect(["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"].map(from)).toEqual([false, false, false]);
  });

  it("is served over WebSocket by the same rule", async () => {
    const server = await openServer({ origins: ["*"] });
    const local = await server.webSocket();
    expect((await local.call("admin_peers")).result).toHaveLength(3);
    const page = await server.webSocket({ origin: "https://example.org" });
    expect((await page.call("admin_peers")).error?.code).toBe(-32601);
  });
});
