import { setPriority } from "node:os";
import { ATTACKS } from "./kinds/index.ts";

// `attackerMain.ts NAME URL FIRST_ACCOUNT [P2P_ADDRESS]` starts its attack on the first message.

const [, , name, url, account, p2p] = process.argv as [string, string, string, string, string, string?];
// Lowest priority: real attackers would use other machines.
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
