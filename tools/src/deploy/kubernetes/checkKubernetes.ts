import { isDeepStrictEqual } from "node:util";
import { Ajv } from "ajv";
import { parse } from "yaml";
import type { Finding } from "../../finding.ts";
import { type DeployFiles, deployFiles } from "../DeployFiles.ts";
import { type Manifest, workloadsOf } from "./Manifest.ts";
import { overlayProblems } from "./overlayProblems.ts";
import { podProblems } from "./podProblems.ts";
import { policyProblems } from "./policyProblems.ts";
import { programProblems, type RunContainer } from "./programProblems.ts";
import { readManifests } from "./readManifests.ts";
import { schemaProblems } from "./schemaProblems.ts";

const FOLDER = "deploy/kubernetes";
const BASE = `${FOLDER}/base/trellis.yaml`;
const RULES = `${FOLDER}/chart/rules`;
const GUIDE = "docs/guides/deploy-kubernetes.md";
const SERVICE_PORT = "packages/platform/src/http/openServicePort.ts";

/** The chart's values, the base that it renders to, and the overlays. */
export async function checkKubernetes(root: string): Promise<Finding[]> {
  const files = deployFiles(root);
  const manifests = readManifests(files.read(BASE));
  if (typeof manifests === "string") return [finding(BASE, manifests)];
  const problems = await manifestProblems(manifests, files);
  return [
    ...problems.map((problem) => finding(BASE, problem)),
    ...ruleProblems(manifests, files).map((problem) => finding(BASE, problem)),
    ...valuesProblems(files).map((problem) => finding(`${FOLDER}/chart/values.yaml`, problem)),
    ...overlaysIn(files).flatMap((folder) => overlayProblems(folder, manifests, files)),
    ...versionFindings(files),
  ];
}

export async function manifestProblems(
  manifests: readonly Manifest[],
  files: Pick<DeployFiles, "read">,
): Promise<string[]> {
  const invalid = manifests.flatMap((manifest) =>
    schemaProblems(manifest).map((problem) => `${manifest.kind} ${manifest.metadata?.name}${problem}`),
  );
  if (invalid.length > 0) return invalid;
  const healthPaths = [...files.read(SERVICE_PORT).matchAll(/server\.get\("(\/\w+)"/g)].map(
    ([, path]) => path!,
  );
  const facts = { manifests, healthPaths, guide: files.read(GUIDE) };
  const problems: string[] = [];
  const runs: RunContainer[] = [];
  for (const workload of workloadsOf(manifests)) {
    const name = `${workload.kind} ${workload.metadata.name}`;
    problems.push(...podProblems(workload.pod).map((problem) => `${name}: ${problem}`));
    for (const container of workload.pod.containers) {
      const found = await programProblems(workload, container, facts);
      if (found.run !== undefined) runs.push(found.run);
      problems.push(...found.problems.map((problem) => `${name}, container ${container.name}: ${problem}`));
    }
  }
  return [...problems, ...policyProblems(manifests, runs)];
}

/** The chart includes the rules by a link to their folder. */
function ruleProblems(manifests: readonly Manifest[], files: DeployFiles): string[] {
  const expected = files.list(RULES).map((name) => parse(files.read(`${RULES}/${name}`)));
  const found = manifests.filter(({ kind }) => kind === "PrometheusRule").map(({ spec }) => spec);
  return isDeepStrictEqual(found, expected) ? [] : [`its rules are not those of ${RULES}: run writeBase.ts`];
}

function valuesProblems(files: DeployFiles): string[] {
  const check = new Ajv({ allErrors: true, strict: false }).compile(
    JSON.parse(files.read(`${FOLDER}/chart/values.schema.json`)),
  );
  check(parse(files.read(`${FOLDER}/chart/values.yaml`)));
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function overlaysIn(files: DeployFiles): string[] {
  return files.list(`${FOLDER}/overlays`).map((name) => `${FOLDER}/overlays/${name}`);
}

/** The chart, the base and the overlays have the program's version. */
function versionFindings(files: DeployFiles): Finding[] {
  const { version } = JSON.parse(files.read("apps/trellis/package.json"));
  const overlays = overlaysIn(files).map((folder) => `${folder}/kustomization.yaml`);
  return [`${FOLDER}/chart/Chart.yaml`, BASE, ...overlays].flatMap((file) =>
    [...files.read(file).matchAll(/^ *(?:version: |appVersion: |newTag: |image: \S+:)(\S+)$/gm)]
      .filter(([, found]) => found !== version)
      .map(([line]) => finding(file, `${line.trim()} is not of version ${version}`)),
  );
}

function finding(file: string, message: string): Finding {
  return { file, line: 0, rule: "kubernetes", message };
}
