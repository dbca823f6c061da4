import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkDeploy } from "./checkDeploy.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "trellis-deploy-"));
  mkdirSync(join(root, "apps/trellis"), { recursive: true });
  cpSync(join(ROOT, "apps/trellis/package.json"), join(root, "apps/trellis/package.json"));
});
afterAll(() => rmSync(root, { recursive: true }));

type Change = readonly [file: string, from: string, to: string];

async function findingsAfter(changes: readonly Change[]): Promise<string[]> {
  rmSync(join(root, "deploy"), { recursive: true, force: true });
  cpSync(join(ROOT, "deploy"), join(root, "deploy"), { recursive: true });
  for (const [name, from, to] of changes) {
    const file = join(root, "deploy", name);
    const text = readFileSync(file, "utf8");
    expect(text, name).toContain(from);
    writeFileSync(file, text.replace(from, to));
  }
  return (await checkDeploy(root)).map(({ file, message }) => `${file} ${message}`);
}

it("finds nothing in this checkout", async () => {
  expect(await findingsAfter([])).toEqual([]);
});

const COMPOSE = "compose/compose.yaml";
const SETTINGS = "compose/trellis.yaml";
const IMAGE = "image/Containerfile";
const UNIT = "systemd/trellis-node.service";

describe("finds", () => {
  it.each<[what: string, change: Change, message: string]>([
    ["an unknown instruction", [IMAGE, "WORKDIR /src", "WORKDRI /src"], "Unknown instruction: WORKDRI"],
    ["a root user", [IMAGE, "USER 65532:65532", "USER root"], "USER is a number"],
    ["a shell", [IMAGE, 'ENTRYPOINT ["/usr/local/bin/trellis"]', "ENTRYPOINT trellis"], "ENTRYPOINT starts"],
    ["a command in the last stage", [IMAGE, "USER 65532", "RUN true\nUSER 65532"], "runs nothing"],
    [
      "curl as a health check",
      [IMAGE, '"/usr/local/bin/trellis", "health"', '"curl", "localhost"'],
      "HEALTHCHECK",
    ],
    ["a base without a digest", [IMAGE, "slim@sha256:", "slim@sha-256:"], "is not pinned"],
    [
      "an unknown key",
      [COMPOSE, "    pids_limit: 256", "    pids_limits: 256"],
      "additional properties: pids_limits",
    ],
    [
      "an unknown nested key",
      [COMPOSE, "interval: 30s", "intervall: 30s"],
      "additional properties: intervall",
    ],
    [
      "an invalid duration",
      [COMPOSE, "stop_grace_period: 60s", "stop_grace_period: 60"],
      "stop_grace_period",
    ],
    ["a writable root", [COMPOSE, "read_only: true", "read_only: false"], "node: needs read_only"],
    ["capabilities", [COMPOSE, "cap_drop: [ALL]", "cap_drop: [NET_RAW]"], "node: needs cap_drop"],
    [
      "a service without a limit",
      [COMPOSE, '    deploy: { resources: { limits: { cpus: "1", memory: 512m } } }\n', ""],
      "needs a memory limit",
    ],
    [
      "an image without a version",
      [
        COMPOSE,
        "redis:8.4.0-alpine@sha256:6cbef353e480a8a6e7f10ec545f13d7d3fa85a212cdcc5ffaf5a1c818b9d3798",
        "redis:latest",
      ],
      "has no fixed version",
    ],
    ["another version of Trellis", [COMPOSE, "trellis:0.1.0", "trellis:0.0.9"], "trellis:0.0.9"],
    [
      "an unknown verb",
      [COMPOSE, "command: [backup, watch]", "command: [backups, watch]"],
      'no verb "backups"',
    ],
    [
      "an unknown action",
      [COMPOSE, "command: [backup, watch]", "command: [backup, wait]"],
      'no action "wait"',
    ],
    ["an unknown flag", [COMPOSE, "--block-time=2s", "--block-tim=2s"], "didYouMean: --block-time"],
    ["an invalid value", [COMPOSE, "--block-time=2s", "--block-time=2w"], "blockTime"],
    [
      "an unknown variable",
      [COMPOSE, "{ TRELLIS_CONFIG: /etc", "{ TRELLIS_RPC_PROT: 1, TRELLIS_CONFIG: /etc"],
      "TRELLIS_RPC_PROT",
    ],
    ["a missing variable", [COMPOSE, ', NODES: "http://node:8545"', ""], "env:NODES is not given"],
    [
      "a secret that a service does not get",
      [COMPOSE, "secrets: [backup_passphrase]", "secrets: [redis_url]"],
      "file:/run/secrets/backup_passphrase is not given",
    ],
    [
      "a secret that nobody reads",
      [COMPOSE, "secrets: [backup_passphrase]", "secrets: [backup_passphrase, redis_url]"],
      "no setting refers to the secret redis_url",
    ],
    ["a secret without a file", [COMPOSE, "  redis_url: {", "  redis_uri: {"], "no secret redis_url"],
    ["data without a volume", [SETTINGS, "dataDir: /var/lib/trellis", "dataDir: /data"], "are on no volume"],
    [
      "a health check of another port",
      [COMPOSE, "127.0.0.1:8092", "127.0.0.1:8093"],
      "health check asks port 8093",
    ],
    ["an invalid health check", [COMPOSE, "health, --ready]", "health, --redy]"], "didYouMean: --ready"],
    [
      "an unknown setting in the file",
      [SETTINGS, "rpcRoles: public", "rpcRols: public"],
      "didYouMean: rpcRoles",
    ],
    [
      "a scraped port",
      ["prometheus/prometheus.yml", "reserves:8090", "reserves:8091"],
      "reserves does not listen on port 8091",
    ],
    ["a scraped name that is refused", [SETTINGS, "hosts: [backup]", "hosts: []"], "backup refuses requests"],
    [
      "an unknown service",
      ["prometheus/prometheus.yml", "backup:8092", "backups:8092"],
      "no service backups",
    ],
    [
      "a proxied port",
      ["compose/haproxy.cfg", "node node:8545", "node node:8546"],
      "node does not listen on port 8546",
    ],
    ["invalid YAML", ["loki/loki.yaml", "auth_enabled: false", "auth_enabled: [false"], "loki.yaml"],
    [
      "an unknown exporter",
      ["otel/collector.yaml", "[otlphttp/loki]", "[otlphttp/lokki]"],
      "no exporters otlphttp/lokki",
    ],
    [
      "an unknown receiver of logs",
      ["otel/collector.yaml", "http://loki:3100", "http://lokki:3100"],
      "no service lokki",
    ],
    [
      "another port for peers",
      ["fly/node.toml", "internal_port = 30303", "internal_port = 30304"],
      "not for that",
    ],
    ["an unknown key of Fly.io", ["fly/node.toml", "force_https", "force_http"], "force_http"],
    ["invalid TOML", ["fly/node.toml", "[env]", "[env"], "node.toml"],
    ["an unknown variable on Fly.io", ["fly/signer.toml", "TRELLIS_HOST", "TRELLIS_HOTS"], "TRELLIS_HOTS"],
    [
      "another port on Fly.io",
      ["fly/reserves.toml", "internal_port = 8090", "internal_port = 8080"],
      "port 8080",
    ],
    [
      "a secret missing on Fly.io",
      ["fly/reserves.toml", 'guest_path = "/run/secrets/redis"', 'guest_path = "/run/secrets/rediss"'],
      "file:/run/secrets/redis is not given",
    ],
    [
      "data beside the volume",
      ["fly/node.toml", 'destination = "/var/lib/trellis"', 'destination = "/data"'],
      "not on the volume",
    ],
    [
      "an autoscaler of nothing",
      ["fly/autoscaler-node.yml", "app-name: trellis-node", "app-name: trellis-nodes"],
      "no app trellis-nodes",
    ],
    ["an unknown key of the autoscaler", ["fly/autoscaler-node.yml", "interval:", "intervall:"], "intervall"],
    [
      "an expression without a collector",
      ["fly/autoscaler-node.yml", "metric-name: latency", "metric-name: delay"],
      "no collector reads",
    ],
    ["a unit that runs as root", [UNIT, "User=trellis\n", ""], "runs as root"],
    [
      "a unit with privileges",
      [UNIT, "NoNewPrivileges=yes", "NoNewPrivileges=no"],
      "misses NoNewPrivileges=yes",
    ],
    ["a unit with settings of its own", [UNIT, "Environment=TRELLIS_CONFIG=", "#"], "misses Environment="],
    ["an unknown flag in a unit", [UNIT, "--bootstrap", "--boostrap"], "didYouMean: --bootstrap"],
    [
      "a unit's data elsewhere",
      [UNIT, "StateDirectory=trellis/node", "StateDirectory=trellis"],
      "not its StateDirectory",
    ],
  ])("%s", async (_, change, message) => {
    expect((await findingsAfter([change])).join("\n")).toContain(message);
  });
});
