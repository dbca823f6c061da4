import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STOP_DEADLINE_MS } from "@trellis/platform/lifecycle";
import {
  operationsPortOf,
  type ParsedCommand,
  parseCommandLine,
  portsOf,
  referencesOf,
} from "../commandLine.ts";
import type { Container, Manifest, Workload } from "./Manifest.ts";

export interface RunContainer {
  readonly workload: Workload;
  readonly container: Container;
  readonly command: ParsedCommand;
}

const PROBES = [
  ["startupProbe", "/startup"],
  ["livenessProbe", "/health"],
  ["readinessProbe", "/ready"],
] as const;

interface ProgramFacts {
  readonly manifests: readonly Manifest[];
  /** Of the program's operations port, such as `/ready`. */
  readonly healthPaths: readonly string[];
  /** Lists the keys of the secrets. */
  readonly guide: string;
}

/** Arguments, settings, ports, health and secrets of a container against the program. */
export async function programProblems(
  workload: Workload,
  container: Container,
  facts: ProgramFacts,
): Promise<{ readonly run: RunContainer | undefined; readonly problems: string[] }> {
  const parsed = await commandOf(workload, container, facts.manifests);
  if (Array.isArray(parsed)) return { run: undefined, problems: [...parsed] };
  const run = { workload, container, command: parsed as ParsedCommand };
  const problems = [
    ...portProblems(run),
    ...probeProblems(run, facts),
    ...fileProblems(run, facts),
    ...graceProblems(run),
  ];
  return { run, problems };
}

async function commandOf(
  { pod }: Workload,
  { args = [], env = [], volumeMounts = [] }: Container,
  manifests: readonly Manifest[],
): Promise<ParsedCommand | readonly string[]> {
  const environment = Object.fromEntries(env.map(({ name, value = "" }) => [name, value]));
  const mount = volumeMounts.find(({ mountPath }) => environment.TRELLIS_CONFIG?.startsWith(`${mountPath}/`));
  const volume = pod.volumes?.find(({ name }) => name === mount?.name);
  const map = manifests.find(
    ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === volume?.configMap?.name,
  );
  const text = map?.data?.["trellis.yaml"];
  if (text === undefined) return ["no settings in trellis.yaml"];
  const folder = mkdtempSync(join(tmpdir(), "trellis-settings-"));
  const configFile = join(folder, "trellis.yaml");
  writeFileSync(configFile, text);
  try {
    return await parseCommandLine({ words: args, environment, configFile });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function portProblems({ container, command }: RunContainer): string[] {
  const listening = [...portsOf(command), ...p2pPorts(command)];
  return (container.ports ?? [])
    .map(({ containerPort }) => containerPort)
    .filter((port) => !listening.includes(port))
    .map((port) => `the program does not listen on port ${port}`);
}

function p2pPorts({ value }: ParsedCommand): number[] {
  return ((value("listen") ?? []) as readonly string[]).map((address) => Number(address.split(":").at(-1)));
}

/** Port and path, and that requests of the kubelet and of Prometheus can reach them. */
function probeProblems({ container, command }: RunContainer, { healthPaths }: ProgramFacts): string[] {
  const host = String(command.value("httpHost") ?? command.value("host"));
  const local = ["127.0.0.1", "localhost", "::1"].includes(host) ? ["health is served on loopback only"] : [];
  const problems = PROBES.flatMap(([probe, path]) => {
    const get = container[probe]?.httpGet;
    if (get === undefined) return [`no ${probe}`];
    const port = container.ports?.find(
      ({ name, containerPort }) => get.port === name || get.port === containerPort,
    );
    return [
      ...(port?.containerPort === operationsPortOf(command) ? [] : [`${probe} asks another port`]),
      ...(get.path === path && healthPaths.includes(path) ? [] : [`${probe} asks ${get.path}`]),
    ];
  });
  return [...local, ...problems];
}

/** Secrets are mounted files that the guide lists; data are on a volume. */
function fileProblems({ workload, container, command }: RunContainer, { guide }: ProgramFacts): string[] {
  const mounts = [...(container.volumeMounts ?? [])].sort((a, b) => b.mountPath.length - a.mountPath.length);
  const volumeOf = (path: string) => {
    const mount = mounts.find(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`));
    return mount === undefined
      ? undefined
      : (workload.pod.volumes?.find(({ name }) => name === mount.name) ?? mount);
  };
  const environment = (container.env ?? []).map(({ name }) => `env:${name}`);
  const references = referencesOf(command);
  const missing = references.filter(
    (reference) => reference.startsWith("env:") && !environment.includes(reference),
  );
  const paths = command.settings.flatMap(({ value }) =>
    typeof value === "string" && value.startsWith("/run/") ? [value] : [],
  );
  const secret = [
    ...references.filter((each) => each.startsWith("file:")).map((each) => each.slice(5)),
    ...paths,
  ];
  const dataVolume = volumeOf(String(command.value("dataDir")));
  return [
    ...missing.map((reference) => `${reference} is not given to it`),
    ...secret.flatMap((path) => {
      const volume = volumeOf(path);
      if (volume === undefined || !("secret" in volume)) return [`${path} is in no mounted secret`];
      const key = path.slice(path.lastIndexOf("/") + 1);
      return guide.includes(`\`${key}\``)
        ? []
        : [`the guide does not list ${key} of ${volume.secret!.secretName}`];
    }),
    ...(dataVolume === undefined || "secret" in dataVolume ? ["its data are on no volume"] : []),
  ];
}

function graceProblems({ workload, command }: RunContainer): string[] {
  const drainMs = (command.value("drainTime") as number | undefined) ?? 0;
  const graceMs = 1_000 * (workload.pod.terminationGracePeriodSeconds ?? 30);
  return graceMs > drainMs + STOP_DEADLINE_MS ? [] : ["grace period is not longer than drain and stop"];
}
