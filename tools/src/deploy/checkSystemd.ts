import type { Finding } from "../finding.ts";
import { type ParsedCommand, parseCommandLine } from "./commandLine.ts";
import type { DeployFiles } from "./DeployFiles.ts";

const FOLDER = "deploy/systemd";
const PROGRAM = "/opt/trellis/node_modules/.bin/node apps/trellis/bin/trellis.js ";
/** Of all units. */
const REQUIRED = [
  "Environment=TRELLIS_CONFIG=/etc/trellis/trellis.yaml",
  "NoNewPrivileges=yes",
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "PrivateTmp=yes",
  "PrivateDevices=yes",
  "CapabilityBoundingSet=",
  "KillMode=mixed",
  "Restart=on-failure",
];

export async function checkSystemd(files: DeployFiles): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of files.list(FOLDER)) {
    const lines = files.read(`${FOLDER}/${name}`).split("\n");
    const problems = [
      ...REQUIRED.filter((line) => !lines.includes(line)).map((line) => `misses ${line}`),
      ...lines
        .filter((line) => !/^(?:$|#.*|\[\w+\]|[A-Z]\w+=.*)$/.test(line))
        .map((line) => `not a setting: ${line}`),
      ...(lines.some((line) => /^User=trellis/.test(line)) ? [] : ["runs as root"]),
      ...(await commandProblems(lines)),
    ];
    findings.push(
      ...problems.map((message) => ({ file: `${FOLDER}/${name}`, line: 0, rule: "systemd", message })),
    );
  }
  return findings;
}

async function commandProblems(lines: readonly string[]): Promise<readonly string[]> {
  const line = lines.find((each) => each.startsWith(`ExecStart=${PROGRAM}`));
  if (line === undefined) return [`ExecStart does not run ${PROGRAM}`];
  const words = line.slice(`ExecStart=${PROGRAM}`.length).split(" ");
  const parsed = await parseCommandLine({ words, environment: {}, configFile: "" });
  if (Array.isArray(parsed)) return parsed;
  const dataDir = String((parsed as ParsedCommand).value("dataDir"));
  const state = lines.find((each) => each.startsWith("StateDirectory="))?.slice("StateDirectory=".length);
  return dataDir === `/var/lib/${state}` ? [] : [`${dataDir} is not its StateDirectory`];
}
