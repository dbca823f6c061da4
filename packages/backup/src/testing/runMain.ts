import { isTrellisError } from "@trellis/base";
import { runBackup } from "../runs/runBackup.ts";
import { PORTS } from "./ports.ts";
import { locked } from "./testRepository.ts";

// `runMain.ts REPOSITORY DATA_DIR` makes a backup and prints its id or the error's code. It reports `started` when
// it has the locks, and waits for a message before it ends the backup.

const [repository, dataDir] = process.argv.slice(2);
const told = new Promise((resolve) => process.once("message", resolve));
try {
  const made = await locked(repository!, async (ports) => {
    const write = ports.repository.writeIds.bind(ports.repository);
    ports.repository.writeIds = async (ids) => {
      process.send!({ event: "started" });
      await told;
      return write(ids);
    };
    return runBackup({ dataDir: dataDir!, release: "0.1.0" }, { ...ports, ...PORTS });
  });
  process.send!({ event: "ended", id: made.id });
} catch (error) {
  if (!isTrellisError(error)) throw error;
  process.send!({ event: "ended", code: error.code });
}
process.disconnect!();
