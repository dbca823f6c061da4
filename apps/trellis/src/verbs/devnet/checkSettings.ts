import { platformErrors } from "@trellis/platform";
import { DEVELOPMENT_MNEMONIC } from "../../node/developmentMnemonic.ts";
import { CHAIN_ID, type DevnetSettings } from "./settings.ts";

type Checked = Pick<
  DevnetSettings,
  "allowEqualTimes" | "chainId" | "forkBlock" | "forkUrl" | "mnemonic" | "nodes" | "validators"
>;

/** What settings must not be together. @throws CONFIG_INVALID_VALUE */
export function checkSettings(settings: Checked): void {
  const { forkBlock, forkUrl, nodes, validators } = settings;
  if (forkBlock !== "latest" && forkUrl === "") refuse("forkBlock", "--fork-block with --fork-url");
  if (Math.max(nodes, validators) === 1) return;
  const [alone] = onlyForOneNode(settings);
  if (alone !== undefined) refuse(...alone);
}

/** The other nodes of a cluster have the defaults in their genesis. */
function* onlyForOneNode(
  settings: Pick<Checked, "allowEqualTimes" | "chainId" | "forkUrl" | "mnemonic">,
): Iterable<readonly [setting: string, expected: string]> {
  const { allowEqualTimes, chainId, forkUrl, mnemonic } = settings;
  const without = "without --nodes and --validators";
  if (forkUrl !== "") yield ["forkUrl", `--fork-url ${without}`];
  if (mnemonic !== DEVELOPMENT_MNEMONIC) yield ["mnemonic", `--mnemonic ${without}`];
  if (chainId !== "auto" && chainId !== CHAIN_ID) yield ["chainId", `--chain-id ${without}`];
  if (allowEqualTimes) yield ["allowEqualTimes", `--allow-equal-times ${without}`];
}

function refuse(setting: string, expected: string): never {
  throw platformErrors.CONFIG_INVALID_VALUE({ setting, expected });
}
