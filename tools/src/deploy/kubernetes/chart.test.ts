import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { manifestProblems } from "./checkKubernetes.ts";
import type { Manifest } from "./Manifest.ts";
import { readManifests } from "./readManifests.ts";
import { chartRenderer } from "./renderChart.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const FOLDER = join(ROOT, "deploy/kubernetes");
const files = { read: (path: string) => readFileSync(join(ROOT, path), "utf8") };
const scratch = mkdtempSync(join(tmpdir(), "trellis-chart-"));
const render = chartRenderer(ROOT, scratch);
// Debian's kubectl has an old kustomize, which lacks fields of the overlays.
const kubectl = spawnSync("kubectl", ["version", "--client", "--output=json"], { encoding: "utf8" });
const hasKubectl = /"kustomizeVersion": "v[5-9]/.test(kubectl.stdout ?? "");
if (render === undefined) console.warn("no helm, and no go with sprig: the chart is not rendered");
if (!hasKubectl) console.warn("no kubectl with kustomize 5: overlays are not built");

afterAll(() => rmSync(scratch, { recursive: true }));

describe.skipIf(render === undefined)("the chart", () => {
  it("renders to the base", () => {
    expect(sorted(manifestsIn(render!()))).toEqual(
      sorted(manifestsIn(readFileSync(join(FOLDER, "base/trellis.yaml"), "utf8"))),
    );
  });

  it.each<
    [what: string, values: string, expected: (manifests: readonly Manifest[]) => unknown, value: unknown]
  >([
    [
      "a digest instead of a tag",
      `image: { digest: "sha256:${"a".repeat(64)}" }`,
      (all) => new Set(JSON.stringify(all).match(/"ghcr[^"]*"/g)),
      new Set([`"ghcr.io/trellis/trellis@sha256:${"a".repeat(64)}"`]),
    ],
    [
      "two validators",
      "validators: { names: [a, b] }",
      namesOf("StatefulSet", /-(?:a|b)$/),
      ["trellis-a", "trellis-b"],
    ],
    [
      "only nodes",
      "{ validators: { names: [] }, signer: { enabled: false }, reserves: { enabled: false }, arbitrage: { enabled: false }, backup: { enabled: false } }",
      namesOf("StatefulSet|Deployment", /./),
      ["trellis-node"],
    ],
    [
      "no operator of Prometheus",
      "monitoring: { enabled: false }",
      namesOf("ServiceMonitor|PrometheusRule", /./),
      [],
    ],
    [
      "links of alerts to runbooks at the operator's address",
      "monitoring: { docs: https://docs.example/trellis }",
      (all) => JSON.stringify(all).match(/"runbook_url":"[^"]*trellisdown"/g),
      ['"runbook_url":"https://docs.example/trellis/guides/troubleshooting.md#trellisdown"'],
    ],
    [
      "no clients outside the release",
      "{ monitoring: { from: [], enabled: false }, clients: { rpc: [], reserves: [], arbitrage: [], backup: [] } }",
      (all) => JSON.stringify(all).includes('namespaceSelector":{"matchLabels'),
      false,
    ],
    [
      "a port for the metrics of the signer's backups",
      "{}",
      (all) => JSON.stringify(all).match(/"name":"backup","port":\d+/g),
      ['"name":"backup","port":8093'],
    ],
    ["a signer without backups", "backup: { enabled: false }", namesOf("StatefulSet", /backup/), []],
  ])("renders %s", async (_, values, found, value) => {
    const file = join(scratch, "values.yaml");
    writeFileSync(file, values);
    const manifests = manifestsIn(render!(file));
    expect(await manifestProblems(manifests, files)).toEqual([]);
    expect(found(manifests)).toEqual(value);
  });
});

describe.skipIf(!hasKubectl)("kubectl kustomize", () => {
  it.each(["base", ...readdirSync(join(FOLDER, "overlays")).map((name) => `overlays/${name}`)])(
    "builds %s",
    async (name) => {
      const text = execFileSync("kubectl", ["kustomize", join(FOLDER, name)], { encoding: "utf8" });
      const problems = await manifestProblems(manifestsIn(text), files);
      // Kustomize does not know the checksum.
      expect(problems.filter((problem) => !problem.includes("checksum/config"))).toEqual([]);
    },
  );
});

function namesOf(kinds: string, name: RegExp) {
  return (all: readonly Manifest[]) =>
    all
      .filter((each) => kinds.split("|").includes(each.kind) && name.test(each.metadata.name))
      .map((each) => each.metadata.name)
      .sort();
}

function manifestsIn(text: string): Manifest[] {
  const manifests = readManifests(text);
  if (typeof manifests === "string") throw new Error(manifests);
  return manifests;
}

/** Helm sorts by kind. */
function sorted(manifests: readonly Manifest[]): Manifest[] {
  const key = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
  return [...manifests].sort((a, b) => key(a).localeCompare(key(b)));
}
