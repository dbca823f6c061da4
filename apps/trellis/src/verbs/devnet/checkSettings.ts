import { platformErrors } from "@trellis/platform";
import { DEVELOPMENT_MNEMONIC } from "../../node/developmentMnemonic.ts";
import { CHAIN_ID, type DevnetSettings } from "./settings.ts";

type Checked = Pick<
  DevnetSettings,
  "allowEqualTimes" | "chainId" | "forkBlock" | "forkUrl" | "mnemonic" | "nodes" | "shards" | "validators"
>;

/** Another shard's is a million times as large, and more. [SHARD-1] */
const SHARDED_CHAIN_ID_MAX = 999_999_998;

/** What settings must not be together. @throws CONFIG_INVALID_VALUE */
export function checkSettings(settings: Checked): void {
  const { forkBlock, forkUrl, nodes, validators } = settings;
  if (forkBlock !== "latest" && forkUrl === "") refuse("forkBlock", "--fork-block with --fork-url");
  const isCluster = Math.max(nodes, validators) > 1;
  if (settings.shards > 1) refuseWithShards(settings);
  if (!isCluster) return;
  const [alone] = onlyForOneNode(settings);
  if (alone !== undefined) refuse(...alone);
}

function refuseWithShards({ chainId, forkUrl, allowEqualTimes }: Checked): void {
  if (forkUrl !== "") refuse("forkUrl", "--fork-url without --shards");
  if (allowEqualTimes) refuse("allowEqualTimes", "--allow-equal-times without --shards");
  if (chainId !== "auto" && chainId > SHARDED_CHAIN_ID_MAX)
    refuse("chainId", `--chain-id without --shards, or up to ${SHARDED_CHAIN_ID_MAX}`);
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
