import { silentLog } from "@trellis/base";
import { beforeEach, describe, expect, it } from "vitest";
import { createLifecycle } from "./createLifecycle.ts";
import type { Lifecycle } from "./Lifecycle.ts";

let lifecycle: Lifecycle;
let happened: string[];

beforeEach(() => {
  lifecycle = createLifecycle({ log: silentLog });
  happened = [];
});

async function tick(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function start(name: string): Promise<string> {
  const open = async () => {
    await tick();
    happened.push(`open ${name}`);
    return name;
  };
  const close = async () => {
    await tick();
    happened.push(`close ${name}`);
  };
  return lifecycle.start(name, open, close);
}

describe("lifecycle", () => {
  it("starts services in order and stops them in reverse, awaiting each", async () => {
    expect(lifecycle.state).toBe("starting");
    expect(await start("store")).toBe("store");
    await start("chain");
    await start("rpc");
    lifecycle.serving();
    expect(lifecycle.state).toBe("serving");
    await lifecycle.stop("test");
    expect(happened).toEqual([
      "open store",
      "open chain",
      "open rpc",
      "close rpc",
      "close chain",
      "close store",
    ]);
    expect(lifecycle.state).toBe("stopped");
    expect(lifecycle.signal.aborted).toBe(true);
  });

  it("stopping twice is stopping once, also from a listener of the signal", async () => {
    await start("store");
    let inner: Promise<void> | undefined;
    lifecycle.signal.addEventListener("abort", () => {
      inner = lifecycle.stop("again");
    });
    await Promise.all([lifecycle.stop("test"), lifecycle.stop("test")]);
    await inner;
    expect(happened).toEqual(["open store", "close store"]);
  });

  it("SERVICE_FAILED: stops the services started before", async () => {
    await start("store");
    const broken = lifecycle.start(
      "chain",
      () => {
        throw new Error("no disk");
      },
      () => {},
    );
    await expect(broken).rejects.toMatchObject({
      code: "SERVICE_FAILED",
      facts: { phase: "start", service: "chain", reason: "Error: no disk" },
    });
    expect(happened).toEqual(["open store", "close store"]);
    expect(lifecycle.state).toBe("stopped");
  });

  it("an error with a code keeps its code", async () => {
    const { platformErrors } = await import("../errors.ts");
    const open = (): never => {
      throw platformErrors.PORT_UNAVAILABLE({ port: 1 });
    };
    await expect(lifecycle.start("rpc", open, () => {})).rejects.toMatchObject({ code: "PORT_UNAVAILABLE" });
  });

  it("LIFECYCLE_STOPPING: nothing starts once stopping began", async () => {
    await lifecycle.stop("test");
    await expect(start("late")).rejects.toMatchObject({ code: "LIFECYCLE_STOPPING" });
    expect(happened).toEqual([]);
  });

  it("LIFECYCLE_STOPPING: a service that opens while stopping begins is closed", async () => {
    await start("store");
    const opening = start("chain");
    const stopped = lifecycle.stop("signal while starting");
    await expect(opening).rejects.toMatchObject({ code: "LIFECYCLE_STOPPING" });
    await stopped;
    expect(happened).toEqual(["open store", "open chain", "close chain", "close store"]);
  });

  it("LIFECYCLE_STOPPING: also when several were opening at once", async () => {
    const openings = [start("a"), start("b")];
    const stopped = lifecycle.stop("signal while starting");
    const codes = await Promise.allSettled(openings);
    expect(codes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await stopped;
    expect(happened).toEqual(["open a", "open b", "close b", "close a"]);
  });

  it("SERVICE_FAILED: a service that fails to stop does not prevent the others from stopping", async () => {
    await start("store");
    await lifecycle.start(
      "broken",
      () => 1,
      () => {
        throw new Error("stuck");
      },
    );
    await start("rpc");
    await expect(lifecycle.stop("test")).rejects.toMatchObject({
      code: "SERVICE_FAILED",
      facts: { phase: "stop", services: "broken" },
    });
    expect(happened.slice(-2)).toEqual(["close rpc", "close store"]);
  });
});
