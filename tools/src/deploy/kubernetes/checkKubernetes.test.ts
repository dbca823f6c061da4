import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkKubernetes } from "./checkKubernetes.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const PARTS = [
  "apps/trellis/package.json",
  "deploy/kubernetes/chart/Chart.yaml",
  "deploy/kubernetes/base",
  "deploy/kubernetes/overlays",
  "deploy/kubernetes/chart/values.yaml",
  "deploy/kubernetes/chart/values.schema.json",
  "deploy/kubernetes/chart/rules",
  "deploy/prometheus/rules",
  "docs/guides/deploy-kubernetes.md",
  "packages/platform/src/http/openServicePort.ts",
];
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "trellis-kubernetes-"));
});
afterAll(() => rmSync(root, { recursive: true }));

type Change = readonly [file: string, from: string | RegExp, to: string];

async function findingsAfter(...changes: readonly Change[]): Promise<string> {
  for (const part of PARTS) {
    rmSync(join(root, part), { recursive: true, force: true });
    mkdirSync(dirname(join(root, part)), { recursive: true });
    cpSync(join(ROOT, part), join(root, part), { recursive: true, verbatimSymlinks: true });
  }
  for (const [name, from, to] of changes) {
    const file = join(root, name);
    const text = readFileSync(file, "utf8");
    const changed = text.replace(from, to);
    expect(changed, `${name} has no ${from}`).not.toBe(text);
    writeFileSync(file, changed);
  }
  const findings = await checkKubernetes(root);
  return findings.map(({ file, message }) => `${file} ${message}`).join("\n");
}

it("finds nothing in this checkout", async () => {
  expect(await findingsAfter()).toBe("");
});

const BASE = "deploy/kubernetes/base/trellis.yaml";
const STAGING = "deploy/kubernetes/overlays/staging";
const PRODUCTION = "deploy/kubernetes/overlays/production";
/** The first match after the start of a template. */
const inTemplate = (name: string, rest: string) =>
  new RegExp(`(?<=# Source: trellis/templates/${name}\\.yaml(?:(?!# Source)[^])*?)${rest}`);

