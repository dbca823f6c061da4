/** The official client's class of each kind in use, by `apiVersion kind`. */
export const KINDS: Readonly<Record<string, string>> = {
  "apps/v1 Deployment": "V1Deployment",
  "apps/v1 StatefulSet": "V1StatefulSet",
  "autoscaling/v2 HorizontalPodAutoscaler": "V2HorizontalPodAutoscaler",
  "networking.k8s.io/v1 NetworkPolicy": "V1NetworkPolicy",
  "policy/v1 PodDisruptionBudget": "V1PodDisruptionBudget",
  "scheduling.k8s.io/v1 PriorityClass": "V1PriorityClass",
  "v1 ConfigMap": "V1ConfigMap",
  "v1 Service": "V1Service",
  "v1 ServiceAccount": "V1ServiceAccount",
};

/** Custom resources of the Prometheus operator. */
export const OPERATOR_KINDS: Readonly<Record<string, string>> = {
  "monitoring.coreos.com/v1 PrometheusRule": "PrometheusRule",
  "monitoring.coreos.com/v1 ServiceMonitor": "ServiceMonitor",
};
