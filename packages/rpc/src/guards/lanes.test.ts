import { defineErrors } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { rpcErrors } from "../errors.ts";
import type { Session } from "../Session.ts";
import { testSession } from "../testing/testSession.ts";
import { VirtualTime } from "../testing/VirtualTime.ts";
import { CallDeadline } from "./CallDeadline.ts";
import { Connection } from "./Connection.ts";
import { clientAddress } from "./clientAddress.ts";
import { ExecuteLane } from "./ExecuteLane.ts";
import { FairQueue } from "./FairQueue.ts";
import { type Pacing, ScanLane } from "./ScanLane.ts";

const { CALL_STOPPED } = defineErrors({
  CALL_STOPPED: { message: "stopped", hint: "ask for less", consequence: "reject" },
});

const LIMITS = { callsWaitingMax: 6, clientCallsWaitingMax: 4 };
const TIME_MS = 5_000;

const client = (address: string, connection = new Connection()): Session =>
  testSession({ address, connection });

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe("FairQueue [RPC-23]", () => {
  it("alternates between addresses, and connections within an address, each in order", () => {
    const queue = new FairQueue<string>();
    const [a, b] = [client("1.1.1.1"), client("1.1.1.1")];
    const c = client("2.2.2.2");
    for (const item of ["a1", "a2", "a3", "a4"]) queue.push(a, item);
    queue.push(b, "b1");
    for (const item of ["c1", "c2"]) queue.push(c, item);
    expect([queue.size, queue.addressCount, queue.sizeOf("1.1.1.1")]).toEqual([7, 2, 5]);
    const order = Array.from({ length: 7 }, () => queue.shift());
    expect(order).toEqual(["a1", "c1", "b1", "c2", "a2", "a3", "a4"]);
    expect([queue.shift(), queue.size, queue.addressCount]).toEqual([undefined, 0, 0]);
  });

  it("removes an item once", () => {
    const queue = new FairQueue<string>();
    const a = client("1.1.1.1");
    queue.push(a, "a1");
    queue.push(a, "a2");
    expect([queue.remove(a, "a1"), queue.remove(a, "a1"), queue.remove(client("x"), "a2")]).toEqual([
      true,
      false,
      false,
    ]);
    expect([queue.shift(), queue.size]).toEqual(["a2", 0]);
  });
});

describe("clientAddress [RPC-23]", () => {
  const of = (remoteAddress: string, forwarded?: string) =>
    clientAddress({
      headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
      socket: { remoteAddress },
    } as Parameters<typeof clientAddress>[0]);

  it("is an IPv4 address, or the /64 network of an IPv6 address", () => {
    expect(of("192.0.2.7")).toBe("192.0.2.7");
    expect(of("::ffff:192.0.2.7")).toBe("192.0.2.7");
    expect(of("2001:db8:1:2:3:4:5:6")).toBe(of("2001:db8:1:2::9"));
    expect(of("2001:db8:1:2::9")).not.toBe(of("2001:db8:1:3::9"));
    expect(of("2001:db8::1")).toBe("2001:db8:0:0::/64");
  });

  it("is the last address that a local proxy adds; other sources are ignored", () => {
    expect(of("127.0.0.1", "10.0.0.1, 192.0.2.7")).toBe("192.0.2.7");
    expect(of("::1", "2001:db8:1:2::9")).toBe("2001:db8:1:2::/64");
    expect(of("198.51.100.1", "192.0.2.7")).toBe("198.51.100.1");
    expect(of("127.0.0.1", "x".repeat(5_000))).toBe("127.0.0.1");
  });
});

class Work {
  readonly time = new VirtualTime();
  readonly lane: ExecuteLane;
  readonly started: string[] = [];
  readonly signals = new Map<string, AbortSignal>();
  readonly #ends = new Map<string, () => void>();

  constructor(callWorkers = 1) {
    this.lane = new ExecuteLane({ limits: LIMITS, callWorkers }, { clock: this.time, scheduler: this.time });
  }

  deadline(session: Session): CallDeadline {
    return new CallDeadline(session, this.time, this.time.nowMs(), TIME_MS);
  }

  run(name: string, session: Session, deadline = this.deadline(session)): Promise<string> {
    const run = this.lane.run(deadline, ({ signal }) => {
      this.started.push(name);
      this.signals.set(name, signal);
      const { promise, resolve } = Promise.withResolvers<string>();
      this.#ends.set(name, () => resolve(name));
      return promise;
    });
    run.catch(() => {});
    return run;
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)!();
    await settle();
  }
}

