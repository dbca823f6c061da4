import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { type Served, startTrellis } from "../startDevnet.ts";
import { type Block, commandsOf, ROOT, shellLines, trellisArguments } from "./readBlocks.ts";

interface Ready {
  readonly url?: string;
  readonly rpc?: string;
  readonly http?: string;
  readonly adminKey?: string | null;
  readonly p2p?: { readonly addresses: readonly string[] };
}

export interface RunOptions {
  readonly values?: Readonly<Record<string, string>>;
  readonly without?: RegExp;
}

const SERVICE = /^(?:devnet|node|(?:reserves|arbitrage|signer) serve)\b/;

export class Shell {
  readonly directory: string;
  readonly environment: Record<string, string>;
  readonly ran = new Set<string>();
  readonly services: Served<Ready>[] = [];

  constructor(directory: string, environment: Readonly<Record<string, string>> = {}) {
    this.directory = directory;
    const bin = join(directory, "bin");
    mkdirSync(bin, { recursive: true });
    const trellis = `exec "${process.execPath}" "${join(ROOT, "apps/trellis/bin/trellis.js")}" "$@"`;
    const programs = { trellis, npm: `[ "$1 $2 $3" = "run trellis --" ] || exit 9\nshift 3\n${trellis}` };
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const path = [bin, dirname(process.execPath), join(ROOT, "node_modules/.bin"), process.env.PATH];
    this.environment = { PATH: path.join(":"), HOME: directory, ...environment };
  }

  async run(block: Block, { values = {}, without }: RunOptions = {}): Promise<string> {
    for (const place of Object.keys(values)) expect(block.text, block.name).toContain(place);
    let printed = "";
    for (const line of shellLines(block.text)) {
      if (without?.test(line) === true) continue;
      this.ran.add(`${block.name}\n${line}`);
      const here = Object.entries(values).reduce(
        (text, [place, value]) => text.replaceAll(place, value),
        line,
      );
      const args = commandsOf(here).map(trellisArguments)[0];
      if (args !== undefined && SERVICE.test(args.join(" "))) await this.serve(args);
      else printed += await this.command(here);
    }
    return printed;
  }

  get ready(): Ready {
    return this.services.at(-1)!.ready;
  }

  async stopNewest(): Promise<void> {
    expect(await this.services.pop()!.stop()).toMatchObject({ exitCode: 0 });
  }

  async stop(): Promise<void> {
    while (this.services.length > 0) await this.services.pop()!.stop();
  }

  private async serve(args: readonly string[]): Promise<void> {
    const json = args.includes("--json") ? [] : ["--json"];
    const options = { cwd: this.directory, environment: this.environment };
    this.services.push(await startTrellis<Ready>([...args, ...json], options));
  }

  private async command(line: string): Promise<string> {
    const child = spawn("bash", ["--norc", "-euo", "pipefail", "-c", line], {
      cwd: this.directory,
      env: this.environment,
    });
    child.stdin.end();
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const [exitCode] = await once(child, "close");
    expect(exitCode, `${line}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  }
}
