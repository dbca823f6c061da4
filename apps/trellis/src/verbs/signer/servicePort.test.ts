import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@trellis/kit/freePort";
import { expect, it, onTestFinished } from "vitest";
import { MAIN, type Running, spawnNode } from "../../cli/testing/spawnNode.ts";

async function statusFor(port: number, host: string): Promise<number | undefined> {
  const sent = get({ host: "127.0.0.1", port, path: "/ready", headers: { host } });
  const [response] = await once(sent, "response");
  response.resume();
  return response.statusCode;
}

it("the service port answers to the names of the signer, and to no other", async () => {
  const folder = mkdtempSync(join(tmpdir(), "trellis-signer-port-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const start = (...args: readonly string[]): Running =>
    spawnNode(MAIN, ["signer", ...args, "--data-dir", folder, "--json"], { cwd: folder });
  const { exitCode, stderr } = await start("init").ended;
  expect(exitCode, stderr).toBe(0);
  const port = await freePort();
  const signer = start("serve", "--port", "0", "--http-port", String(port), "--hosts", "signer");
  onTestFinished(async () => {
    signer.child.kill("SIGKILL");
    await signer.ended;
  });
  await signer.printed('"ready"');
  expect(await statusFor(port, "signer:9001")).toBe(200);
  expect(await statusFor(port, "elsewhere:9001")).toBe(403);
});
