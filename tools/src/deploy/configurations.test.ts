import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";

const DEPLOY = fileURLToPath(new URL("../../../deploy", import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-deploy-"));
  cpSync(join(DEPLOY, "compose"), folder, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}

/** Programs of Debian packages. */
function isThere(program: string, argument: string): boolean {
  const { status } = spawnSync(program, [argument]);
  if (status !== 0) console.log(`deploy: no ${program} on this machine, its configuration is not checked`);
  return status === 0;
}

describe("prepare", () => {
  const prepare = () => run("./prepare", "--secrets-only", "https://chat.example/hook");
  const secret = (name: string): string => readFileSync(join(folder, "secrets", name), "utf8");

  it("creates every secret of compose.yaml, for the owner only, and never replaces one", () => {
    expect(prepare()).toEqual({ status: 0, output: "" });
    const { secrets } = parse(readFileSync(join(folder, "compose.yaml"), "utf8"), { merge: true });
    const names = Object.keys(secrets);
    expect(readdirSync(join(folder, "secrets"))).toEqual(expect.arrayContaining(names));
    for (const name of names) expect(secrets[name].file).toBe(`./secrets/${name}`);
    expect(statSync(join(folder, "secrets")).mode & 0o777).toBe(0o700);
    const before = names.map(secret);
    expect(prepare()).toEqual({ status: 0, output: "" });
    expect(names.map(secret)).toEqual(before);
    expect(new Set(before).size).toBe(names.length);
  });

  it("needs the address of alerts", () => {
    expect(run("./prepare", "--secrets-only")).toEqual({
      status: 1,
      output: expect.stringContaining("webhook"),
    });
  });

  it.skipIf(!isThere("haproxy", "-v"))("HAProxy accepts the proxy's configuration and certificate", () => {
    const text = readFileSync(join(folder, "haproxy.cfg"), "utf8");
    writeFileSync(join(folder, "checked.cfg"), text.replaceAll("/run/secrets", join(folder, "secrets")));
    const { status, output } = run("haproxy", "-c", "-f", "checked.cfg");
    expect(status, output).toBe(0);
  });

  it.skipIf(!isThere("haproxy", "-v"))("the proxy serves no metrics to the public", async () => {
    const text = readFileSync(join(folder, "checked.cfg"), "utf8");
    writeFileSync(join(folder, "run.cfg"), text.replace("bind :8443", "bind unix@proxy.sock"));
    const proxy = spawn("haproxy", ["-db", "-f", "run.cfg"], { cwd: folder });
    onTestFinished(() => void proxy.kill());
    const statusOf = async (path: string): Promise<number | undefined> => {
      const sent = get({
        socketPath: join(folder, "proxy.sock"),
        path,
        ca: secret("proxy_certificate"),
        servername: "localhost",
      });
      const [response] = await once(sent, "response");
      response.destroy();
      return response.statusCode;
    };
    await expect.poll(() => statusOf("/metrics").catch(() => 0), { timeout: 10_000 }).toBe(404);
    // No service runs behind it.
    expect(await statusOf("/")).toBe(503);
  });
});

it.skipIf(!isThere("promtool", "--version"))("promtool accepts the configuration of Prometheus", () => {
  const { status, output } = run("promtool", "check", "config", join(DEPLOY, "prometheus/prometheus.yml"));
  expect(status, output).toBe(0);
});

it.skipIf(!isThere("amtool", "--version"))("amtool accepts the configuration of Alertmanager", () => {
  const { status, output } = run("amtool", "check-config", join(DEPLOY, "alertmanager/alertmanager.yml"));
  expect(status, output).toBe(0);
});
