import { bytesEqual } from "@trellis/base";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { Listeners } from "./Listeners.ts";
import { connectBusy, endAttacks } from "./testing/attack.ts";
import { eventually } from "./testing/eventually.ts";
import {
  ECHO,
  MESSAGE_BYTES_MAX,
  REQUEST_BYTES_MAX,
  type Started,
  type StartOptions,
  startTransport,
  TOPIC,
} from "./testing/startTransport.ts";

const OPTIONS = { timeoutMs: 60_000, answerBytesMax: 1_000_000 };
const hello = new TextEncoder().encode("hello");

const running: Started[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ transport }) => transport.stop()));
  await endAttacks();
});

async function start(options?: StartOptions): Promise<Started> {
  const started = await startTransport(options);
  running.push(started);
  return started;
}

async function publishUntilHeard(from: Started, to: Started): Promise<void> {
  let count = 0;
  await eventually(() => {
    from.transport.publish(TOPIC, Uint8Array.of(count++ >> 8, count & 255));
    return to.heard.length > 0;
  });
}

describe("two nodes", () => {
  it("connect and are both notified", async () => {
    const [one, two] = [await start(), await start()];
    expect(await one.transport.dial(two.address())).toBe(two.transport.self);
    await eventually(() => two.connected.length === 1);
    expect(one.connected).toMatchObject([
      { peer: two.transport.self, direction: "outbound", ip: "127.0.0.1", address: two.address() },
    ]);
    expect(two.connected).toMatchObject([
      { peer: one.transport.self, direction: "inbound", ip: "127.0.0.1" },
    ]);
  });

  it("send requests in both directions", async () => {
    const [one, two] = [await start(), await start()];
    await one.transport.dial(two.address());
    const long = new Uint8Array(90_000).fill(7);
    expect(await one.transport.request(two.transport.self, ECHO, long, OPTIONS)).toEqual(long);
    expect(await two.transport.request(one.transport.self, ECHO, hello, OPTIONS)).toEqual(hello);
    expect(await two.transport.request(one.transport.self, ECHO, new Uint8Array(0), OPTIONS)).toHaveLength(0);
  });

  it("NET-28: a request in a preferred protocol, or in the other one if the peer lacks it", async () => {
    const protocol = "/trellis/echo-traced/1";
    const [one, older, newer] = [await start(), await start(), await start({ protocol })];
    for (const { address } of [older, newer]) await one.transport.dial(address());
    const options = { ...OPTIONS, preferred: { protocol, request: Uint8Array.of(7) } };
    expect(await one.transport.request(older.transport.self, ECHO, hello, options)).toEqual(hello);
    expect(await one.transport.request(newer.transport.self, ECHO, hello, options)).toEqual(Uint8Array.of(7));
    expect([...one.offences, ...older.offences]).toEqual([]);
  });

  it("disconnect", async () => {
    const [one, two] = [await start(), await start()];
    await one.transport.dial(two.address());
    await eventually(() => two.connected.length === 1);
    two.transport.disconnect(one.transport.self, "test");
    await eventually(() => one.disconnected.length === 1 && two.disconnected.length === 1);
    await expect(one.transport.request(two.transport.self, ECHO, hello, OPTIONS)).rejects.toMatchObject({
      code: "REQUEST_FAILED",
    });
  });

  it("gossip", async () => {
    const [one, two] = [await start(), await start()];
    await one.transport.dial(two.address());
    await publishUntilHeard(one, two);
    one.transport.publish(TOPIC, hello);
    await eventually(() => two.heard.some(({ message }) => bytesEqual(message, hello)));
    expect(two.heard.at(-1)).toEqual({ from: one.transport.self, message: hello });
    expect(one.heard).toEqual([]);
  });
});

it("keep their id with their key", async () => {
  const key = new Uint8Array(32).fill(5);
  const first = await start({ key });
  await first.transport.stop();
  const second = await start({ key });
  expect(second.transport.self).toBe(first.transport.self);
});

