import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";

const RELEASE = "trellis";
/** Debian's packages golang-github-masterminds-sprig-dev and golang-k8s-sigs-yaml-dev. */
const GO = { GO111MODULE: "off", GOFLAGS: "", GOPATH: "/usr/share/gocode" };

/** By Helm, or by the renderer beside this file. Undefined: this machine has neither Helm nor Go with the libraries. */
export function chartRenderer(root: string, scratch: string): ((values?: string) => string) | undefined {
  const chart = join(root, "deploy/kubernetes/chart");
  if (spawnSync("helm", ["version"]).status === 0) {
    return (values) =>
      run("helm", [
        "template",
        RELEASE,
        chart,
        "--namespace",
        RELEASE,
        ...(values === undefined ? [] : ["--values", values]),
      ]);
  }
  const program = join(scratch, "render");
  const source = join(import.meta.dirname, "renderer/main.go");
  if (spawnSync("go", ["build", "-o", program, source], { env: { ...process.env, ...GO } }).status !== 0)
    return undefined;
  return (values) => run(program, [chart, RELEASE, RELEASE, ...(values === undefined ? [] : [values])]);
}

function run(command: string, argv: readonly string[]): string {
  return execFileSync(command, argv, { encoding: "utf8" });
}
