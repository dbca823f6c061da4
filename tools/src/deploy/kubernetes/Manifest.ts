/** The parts of manifests that the checks read; `schemaProblems` has checked their form. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, any>>;
}

export type Labels = Readonly<Record<string, string>>;

export interface Workload extends Manifest {
  readonly pod: Pod;
  readonly podLabels: Labels;
  readonly annotations: Labels;
  readonly replicas: number;
  /** Undefined: not by an autoscaler. */
  readonly autoscaler: Manifest | undefined;
}

export interface Pod extends Readonly<Record<string, any>> {
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
}

export interface Container extends Readonly<Record<string, any>> {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number; readonly hostPort?: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface Volume extends Readonly<Record<string, any>> {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
}

export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  const autoscalers = manifests.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  return manifests
    .filter(({ kind }) => kind === "StatefulSet" || kind === "Deployment")
    .map((manifest) => {
      const { template, replicas = 1 } = manifest.spec!;
      const autoscaler = autoscalers.find(({ spec }) => {
        const { kind, name } = spec!.scaleTargetRef;
        return kind === manifest.kind && name === manifest.metadata.name;
      });
      return {
        ...manifest,
        pod: template.spec,
        podLabels: template.metadata.labels,
        annotations: template.metadata.annotations ?? {},
        replicas: autoscaler?.spec!.minReplicas ?? replicas,
        autoscaler,
      };
    });
}

export function matches(selector: Labels | undefined, labels: Labels): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);
}