describe("requests", () => {
  const pair = async (options: StartOptions) => {
    const [asking, asked] = [await start(), await start(options)];
    await asking.transport.dial(asked.address());
    return {
      asking,
      asked,
      ask: (bytes: Uint8Array, given = {}) =>
        asking.transport.request(asked.transport.self, ECHO, bytes, { ...OPTIONS, ...given }),
    };
  };

  it("PROTOCOL_VIOLATED: an oversized answer ends by its announced length", async () => {
    const { ask } = await pair({});
    await expect(ask(new Uint8Array(1_001), { answerBytesMax: 1_000 })).rejects.toMatchObject({
      code: "PROTOCOL_VIOLATED",
      facts: { reason: "response too long" },
    });
    expect(await ask(new Uint8Array(1_000), { answerBytesMax: 1_000 })).toHaveLength(1_000);
  });

  it("REQUEST_FAILED: a late or missing answer", async () => {
    const { ask } = await pair({ answer: () => new Promise(() => {}) });
    const startedMs = performance.now();
    await expect(ask(hello, { timeoutMs: 100 })).rejects.toMatchObject({
      code: "REQUEST_FAILED",
      facts: { reason: "no response in time" },
    });
    expect(performance.now() - startedMs).toBeLessThan(OPTIONS.timeoutMs / 2);
  });

  it("REQUEST_FAILED: the handler throws, and the next request is answered", async () => {
    let count = 0;
    const { ask } = await pair({
      answer: async (_peer, _protocol, request) => {
        if (count++ === 0) throw new Error("no");
        return request;
      },
    });
    await expect(ask(hello)).rejects.toMatchObject({ code: "REQUEST_FAILED" });
    expect(await ask(hello)).toEqual(hello);
  });

  it("PROTOCOL_VIOLATED: an oversized request: the stream ends, and the sender gets REQUEST_FAILED", async () => {
    const asked: number[] = [];
    const { ask } = await pair({
      answer: async (_peer, _protocol, request) => {
        asked.push(request.length);
        return hello;
      },
    });
    await expect(ask(new Uint8Array(REQUEST_BYTES_MAX + 1))).rejects.toMatchObject({
      code: "REQUEST_FAILED",
    });
    expect(await ask(new Uint8Array(REQUEST_BYTES_MAX))).toEqual(hello);
    expect(asked).toEqual([REQUEST_BYTES_MAX]);
  });

  it("PROTOCOL_UNSUPPORTED, and REQUEST_FAILED: an unconnected peer", async () => {
    const { asking, asked } = await pair({});
    await expect(
      asking.transport.request(asked.transport.self, "/trellis/none/1", hello, OPTIONS),
    ).rejects.toMatchObject({ code: "PROTOCOL_UNSUPPORTED" });
    const stranger = await start();
    await expect(
      asking.transport.request(stranger.transport.self, ECHO, hello, OPTIONS),
    ).rejects.toMatchObject({ code: "REQUEST_FAILED", facts: { reason: "not connected" } });
  });

  it("transfers many long answers at once", async () => {
    const answer = new Uint8Array(6_000_000).map((_, index) => index);
    const { ask } = await pair({ answer: async () => answer });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask(hello, { answerBytesMax: 8_000_000 })),
    );
    for (const each of answers) expect(bytesEqual(each, answer)).toBe(true);
  });

  it("NETWORK_STOPPED: pending requests fail at once", async () => {
    const { ask, asking } = await pair({ answer: () => new Promise(() => {}) });
    const asked = ask(hello);
    const failed = expect(asked).rejects.toMatchObject({ code: "REQUEST_FAILED" });
    const startedMs = performance.now();
    await asking.transport.stop();
    await failed;
    expect(performance.now() - startedMs).toBeLessThan(OPTIONS.timeoutMs / 2);
  });
});