describe("ExecuteLane [RPC-23]", () => {
  it("runs as many calls as there are workers, and alternates between clients", async () => {
    const work = new Work(2);
    const [a, b] = [client("1.1.1.1"), client("2.2.2.2")];
    for (const name of ["a1", "a2", "a3", "a4"]) void work.run(name, a);
    const last = work.run("b1", b);
    await settle();
    expect(work.started).toEqual(["a1", "a2"]);
    await work.end("a1");
    await work.end("a2");
    expect(work.started).toEqual(["a1", "a2", "a3", "b1"]);
    await work.end("b1");
    expect(await last).toBe("b1");
    expect(work.started).toEqual(["a1", "a2", "a3", "b1", "a4"]);
    await work.end("a3");
    await work.end("a4");
    expect([work.lane.running, work.lane.waiting]).toEqual([0, 0]);
  });

  it("RPC_CALL_TIMED_OUT: a read that ends by its deadline, though its client waits", async () => {
    const work = new Work();
    const cancelled = work.lane.run(work.deadline(client("1.1.1.1")), () => {
      throw rpcErrors.RPC_CLIENT_GONE();
    });
    await expect(cancelled).rejects.toMatchObject({ code: "RPC_CALL_TIMED_OUT" });
  });

  it("RPC_CLIENT_GONE: a call whose client disconnected never starts", async () => {
    const work = new Work();
    const [a, b] = [client("1.1.1.1"), client("2.2.2.2")];
    void work.run("a1", a);
    const gone = work.run("b1", b);
    await settle();
    b.connection.end();
    await expect(gone).rejects.toMatchObject({ code: "RPC_CLIENT_GONE" });
    expect(work.lane.waiting).toBe(0);
    await expect(work.run("b2", b)).rejects.toMatchObject({ code: "RPC_CLIENT_GONE" });
    await work.end("a1");
    expect(work.started).toEqual(["a1"]);
    expect(work.lane.running).toBe(0);
  });

  it("RPC_CLIENT_GONE: a running call is cancelled, and occupies its place until it has ended", async () => {
    const work = new Work();
    const [a, b] = [client("1.1.1.1"), client("2.2.2.2")];
    const gone = work.run("a1", a);
    void work.run("b1", b);
    await settle();
    a.connection.end();
    await expect(gone).rejects.toMatchObject({ code: "RPC_CLIENT_GONE" });
    expect(work.signals.get("a1")!.aborted).toBe(true);
    expect(work.started).toEqual(["a1"]);
    await work.end("a1");
    expect(work.started).toEqual(["a1", "b1"]);
  });

  it("RPC_CALL_TIMED_OUT: the timeout starts at arrival, and cancels the call", async () => {
    const work = new Work();
    const a = client("1.1.1.1");
    const deadline = work.deadline(a);
    work.time.advance(TIME_MS - 1);
    const late = work.run("a1", a, deadline);
    await settle();
    expect(work.signals.get("a1")!.aborted).toBe(false);
    work.time.advance(1);
    await expect(late).rejects.toMatchObject({ code: "RPC_CALL_TIMED_OUT" });
    expect(work.signals.get("a1")!.aborted).toBe(true);
    work.time.advance(1);
    await expect(work.run("a2", a, deadline)).rejects.toMatchObject({ code: "RPC_CALL_TIMED_OUT" });
    expect(work.started).toEqual(["a1"]);
  });

  it("RPC_CALL_TIMED_OUT: a call on the main thread is aborted when its time expires", async () => {
    const { time, lane } = new Work();
    const deadline = new CallDeadline(client("1.1.1.1"), time, time.nowMs(), TIME_MS);
    const run = lane.run(deadline, ({ isOver }) => {
      expect(isOver()).toBe(false);
      const nowMs = time.nowMs() + TIME_MS;
      time.nowMs = () => nowMs;
      expect(isOver()).toBe(true);
      throw CALL_STOPPED();
    });
    await expect(run).rejects.toMatchObject({ code: "RPC_CALL_TIMED_OUT" });
    expect(lane.running).toBe(0);
  });

  it("RPC_OVERLOADED at once: above a client's share, and above the total queue", async () => {
    const work = new Work();
    const [a, b] = [client("1.1.1.1"), client("2.2.2.2")];
    for (let call = 0; call < 5; call++) void work.run(`a${call}`, a);
    await expect(work.run("a5", client("1.1.1.1"))).rejects.toMatchObject({
      code: "RPC_OVERLOADED",
      facts: { ofClient: 4, retryAfterS: 1 },
    });
    for (let call = 0; call < 2; call++) void work.run(`b${call}`, b);
    await expect(work.run("c0", client("3.3.3.3"))).rejects.toMatchObject({
      code: "RPC_OVERLOADED",
      facts: { waiting: 6 },
    });
  });

  it("RPC_OVERLOADED at once: when the expected wait exceeds the deadline", async () => {
    const work = new Work();
    const a = client("1.1.1.1");
    for (const name of ["a1", "a2", "a3"]) {
      void work.run(name, a);
      await settle();
      work.time.advance(4_000);
      await work.end(name);
    }
    void work.run("a4", a);
    void work.run("a5", a);
    await expect(work.run("b1", client("2.2.2.2"))).rejects.toMatchObject({ code: "RPC_OVERLOADED" });
    expect(work.lane.waiting).toBe(1);
  });

  it("a single slow call refuses nobody", async () => {
    const work = new Work();
    const a = client("1.1.1.1");
    for (const [name, ms] of [
      ["quick", 10],
      ["slow", 4_900],
    ] as const) {
      void work.run(name, a);
      await settle();
      work.time.advance(ms);
      await work.end(name);
    }
    for (const name of ["a1", "a2", "a3", "a4"]) void work.run(name, a);
    await settle();
    expect(work.lane.waiting).toBe(3);
  });

  it("RPC_OVERLOADED for a call that waited until its deadline", async () => {
    const work = new Work();
    void work.run("a1", client("1.1.1.1"));
    const waiting = work.run("b1", client("2.2.2.2"));
    work.time.advance(TIME_MS);
    await expect(waiting).rejects.toMatchObject({ code: "RPC_OVERLOADED" });
    expect(work.lane.waiting).toBe(0);
  });

  it("returns results that arrive in time", async () => {
    const { lane, time } = new Work();
    const deadline = () => new CallDeadline(client("1.1.1.1"), time, time.nowMs(), TIME_MS);
    expect(await lane.run(deadline(), () => 7)).toBe(7);
    await expect(lane.run(deadline(), () => Promise.reject(new TypeError("x")))).rejects.toThrow("x");
    expect(lane.running).toBe(0);
  });
});

