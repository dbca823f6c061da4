import { DynamicSettings, type SettingsApi } from "../operations/settings/DynamicSettings.tsx";
import { ArbitrageFrame } from "./ArbitrageFrame.tsx";
import { ARBITRAGE } from "./useArbitrage.ts";

const API: SettingsApi = {
  listPath: `${ARBITRAGE}/config`,
  historyPath: `${ARBITRAGE}/config/changes?limit=20`,
  change: (change) => ({ path: `${ARBITRAGE}/config`, method: "POST", body: change }),
};

/** What trades are decided by, changed while the engine runs. */
export function SettingsPage() {
  return (
    <ArbitrageFrame title="Settings of arbitrage">
      <DynamicSettings api={API} />
    </ArbitrageFrame>
  );
}
