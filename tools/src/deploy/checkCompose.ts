import { posix } from "node:path";
import type { Finding } from "../finding.ts";
import {
  operationsPortOf,
  type ParsedCommand,
  parseCommandLine,
  portsOf,
  referencesOf,
} from "./commandLine.ts";
import { composeSchemaProblems } from "./composeSchemaProblems.ts";
import type { DeployFiles } from "./DeployFiles.ts";
import { readCompose, type Service } from "./readCompose.ts";

const FILE = "deploy/compose/compose.yaml";
const PROMETHEUS = "deploy/prometheus/prometheus.yml";
const PROXY = "deploy/compose/haproxy.cfg";
const PROGRAM = "/usr/local/bin/trellis";
const SECRETS = "/run/secrets/";
/** Their images have no program that could ask. */
const WITHOUT_HEALTH_CHECK = new Set(["loki", "otel-collector"]);

export async function checkCompose(files: DeployFiles, version: string): Promise<Finding[]> {
  const text = files.read(FILE);
  const invalid = composeSchemaProblems(text);
  if (invalid.length > 0) return invalid.map((message) => finding(FILE, message));
  const { services, definedSecrets } = readCompose(text);
  const parsed = new Map<string, ParsedCommand>();
  const findings: Finding[] = [];
  for (const service of services) {
    findings.push(
      ...hardeningFindings(service),
      ...secretFindings(service, definedSecrets),
      ...imageFindings(service, version),
    );
    if (!service.image.startsWith("trellis:")) continue;
    const command = await commandOf(service, files);
    if (Array.isArray(command)) findings.push(...command.map((problem) => serviceFinding(service, problem)));
    else {
      parsed.set(service.name, command as ParsedCommand);
      findings.push(...(await trellisProblems(service, command as ParsedCommand)));
    }
  }
  return [...findings, ...targetFindings(files, services, parsed)];
}

function commandOf({ command, environment }: Service, files: DeployFiles) {
  const configFile =
    environment.TRELLIS_CONFIG === undefined ? "" : files.path("deploy/compose/trellis.yaml");
  return parseCommandLine({ words: command, environment, configFile });
}

function hardeningFindings(service: Service): Finding[] {
  const { raw } = service;
  const rules: readonly (readonly [boolean, string])[] = [
    [raw.read_only === true, "read_only"],
    [raw.cap_drop?.includes("ALL") === true, "cap_drop: [ALL]"],
    [raw.security_opt?.includes("no-new-privileges:true") === true, "no-new-privileges"],
    [raw.deploy?.resources?.limits?.memory !== undefined, "a memory limit"],
    [raw.pids_limit !== undefined, "a limit of processes"],
    [raw.healthcheck !== undefined || WITHOUT_HEALTH_CHECK.has(service.name), "a health check"],
    [raw.restart === "unless-stopped", "restart: unless-stopped"],
  ];
  return rules.filter(([isMet]) => !isMet).map(([, rule]) => serviceFinding(service, `needs ${rule}`));
}

function secretFindings(service: Service, defined: ReadonlySet<string>): Finding[] {
  return service.secrets
    .filter((name) => !defined.has(name))
    .map((name) => serviceFinding(service, `no secret ${name}`));
}

function imageFindings(service: Service, version: string): Finding[] {
  if (service.image === `trellis:${version}`) return [];
  if (
    /:[^:@/]*\d[^:@/]*(?:@sha256:[0-9a-f]{64})?$/.test(service.image) &&
    !service.image.startsWith("trellis:")
  )
    return [];
  return [serviceFinding(service, `image ${service.image} has no fixed version`)];
}

async function trellisProblems(service: Service, command: ParsedCommand): Promise<Finding[]> {
  const { environment, secrets: granted, mounts } = service;
  const missing = referencesOf(command).filter((reference) => {
    if (reference.startsWith("env:")) return environment[reference.slice(4)] === undefined;
    const place = reference.slice("file:".length);
    return !place.startsWith(SECRETS) || !granted.includes(place.slice(SECRETS.length));
  });
  const references = referencesOf(command).map((reference) => reference.replace(`file:${SECRETS}`, ""));
  const unused = granted.filter((name) => !references.includes(name));
  const dataDir = String(command.value("dataDir"));
  return [
    ...missing.map((reference) => serviceFinding(service, `${reference} is not given to it`)),
    ...unused.map((name) => serviceFinding(service, `no setting refers to the secret ${name}`)),
    ...(mounts.includes(dataDir) ? [] : [serviceFinding(service, `its data in ${dataDir} are on no volume`)]),
    ...(await healthProblems(service, command)),
  ];
}

async function healthProblems(service: Service, command: ParsedCommand): Promise<Finding[]> {
  const test = service.raw.healthcheck?.test;
  if (!Array.isArray(test) || test[0] !== "CMD" || test[1] !== PROGRAM)
    return [serviceFinding(service, `health check is not CMD ${PROGRAM}`)];
  const parsed = await parseCommandLine({ words: test.slice(2), environment: {}, configFile: "" });
  if (Array.isArray(parsed))
    return parsed.map((problem) => serviceFinding(service, `health check: ${problem}`));
  const health = parsed as ParsedCommand;
  if (health.value("signer") !== "") return [];
  const port = Number(new URL(String(health.value("url"))).port);
  return port === operationsPortOf(command)
    ? []
    : [serviceFinding(service, `health check asks port ${port}`)];
}

/** Addresses in the configurations of Prometheus and the proxy. */
function targetFindings(
  files: DeployFiles,
  services: readonly Service[],
  parsed: ReadonlyMap<string, ParsedCommand>,
): Finding[] {
  const names = new Set(services.map(({ name }) => name));
  const scraped = [...files.read(PROMETHEUS).matchAll(/"([\w-]+):(\d+)"/g)].map((found) => ({
    file: PROMETHEUS,
    found,
  }));
  const proxied = [...files.read(PROXY).matchAll(/^\s+server \S+ ([\w-]+):(\d+)/gm)].map((found) => ({
    file: PROXY,
    found,
  }));
  return [...scraped, ...proxied].flatMap(({ file, found: [, host = "", port] }) => {
    if (host === "localhost") return [];
    if (!names.has(host)) return [finding(file, `compose.yaml has no service ${host}`)];
    const command = parsed.get(host);
    if (command === undefined) return [];
    const ports = file === PROMETHEUS ? [operationsPortOf(command)] : portsOf(command);
    if (!ports.includes(Number(port))) return [finding(file, `${host} does not listen on port ${port}`)];
    const hosts = (command.value("rpcHosts") ?? command.value("hosts") ?? []) as readonly string[];
    // The proxy passes the client's Host.
    return file === PROXY || hosts.includes(host)
      ? []
      : [finding(file, `${host} refuses requests for the host name ${host}`)];
  });
}

function serviceFinding({ name }: Service, problem: string): Finding {
  return finding(FILE, `${name}: ${problem}`);
}

function finding(file: string, message: string): Finding {
  return { file: posix.normalize(file), line: 0, rule: "compose", message };
}
