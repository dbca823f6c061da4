import { setPriority } from "node:os";
import { ATTACKS } from "./kinds/index.ts";

// One attack in a process of its own: `attackerMain.ts NAME URL FIRST_ACCOUNT [P2P_ADDRESS]`. It prepares, says so to its parent, and
// attacks when it is told to, until it is killed.

const [, , name, url, account, p2p] = process.argv as [string, string, string, string, string, string?];
// Attackers have machines of their own: what they compute is not to slow the nodes of the test.
setPriority(19);
const run = await ATTACKS[name]!.prepare({ url, firstAccount: Number(account), p2p: p2p || undefined });
process.send!("ready");
process.once("message", () => {
  run().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.once("disconnect", () => process.exit(0));
