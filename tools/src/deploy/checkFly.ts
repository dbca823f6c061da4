import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import type { Finding } from "../finding.ts";
import {
  operationsPortOf,
  type ParsedCommand,
  parseCommandLine,
  portsOf,
  referencesOf,
} from "./commandLine.ts";
import type { DeployFiles } from "./DeployFiles.ts";
import { type FlyApp, flyApp, flyAutoscaler } from "./flySchemas.ts";

const FOLDER = "deploy/fly";
const AUTOSCALER = "flyio/fly-autoscaler:";

export async function checkFly(files: DeployFiles, version: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const apps = new Set<string>();
  const names = files.list(FOLDER);
  for (const name of names.filter((each) => each.endsWith(".toml"))) {
    const read = flyApp.safeParse(parsedToml(files.read(`${FOLDER}/${name}`)));
    if (!read.success) {
      findings.push(
        ...read.error.issues.map((issue) => finding(name, `${issue.path.join(".")}: ${issue.message}`)),
      );
      continue;
    }
    const app = read.data;
    apps.add(app.app);
    const problems = app.build.image.startsWith(AUTOSCALER)
      ? autoscalerProblems(app, names)
      : await trellisProblems(app, version);
    findings.push(...problems.map((problem) => finding(name, problem)));
  }
  for (const name of names.filter((each) => each.endsWith(".yml"))) {
    const read = flyAutoscaler.safeParse(parseYaml(files.read(`${FOLDER}/${name}`)));
    const problems = read.success
      ? apps.has(read.data["app-name"])
        ? []
        : [`there is no app ${read.data["app-name"]}`]
      : read.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    findings.push(...problems.map((problem) => finding(name, problem)));
  }
  return findings;
}

function parsedToml(text: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    return (error as Error).message;
  }
}

function autoscalerProblems({ files }: FlyApp, names: readonly string[]): string[] {
  return files.flatMap(({ local_path: path = "" }) =>
    names.includes(path) ? [] : [`there is no file ${path}`],
  );
}

async function trellisProblems(app: FlyApp, version: string): Promise<string[]> {
  const words = app.processes.app.split(" ");
  const parsed = await parseCommandLine({ words, environment: app.env, configFile: "" });
  if (Array.isArray(parsed)) return parsed;
  const command = parsed as ParsedCommand;
  const image = app.build.image.endsWith(`:${version}`) ? [] : [`the image is not of version ${version}`];
  return [
    ...image,
    ...portProblems(app, command),
    ...secretProblems(app, command),
    ...volumeProblems(app, command),
  ];
}

function portProblems(app: FlyApp, command: ParsedCommand): string[] {
  const operations = operationsPortOf(command);
  const peers = (command.value("listen") ?? []) as readonly string[];
  const listening = [...portsOf(command), ...peers.map((address) => Number(/\d+$/.exec(address)?.[0]))];
  const checks = Object.values(app.checks);
  const asked = [
    ...app.services.map(({ internal_port: port }) => port),
    ...checks.filter(({ type }) => type === "tcp").map(({ port }) => port),
  ];
  const operated = [
    ...(app.http_service === undefined ? [] : [app.http_service.internal_port]),
    ...(app.metrics === undefined ? [] : [app.metrics.port]),
    ...checks.filter(({ type }) => type === "http").map(({ port }) => port),
  ];
  return [
    ...asked.filter((port) => !listening.includes(port)),
    ...operated.filter((port) => port !== operations),
  ].map((port) => `it does not listen on port ${port}, or not for that`);
}

function secretProblems(app: FlyApp, command: ParsedCommand): string[] {
  const places = new Set(app.files.map(({ guest_path: place }) => place));
  return referencesOf(command)
    .filter((reference) => !places.has(reference.replace(/^file:/, "")))
    .map((reference) => `${reference} is not given to it`);
}

/** A service with a volume keeps its data there. */
function volumeProblems(app: FlyApp, command: ParsedCommand): string[] {
  const dataDir = String(command.value("dataDir"));
  return app.mounts
    .filter(({ destination }) => !dataDir.startsWith(`${destination}/`))
    .map(({ destination }) => `its data in ${dataDir} are not on the volume in ${destination}`);
}

function finding(name: string, message: string): Finding {
  return { file: `${FOLDER}/${name}`, line: 0, rule: "fly", message };
}
