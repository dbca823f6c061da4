import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@trellis/kit/freePort";

export interface Prometheus {
  /** Series of an instant query. @throws on a query that it does not accept */
  query(text: string): Promise<readonly { readonly metric: Readonly<Record<string, string>> }[]>;
  stop(): Promise<void>;
}

export function hasPrometheus(): boolean {
  return spawnSync("prometheus", ["--version"]).error === undefined;
}

/** Scrapes and evaluates each second. @param targets URLs of `/metrics` by job */
export async function startPrometheus(
  directory: string,
  targets: Readonly<Record<string, string>>,
  rules: string,
): Promise<Prometheus> {
  mkdirSync(directory);
  const at = (name: string): string => join(directory, name);
  writeFileSync(at("rules.yml"), rules);
  const config = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: ["rules.yml"],
    scrape_configs: Object.entries(targets).map(([job, text]) => {
      const { host, pathname } = new URL(text);
      return { job_name: `trellis ${job}`, metrics_path: pathname, static_configs: [{ targets: [host] }] };
    }),
  };
  writeFileSync(at("prometheus.json"), JSON.stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const options = [`--config.file=${at("prometheus.json")}`, `--storage.tsdb.path=${at("data")}`];
  const child = spawn("prometheus", [...options, `--web.listen-address=${address}`, "--log.level=error"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exited = once(child, "exit");
  return {
    async query(text) {
      const answer = await fetch(`http://${address}/api/v1/query`, {
        method: "POST",
        body: new URLSearchParams({ query: text }),
      });
      const { status, error, data } = (await answer.json()) as Answer;
      if (status !== "success") throw new Error(`${text}: ${error}`);
      return data!.result;
    },
    async stop() {
      child.kill();
      await exited;
    },
  };
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[] };
}
