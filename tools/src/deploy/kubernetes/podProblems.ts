import type { Container, Pod } from "./Manifest.ts";

const VOLUMES = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

/** The Pod Security Standard "restricted", and what Trellis asks in addition. */
export function podProblems(pod: Pod): string[] {
  const security = pod.securityContext ?? {};
  const volumes = (pod.volumes ?? []).flatMap(({ name, ...source }) =>
    Object.keys(source).some((type) => !VOLUMES.has(type)) ? [`volume ${name} is of a forbidden type`] : [],
  );
  const rules: readonly (readonly [boolean, string])[] = [
    [pod.hostNetwork !== true && pod.hostPID !== true && pod.hostIPC !== true, "no namespace of the host"],
    [security.runAsNonRoot === true && security.runAsUser !== 0, "runAsNonRoot"],
    [security.seccompProfile?.type === "RuntimeDefault", "seccompProfile RuntimeDefault"],
    [pod.enableServiceLinks === false, "enableServiceLinks: false"],
    [pod.automountServiceAccountToken === false, "automountServiceAccountToken: false"],
  ];
  return [
    ...volumes,
    ...rules.filter(([isMet]) => !isMet).map(([, rule]) => `needs ${rule}`),
    ...[...pod.containers, ...(pod.initContainers ?? [])].flatMap(containerProblems),
  ];
}

function containerProblems(container: Container): string[] {
  const security = container.securityContext ?? {};
  const rules: readonly (readonly [boolean, string])[] = [
    [security.allowPrivilegeEscalation === false, "allowPrivilegeEscalation: false"],
    [security.privileged !== true, "no privileges"],
    [security.readOnlyRootFilesystem === true, "readOnlyRootFilesystem"],
    [security.capabilities?.drop?.includes("ALL") === true && !security.capabilities.add, "drop: [ALL]"],
    [security.runAsNonRoot !== false && security.runAsUser !== 0, "runAsNonRoot"],
    [["RuntimeDefault", undefined].includes(security.seccompProfile?.type), "seccompProfile RuntimeDefault"],
    [!container.ports?.some(({ hostPort }) => hostPort !== undefined), "no port of the host"],
    [container.resources?.limits?.memory !== undefined, "a memory limit"],
    [container.resources?.requests?.cpu !== undefined, "a request of CPU"],
  ];
  return rules.filter(([isMet]) => !isMet).map(([, rule]) => `container ${container.name} needs ${rule}`);
}