describe("gossip through an intermediate node", () => {
  const chain = async (judge: StartOptions["judge"]) => {
    const [first, middle, last] = [
      await start(),
      await start(judge === undefined ? {} : { judge }),
      await start(),
    ];
    await first.transport.dial(middle.address());
    await last.transport.dial(middle.address());
    return { first, middle, last };
  };

  it("forwards accepted messages once", async () => {
    const { first, last } = await chain(() => "accept");
    await publishUntilHeard(first, last);
    first.transport.publish(TOPIC, hello);
    first.transport.publish(TOPIC, hello);
    const heard = () => last.heard.filter(({ message }) => bytesEqual(message, hello));
    const after = Uint8Array.of(9, 9, 9);
    first.transport.publish(TOPIC, after);
    await eventually(() => last.heard.some(({ message }) => bytesEqual(message, after)));
    expect(heard()).toHaveLength(1);
  });

  it.each(["ignore", "reject"] as const)("does not forward messages with the verdict %s", async (verdict) => {
    const { first, middle, last } = await chain((message) =>
      bytesEqual(message, hello) ? verdict : "accept",
    );
    await publishUntilHeard(first, last);
    first.transport.publish(TOPIC, hello);
    const after = Uint8Array.of(9, 9, 9);
    await eventually(() => middle.heard.some(({ message }) => bytesEqual(message, hello)));
    first.transport.publish(TOPIC, after);
    await eventually(() => last.heard.some(({ message }) => bytesEqual(message, after)));
    expect(last.heard.filter(({ message }) => bytesEqual(message, hello))).toEqual([]);
  });

  it("does not forward messages without a validator, or longer than their topic's limit", async () => {
    const { first, middle, last } = await chain((message) => {
      if (bytesEqual(message, hello)) throw new Error("no");
      return "accept";
    });
    await publishUntilHeard(first, last);
    first.transport.publish(TOPIC, hello);
    first.transport.publish(TOPIC, new Uint8Array(MESSAGE_BYTES_MAX + 1));
    await eventually(() => middle.heard.some(({ message }) => bytesEqual(message, hello)));
    const after = new Uint8Array(MESSAGE_BYTES_MAX);
    first.transport.publish(TOPIC, after);
    await eventually(() => last.heard.some(({ message }) => bytesEqual(message, after)));
    for (const { heard } of [middle, last]) {
      expect(heard.every(({ message }) => message.length <= MESSAGE_BYTES_MAX)).toBe(true);
    }
    expect(last.heard.filter(({ message }) => bytesEqual(message, hello))).toEqual([]);
  });
});

