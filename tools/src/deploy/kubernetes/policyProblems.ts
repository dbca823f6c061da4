import { createHash } from "node:crypto";
import { type Manifest, matches, type Workload, workloadsOf } from "./Manifest.ts";
import type { RunContainer } from "./programProblems.ts";

/** Rules about several manifests: replicas, disruption, network, keys, settings. */
export function policyProblems(manifests: readonly Manifest[], runs: readonly RunContainer[]): string[] {
  const workloads = workloadsOf(manifests);
  return [
    ...workloads.flatMap((workload) =>
      prefixed(workload, [
        ...replicationProblems(workload, manifests),
        ...checksumProblems(workload, manifests),
      ]),
    ),
    ...keyHolders(runs).flatMap((workload) => prefixed(workload, keyProblems(workload))),
    ...sharedKeyProblems(runs),
    ...manifests
      .filter(({ kind }) => kind === "Service")
      .flatMap((service) =>
        prefixed(service, [...ingressProblems(service, manifests), ...hostProblems(service, runs)]),
      ),
    ...manifests
      .filter(({ kind }) => kind === "HorizontalPodAutoscaler")
      .flatMap((each) => prefixed(each, autoscalerProblems(each, workloads))),
    ...defaultDenyProblems(manifests, workloads),
  ];
}

function replicationProblems(workload: Workload, manifests: readonly Manifest[]): string[] {
  const isOneOfSeveral = workload.podLabels["trellis/validator"] !== undefined;
  if (workload.replicas < 2 && !isOneOfSeveral) return [];
  const budgets = manifests.filter(
    ({ kind, spec }) =>
      kind === "PodDisruptionBudget" && matches(spec!.selector!.matchLabels, workload.podLabels),
  );
  const spread = workload.pod.topologySpreadConstraints ?? [];
  const isSpread = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].every((key) =>
    spread.some(
      ({ topologyKey, labelSelector }) =>
        topologyKey === key && matches(labelSelector.matchLabels, workload.podLabels),
    ),
  );
  return [
    ...(budgets.length === 1 ? [] : [`needs one PodDisruptionBudget, has ${budgets.length}`]),
    ...(isSpread ? [] : ["is not spread over zones and hosts"]),
  ];
}

/** A change of the settings restarts the pods. */
function checksumProblems({ pod, annotations }: Workload, manifests: readonly Manifest[]): string[] {
  const name = pod.volumes?.find((volume) => volume.name === "config")?.configMap?.name;
  const text = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name)?.data?.[
    "trellis.yaml"
  ];
  const checksum = createHash("sha256")
    .update((text ?? "").trimEnd())
    .digest("hex");
  return annotations["checksum/config"] === checksum ? [] : ["checksum/config is not that of its settings"];
}

/** Workloads that vote, or sign for others. */
function keyHolders(runs: readonly RunContainer[]): Workload[] {
  return runs
    .filter(isVoting)
    .map(({ workload }) => workload)
    .concat(runs.filter(({ command }) => command.verb === "signer").map(({ workload }) => workload));
}

function isVoting({ command: { value } }: RunContainer): boolean {
  return [value("validatorSigner"), value("validatorDir"), value("developmentValidator")].some(Boolean);
}

/** A StatefulSet starts the next pod only after the previous one has ended. */
function keyProblems({ kind, spec, autoscaler, podLabels, pod, replicas }: Workload): string[] {
  const isValidator = podLabels["app.kubernetes.io/component"] === "validator";
  const apart = pod.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const isApart = apart.some(
    (term) =>
      term.topologyKey === "kubernetes.io/hostname" && matches(term.labelSelector.matchLabels, podLabels),
  );
  const modes = (spec!.volumeClaimTemplates ?? []).flatMap((claim) => claim.spec.accessModes);
  return [
    ...(kind === "StatefulSet" && replicas === 1
      ? []
      : ["its key could be used twice: needs a StatefulSet with 1 replica"]),
    ...(autoscaler === undefined ? [] : ["an autoscaler must not change its replicas"]),
    ...(modes.length > 0 && modes.every((mode) => mode === "ReadWriteOncePod")
      ? []
      : ["needs a volume of one pod only"]),
    ...(isValidator && !isApart ? ["validators need hosts of their own"] : []),
  ];
}

