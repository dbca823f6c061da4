import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { systemRandom } from "@trellis/platform/system";
import { expect, it } from "vitest";
import { BackupBench } from "./testing/BackupBench.ts";

const EXECUTABLE = fileURLToPath(new URL("../../../bin/trellis.js", import.meta.url));

it("a process that waits for its rate does not end before its backup", async () => {
  const bench = await BackupBench.open();
  try {
    await bench.newRepository();
    await writeFile(bench.at("data", "large"), systemRandom.bytes(1 << 20));
    const access = [
      "--repository",
      bench.at("repository"),
      "--passphrase-from",
      `file:${bench.at("passphrase")}`,
    ];
    const flags = ["--data-dir", bench.at("data"), "--limit-rate", "2MiB", "--json"];
    const args = [EXECUTABLE, "backup", "run", ...flags, ...access];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: bench.folder });
    const { id } = JSON.parse(stdout) as { id: string };
    expect(await bench.json({}, "list")).toMatchObject({ backups: [{ id }] });
  } finally {
    await bench.close();
  }
});
