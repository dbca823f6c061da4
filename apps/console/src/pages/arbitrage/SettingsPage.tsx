import { RuntimeSettings, type SettingsApi } from "../operations/settings/RuntimeSettings.tsx";
import { ArbitrageFrame } from "./ArbitrageFrame.tsx";
import { ARBITRAGE } from "./useArbitrage.ts";

const API: SettingsApi = {
  listPath: `${ARBITRAGE}/config`,
  historyPath: `${ARBITRAGE}/config/changes?limit=20`,
  change: (change) => ({ path: `${ARBITRAGE}/config`, method: "POST", body: change }),
};

export function SettingsPage() {
  return (
    <ArbitrageFrame title="Trading limits">
      <RuntimeSettings api={API} />
    </ArbitrageFrame>
  );
}
