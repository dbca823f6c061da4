{{/* The first argument of each template is a dict: root, and the component's name. */}}

{{- define "trellis.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "trellis.metadata" -}}
name: {{ .root.Release.Name }}-{{ .name | default .component }}
labels:
  {{- include "trellis.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "trellis.image" -}}
{{- with .root.Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.root.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* trellis.yaml of a verb, with its templates rendered. */}}
{{- define "trellis.config" -}}
{{ .verb }}:
  {{- tpl (toYaml .config) .root | nindent 2 }}
{{- end }}

{{- define "trellis.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "trellis.metadata" . | nindent 2 }}
data:
  trellis.yaml: |
    {{- include "trellis.config" . | nindent 4 }}
{{- end }}

{{- define "trellis.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Probes of the port named http. */}}
{{- define "trellis.probes" -}}
startupProbe:
  httpGet: { path: /startup, port: {{ .portName | default "http" }} }
  periodSeconds: 5
  failureThreshold: 120
livenessProbe:
  httpGet: { path: /health, port: {{ .portName | default "http" }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /ready, port: {{ .portName | default "http" }} }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{/* Of the pod: spec without containers and volumes. */}}
{{- define "trellis.podSpec" -}}
serviceAccountName: {{ .root.Release.Name }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .root.Values.gracePeriod }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if and .isCritical .root.Values.priority.create }}
priorityClassName: {{ .root.Release.Name }}-critical
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- if .isApart }}
affinity:
  podAntiAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "trellis.selector" . | nindent 12 }}
{{- end }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "trellis.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}

{{/* A container of the program: args, config, resources, ports, secrets (mount path: name). */}}
{{- define "trellis.container" -}}
- name: {{ .container | default "trellis" }}
  image: {{ include "trellis.image" . }}
  args:
    {{- toYaml .args | nindent 4 }}
  env:
    - { name: TRELLIS_CONFIG, value: /etc/trellis/trellis.yaml }
    {{- range $key, $value := .env }}
    - { name: {{ $key }}, value: {{ $value | quote }} }
    {{- end }}
  ports:
    {{- range $name, $port := .ports }}
    - { name: {{ $name }}, containerPort: {{ $port }} }
    {{- end }}
  resources:
    {{- toYaml .resources | nindent 4 }}
  securityContext:
    {{- include "trellis.containerSecurity" . | nindent 4 }}
  {{- include "trellis.probes" . | nindent 2 }}
  volumeMounts:
    - { name: {{ .configVolume | default "config" }}, mountPath: /etc/trellis, readOnly: true }
    - { name: data, mountPath: /var/lib/trellis }
    - { name: tmp, mountPath: /tmp }
    {{- range $volume, $path := .mounts }}
    - { name: {{ $volume }}, mountPath: {{ $path }}, readOnly: true }
    {{- end }}
{{- end }}

{{/* Volumes: config and secrets (volume: name of the secret), readable by the group only. */}}
{{- define "trellis.volumes" -}}
- name: config
  configMap: { name: {{ .root.Release.Name }}-{{ .configMap | default .component }} }
- name: tmp
  emptyDir: { sizeLimit: 1Gi }
{{- range $volume, $secret := .secrets }}
- name: {{ $volume }}
  secret: { secretName: {{ $.root.Release.Name }}-{{ $secret }}, defaultMode: 0440 }
{{- end }}
{{- end }}

{{- define "trellis.claim" -}}
- metadata: { name: data }
  spec:
    accessModes: [ReadWriteOncePod]
    {{- with .className }}
    storageClassName: {{ . }}
    {{- end }}
    resources: { requests: { storage: {{ .size }} } }
{{- end }}

{{/* ports: name and number; headless: "true" for the pods' own names. */}}
{{- define "trellis.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "trellis.metadata" . | nindent 2 }}
  {{- if hasKey .ports "http" }}
    trellis/job: {{ .root.Chart.Name }}-{{ .component }}
  {{- end }}
spec:
  {{- if .headless }}
  clusterIP: None
  publishNotReadyAddresses: {{ .isUnready | default false }}
  {{- end }}
  selector:
    {{- include "trellis.selector" . | nindent 4 }}
  ports:
    {{- range $name, $port := .ports }}
    - { name: {{ $name }}, port: {{ $port }}, targetPort: {{ $name }} }
    {{- end }}
{{- end }}

{{- define "trellis.disruption" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "trellis.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "trellis.selector" . | nindent 6 }}
{{- end }}

{{/* Pods of this release by component. */}}
{{- define "trellis.peer" -}}
- podSelector:
    matchLabels:
      {{- include "trellis.selector" . | nindent 6 }}
{{- end }}

{{/* Ingress from the monitoring to the ports `scraped` (http). Without sources, a rule would admit everybody. */}}
{{- define "trellis.scraped" -}}
{{- if and .root.Values.monitoring.enabled .root.Values.monitoring.from -}}
- from:
    {{- toYaml .root.Values.monitoring.from | nindent 4 }}
  ports:
    {{- range .scraped | default (list "http") }}
    - port: {{ . }}
    {{- end }}
{{- end }}
{{- end }}

{{/* Ingress from some sources and the monitoring to the port http. */}}
{{- define "trellis.httpIngress" -}}
{{- $from := .from }}
{{- if .root.Values.monitoring.enabled }}
{{- $from = concat $from .root.Values.monitoring.from }}
{{- end }}
{{- with $from -}}
ingress:
  - from:
      {{- toYaml . | nindent 6 }}
    ports: [{ port: http }]
{{- end }}
{{- end }}

{{- define "trellis.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "trellis.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "trellis.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
{{- end }}

{{/* Backs up a directory, and a PostgreSQL server if one is given. */}}
{{- define "trellis.backupContainer" -}}
{{- $env := dict "TRELLIS_DATA_DIR" .dataDir "TRELLIS_REPOSITORY" (printf "%s/%s" .root.Values.backup.repository .repository) "TRELLIS_POSTGRES" .postgres "TRELLIS_PORT" .port "AWS_SHARED_CREDENTIALS_FILE" "/run/secrets/backup/credentials" }}
{{- include "trellis.container" (dict "root" .root "component" "backup" "container" "backup" "configVolume" .configVolume "args" (list "backup" "watch") "env" $env "ports" (dict .portName .port) "portName" .portName "resources" .root.Values.backup.resources "mounts" (dict "backup" "/run/secrets/backup")) }}
{{- end }}
