import type { TransportHandlers } from "@trellis/network";
import { describe, expect, it } from "vitest";
import { NodeTime } from "../world/NodeTime.ts";
import { quiescence, World } from "../world/World.ts";
import { Internet } from "./Internet.ts";
import { addressOf, SimTransport } from "./SimTransport.ts";

const PROTOCOL = { id: "echo", requestBytesMax: 100 };

class Place {
  readonly world = new World(1);
  readonly internet = new Internet<SimTransport>(this.world, {
    nodeCount: 2,
    latency: "uniform",
    bytesPerMs: 1_000,
  });
  readonly told: string[] = [];

  async begin(node: number, changed: Partial<TransportHandlers> = {}): Promise<SimTransport> {
    const time = new NodeTime(this.world, node, 0, { skewMs: 0, driftMsPerSecond: 0 });
    const transport = new SimTransport(this.internet, node, time);
    const handlers: Partial<TransportHandlers> = {
      refusal: () => undefined,
      connected: ({ peer }) => void this.told.push(`${node} has ${peer}`),
      disconnected: (peer) => void this.told.push(`${node} lost ${peer}`),
      answer: async (_peer, _protocol, request) => request,
      ...changed,
    };
    await transport.start(handlers as TransportHandlers, [PROTOCOL], []);
    return transport;
  }

  async pass(ms: number): Promise<void> {
    let isOver = false;
    this.world.schedule(ms, -1, "pause", () => {
      isOver = true;
    });
    while (!isOver) await this.world.step();
  }

  async dial(from: SimTransport, node: number): Promise<void> {
    await Promise.all([from.dial(addressOf(node)), this.pass(1_000)]);
  }

  async ask(from: SimTransport, peer: string): Promise<string> {
    const options = { timeoutMs: 60_000, answerBytesMax: 100 };
    let result = "";
    from.request(peer, PROTOCOL.id, Uint8Array.of(1), options).then(
      () => {
        result = "answered";
      },
      (error: Error) => {
        result = error.message;
      },
    );
    await this.pass(1_000);
    return result;
  }
}

describe("refusals", () => {
  const OPTIONS = { timeoutMs: 500, answerBytesMax: 100 };

  const unreachable = (reason: string) => ({
    code: "SIMULATED_PEER_UNREACHABLE",
    facts: expect.objectContaining({ reason }),
  });

  async function pair(changed: Partial<TransportHandlers> = {}) {
    const place = new Place();
    const [from, to] = [await place.begin(0), await place.begin(1, changed)];
    return { place, from, to };
  }

  it("SIMULATED_PEER_UNREACHABLE: a node dials itself", async () => {
    const { from } = await pair();
    await expect(from.dial(addressOf(0))).rejects.toMatchObject(unreachable("own address"));
  });

  it("SIMULATED_PEER_UNREACHABLE: the other node refuses", async () => {
    const { place, from } = await pair({ refusal: () => "full" });
    await expect(place.dial(from, 1)).rejects.toMatchObject(unreachable("refused"));
  });

  it("SIMULATED_PEER_UNREACHABLE: a request without a connection", async () => {
    const { from, to } = await pair();
    expect(() => from.request(to.self, PROTOCOL.id, Uint8Array.of(1), OPTIONS)).toThrowError(
      expect.objectContaining(unreachable("not connected")),
    );
  });

  it.each([
    ["SIMULATED_PEER_UNREACHABLE", { reason: "no answer in 500 ms" }, () => new Promise<never>(() => {})],
    ["SIMULATED_ANSWER_TOO_LONG", { bytes: 101 }, async () => new Uint8Array(101)],
  ])("%s %o", async (code, facts, answer) => {
    const { place, from, to } = await pair({ answer });
    await place.dial(from, 1);
    const asked = expect(from.request(to.self, PROTOCOL.id, Uint8Array.of(1), OPTIONS)).rejects;
    await Promise.all([asked.toMatchObject({ code, facts }), place.pass(1_000)]);
  });
});

describe("disconnecting node", () => {
  it("sends finished answers first, and does not wait for slow ones", async () => {
    const place = new Place();
    const asks = await place.begin(0);
    let answerMs = 0;
    const leaves: SimTransport = await place.begin(1, {
      answer: async (peer, _protocol, request) => {
        leaves.disconnect(peer, "no longer");
        await leaves.time.wait(answerMs, "answer");
        return request;
      },
    });
    for (const [takesMs, answer] of [
      [100, "answered"],
      [5_000, "closed"],
    ] as const) {
      answerMs = takesMs;
      await place.dial(asks, 1);
      expect(await place.ask(asks, leaves.self)).toContain(answer);
      await place.pass(1_000);
      expect([asks.peers, leaves.peers]).toEqual([[], []]);
    }
  });
});

describe("connection of a machine that lost power", () => {
  it("ends when the machine is back and dials, and its late end does not affect the new one", async () => {
    const place = new Place();
    const stays = await place.begin(0);
    const goes = await place.begin(1);
    await place.dial(goes, 0);
    goes.time.end();
    goes.die(true);
    await place.pass(1_000);
    expect(stays.peers).toEqual(["sim-peer-1"]);
    const back = await place.begin(1);
    await place.dial(back, 0);
    expect(place.told.filter((line) => line.startsWith("0"))).toEqual([
      "0 has sim-peer-1",
      "0 lost sim-peer-1",
      "0 has sim-peer-1",
    ]);
    await place.pass(20_000);
    expect(await place.ask(back, "sim-peer-0")).toBe("answered");
    expect(await place.ask(stays, "sim-peer-1")).toBe("answered");
  });

  it("is reset by the machine that no longer knows it", async () => {
    const place = new Place();
    const stays = await place.begin(0);
    const goes = await place.begin(1);
    await place.dial(goes, 0);
    goes.time.end();
    goes.die(true);
    await place.begin(1);
    expect(await place.ask(stays, "sim-peer-1")).toContain("reset");
    expect(stays.peers).toEqual([]);
  });
});

describe("ended process", () => {
  it.each([
    ["an answer", async () => Uint8Array.of(2)],
    ["a refusal", () => Promise.reject(new RangeError("nothing for you"))],
  ])("is not woken by %s that arrives in the node's next process", async (_what, given) => {
    const place = new Place();
    const asked = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const asks = await place.begin(0);
    const answers = await place.begin(1, {
      answer: async () => {
        asked.resolve();
        await ended.promise;
        return given();
      },
    });
    await place.dial(asks, 1);
    const woken: unknown[] = [];
    const options = { timeoutMs: 60_000, answerBytesMax: 100 };
    const wake = (outcome: unknown) => woken.push(outcome);
    asks.request(answers.self, PROTOCOL.id, Uint8Array.of(1), options).then(wake, wake);
    await Promise.all([asked.promise, place.pass(1_000)]);
    asks.time.end();
    asks.die(true);
    await place.begin(0);
    ended.resolve();
    await quiescence();
    await place.pass(1_000);
    expect(woken).toEqual([]);
  });
});
