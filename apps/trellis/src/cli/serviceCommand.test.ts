import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Running, spawnNode } from "../fixtures/spawnNode.ts";

const TOY = fileURLToPath(new URL("../fixtures/toyService.ts", import.meta.url));

function startToy(trouble = ""): Running {
  return spawnNode(TOY, [trouble], { cwd: tmpdir() });
}

describe("a process that serves", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("%s stops the services in reverse and exits 0", async (signal) => {
    const { child, ended, printed } = startToy();
    await printed("serving");
    child.kill(signal);
    const { exitCode, stdout, stderr } = await ended;
    expect(exitCode).toBe(0);
    expect(stdout).toBe("serving\nworker closes\nworker closed\nlistener closed\n");
    expect(stderr).toContain('"msg":"stopped"');
  });

  it("a signal while it starts lets the start end, closes what opened, and exits 0", async () => {
    const { child, ended, printed } = startToy("slow-start");
    await printed("worker starts");
    child.kill("SIGTERM");
    const { exitCode, stdout, stderr } = await ended;
    expect(stdout).toBe("worker starts\nworker closes\nworker closed\nlistener closed\n");
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain("LIFECYCLE_STOPPING");
  });

  it("a second signal ends at once", async () => {
    const { child, ended, printed } = startToy("stuck-stop");
    await printed("serving");
    child.kill("SIGTERM");
    await printed("worker closes");
    child.kill("SIGTERM");
    expect((await ended).exitCode).toBe(143);
  });

  it("the deadline ends a stop that hangs, within 5 s", async () => {
    const { child, ended, printed } = startToy("stuck-stop");
    await printed("serving");
    const startMs = performance.now();
    child.kill("SIGTERM");
    const { exitCode, stderr } = await ended;
    expect(exitCode).toBe(1);
    expect(stderr).toContain("services did not stop in time");
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it("SERVICE_START_FAILED: what had started is closed, exit 1", async () => {
    const { exitCode, stdout, stderr } = await startToy("broken-start").ended;
    expect(exitCode).toBe(1);
    expect(stdout).toBe("listener closed\n");
    expect(stderr).toContain("code: SERVICE_START_FAILED");
    expect(stderr).toContain("no disk");
  });

  it("an error that nobody caught is fatal: it stops in order and exits 1", async () => {
    const { exitCode, stdout, stderr } = await startToy("crash").ended;
    expect(exitCode).toBe(1);
    expect(stdout).toContain("worker closed\nlistener closed\n");
    expect(stderr).toContain('"level":"fatal"');
    expect(stderr).toContain("a defect");
  });

  it("a verb whose work is done closes its services and exits 0", async () => {
    const { exitCode, stdout } = await startToy("once").ended;
    expect(exitCode).toBe(0);
    expect(stdout).toBe("serving\nworker closes\nworker closed\nlistener closed\n");
  });
});
