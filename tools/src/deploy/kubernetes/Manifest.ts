/** The parts of manifests that the checks read; `schemaProblems` has checked their form. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Spec;
}

export type Labels = Readonly<Record<string, string>>;

interface Spec {
  readonly replicas?: number;
  readonly minReplicas?: number;
  readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
  readonly clusterIP?: string;
  /** Of a Service: the labels themselves. */
  readonly selector?: Selector & Labels;
  readonly podSelector?: Selector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly IngressRule[];
  readonly ports?: readonly { readonly name: string }[];
  readonly template?: {
    readonly metadata: { readonly labels: Labels; readonly annotations?: Labels };
    readonly spec: Pod;
  };
  readonly volumeClaimTemplates?: readonly { readonly spec: { readonly accessModes: readonly string[] } }[];
}

interface Selector {
  readonly matchLabels?: Labels;
}

export interface IngressRule {
  readonly from?: readonly object[];
  readonly ports?: readonly { readonly port: string | number }[];
}

/** Selects pods, within a topology. */
interface Term {
  readonly topologyKey: string;
  readonly labelSelector: Selector;
}

interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type: string };
  readonly allowPrivilegeEscalation?: boolean;
  readonly privileged?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

export interface Pod {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly securityContext?: SecurityContext;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly automountServiceAccountToken?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly topologySpreadConstraints?: readonly Term[];
  readonly affinity?: {
    readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly Term[] };
  };
}

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number };
}

export interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly {
    readonly name: string;
    readonly containerPort: number;
    readonly hostPort?: number;
  }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext?: SecurityContext;
  readonly resources?: { readonly limits?: Labels; readonly requests?: Labels };
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
}

export interface Workload extends Manifest {
  readonly pod: Pod;
  readonly podLabels: Labels;
  readonly annotations: Labels;
  /** The least, of an autoscaler. */
  readonly replicas: number;
  readonly autoscaler: Manifest | undefined;
}

export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  const autoscalers = manifests.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  return manifests
    .filter(({ kind }) => kind === "StatefulSet" || kind === "Deployment")
    .map((manifest) => {
      const { template, replicas = 1 } = manifest.spec!;
      const autoscaler = autoscalers.find(({ spec }) => {
        const { kind, name } = spec!.scaleTargetRef!;
        return kind === manifest.kind && name === manifest.metadata.name;
      });
      return {
        ...manifest,
        pod: template!.spec,
        podLabels: template!.metadata.labels,
        annotations: template!.metadata.annotations ?? {},
        replicas: autoscaler?.spec?.minReplicas ?? replicas,
        autoscaler,
      };
    });
}

export function matches(selector: Labels | undefined, labels: Labels): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);
}