describe("finds", () => {
  it.each<[what: string, change: Change, message: string]>([
    [
      "an unknown field",
      [BASE, "podManagementPolicy:", "podManagmentPolicy:"],
      "additional properties: podManagmentPolicy",
    ],
    [
      "a nested unknown field",
      [BASE, "fsGroupChangePolicy:", "fsGroupPolicy:"],
      "additional properties: fsGroupPolicy",
    ],
    [
      "a field of a newer version",
      [BASE, "enableServiceLinks: false", "enableServiceLinks: false\n      hostnameOverride: node"],
      "hostnameOverride (Kubernetes 1.33)",
    ],
    ["a wrong type", [BASE, "replicas: 2", 'replicas: "2"'], "/spec/replicas: must be number"],
    ["a missing field", [BASE, "  maxReplicas: 6\n", ""], "required property 'maxReplicas'"],
    [
      "an unknown kind",
      [BASE, "kind: PodDisruptionBudget", "kind: PodDisruption"],
      "no schema of policy/v1 PodDisruption",
    ],
    [
      "an unknown field of the operator",
      [BASE, "scrapeTimeout:", "scrapeTimeot:"],
      "additional properties: scrapeTimeot",
    ],
    ["an unknown field of a rule", [BASE, "expr:", "expression:"], "additional properties: expression"],
    ["invalid YAML", [BASE, "kind: ServiceMonitor", "kind: [ServiceMonitor"], "Flow sequence"],
    ["a root user", [BASE, "runAsNonRoot: true", "runAsNonRoot: false"], "needs runAsNonRoot"],
    [
      "a writable root",
      [BASE, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"],
      "needs readOnlyRootFilesystem",
    ],
    ["capabilities", [BASE, "drop: [ALL]", "drop: [NET_RAW]"], "needs drop: [ALL]"],
    [
      "more privileges",
      [BASE, "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"],
      "needs allowPrivilegeEscalation: false",
    ],
    [
      "no seccomp",
      [BASE, "seccompProfile: { type: RuntimeDefault }", "seccompProfile: { type: Unconfined }"],
      "needs seccompProfile",
    ],
    [
      "links to services",
      [BASE, "enableServiceLinks: false", "enableServiceLinks: true"],
      "needs enableServiceLinks: false",
    ],
    [
      "a token of the API",
      [BASE, /automountServiceAccountToken: false\n {6}/, "automountServiceAccountToken: true\n      "],
      "needs automountServiceAccountToken",
    ],
    [
      "a folder of the host",
      [BASE, "emptyDir: { sizeLimit: 1Gi }", "hostPath: { path: / }"],
      "is of a forbidden type",
    ],
    ["an unknown argument", [BASE, "- serve\n", "- serv\n"], 'no action "serv"'],
    ["an unknown setting", [BASE, "rpcRoles:", "rpcRols:"], "didYouMean: rpcRoles"],
    ["an unknown variable", [BASE, "TRELLIS_WORKERS", "TRELLIS_WORKRES"], "TRELLIS_WORKRES"],
    ["an invalid value", [BASE, "treeMemoryMax: 512MiB", "treeMemoryMax: 512"], "treeMemoryMax"],
    ["a missing variable", [BASE, "name: NODES", "name: NODE"], "env:NODES is not given"],
    ["another port", [BASE, "containerPort: 8545", "containerPort: 8546"], "does not listen on port 8546"],
    [
      "a probe of another port",
      [BASE, "/health, port: http", "/health, port: rpc"],
      "livenessProbe asks another port",
    ],
    ["a probe of another path", [BASE, "path: /ready", "path: /readyz"], "readinessProbe asks /readyz"],
    [
      "a path that the program left",
      ["packages/platform/src/http/openServicePort.ts", 'get("/startup"', 'get("/started"'],
      "startupProbe asks /startup",
    ],
    [
      "health on loopback",
      [BASE, "httpHost: 0.0.0.0", "httpHost: 127.0.0.1"],
      "health is served on loopback only",
    ],
    [
      "a secret that is not mounted",
      [BASE, "keyFrom: file:/run/secrets/trellis/keys", "keyFrom: file:/run/keys"],
      "/run/keys is in no mounted secret",
    ],
    [
      "a secret that the guide omits",
      ["docs/guides/deploy-kubernetes.md", "`envelope-keys`", "envelope keys"],
      "does not list envelope-keys of trellis-signer",
    ],
    [
      "data without a volume",
      [BASE, "dataDir: /var/lib/trellis/node", "dataDir: /data"],
      "its data are on no volume",
    ],
    [
      "a drain beyond the grace period",
      [BASE, "drainTime: 15s", "drainTime: 28s"],
      "grace period is not longer",
    ],
    [
      "a changed setting without a restart",
      [BASE, "network: test", "network: main"],
      "checksum/config is not that of its settings",
    ],
    [
      "two pods with a key",
      [BASE, inTemplate("validators", "replicas: 1"), "replicas: 2"],
      "trellis-validator-0: its key could be used twice",
    ],
    [
      "two signers",
      [BASE, inTemplate("signer", "replicas: 1"), "replicas: 2"],
      "trellis-signer: its key could be used twice",
    ],
    [
      "a volume for several pods",
      [BASE, inTemplate("validators", "ReadWriteOncePod"), "ReadWriteMany"],
      "needs a volume of one pod only",
    ],
    [
      "an autoscaler of a validator",
      [BASE, "kind: Deployment, name: trellis-reserves-api", "kind: StatefulSet, name: trellis-validator-0"],
      "an autoscaler must not change its replicas",
    ],
    [
      "an autoscaler of nothing",
      [BASE, "kind: Deployment, name: trellis-reserves-api", "kind: Deployment, name: trellis-api"],
      "there is no Deployment trellis-api",
    ],
    [
      "validators on one host",
      [
        BASE,
        "topologyKey: kubernetes.io/hostname\n              labelSelector",
        "topologyKey: rack\n              labelSelector",
      ],
      "validators need hosts of their own",
    ],
    [
      "replicas without a budget",
      [
        BASE,
        inTemplate("node", "kind: PodDisruptionBudget[^]*?component: node(?=\\n---)"),
        "kind: PodDisruptionBudget\nmetadata: { name: node }\nspec: { selector: { matchLabels: { a: b } } }",
      ],
      "StatefulSet trellis-node: needs one PodDisruptionBudget",
    ],
    [
      "replicas on one host",
      [BASE, inTemplate("node", "topologyKey: topology.kubernetes.io/zone"), "topologyKey: rack"],
      "StatefulSet trellis-node: is not spread",
    ],
    [
      "a service without a policy",
      [
        BASE,
        inTemplate("arbitrage", "podSelector:\\n {4}matchLabels:\\n {6}app.kubernetes.io/name: trellis"),
        "podSelector:\n    matchLabels:\n      app.kubernetes.io/name: other",
      ],
      "Service trellis-arbitrage: needs one NetworkPolicy",
    ],
    [
      "a service for everybody",
      [
        BASE,
        inTemplate("arbitrage", "- from:\\n[^]*?ports: \\[\\{ port: http \\}\\]"),
        "- ports: [{ port: http }]",
      ],
      "everybody is admitted to http",
    ],
    [
      "a service for nobody",
      [BASE, inTemplate("signer", "ports: \\[\\{ port: signer \\}\\]"), "ports: [{ port: http }]"],
      "nobody is admitted to port signer",
    ],
    [
      "another rule",
      ["deploy/prometheus/rules/trellis.yml", "expr: ", "expr: 1 + "],
      "its rules are not those",
    ],
    [
      "a name that is refused",
      [BASE, "- 'trellis-rpc'", "- 'trellis-rpcs'"],
      "Service trellis-rpc: trellis-node refuses requests for this name",
    ],
    [
      "no default of denial",
      [
        BASE,
        "matchLabels: { app.kubernetes.io/instance: trellis }\n  policyTypes",
        "matchLabels: { other: trellis }\n  policyTypes",
      ],
      "no NetworkPolicy denies by default",
    ],
    [
      "another version in the chart",
      ["deploy/kubernetes/chart/Chart.yaml", /appVersion: .*/, "appVersion: 0.0.9"],
      "appVersion: 0.0.9 is not of version",
    ],
    ["another version in the base", [BASE, /(image: \S+:)\S+/, "$10.0.9"], "is not of version"],
    [
      "another version in an overlay",
      [`${STAGING}/kustomization.yaml`, /newTag: .*/, "newTag: 0.0.9"],
      "newTag: 0.0.9 is not of version",
    ],
    [
      "an unknown value",
      ["deploy/kubernetes/chart/values.yaml", "gracePeriod:", "graceperiod:"],
      "graceperiod",
    ],
    [
      "an unknown field of an overlay",
      [`${STAGING}/kustomization.yaml`, "namespace:", "namespce:"],
      "namespce",
    ],
    [
      "a missing patch",
      [`${STAGING}/kustomization.yaml`, "memory.yaml", "memry.yaml"],
      "there is no file memry.yaml",
    ],
    [
      "a patch of nothing",
      [`${STAGING}/memory.yaml`, "trellis-node", "trellis-nodes"],
      "the base has no StatefulSet trellis-nodes",
    ],
    [
      "an unknown field of a patch",
      [`${STAGING}/memory.yaml`, "limits:", "limit:"],
      "additional properties: limit",
    ],
    [
      "a scaled validator",
      [`${PRODUCTION}/kustomization.yaml`, "name: trellis-node", "name: trellis-validator-0"],
      "votes, and must not be scaled",
    ],
    [
      "an image of nothing",
      [`${PRODUCTION}/kustomization.yaml`, "name: ghcr.io/trellis/trellis", "name: trellis"],
      "no image trellis",
    ],
  ])("%s", async (_, change, message) => {
    expect(await findingsAfter(change)).toContain(message);
  });

  it("two validators with one key", async () => {
    const text = readFileSync(join(ROOT, BASE), "utf8");
    const set = text
      .split("\n---\n")
      .find((each) => each.includes("kind: StatefulSet") && each.includes("name: trellis-validator-0"))!;
    const copy = set.replace("name: trellis-validator-0", "name: trellis-validator-1");
    expect(await findingsAfter([BASE, /$/, `\n---\n${copy}`])).toContain(
      "vote with the key in trellis-signer-client-validator-0",
    );
  });
});