describe("refusals", () => {
  it("PEER_REFUSED: sends nothing to an unwanted peer", async () => {
    const two = await start();
    const one = await start({ refusal: ({ peer }) => (peer === two.transport.self ? "banned" : undefined) });
    await expect(one.transport.dial(two.address())).rejects.toMatchObject({
      code: "PEER_REFUSED",
      facts: { reason: "banned" },
    });
    const anonymous = two.address().replace(/\/p2p\/.*/, "");
    await expect(one.transport.dial(anonymous)).rejects.toMatchObject({ code: "PEER_REFUSED" });
    expect(one.connected).toEqual([]);
  });

  it("DIAL_FAILED: connection refused, own address, another key, refused by the peer", async () => {
    const [one, two] = [
      await start(),
      await start({
        refusal: ({ direction, peer }) =>
          direction === "inbound" && peer !== undefined ? "full" : undefined,
      }),
    ];
    const failed = { code: "DIAL_FAILED" };
    await expect(one.transport.dial("/ip4/127.0.0.1/tcp/1")).rejects.toMatchObject(failed);
    await expect(one.transport.dial(one.address())).rejects.toMatchObject(failed);
    const [three, four] = [await start(), await start()];
    const disguised = three.address().replace(/[^/]*$/, four.transport.self);
    await expect(one.transport.dial(disguised)).rejects.toMatchObject(failed);
    await one.transport.dial(two.address()).catch((error) => expect(error).toMatchObject(failed));
    await eventually(() => one.connected.length === one.disconnected.length);
    expect(two.connected).toEqual([]);
  });

  it("ADDRESS_INVALID", async () => {
    const one = await start();
    await expect(one.transport.dial("nowhere")).rejects.toMatchObject({ code: "ADDRESS_INVALID" });
  });

  it("a refused peer is not dialled repeatedly by the DHT", async () => {
    let attempts = 0;
    let isBanned = false;
    const two = await start({
      refusal: ({ peer }) => {
        if (!isBanned || peer === undefined) return undefined;
        attempts++;
        return "banned";
      },
    });
    const [one, three] = [await start(), await start()];
    for (const { transport } of [one, three]) await transport.dial(two.address());
    await eventually(() => one.discovered.some(({ peer }) => peer === three.transport.self));
    isBanned = true;
    two.transport.disconnect(one.transport.self, "banned");
    await eventually(() => one.disconnected.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(attempts).toBeLessThan(5);
    await one.transport.dial(two.address()).catch(() => {});
    await eventually(() => attempts > 0);
  });

  it("by address, before a handshake", async () => {
    const asked: unknown[] = [];
    const two = await start({
      refusal: (candidate) => {
        asked.push(candidate);
        return "full";
      },
    });
    const one = await start();
    await expect(one.transport.dial(two.address())).rejects.toMatchObject({ code: "DIAL_FAILED" });
    expect(asked).toEqual([{ ip: "127.0.0.1", direction: "inbound" }]);
  });
});

it("five nodes that know one of them discover each other", async () => {
  const nodes = [await start(), await start(), await start(), await start(), await start()];
  for (const node of nodes.slice(1)) await node.transport.dial(nodes[0]!.address());
  const known = (node: Started) => new Set([...node.connected, ...node.discovered].map(({ peer }) => peer));
  await eventually(() => nodes.every((node) => known(node).size === 4));
});

it("LINK-19: a node that was too busy to answer the DHT at first is still discovered", async () => {
  const hub = await start();
  const busy = await connectBusy(hub, 31_337n, 1);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const one = await start();
  await one.transport.dial(hub.address());
  await eventually(() => one.discovered.some(({ peer }) => peer === busy.peerId.toString()));
});

it("LINK-10: nodes of one machine that listen on all addresses discover each other over loopback", async () => {
  const listen = ["/ip4/0.0.0.0/tcp/0"];
  const announce = ["/ip4/198.51.100.1/tcp/30303"];
  const [hub, ...others] = [
    await start({ listen, announce }),
    await start({ listen, announce }),
    await start({ listen, announce }),
  ];
  const port = /\/tcp\/(\d+)/.exec(hub!.address())![1];
  for (const { transport } of others)
    await transport.dial(`/ip4/127.0.0.1/tcp/${port}/p2p/${hub!.transport.self}`);
  const hears = (one: Started, other: Started) =>
    one.discovered.some(
      ({ peer, addresses }) =>
        peer === other.transport.self && addresses.some((address) => address.startsWith("/ip4/127.0.0.1/")),
    );
  await eventually(() => hears(others[0]!, others[1]!) && hears(others[1]!, others[0]!));
});

it("a node's addresses include an announced address", async () => {
  const { transport } = await start({ announce: ["/ip4/198.51.100.1/tcp/30303"] });
  expect(transport.addresses()).toContain(`/ip4/198.51.100.1/tcp/30303/p2p/${transport.self}`);
  expect(transport.addresses()).toHaveLength(2);
});

it("counts the bytes of a connection until it ends", async () => {
  const [one, two] = [await start(), await start()];
  await one.transport.dial(two.address());
  const traffic = () => one.transport.traffic!(two.transport.self);
  const before = traffic()!;
  const { bytesIn, bytesOut } = { ...before };
  await one.transport.request(two.transport.self, ECHO, new Uint8Array(90_000), OPTIONS);
  expect(traffic()!.bytesOut - bytesOut).toBeGreaterThan(90_000);
  expect(traffic()!.bytesIn - bytesIn).toBeGreaterThan(90_000);
  one.transport.disconnect(two.transport.self, "test");
  await eventually(() => one.disconnected.length === 1);
  expect(traffic()).toBeUndefined();
  expect(one.transport.totalTraffic!().bytesOut).toBeGreaterThan(90_000);
});

it("LINK-18: a peer disconnected during its request receives the answer first", async () => {
  const two: Started = await start({
    answer: async (peer, _protocol, request) => {
      two.transport.disconnect(peer, "of another network");
      return request;
    },
  });
  const one = await start();
  await one.transport.dial(two.address());
  const ask = () => one.transport.request(two.transport.self, ECHO, hello, OPTIONS);
  const asked = [ask(), ask()];
  expect(await asked[0]).toEqual(hello);
  await Promise.allSettled(asked);
  await eventually(() => one.disconnected.length === 1 && two.disconnected.length === 1);
});

it("a peer without any of the protocols is of another network; one that lacks a single protocol is not", async () => {
  const [one, other, older] = [
    await start(),
    await start({ chainId: 2n, protocol: "/trellis/2/echo/1" }),
    await start(),
  ];
  for (const { transport } of [other, older]) await one.transport.dial(transport.addresses()[0]!);
  const failed = { code: "PROTOCOL_UNSUPPORTED" };
  const ask = ({ transport }: Started, protocol: string) =>
    one.transport.request(transport.self, protocol, hello, OPTIONS);
  await expect(ask(other, ECHO)).rejects.toMatchObject(failed);
  expect(await ask(older, ECHO)).toEqual(hello);
  await expect(ask(older, "/trellis/newer/1")).rejects.toMatchObject(failed);
  expect(one.offences).toEqual([{ peer: other.transport.self, offence: "otherNetwork" }]);
});

it("CONNECTION_ENDED: a second connection of a peer replaces the first", async () => {
  const key = new Uint8Array(32).fill(7);
  const two = await start();
  const one = await start({ key });
  await one.transport.dial(two.address());
  await eventually(() => two.connected.length === 1);
  const again = await start({ key });
  await again.transport.dial(two.address());
  await eventually(() => two.connected.length === 2);
  expect(two.disconnected).toEqual([one.transport.self]);
  expect(await two.transport.request(again.transport.self, ECHO, hello, OPTIONS)).toEqual(hello);
});

describe("LINK-1: a changed key", () => {
  it("keeps the addresses, and moves each connection without a failed request", async () => {
    const one = await start();
    const [dialled, dialling] = [await start(), await start()];
    const others = [dialled, dialling];
    await one.transport.dial(dialled.address());
    await dialling.transport.dial(one.address());
    await eventually(
      () => one.connected.length === 2 && others.every(({ connected }) => connected.length === 1),
    );
    await eventually(() => one.discovered.some(({ peer }) => peer === dialling.transport.self));
    const [id, address] = [one.transport.self, one.address()];
    let isChanging = true;
    let requests = 0;
    const load = others.map(async ({ transport }) => {
      while (isChanging) {
        expect(await one.transport.request(transport.self, ECHO, hello, OPTIONS)).toEqual(hello);
        requests += 1;
      }
    });
    await one.transport.changeKey(new Uint8Array(32).fill(9));
    await eventually(() => requests >= 50);
    isChanging = false;
    await Promise.all(load);
    expect(one.transport.self).not.toBe(id);
    expect(one.address()).toBe(address.replace(id, one.transport.self));
    expect(one.disconnected).toEqual([]);
    for (const other of others) {
      await eventually(() => other.disconnected.includes(id));
      const [third] = others.filter((each) => each !== other);
      const peers = other.connected.map(({ peer }) => peer).filter((peer) => peer !== third!.transport.self);
      expect(peers).toEqual([id, one.transport.self]);
      expect(await other.transport.request(one.transport.self, ECHO, hello, OPTIONS)).toEqual(hello);
      expect(await one.transport.request(other.transport.self, ECHO, hello, OPTIONS)).toEqual(hello);
    }
    const stranger = await start();
    expect(await stranger.transport.dial(one.address())).toBe(one.transport.self);
    await expect(stranger.transport.dial(address)).rejects.toMatchObject({ code: "DIAL_FAILED" });
    await publishUntilHeard(dialled, dialling);
    const { self } = one.transport;
    await one.transport.changeKey(new Uint8Array(32).fill(9));
    expect(one.transport.self).toBe(self);
  });

  it("LISTEN_FAILED: the present key stays, with its connections and addresses", async () => {
    const [one, two, three] = [await start(), await start(), await start()];
    await one.transport.dial(two.address());
    await eventually(() => two.connected.length === 1);
    const [self, address] = [one.transport.self, one.address()];
    const taken = [three.address().replace(/\/p2p\/.*/, "")];
    const listened = vi.spyOn(Listeners.prototype, "addresses").mockReturnValueOnce(taken);
    onTestFinished(() => listened.mockRestore());
    const changing = one.transport.changeKey(new Uint8Array(32).fill(9));
    await expect(changing).rejects.toMatchObject({ code: "LISTEN_FAILED" });
    expect([one.transport.self, one.address()]).toEqual([self, address]);
    expect(await two.transport.request(self, ECHO, hello, OPTIONS)).toEqual(hello);
    expect(await three.transport.dial(address)).toBe(self);
    expect([...one.disconnected, ...two.disconnected]).toEqual([]);
    await one.transport.changeKey(new Uint8Array(32).fill(9));
    expect(one.transport.self).not.toBe(self);
  });

  it("ends while connections move if the node stops", async () => {
    const one = await start();
    const two = await start();
    await one.transport.dial(two.address());
    const listen = one.address().replace(/\/p2p\/.*/, "");
    const changed = one.transport.changeKey(new Uint8Array(32).fill(9)).catch(() => {});
    await one.transport.stop();
    await changed;
    await eventually(() => two.disconnected.length === two.connected.length);
    await start({ listen: [listen] });
  });
});

it("LISTEN_FAILED", async () => {
  const one = await start();
  const listen = [one.address().replace(/\/p2p\/.*/, "")];
  await expect(startTransport({ listen })).rejects.toMatchObject({ code: "LISTEN_FAILED" });
});