function sharedKeyProblems(runs: readonly RunContainer[]): string[] {
  const used = new Map<string, string>();
  return runs.filter(isVoting).flatMap(({ workload }) => {
    const own = workload.metadata.name;
    return (workload.pod.volumes ?? []).flatMap(({ secret }) => {
      if (secret === undefined) return [];
      const other = used.get(secret.secretName);
      used.set(secret.secretName, own);
      return other === undefined ? [] : [`${own} and ${other} vote with the key in ${secret.secretName}`];
    });
  });
}

/** Only the port between peers is open to everybody. */
function ingressProblems({ spec }: Manifest, manifests: readonly Manifest[]): string[] {
  const policies = manifests.filter(
    ({ kind, spec: policy }) =>
      kind === "NetworkPolicy" &&
      policy!.podSelector!.matchLabels?.["app.kubernetes.io/component"] !== undefined &&
      matches(policy!.podSelector!.matchLabels, spec!.selector!),
  );
  if (policies.length !== 1) return [`needs one NetworkPolicy of its pods, has ${policies.length}`];
  const rules = policies[0]!.spec!.ingress ?? [];
  const isScraped = manifests.some(({ kind }) => kind === "ServiceMonitor");
  const names = spec!.ports!.map(({ name }) => name).filter((name) => name !== "http" || isScraped);
  return [
    ...names
      .filter((name) => !rules.some(({ ports }) => ports?.some(({ port }) => port === name)))
      .map((name) => `nobody is admitted to port ${name}`),
    ...rules
      .filter(
        ({ from = [], ports }) => from.length === 0 && !(ports?.length === 1 && ports[0]!.port === "p2p"),
      )
      .map(
        ({ ports = [] }) =>
          `everybody is admitted to ${ports.map(({ port }) => port).join(", ") || "every port"}`,
      ),
  ];
}

/** Programs refuse requests for names that they do not know. Clients of pods' own names use no HTTP. */
function hostProblems({ metadata, spec }: Manifest, runs: readonly RunContainer[]): string[] {
  if (spec!.clusterIP === "None") return [];
  return runs
    .filter(({ workload }) => matches(spec!.selector, workload.podLabels))
    .filter(({ command: { value } }) => {
      const hosts = (value("rpcHosts") ?? value("hosts")) as readonly string[];
      return !hosts.includes(metadata.name);
    })
    .map(({ workload }) => `${workload.metadata.name} refuses requests for this name`);
}

function autoscalerProblems({ spec }: Manifest, workloads: readonly Workload[]): string[] {
  const { kind, name } = spec!.scaleTargetRef!;
  const target = workloads.find((workload) => workload.kind === kind && workload.metadata.name === name);
  if (target === undefined) return [`there is no ${kind} ${name}`];
  return [
    ...(kind === "Deployment" ? [] : ["only services without state are scaled"]),
    ...(target.spec!.replicas === undefined ? [] : [`${name} also sets replicas`]),
  ];
}

function defaultDenyProblems(manifests: readonly Manifest[], workloads: readonly Workload[]): string[] {
  const denies = manifests.filter(
    ({ kind, spec }) =>
      kind === "NetworkPolicy" && spec!.ingress === undefined && spec!.policyTypes!.length === 2,
  );
  return workloads
    .filter(({ podLabels }) => !denies.some(({ spec }) => matches(spec!.podSelector!.matchLabels, podLabels)))
    .map(({ metadata }) => `${metadata.name}: no NetworkPolicy denies by default`);
}

function prefixed({ kind, metadata }: Manifest, problems: readonly string[]): string[] {
  return problems.map((problem) => `${kind} ${metadata.name}: ${problem}`);
}
