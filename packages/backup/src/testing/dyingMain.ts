import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

// `dyingMain.ts CHANGES REPOSITORY TARGET` restores the newest backup, and kills itself before its change number
// CHANGES of the file system. Without a kill, it prints the number of changes.

const CHANGES = ["chmod", "mkdir", "open", "rename", "rm", "truncate", "write", "writev"] as const;
const [dieAt, repository, target] = process.argv.slice(2);
let changes = -1;

function counting<T extends (...args: never[]) => unknown>(change: T): T {
  return ((...args: never[]) => {
    if (changes >= 0 && changes++ === Number(dieAt)) process.kill(process.pid, "SIGKILL");
    return change(...args);
  }) as T;
}

for (const api of [fs, fs.promises] as unknown as Record<string, (...args: never[]) => unknown>[])
  for (const name of CHANGES) if (api[name] !== undefined) api[name] = counting(api[name]);
syncBuiltinESMExports();

const { reopened } = await import("./testRepository.ts");
const { restoreBackup } = await import("../runs/restoreBackup.ts");
const opened = await reopened(repository!);
const backup = (await opened.backups()).at(-1)!;
changes = 0;
await restoreBackup({ backup, target: target! }, { repository: opened });
process.stdout.write(String(changes));
