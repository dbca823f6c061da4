import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createAuthority, issueCertificate } from "@trellis/platform/tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";
import { HAPROXY_FILE, missing } from "./startHaProxy.ts";

const NGINX_FILE = fileURLToPath(new URL("../../../../deploy/proxy/nginx.conf", import.meta.url));
const noHaProxy = missing("haproxy");
const noNginx = missing("nginx");

let directory: TemporaryDirectory;
const place = (name: string): string => join(directory.path, name);

beforeAll(async () => {
  directory = await temporaryDirectory();
  const ports = { clock: systemClock, random: systemRandom };
  const use = { kind: "server", name: "proxy", hosts: ["rpc.example.com"] } as const;
  const { certificate, key } = await issueCertificate(await createAuthority("a", ports), use, ports);
  writeFileSync(place("tls.crt"), certificate);
  writeFileSync(place("tls.key"), key);
  writeFileSync(place("tls.pem"), `${certificate}\n${key}`);
});
afterAll(() => directory?.remove());

it.skipIf(noHaProxy !== undefined)("haproxy accepts haproxy.cfg, without warnings", () => {
  const addresses = { NODE_1: ":1", NODE_2: ":2", RESERVES_1: ":3", RESERVES_2: ":4" };
  const servers = Object.entries(addresses).map(([name, port]) => [name, `127.0.0.1${port}`]);
  const env = {
    PATH: process.env.PATH ?? "",
    PROXY_CERTIFICATE: place("tls.pem"),
    ...Object.fromEntries(servers),
  };
  // -dW: warnings are errors.
  execFileSync("haproxy", ["-c", "-dW", "-f", HAPROXY_FILE], { env, stdio: "pipe" });
});

it.skipIf(noNginx !== undefined)("nginx accepts nginx.conf", () => {
  // Names are resolved at the check.
  const text = readFileSync(NGINX_FILE, "utf8").replaceAll(/(?:node|reserves)-[12]:/g, "127.0.0.1:");
  expect(text).not.toContain("node-1");
  writeFileSync(place("nginx.conf"), text);
  execFileSync("nginx", ["-t", "-q", "-p", directory.path, "-c", place("nginx.conf")], { stdio: "pipe" });
});
