import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { slowness } from "@trellis/kit";
import { REPEATED_SIGNAL_MS, STOP_DEADLINE_MS } from "@trellis/platform/lifecycle";
import { afterAll, describe, expect, it, vi } from "vitest";
import { type Running, spawnNode } from "./testing/spawnNode.ts";

const TOY = fileURLToPath(new URL("./testing/toyService.ts", import.meta.url));

function startToy(trouble = ""): Running {
  return spawnNode(TOY, [trouble], { cwd: tmpdir() });
}

describe("service process", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("%s stops the services in reverse and exits 0", async (signal) => {
    const { child, ended, printed } = startToy();
    await printed("serving");
    child.kill(signal);
    const { exitCode, stdout, stderr } = await ended;
    expect(exitCode).toBe(0);
    expect(stdout).toBe("serving\nworker closes\nworker closed\nlistener closed\n");
    expect(stderr).toContain('"msg":"process.stopped"');
  });

  it("a signal during startup waits for the start, closes what was opened, and exits 0", async () => {
    const { child, ended, printed } = startToy("slow-start");
    await printed("worker starts");
    child.kill("SIGTERM");
    const { exitCode, stdout, stderr } = await ended;
    expect(stdout).toBe("worker starts\nworker closes\nworker closed\nlistener closed\n");
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain("LIFECYCLE_STOPPING");
  });

  it("a signal one second after the first exits at once", async () => {
    const { child, ended, printed } = startToy("stuck-stop");
    await printed("serving");
    const startMs = performance.now();
    const impatience = setInterval(() => child.kill("SIGTERM"), 50);
    const { exitCode, stderr } = await ended;
    clearInterval(impatience);
    expect(exitCode).toBe(143);
    expect(stderr).toContain("process.killed");
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(REPEATED_SIGNAL_MS);
  });

  it("a stop that hangs is ended by the deadline within 5 s", async () => {
    const { child, ended, printed } = startToy("stuck-stop");
    await printed("serving");
    const startMs = performance.now();
    child.kill("SIGTERM");
    const { exitCode, stderr } = await ended;
    expect(exitCode).toBe(1);
    expect(stderr).toContain("process.stopTimedOut");
    expect(performance.now() - startMs).toBeLessThan(STOP_DEADLINE_MS + 500 * slowness());
  });

  it("caches compiled modules while it serves, so that its stop does not wait for them", async () => {
    const cache = mkdtempSync(join(tmpdir(), "trellis-compiled-"));
    const environment = { NODE_COMPILE_CACHE: cache };
    const { child, ended, printed } = spawnNode(TOY, [""], { cwd: tmpdir(), environment });
    await printed("serving");
    const files = () =>
      readdirSync(cache, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    await vi
      .waitUntil(() => files().length > 0, { timeout: 10_000 * slowness(), interval: 20 })
      .finally(() => child.kill("SIGKILL"));
    await ended;
    rmSync(cache, { recursive: true });
  });

  it("SERVICE_FAILED: closes the services that had started and exits 1", async () => {
    const { exitCode, stdout, stderr } = await startToy("broken-start").ended;
    expect(exitCode).toBe(1);
    expect(stdout).toBe("listener closed\n");
    expect(stderr).toContain("code: SERVICE_FAILED");
    expect(stderr).toContain("phase: start");
    expect(stderr).toContain("no disk");
  });

  it("an uncaught error stops the services in order and exits 1", async () => {
    const { exitCode, stdout, stderr } = await startToy("crash").ended;
    expect(exitCode).toBe(1);
    expect(stdout).toContain("worker closed\nlistener closed\n");
    expect(stderr).toContain('"level":"fatal"');
    expect(stderr).toContain("a defect");
  });

  it("a command that completes closes its services and exits 0", async () => {
    const { exitCode, stdout } = await startToy("once").ended;
    expect(exitCode).toBe(0);
    expect(stdout).toBe("serving\nworker closes\nworker closed\nlistener closed\n");
  });

  it("a signal before a command completes closes its services and exits 1", async () => {
    const { child, ended, printed } = startToy("endless");
    await printed("serving");
    child.kill("SIGTERM");
    const { exitCode, stdout } = await ended;
    expect(exitCode).toBe(1);
    expect(stdout).toBe("serving\nworker closes\nworker closed\nlistener closed\n");
  });

  it("CONFIG_RESTART_NEEDED: SIGHUP reloads the settings and applies all or none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "trellis-reload-"));
    const file = join(folder, "trellis.yaml");
    const { child, ended, printed, logged } = spawnNode(TOY, ["", file], { cwd: folder });
    const reload = async (lines: string, outcome: string): Promise<void> => {
      writeFileSync(file, `toy:\n${lines}`);
      child.kill("SIGHUP");
      await logged(outcome);
    };
    await printed("serving");
    await reload("  pace: 2\n  logLevel: debug\n", '"changed":"logLevel pace"');
    await printed("pace 2");
    await reload("  pace: 3\n  size: 2\n", "CONFIG_RESTART_NEEDED");
    await reload("  pace: 0\n", "trellis.yaml:2");
    await reload("  pace: 4\n  pase: 4\n", "CONFIG_UNKNOWN_KEY");
    await reload("  pace: 7\n", "nobody runs at this pace");
    await reload("  pace: 5\n", '"changed":"logLevel pace"');
    child.kill("SIGTERM");
    const { exitCode, stdout } = await ended;
    expect(exitCode).toBe(0);
    expect(stdout.match(/pace \d/g)).toEqual(["pace 2", "pace 5"]);
    rmSync(folder, { recursive: true });
  });

  describe("changed files reload the settings", () => {
    const folder = mkdtempSync(join(tmpdir(), "trellis-watch-"));
    const at = (...names: string[]): string => join(folder, ...names);
    afterAll(() => rmSync(folder, { recursive: true }));

    async function stopped({ child, ended }: Running): Promise<readonly string[] | null> {
      child.kill("SIGTERM");
      const { exitCode, stdout } = await ended;
      expect(exitCode).toBe(0);
      return stdout.match(/(?:pace|names) \S+/g);
    }

    it("CONFIG_FILE_UNREADABLE: overwritten, replaced, missing and invalid", {
      timeout: 120_000,
    }, async () => {
      const [file, names] = [at("trellis.yaml"), at("names")];
      writeFileSync(file, "toy:\n  pace: 1\n");
      const toy = spawnNode(TOY, ["", file], { cwd: folder });
      const { printed, logged } = toy;
      await printed("serving");
      writeFileSync(file, "toy:\n  pace: 2\n");
      await logged('"cause":"files","changed":"pace"');
      writeFileSync(at("next"), "toy:\n  pace: 3\n");
      renameSync(at("next"), file);
      await printed("pace 3");
      renameSync(file, at("gone"));
      await logged("CONFIG_FILE_UNREADABLE");
      renameSync(at("gone"), file);
      await logged('"cause":"files","changed":""');
      writeFileSync(file, "toy:\n  pace: 0\n");
      await logged("trellis.yaml:2");
      writeFileSync(file, `toy:\n  pace: 4\n  names: ${names}\n`);
      await logged("ENOENT");
      writeFileSync(names, "ada\n");
      await printed("names ada");
      writeFileSync(names, "bob\n");
      await printed("names bob");
      expect(await stopped(toy)).toEqual(["pace 2", "pace 3", "pace 4", "names ada", "names bob"]);
    });

    it("a ConfigMap, whose link ..data is replaced", { timeout: 120_000 }, async () => {
      const publish = (version: string, pace: number): void => {
        mkdirSync(at(version));
        writeFileSync(at(version, "map.yaml"), `toy:\n  pace: ${pace}\n`);
        symlinkSync(version, at("..data_tmp"));
        renameSync(at("..data_tmp"), at("..data"));
      };
      publish("..1", 1);
      symlinkSync(join("..data", "map.yaml"), at("map.yaml"));
      const toy = spawnNode(TOY, ["", at("map.yaml")], { cwd: folder });
      await toy.printed("serving");
      publish("..2", 2);
      rmSync(at("..1"), { recursive: true });
      await toy.printed("pace 2");
      publish("..3", 3);
      await toy.printed("pace 3");
      expect(await stopped(toy)).toEqual(["pace 2", "pace 3"]);
    });
  });
});
