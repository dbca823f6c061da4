import { Confirm } from "../operations/Confirm.tsx";
import { useServiceChange } from "../operations/useService.ts";
import { ARBITRAGE, useMay, useRisk } from "./useArbitrage.ts";

/** Stops all trading at once. Nothing where it is stopped already: the banner says so. */
export function KillSwitch() {
  const kill = useServiceChange();
  const may = useMay();
  const risk = useRisk().data;
  if (!may.stop || risk === undefined || risk.killed !== null) return null;
  return (
    <Confirm
      label="Stop all trading…"
      title="Stop all trading?"
      action="Stop all trading"
      isDangerous
      needsReason
      isSending={kill.isPending}
      error={kill.error}
      onConfirm={(reason) =>
        kill.mutateAsync({ path: `${ARBITRAGE}/kill`, method: "POST", body: { reason } })
      }
    >
      <p>
        From now on nothing is submitted, in all processes, until an admin revives it. What is on its way to
        the chain already may still be included.
      </p>
    </Confirm>
  );
}