describe("ScanLane [RPC-23]", () => {
  class Scans {
    readonly time = new VirtualTime();
    readonly lane = new ScanLane(LIMITS, { clock: this.time, scheduler: this.time });
    readonly steps: string[] = [];

    run(name: string, session: Session, steps: number): Promise<string> {
      const deadline = new CallDeadline(session, this.time, this.time.nowMs(), TIME_MS);
      const scan = async (pacing: Pacing): Promise<string> => {
        for (let step = 0; step < steps; step++) {
          this.time.advance(3);
          this.steps.push(name);
          if (pacing.isDue) await pacing.pause();
        }
        return name;
      };
      try {
        const run = Promise.resolve(this.lane.run(deadline, scan));
        run.catch(() => {});
        return run;
      } catch (error) {
        return Promise.reject(error);
      }
    }
  }

  it("runs a short scan at once if nobody waits", () => {
    const { lane, time } = new Scans();
    const deadline = new CallDeadline(client("1.1.1.1"), time, time.nowMs(), TIME_MS);
    expect(lane.run(deadline, () => 7)).toBe(7);
    expect(lane.begun).toBe(0);
  });

  it("runs 5 ms of scans per turn, and alternates between clients", async () => {
    const scans = new Scans();
    const runs = ["a", "b", "c"].map((name, index) => scans.run(name, client(`1.1.1.${index}`), 4));
    expect(scans.steps).toEqual(["a", "a"]);
    expect(await Promise.all(runs)).toEqual(["a", "b", "c"]);
    expect(scans.steps).toHaveLength(12);
    expect(scans.steps.slice(0, 6).toSorted()).toEqual(["a", "a", "a", "a", "b", "b"]);
  });

  it("RPC_CLIENT_GONE: a scan ends with its client", async () => {
    const scans = new Scans();
    const session = client("1.1.1.1");
    const run = scans.run("a", session, 1_000);
    session.connection.end();
    await expect(run).rejects.toMatchObject({ code: "RPC_CLIENT_GONE" });
    expect(scans.steps.length).toBeLessThan(5);
    expect(scans.lane.begun).toBe(0);
  });

  it("RPC_CALL_TIMED_OUT", async () => {
    const scans = new Scans();
    await expect(scans.run("a", client("1.1.1.1"), 10_000)).rejects.toMatchObject({
      code: "RPC_CALL_TIMED_OUT",
    });
    expect(scans.lane.begun).toBe(0);
  });

  it("RPC_OVERLOADED beyond a client's share", async () => {
    const scans = new Scans();
    const session = client("1.1.1.1");
    const runs = Array.from({ length: 20 }, (_, index) => scans.run(`${index}`, session, 2));
    const outcomes = await Promise.allSettled(runs);
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused.length).toBe(15);
    for (const outcome of refused) {
      expect((outcome as PromiseRejectedResult).reason).toMatchObject({ code: "RPC_OVERLOADED" });
    }
    expect([scans.lane.begun, scans.lane.waiting]).toEqual([0, 0]);
  });

  it("a failed scan frees its place", async () => {
    const { lane, time } = new Scans();
    const deadline = () => new CallDeadline(client("1.1.1.1"), time, time.nowMs(), TIME_MS);
    const failing = () => {
      throw new TypeError("x");
    };
    expect(() => lane.run(deadline(), failing)).toThrow("x");
    expect(lane.begun).toBe(0);
  });
});
